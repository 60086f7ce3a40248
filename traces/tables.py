"""A table of a canonical folder: Parquet or CSV, plain or gzipped, whichever is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from traces import csvfile, parquet
from traces.errors import TraceError, nearest
from traces.rows import Rows

SUFFIXES = (".parquet", ".csv", ".csv.gz")


def find(folder: Path, stem: str) -> Path:
    """The one file of that name in the folder. Raises TraceError where there is none or more."""
    names = [stem + suffix for suffix in SUFFIXES]
    there = [name for name in names if (folder / name).exists()]
    if len(there) == 1:
        return folder / there[0]
    found = " and ".join(there) or f"no table of {stem}"
    here = sorted(item.name for item in folder.iterdir())
    raise TraceError(
        file=folder,
        found=found,
        expected=f"one of {', '.join(names)}",
        hint=None if there else nearest(names[0], here),
    )


def is_lazy(path: Path) -> bool:
    """Whether the file can be scanned again and again without being held."""
    return path.suffix == ".parquet"


def head(path: Path) -> Rows:
    """The table's columns, without rows. Raises TraceError."""
    if is_lazy(path):
        return Rows(str(path), 1, parquet.scan(path).collect_schema().to_frame(), text=False)
    names = csvfile.header(path)
    return Rows(str(path), 2, pl.DataFrame(schema=dict.fromkeys(names, pl.String)))


def batches(path: Path, *, least: int = 1) -> Iterator[Rows]:
    """The table's rows in runs; `least` is how few there may be. Raises TraceError."""
    if is_lazy(path):
        return parquet.batches(path, least=least)
    return csvfile.batches(path, least=least)


def whole(path: Path, *, least: int = 1) -> Rows:
    """The table's rows in one run; `least` is how few there may be. Raises TraceError."""
    runs = list(batches(path, least=least)) or [head(path)]
    return runs[0].with_frame(pl.concat(run.frame for run in runs))
