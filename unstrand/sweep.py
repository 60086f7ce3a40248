"""``-m``: one command run once for each point of a sweep, a result folder a job."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from unstrand import configuration, failure, main, result
from unstrand.failure import ConfigurationError
from unstrand.overrides import Line

SWEPT = ("saturate", "replay", "compact", "compare", "evolve")


def run(command: str, module: ModuleType, line: Line, prepared: list[str]) -> int:
    """Run a sweep; returns the first exit code that is not 0.

    The sweep's folder is ``out`` (default ``results/COMMAND-DATE-TIME``), its jobs' folders 0, 1 …
    in it. A job that fails says so in one line, and the others go on.
    """
    if command not in SWEPT:
        raise ConfigurationError(f"-m: {command} can't be swept, {', '.join(SWEPT)} can")
    for name in ("out", "overwrite"):
        if any(word.startswith(f"{name}=") and "," in word for word in prepared):
            raise ConfigurationError(f"-m: {name} is the sweep's and can't be swept itself")
    place, overwrite = _place(command, prepared)
    result.expect_free(place, overwrite=overwrite)
    codes: list[int] = []

    def job(settings: Any, number: int, chosen: list[str]) -> None:
        if overwrite and not codes:
            _clear(place)
        settings.out = str(place / str(number))
        settings.overwrite = False
        codes.append(_job(module, settings, number, chosen))

    kept = [word for word in prepared if not word.startswith(("out=", "overwrite="))]
    try:
        configuration.multirun(command, kept, line.config_dirs, place, job)
    finally:
        _tidy(place)
    return next((code for code in codes if code), failure.OK)


def _job(module: ModuleType, settings: Any, number: int, chosen: list[str]) -> int:
    try:
        code = main.call(module, settings, [])
    except BrokenPipeError:
        raise failure.ReaderGone from None  # the sweep ends, where Hydra would go on
    except Exception as error:
        if os.environ.get("UNSTRAND_DEBUG") == "1":
            raise
        said = f"job {number} ({' '.join(map(_shown, chosen))}): {failure.one_line(error)}"
        print(f"unstrand: {said}", file=sys.stderr)
        return failure.exit_code(error)
    overrides = Path(settings.out) / "overrides.json"
    overrides.write_text(json.dumps(chosen) + "\n", encoding="utf-8")
    return code


def _shown(word: str) -> str:
    """An override without what may be a key."""
    name, _, value = word.partition("=")
    if name == "llm.api_key_env" and not value.isidentifier():
        return f"{name}=…"
    return re.sub(r"//[^/@\s]*@", "//…@", re.sub(r"[?#].*", "?…", word)) if "://" in word else word


def _place(command: str, prepared: list[str]) -> tuple[Path, bool]:
    """Where the sweep goes, and whether it may replace an earlier one."""
    own = [word for word in prepared if word.startswith(("out=", "overwrite="))]
    settings = configuration.compose(command, own, [])
    return Path(settings.out) if settings.out else result.free_place(command), settings.overwrite


def _clear(place: Path) -> None:
    """Remove an earlier sweep's jobs, now that all of this one's settings are known to be good."""
    for part in place.iterdir():
        if part.is_dir():
            shutil.rmtree(part)


def _tidy(place: Path) -> None:
    """Leave no sweep folder where no job was completed."""
    if place.is_dir() and not any(part.is_dir() for part in place.iterdir()):
        shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):
            place.parent.rmdir()
