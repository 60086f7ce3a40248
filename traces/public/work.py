"""The folder that files are downloaded into before they are whole, hidden in that of the data."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from traces.public.errors import FetchError, FetchFailure

WORK = ".fetching"
MEMBERS = ".members"


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """The work folder in a data folder, which nobody else fetches into meanwhile; folders that are
    empty in the end go again."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    work = folder / WORK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hold = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise FetchFailure(f"{error.filename or folder}: {error.strerror or error}") from None
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _tidy(work)
        try:
            yield work
        finally:
            _tidy(work)
            for one in new:
                with suppress(OSError):
                    one.rmdir()
    except BlockingIOError:
        raise FetchError(f"{folder}: found another fetch at work in it, expected none") from None
    finally:
        os.close(hold)


def _tidy(work: Path) -> None:
    """Remove what a later fetch has no use for: all but parts, and archives not yet unpacked."""
    for path in sorted(work.rglob("*"), reverse=True):
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.name.startswith("tmp") or any(
                above.name.endswith(MEMBERS) for above in path.parents
            ):
                path.unlink()
    with suppress(OSError):
        work.rmdir()
