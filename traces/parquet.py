"""Parquet, read lazily: the file is scanned in runs of rows and never held whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from traces.csvfile import unreadable
from traces.errors import TraceError
from traces.rows import Rows

BATCH_ROWS = 1 << 16


def scan(path: Path) -> pl.LazyFrame:
    """The file as a lazy frame, its schema read. Raises TraceError."""
    try:
        with path.open("rb"):
            pass
        frame = pl.scan_parquet(path, glob=False)
        frame.collect_schema()
    except OSError as error:
        raise unreadable(path, error) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _broken(path, error) from None
    return frame


def batches(path: Path, *, least: int = 1) -> Iterator[Rows]:
    """The file's rows in runs, in order; `least` is how few there may be. Raises TraceError."""
    count = 0
    try:
        for frame in scan(path).collect_batches(maintain_order=True, chunk_size=BATCH_ROWS):
            if frame.height:
                yield Rows(str(path), count + 1, frame, text=False)
            count += frame.height
    except OSError as error:
        raise unreadable(path, error) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _broken(path, error) from None
    if count < least:
        raise TraceError(file=path, found="no rows", expected="at least one row")


def _broken(path: Path, error: BaseException) -> TraceError:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return TraceError(
        file=path,
        found="a file that doesn't read as Parquet",
        expected="Parquet",
        hint=reason[0],
    )
