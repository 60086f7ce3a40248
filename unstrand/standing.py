"""Folders that stand while the work in them goes on, so that it can be gone on with."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from unstrand import configuration
from unstrand.failure import ConfigurationError


@contextmanager
def folder(
    place: Path,
    command: str,
    *,
    overwrite: bool,
    begun: Callable[[Path], bool],
    passes: Callable[[BaseException], bool],
) -> Iterator[Path]:
    """The folder of a command's work; what stops it says how to go on.

    overwrite: another result may be there; it is put back where nothing was begun. begun: whether
    there is anything to go on with. passes: whether work goes on once an error is over.
    """
    old, place = None, Path(os.path.realpath(place))
    if overwrite and place.is_dir():
        old = place.rename(place.with_name(f".{place.name}.{os.getpid()}.old"))
    new = not place.is_dir() or not any(place.iterdir())
    missing = [parent for parent in place.absolute().parents if not parent.exists()]
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    except BaseException as error:
        if new and not begun(place):
            shutil.rmtree(place, ignore_errors=True)
            _remove(missing)
            if old:
                old.rename(place)
        elif passes(error):
            print(f"stopped; unstrand {command} resume={place} goes on from here", file=sys.stderr)
        raise
    finally:
        if old and old.exists():
            shutil.rmtree(old, ignore_errors=True)


def address(file: Path) -> str:
    """How SQLite is to open a file to read it: no file comes to stand beside one that is whole."""
    log = file.with_name(f"{file.name}-wal").exists()
    return f"file:{quote(str(file.resolve()))}?mode=ro" + ("" if log else "&immutable=1")


def settings_of(file: Path, kept: Any) -> Any:
    """Settings as a file keeps them. Raises ConfigurationError where they are none."""
    found = None if kept is None else json_of(file, kept)
    if not isinstance(found, dict):
        raise ConfigurationError(f"resume: found no settings in {file}, expected a JSON object")
    return found


def json_of(file: Path, text: Any) -> Any:
    """What a text in a file says. Raises ConfigurationError where it is no JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise ConfigurationError(f"resume: {file}: found what is no JSON, expected it") from None


def is_from_outside(error: BaseException) -> bool:
    """Whether work goes on once what stopped it is over: an interruption, a full disk."""
    return isinstance(error, KeyboardInterrupt | SystemExit | OSError)


def place_of(command: str, settings: Any, file: str, its_own: Collection[str], said: str) -> Path:
    """Where the work stands that `resume` says to go on with.

    file: what it is kept in. its_own: the keys that may be told anew; said: as they are told of.

    Raises:
        ConfigurationError: there is no such file, or others are told anew.
    """
    place = Path(str(settings.resume))
    if settings.out is not None or settings.overwrite:
        raise ConfigurationError("out, overwrite: what is gone on with stays where it is")
    if not (place / file).is_file():
        raise ConfigurationError(f"resume: found no {file} in {place}, expected it there")
    default = configuration.compose(command, [], [])
    for one in (one.name for one in fields(settings)):
        if one not in its_own and getattr(settings, one) != getattr(default, one):
            raise ConfigurationError(
                f"{one}: found with resume, where settings stand as they were; expected none but "
                f"{said}"
            )
    return place


def expect_contained(begun: str, said: str) -> None:
    """Raise ConfigurationError where a folder, which may be someone else's, says `contain`."""
    if begun != said:
        raise ConfigurationError(
            f"contain: found {said}, where it was begun with {begun}; expected contain={begun} "
            "beside resume, where that is meant"
        )


def _remove(folders: list[Path]) -> None:
    """Take away folders that were made, from the inner to the outer, where they are empty."""
    for one in folders:
        try:
            one.rmdir()
        except OSError:
            return
