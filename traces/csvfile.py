"""CSV, plain or gzipped, read strictly: every field as text, every row with its line number.

The structure (UTF-8, null bytes, quotes, number of fields) is checked on the bytes, vectorised,
a block at a time, before polars sees them: polars pads short rows and gives no line numbers.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import polars as pl

from traces.errors import TraceError, shown
from traces.rows import Rows

BLOCK_BYTES = 8 << 20
LINE_BYTES_MAX = 1 << 20
_BOM = b"\xef\xbb\xbf"
_QUOTE, _NEWLINE, _RETURN = (ord(char) for char in '"\n\r')


@dataclass(frozen=True)
class Form:
    """What parts fields, and whether quotes may stand round them."""

    separator: str = ","
    quotes: bool = True


COMMAS = Form()


def header(path: Path) -> list[str]:
    """The column names of a CSV file. Raises TraceError."""
    for _, block in _blocks(path):
        return _names(path, block.split(b"\n", 1)[0], COMMAS)
    raise TraceError(file=path, found="an empty file", expected="a header row")


def batches(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    least: int = 1,
    form: Form = COMMAS,
) -> Iterator[Rows]:
    """The file's rows in runs, every column String, blank fields null. Raises TraceError.

    columns: their names, where the file has no header; least: how few rows there may be. A header
    that ends in a separator, where commas are not what parts fields, names its last column "".
    """
    names = list(columns) if columns else None
    count = 0
    for line, block in _blocks(path):
        if names is None:
            head, _, block = block.partition(b"\n")
            names, line = _names(path, head, form), line + 1
            if not block:
                continue
        rows = _parse(path, line, block, names, form, headed=columns is None)
        count += rows.frame.height
        yield rows
    if names is None:
        raise TraceError(file=path, found="an empty file", expected="a header row")
    if count < least:
        found = "a header and no rows" if columns is None else "an empty file"
        row = 1 if columns is None else None
        raise TraceError(file=path, row=row, found=found, expected="at least one row")


def whole(path: Path, *, columns: Sequence[str] | None = None) -> Rows:
    """All rows of a CSV file in one run, as `batches` gives them."""
    runs = list(batches(path, columns=columns))
    return runs[0].with_frame(pl.concat(run.frame for run in runs))


def _blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines in blocks, each with the number of its first line, checked for encoding."""
    rest, line = b"", 1
    with _open(path) as stream:
        ahead = _read(path, stream).removeprefix(_BOM)
        while ahead or rest:
            fresh, ahead = ahead, _read(path, stream)
            data = rest + fresh
            cut = data.rfind(b"\n") + 1 if ahead else len(data)
            block, rest = data[:cut], data[cut:]
            if not ahead:
                block = block.rstrip(b"\r\n")
            if block:
                _check_text(path, line, block)
                yield line, block
                line += block.count(b"\n")
            if len(rest) > LINE_BYTES_MAX:
                raise TraceError(
                    file=path,
                    row=line,
                    found="a line of more than a MiB",
                    expected="rows of comma-separated fields",
                )


def _open(path: Path) -> BinaryIO:
    try:
        if path.name.endswith(".gz"):
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from None


