"""A table of an SQLite file, read strictly and run by run: what `csvfile` is for CSV.

The file is only read and nothing is put beside it. SQLite lets any value stand in any column, so
values are cast one by one, and one that doesn't cast is told by its row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from traces.columns import Column, typed
from traces.csvfile import unreadable
from traces.errors import TraceError, nearest, shown
from traces.rows import Rows

BATCH_ROWS = 1 << 16
MAGIC = b"SQLite format 3\0"
# A row, or a value of it, of more is none of a trace.
_ROW_BYTES = 1 << 20
_SAID = 200
_EXPECTED = "an SQLite database"
_PACKED = {b"\x1f\x8b": "gzip data", b"PK": "a zip file"}
_A_VALUE = {"number": "a number", "integer": "a whole number", "text": "text"}


@dataclass(frozen=True)
class Database:
    """An SQLite file that is open."""

    path: Path
    connection: sqlite3.Connection

    def rows(self, table: str, columns: Sequence[Column]) -> Iterator[Rows]:
        """The table's rows in runs of typed columns, numbered from 1. Raises TraceError."""
        said = f"{self.path} (table {table})"
        names = self._columns(table, columns, said)
        chosen = ", ".join(_quoted(name) for name in names)
        with _told(self.path):
            # In the order of the table, not in that of an index that has all columns.
            cursor = self.connection.execute(f"SELECT {chosen} FROM {_quoted(table)} NOT INDEXED")
        first = 1
        while True:
            with _told(self.path):
                fetched = cursor.fetchmany(BATCH_ROWS)
            if not fetched:
                break
            values = zip(*fetched, strict=True)
            frame = pl.DataFrame(
                [_series(c, v, said, first) for c, v in zip(columns, values, strict=True)]
            )
            no_blanks = frame.with_columns(pl.col(pl.String).replace("", None))
            yield typed(Rows(said, first, no_blanks, text=False), columns)
            first += len(fetched)
        if first == 1:
            raise TraceError(file=said, found="no row", expected="at least one row")

    def _columns(self, table: str, columns: Sequence[Column], said: str) -> list[str]:
        """The columns as the table writes them."""
        with _told(self.path):
            master = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            tables = dict(self.connection.execute(master).fetchall())
        spelled = {str(name).lower(): str(name) for name in tables}
        if table.lower() not in spelled:
            raise TraceError(
                file=self.path,
                found=f"no table {table} among {', '.join(spelled.values()) or 'none'}",
                expected=f"a table {table}",
                hint=nearest(table, spelled),
            )
        made = str(tables[spelled[table.lower()]] or "")
        if made.lstrip().upper().startswith("CREATE VIRTUAL"):
            raise TraceError(file=said, found="a virtual table", expected="a table of its own rows")
        with _told(self.path):
            info = self.connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
        there = {str(row[1]).lower(): str(row[1]) for row in info}
        for column in columns:
            if column.name.lower() not in there:
                raise TraceError(
                    file=said,
                    field=column.name,
                    found=f"no such column among {', '.join(there.values())}",
                    expected="a column of that name",
                    hint=nearest(column.name, there),
                )
        return [there[column.name.lower()] for column in columns]


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Opens an SQLite file to be read. Raises TraceError for one that is none."""
    _check_magic(path)
    # Nobody is writing where no journal lies beside, and then no lock or shared memory is needed.
    beside = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    still = "" if any(item.exists() for item in beside) else "&immutable=1"
    with _told(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{still}", uri=True)
    with closing(connection):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _ROW_BYTES)
        with _told(path):
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
        yield Database(path, connection)


def _check_magic(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise unreadable(path, error, _EXPECTED) from None
    if head == MAGIC:
        return
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)
    raise TraceError(
        file=path,
        found=packed or ("no SQLite database" if head else "an empty file"),
        expected=_EXPECTED,
        hint="unpack it first" if packed else None,
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite finds wrong in a file, as a TraceError."""
    try:
        yield
    except sqlite3.Error as error:
        raise TraceError(
            file=path, found=str(error)[:_SAID], expected=f"{_EXPECTED} that is whole"
        ) from None
    except UnicodeDecodeError:  # names in the schema
        raise TraceError(file=path, found="names that are no UTF-8", expected=_EXPECTED) from None


def _series(column: Column, values: Sequence[Any], said: str, first: int) -> pl.Series:
    """One column of a run, text or Float64. Raises TraceError for a value that doesn't cast."""
    dtype = pl.String() if column.kind == "text" else pl.Float64()
    series = _whole_numbers(column, values) if column.kind == "text" else None
    if series is None:
        series = pl.Series(column.name, values, dtype=dtype, strict=False)
    if series.null_count() != values.count(None):
        index = next(i for i, value in enumerate(values) if value is not None and series[i] is None)
        raise TraceError(
            file=said,
            row=first + index,
            field=column.name,
            found=shown(values[index]),
            expected=_A_VALUE[column.kind],
        )
    return series


def _whole_numbers(column: Column, values: Sequence[Any]) -> pl.Series | None:
    """Ids that are all whole numbers, which is the quick case, as text; None where some are not."""
    try:
        return pl.Series(column.name, values, dtype=pl.Int64, strict=True).cast(pl.String)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
