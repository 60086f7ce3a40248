"""``-m``: one command run once for each point of a sweep, a result folder a job.

Who runs the jobs is Hydra's launcher: this process, or with a plugin others, here or on a cluster.
What a sweep says and leaves is the same under all of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unstrand import configuration, failure, job, result
from unstrand.failure import ConfigurationError, LauncherFailure
from unstrand.overrides import Line

SWEPT = ("saturate", "replay", "compact", "compare", "tune", "evolve")


def run(command: str, line: Line, prepared: list[str]) -> int:
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
    kept = [word for word in prepared if not word.startswith(("out=", "overwrite="))]
    runs = job.Job.of(command, place)
    with _folder(place):
        try:
            configuration.multirun(command, kept, line.config_dirs, place, runs)
        except ConfigurationError:
            _tell(place)  # of batches before the one that can't be composed
            raise
        except Exception as error:
            _tell(place)
            if os.environ.get("UNSTRAND_DEBUG") == "1":
                raise
            raise LauncherFailure(_given_up(error, place)) from error
        return _tell(place)


def _tell(place: Path) -> int:
    """Say what the jobs said elsewhere, in their order; returns the first code that is not 0."""
    ended = job.outcomes(place)
    for one in ended:
        sys.stdout.write(one.said)
        sys.stdout.flush()
        if one.error:
            print(f"unstrand: {one.error}", file=sys.stderr)
    return next((one.code for one in ended if one.code), failure.OK)


def _given_up(error: Exception, place: Path) -> str:
    said = " ".join(str(error).split())[:200]
    return f"the launcher gave up: {type(error).__name__}: {said} (what there is of it: {place})"


def _place(command: str, prepared: list[str]) -> tuple[Path, bool]:
    """Where the sweep goes, and whether it may replace an earlier one."""
    own = [word for word in prepared if word.startswith(("out=", "overwrite="))]
    settings = configuration.compose(command, own, [])
    return Path(settings.out) if settings.out else result.free_place(command), settings.overwrite


@contextmanager
def _folder(place: Path) -> Iterator[None]:
    """The sweep's folder. What stood there is gone once a job has begun, and else put back."""
    old = None
    if place.is_dir() and any(place.iterdir()):
        full = Path(os.path.realpath(place))
        old = full.rename(full.with_name(f".{full.name}.{os.getpid()}.old"))
    missing = [parent for parent in place.absolute().parents if not parent.exists()]
    begun = kept = False
    try:
        yield
        begun = True
    except LauncherFailure:
        begun = kept = True  # with what tells why
        raise
    finally:
        begun = begun or (place / job.FOLDER).exists()
        job.forget(place)
        if not kept and not any(_jobs(place)):
            _leave_nothing(place, missing)
        if old is not None and not begun:
            old.rename(old.with_name(Path(os.path.realpath(place)).name))
        elif old is not None:
            shutil.rmtree(old, ignore_errors=True)


def _jobs(place: Path) -> Iterator[Path]:
    """The folders of jobs that were completed."""
    if place.is_dir():
        yield from (part for part in place.iterdir() if part.is_dir() and part.name.isdecimal())


def _leave_nothing(place: Path, missing: list[Path]) -> None:
    """Leave no sweep folder where no job was completed."""
    shutil.rmtree(place, ignore_errors=True)
    for parent in missing:
        with suppress(OSError):
            parent.rmdir()
