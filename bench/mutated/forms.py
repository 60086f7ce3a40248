"""How rows stand in files, and where in them an error says that it is."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bench.mutated.sheets import Sheet
from traces import TraceError

ABSENT = object()
"""A field that is not there."""
_NUMBERED = re.compile(r"^(?:items)?\[(\d+)\]")


class Form:
    """A form of files; what stands here is that of lines of text."""

    kind = "text"
    head = 0  # lines before the first row
    remarks = False  # whether a line may be a comment

    def line(self, columns: Sequence[str], values: Sequence[Any]) -> bytes:
        """One row, without the end of its line."""
        raise NotImplementedError

    def before(self, columns: Sequence[str]) -> bytes:
        """What stands before the rows."""
        return b""

    def write(self, path: Path, sheets: Sequence[Sheet]) -> None:
        """Writes the tables of a file."""
        (sheet,) = sheets
        path.write_bytes(
            self.before(sheet.columns) + b"".join(line + b"\n" for line in sheet.lines())
        )

    def place(self, error: TraceError, sheet: Sheet) -> int | None:
        """The index of the row that an error names, None where it names none."""
        return None if error.row is None else error.row - 1 - self.head


@dataclass(frozen=True)
class Delimited(Form):
    """Fields parted by a separator, quoted where they must be."""

    separator: str = ","
    header: bool = True
    quotes: bool = True

    @property
    def head(self) -> int:  # type: ignore[override]
        return int(self.header)

    def line(self, columns: Sequence[str], values: Sequence[Any]) -> bytes:
        if not self.quotes:
            return self.separator.join(map(str, values)).encode()
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="").writerow(values)
        return text.getvalue().encode()

    def before(self, columns: Sequence[str]) -> bytes:
        return self.line(columns, columns) + b"\n" if self.header else b""


@dataclass(frozen=True)
class Spaced(Form):
    """The Standard Workload Format: comments, then fields parted by blanks."""

    comments: tuple[str, ...] = ()
    remarks = True

    @property
    def head(self) -> int:  # type: ignore[override]
        return len(self.comments)

    def line(self, columns: Sequence[str], values: Sequence[Any]) -> bytes:
        return " ".join(map(str, values)).encode()

    def before(self, columns: Sequence[str]) -> bytes:
        return "".join(f"; {text}\n" for text in self.comments).encode()


class Pairs(Form):
    """`Name=value` by blanks, as scontrol prints nodes."""

    def line(self, columns: Sequence[str], values: Sequence[Any]) -> bytes:
        return " ".join(f"{c}={v}" for c, v in zip(columns, values, strict=True)).encode()


def nested(columns: Sequence[str], values: Sequence[Any]) -> Any:
    """Values by paths `outer>inner>0>leaf` as objects and lists."""
    top: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        if value is ABSENT:
            continue
        at: Any = top
        keys = column.split(">")
        for key, after in zip(keys, [*keys[1:], ""], strict=True):
            new: Any = ([] if after == "0" else {}) if after else value
            if key == "0" and isinstance(at, list):
                if not at:
                    at.append(new)
                at = at[0]
            else:
                at = at.setdefault(key, new)
    return top


class Objects(Form):
    """JSON, an object a row; columns are paths."""

    kind = "json"

    def line(self, columns: Sequence[str], values: Sequence[Any]) -> bytes:
        top = nested(columns, values)
        try:
            return json.dumps(top, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half of a pair of surrogates
            return json.dumps(top).encode()


@dataclass(frozen=True)
class Listed(Objects):
    """Objects in one JSON list, or in YAML's form of it."""

    begin: bytes = b"[\n"
    between: bytes = b",\n"
    end: bytes = b"\n]\n"

    def write(self, path: Path, sheets: Sequence[Sheet]) -> None:
        (sheet,) = sheets
        path.write_bytes(self.begin + self.between.join(sheet.lines()) + self.end)

    def place(self, error: TraceError, sheet: Sheet) -> int | None:
        named = _NUMBERED.match(error.item or "")
        if named:
            return int(named[1])
        # A line is an object here, but what breaks the text may be told a line later.
        return None if error.row is None else error.row - 1 - self.begin.count(b"\n")


@dataclass(frozen=True)
class Parquet(Form):
    """Typed columns. What doesn't cast to the type is null."""

    types: tuple[Any, ...] = ()
    kind = "typed"

    def write(self, path: Path, sheets: Sequence[Sheet]) -> None:
        (sheet,) = sheets
        columns = zip(*(row.values for row in sheet.rows), strict=True)
        pl.DataFrame(
            [
                pl.Series(name, [_fitting(v, dtype) for v in values], dtype, strict=False)
                for name, values, dtype in zip(sheet.columns, columns, self.types, strict=True)
            ]
        ).write_parquet(path)

    def place(self, error: TraceError, sheet: Sheet) -> int | None:
        return None if error.row is None else error.row - 1


def _fitting(value: Any, dtype: Any) -> Any:
    if value is ABSENT or isinstance(value, bytes):
        return None
    if dtype == pl.String:
        return None if value is None else str(value)
    if dtype == pl.Int64:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return int(value) if whole and abs(value) < 2**63 else None
    if dtype == pl.Float64:
        try:
            return None if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            return None
    return value


class Sqlite(Form):
    """Tables of an SQLite file, in which any value may stand in any column."""

    kind = "any"

    def write(self, path: Path, sheets: Sequence[Sheet]) -> None:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("PRAGMA synchronous = OFF")
            for sheet in sheets:
                names = ", ".join(f'"{name}"' for name in sheet.columns)
                database.execute(f"CREATE TABLE {sheet.name} ({names})")
                marks = ", ".join("?" * len(sheet.columns))
                database.executemany(
                    f"INSERT INTO {sheet.name} VALUES ({marks})",
                    ([_stored(value) for value in row.values] for row in sheet.rows),
                )

    def place(self, error: TraceError, sheet: Sheet) -> int | None:
        return None if error.row is None else error.row - 1


def _stored(value: Any) -> Any:
    if value is ABSENT:
        return None
    return str(value) if isinstance(value, int) and abs(value) >= 2**63 else value


@dataclass(frozen=True)
class Model(Objects):
    """A model file: a head in YAML, then lists of entries, a line each."""

    top: str = ""

    def write(self, path: Path, sheets: Sequence[Sheet]) -> None:
        lists = (
            f"{sheet.name}:\n".encode() + b"".join(b"- " + line + b"\n" for line in sheet.lines())
            for sheet in sheets
        )
        path.write_bytes(self.top.encode() + b"".join(lists))

    def place(self, error: TraceError, sheet: Sheet) -> int | None:
        named = re.match(rf"{sheet.name}\[(\d+)\]", error.field or "")
        return int(named[1]) if named else None