def _read(path: Path, stream: BinaryIO) -> bytes:
    try:
        return stream.read(BLOCK_BYTES)
    except EOFError:
        raise TraceError(
            file=path, found="a gzip stream that ends early", expected="a whole gzip file"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise TraceError(
            file=path, found="broken gzip data", expected="a gzip file", hint=str(error)
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(
    path: Path, error: OSError, expected: str = "a CSV file (.csv, .csv.gz) or Parquet"
) -> TraceError:
    """The error for a file that the system won't open or read."""
    found = {
        FileNotFoundError: "no such file",
        IsADirectoryError: "a folder",
        PermissionError: "no permission to read it",
    }.get(type(error), error.strerror or str(error))
    return TraceError(file=path, found=found, expected=expected)


def _check_text(path: Path, line: int, block: bytes) -> None:
    if block.startswith(b"\x1f\x8b") and line == 1:
        raise TraceError(
            file=path, found="gzip data", expected="text", hint="name it .csv.gz to have it read"
        )
    try:
        block.decode()
    except UnicodeDecodeError as error:
        row = line + block.count(b"\n", 0, error.start)
        column = error.start - block.rfind(b"\n", 0, error.start)
        raise TraceError(
            file=path,
            row=row,
            found=f"byte 0x{block[error.start]:02x} at byte {column} of the line",
            expected="UTF-8 text",
        ) from None
    null = block.find(b"\0")
    if null >= 0:
        raise TraceError(
            file=path,
            row=line + block.count(b"\n", 0, null),
            found="a null byte",
            expected="text",
        )


def _names(path: Path, head: bytes, form: Form) -> list[str]:
    text = head.decode().removesuffix("\r")
    if "\r" in text:
        raise TraceError(
            file=path, row=1, found="a carriage return alone", expected="lines that end in \\n"
        )
    _separators(path, 1, head, form)
    try:
        names = next(csv.reader([text]), []) if form.quotes else text.split(form.separator)
    except csv.Error as error:
        raise TraceError(file=path, row=1, found=str(error), expected="a header row") from None
    if not names:
        raise TraceError(file=path, row=1, found="a blank line", expected="a header row")
    if len(names) == 1 and any(mark in text for mark in ";\t"):
        raise TraceError(
            file=path, row=1, found=shown(text), expected="column names parted by commas"
        )
    for number, name in enumerate(names):
        if not name and number and number == len(names) - 1 and form is not COMMAS:
            continue
        if not name.strip():
            raise TraceError(
                file=path, row=1, found=f"a blank name for column {number + 1}", expected="a name"
            )
        if name in names[:number]:
            raise TraceError(
                file=path,
                row=1,
                field=name,
                found=f"the column twice ({names.index(name) + 1} and {number + 1})",
                expected="each column once",
            )
    return names


def _parse(
    path: Path, line: int, block: bytes, names: list[str], form: Form, *, headed: bool
) -> Rows:
    ends, separators = _separators(path, line, block, form)
    fields = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    wrong = np.flatnonzero(fields != len(names))
    if wrong.size:
        index = int(wrong[0])
        begin = int(ends[index - 1]) + 1 if index else 0
        as_where = "as in the header" if headed else ", ".join(names)
        blank = not block[begin : int(ends[index])].strip()
        raise TraceError(
            file=path,
            row=line + index,
            found="a blank line" if blank else f"{fields[index]} fields",
            expected=f"{len(names)} fields, {as_where}",
        )
    try:
        frame = pl.read_csv(
            io.BytesIO(block),
            has_header=False,
            new_columns=names,
            separator=form.separator,
            infer_schema=False,
            quote_char='"' if form.quotes and b'"' in block else None,
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TraceError(
            file=path, row=line, found=f"rows that don't parse: {error}", expected="CSV"
        ) from None
    if frame.shape != (ends.size, len(names)):
        raise TraceError(
            file=path,
            row=line,
            found=f"{frame.height} rows in {ends.size} lines",
            expected="one row a line",
        )
    blank_is_null = pl.when(pl.all() != "").then(pl.all())
    return Rows(str(path), line, frame.select(blank_is_null))


def _separators(path: Path, line: int, block: bytes, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Where lines end and where fields are parted, as byte positions in the block.

    Quotes must open at the start of a field and close at its end, on one line, so that each row
    is one line and its number is right.
    """
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    if not ends.size or ends[-1] != data.size - 1:
        ends = np.append(ends, data.size)
    separator = ord(form.separator)
    separators = np.flatnonzero(data == separator)
    quotes = np.flatnonzero(data == _QUOTE) if form.quotes else np.empty(0, np.int64)
    returns = np.flatnonzero(data == _RETURN)
    if returns.size and not np.isin(returns + 1, ends).all():
        bad = returns[~np.isin(returns + 1, ends)][0]
        raise TraceError(
            file=path,
            row=line + int(np.searchsorted(ends, bad)),
            found="a carriage return inside a line",
            expected="lines that end in \\n or \\r\\n",
        )
    if not quotes.size:
        return ends, separators
    before, after = np.searchsorted(ends, quotes), np.searchsorted(quotes, ends)
    odd = np.flatnonzero(np.diff(after, prepend=0) % 2)
    if odd.size:
        raise TraceError(
            file=path,
            row=line + int(odd[0]),
            found="a quote that isn't closed on its line",
            expected="quoted fields without line breaks",
        )
    padded = np.concatenate(([_NEWLINE], data, [_NEWLINE]))
    opening, closing = quotes[::2], quotes[1::2]
    edge = (separator, _NEWLINE, _RETURN, _QUOTE)
    stray = np.concatenate(
        (
            opening[~np.isin(padded[opening], edge)],
            closing[~np.isin(padded[closing + 2], edge)],
        )
    )
    if stray.size:
        row = int(before[np.searchsorted(quotes, stray.min())])
        raise TraceError(
            file=path,
            row=line + row,
            found="a quote in the middle of a field",
            expected="quotes round whole fields, doubled inside them",
        )
    inside = np.searchsorted(quotes, separators) % 2 == 1
    return ends, separators[~inside]
