"""One job of a sweep, wherever a launcher runs it, and what it leaves for whoever began the sweep.

A launcher may carry a job to another process or another machine. What is to be known of it there,
its exit code, its one line of error, what it printed, is left as a file in the sweep's folder.
"""

from __future__ import annotations

import json
import os
import re
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from unstrand import configuration, failure, main, result

FOLDER = ".jobs"
"""In a sweep's folder: outcomes until they are told, and logs of jobs that ran elsewhere."""

_PROCESS = uuid.uuid4().hex


def here() -> str:
    """What no other process says of itself, be it forked from this one or on another machine."""
    return f"{_PROCESS}.{os.getpid()}"


@dataclass(frozen=True)
class Outcome:
    """How a job ended. said: what it printed, error: its line; both empty where they are told."""

    number: int
    code: int
    said: str = ""
    error: str = ""


@dataclass(frozen=True)
class Job:
    """What a launcher calls with a composed configuration. home: who began the sweep, where."""

    command: str
    place: str
    home: str
    folder: str

    @classmethod
    def of(cls, command: str, place: Path) -> Job:
        """The job of a sweep that this process begins."""
        return cls(command, str(place), here(), os.getcwd())

    def __call__(self, composed: Any) -> None:
        """Run one job; what goes wrong in it is its outcome and not raised.

        Raises ReaderGone where stdout is closed: the sweep ends, where Hydra would go on.
        """
        from hydra.core.hydra_config import HydraConfig

        chosen = HydraConfig.get()
        number, overrides = int(chosen.job.num), list(chosen.overrides.task)
        at_home = self.home == here()
        if not at_home:
            _settle(self.folder)
        outcomes = Path(self.place) / FOLDER
        outcomes.mkdir(parents=True, exist_ok=True)
        if at_home:
            code, error = self._run(composed, number, overrides)
            if error:
                print(f"unstrand: {error}", file=sys.stderr)
            left = Outcome(number, code)
        else:
            with _kept(outcomes / f"{number}.log") as said:
                code, error = self._run(composed, number, overrides)
            left = Outcome(number, code, said.getvalue(), error)
        result.put(outcomes / f"{number}.json", json.dumps(asdict(left)))

    def _run(self, composed: Any, number: int, overrides: list[str]) -> tuple[int, str]:
        """The job's exit code, and its error in one line."""
        place = Path(self.place) / str(number)
        try:
            settings = configuration.settings(self.command, composed)
            settings.out, settings.overwrite = str(place), False
            code = main.call(main.named(self.command), settings, [])
        except BrokenPipeError:
            raise failure.ReaderGone from None
        except Exception as error:
            if os.environ.get("UNSTRAND_DEBUG") == "1":
                raise
            said = f"job {number} ({' '.join(map(shown, overrides))}): {failure.one_line(error)}"
            return failure.exit_code(error), said
        result.put(place / "overrides.json", json.dumps(overrides) + "\n")
        return code, ""


def outcomes(place: Path) -> list[Outcome]:
    """How the jobs of a sweep ended, as far as they have, in their order."""
    files = sorted((place / FOLDER).glob("*.json"), key=lambda file: int(file.stem))
    return [Outcome(**json.loads(file.read_text(encoding="utf-8"))) for file in files]


def forget(place: Path) -> None:
    """Remove the outcomes, which are told, and logs in which nothing stands."""
    for file in (place / FOLDER).glob("*"):
        if file.suffix == ".json" or file.stat().st_size == 0:
            file.unlink()
    with suppress(OSError):
        (place / FOLDER).rmdir()


def shown(word: str) -> str:
    """An override without what may be a key."""
    name, _, value = word.partition("=")
    if name == "llm.api_key_env" and not value.isidentifier():
        return f"{name}=…"
    return re.sub(r"//[^/@\s]*@", "//…@", re.sub(r"[?#].*", "?…", word)) if "://" in word else word


def _settle(folder: str) -> None:
    """Make another process one that jobs run in: in the same folder, with workers of its own."""
    import multiprocessing

    with suppress(OSError):  # another machine may have no such folder
        os.chdir(folder)
    method = multiprocessing.get_start_method(allow_none=True)
    if method is not None and method not in multiprocessing.get_all_start_methods():
        # joblib's own, by whose name the processes of `workers` would ask for what they don't know
        multiprocessing.set_start_method(None, force=True)


@contextmanager
def _kept(log: Path) -> Iterator[StringIO]:
    """Keep what is printed meanwhile, to be told in its turn, and how far it is in a log."""
    said = StringIO()
    with (
        log.open("w", encoding="utf-8") as file,
        redirect_stdout(said),
        redirect_stderr(file),
    ):
        yield said
