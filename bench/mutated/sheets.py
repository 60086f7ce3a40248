"""Tables whose rows can be changed and put back, in the files that a reader takes."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from traces import Trace

if TYPE_CHECKING:
    from bench.mutated.forms import Form


@dataclass
class Row:
    """Values by column, or the bytes that stand for the row whatever the values are.

    by: which changes were made to it, none where it is as it was. good: its values before them.
    met: it came before the reader as it was changed.
    """

    values: list[Any]
    raw: bytes | None = None
    by: tuple[int, ...] = ()
    good: list[Any] = field(default_factory=list)
    met: bool = False

    def __post_init__(self) -> None:
        self.good = [*self.values]

    def restore(self) -> None:
        """Puts it back as it was."""
        self.values, self.raw, self.by, self.met = [*self.good], None, (), False


@dataclass
class Sheet:
    """One table of a case.

    file: where it stands in the folder. form: how. name: the table, where a file has several.
    group: what its rows are counted as, None where they say something of other rows only. odd: by
    column, values that mean something to this format. count: columns that say how many tasks a row
    stands for, which huge numbers would only make slow.
    """

    file: str
    form: Form
    columns: tuple[str, ...]
    rows: list[Row]
    group: str | None = "tasks"
    name: str = ""
    odd: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    count: tuple[str, ...] = ()

    def lines(self) -> list[bytes]:
        """Each row as it stands in the file."""
        return [*map(self.line, self.rows)]

    def line(self, row: Row) -> bytes:
        """One row as it stands in the file."""
        return self.form.line(self.columns, row.values) if row.raw is None else row.raw

    def stands(self, row: Row) -> bool:
        """Whether a row is one to the reader: what has become a comment is none."""
        return not (self.form.remarks and self.line(row).strip().startswith(b";"))

    def height(self) -> int:
        """How many rows a reader finds."""
        return sum(map(self.stands, self.rows))


Account = Callable[[Trace, Path], Mapping[str, tuple[int, int]]]


@dataclass
class Case:
    """Files of one trace. account: rows kept and rows reported, by group; options: of `load`."""

    sheets: list[Sheet]
    options: Callable[[Path], Mapping[str, Any]]
    account: Account
    more: Mapping[str, str] = field(default_factory=dict)

    def rows_in(self) -> dict[str, int]:
        """How many rows there are, by group."""
        counts: dict[str, int] = {}
        for sheet in self.sheets:
            if sheet.group is not None:
                counts[sheet.group] = counts.get(sheet.group, 0) + sheet.height()
        return counts

    def write(self, folder: Path) -> None:
        """Writes all files into a folder that has no others."""
        shutil.rmtree(folder)
        folder.mkdir()
        for name, text in self.more.items():
            (folder / name).write_text(text, encoding="utf-8")
        files: dict[str, list[Sheet]] = {}
        for sheet in self.sheets:
            files.setdefault(sheet.file, []).append(sheet)
        for name, sheets in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            sheets[0].form.write(path, sheets)
            if name.endswith(".gz"):
                path.write_bytes(gzip.compress(path.read_bytes(), 1, mtime=0))


@dataclass(frozen=True)
class Format:
    """A reader and its form. make: a valid case of about so many rows; weight: its share."""

    name: str
    reader: str
    make: Callable[[Random, int], Case]
    rows: int = 4000
    weight: float = 1.0


def rows(table: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows of these values."""
    return [Row([*values]) for values in table]
