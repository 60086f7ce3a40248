"""Where the tables of a Google trace lie: a folder, with the shards of each table in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from traces.csvfile import unreadable
from traces.errors import TraceError
from traces.places import VARIABLE, data_folder, there

_NUMBERED = re.compile(r"part-(\d+)-of-(\d+)\.|-(\d{6,})\.")


def home(trace: str, path: str | PathLike[str] | None, table: str) -> Path:
    """The folder that holds the tables; a shard, or a table's own folder, stands for it.

    Raises TraceError where there is none.
    """
    if path is None:
        folder = data_folder() / trace
        if not folder.is_dir():
            raise TraceError(
                file=folder,
                found="no such folder",
                expected=f"the {trace} trace",
                hint=f"set {VARIABLE} to the folder that holds {trace}/, or name it",
            )
        return folder
    given = there(Path(path))
    folder = given if given.is_dir() else given.parent
    holds = any(_is_of(item.name, table) for item in _items(folder))
    return folder if holds or folder.name != table else folder.parent


def shards(folder: Path, table: str, suffixes: Sequence[str], *, least: int = 1) -> list[Path]:
    """The files of a table in order: `TABLE*SUFFIX` in the folder, or all in a folder TABLE.

    least: how few there may be. Raises TraceError where there are fewer, or where shards that are
    numbered lack one.
    """
    found = []
    for item in _items(folder):
        if not _is_of(item.name, table):
            continue
        found += _items(item) if item.is_dir() else [item]
    kept = sorted((item for item in found if item.name.endswith(tuple(suffixes))), key=_place)
    if len(kept) < least:
        raise TraceError(
            file=folder,
            found=f"no {table}",
            expected=f"{table}/ or {table}* with files that end in {', '.join(suffixes)}",
        )
    _check_numbers(folder, table, kept)
    return kept


def _place(path: Path) -> tuple[int, str]:
    named = _NUMBERED.search(path.name)
    return int(named[1] or named[3]) if named else -1, path.name


def published(paths: Sequence[Path]) -> int:
    """How many shards the table has by the names of these, 0 where they don't say."""
    named = [_NUMBERED.search(path.name) for path in paths]
    return max((int(name[2]) for name in named if name and name[2]), default=0)


def _items(folder: Path) -> list[Path]:
    try:
        return [item for item in folder.iterdir() if not item.name.startswith(".")]
    except OSError as error:
        raise unreadable(folder, error, "a folder of tables") from None


def _is_of(name: str, table: str) -> bool:
    return name == table or (name.startswith(table) and name[len(table)] in "-._")


def _check_numbers(folder: Path, table: str, paths: Sequence[Path]) -> None:
    """Events of a shard that lacks would leave runs half told."""
    named = [_NUMBERED.search(path.name) for path in paths]
    numbers = sorted(int(name[1] or name[3]) for name in named if name)
    if len(numbers) < len(paths):
        return
    for place, number in enumerate(numbers):
        if number != place:
            twice = number < place
            raise TraceError(
                file=folder,
                field=table,
                found=f"shard {number} twice" if twice else f"no shard {place}, but {number}",
                expected="every shard once, from 0 to the last",
            )
