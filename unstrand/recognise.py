"""Which format a path on the command line holds, told by its files' names and first lines."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

from unstrand.failure import ConfigurationError, nearest
from unstrand.schema import TraceChoice


def recognise(word: str, choice: TraceChoice) -> TraceChoice:
    """The choice of trace that a path or a name means; what ``choice`` says of files is kept.

    Raises ConfigurationError where nothing stands at the path, or nothing known.
    """
    import traces

    path = Path(word)
    if word in traces.names() and not path.exists():
        return replace(choice, name=word)
    if path.is_dir():
        return _folder(path, choice)
    if path.is_file():
        return _file(path, choice)
    raise ConfigurationError(
        f"trace: found no file or folder {word!r} and no trace of that name"
        f"{nearest(word, traces.names())}"
    )


def _folder(path: Path, choice: TraceChoice) -> TraceChoice:
    if any(path.glob("tasks.*")):
        return replace(choice, name="canonical", path=str(path))
    if any(path.glob("openb_pod_list_*.csv")):
        return replace(choice, name="openb", path=str(path))
    raise ConfigurationError(
        f"{path}: found no trace, expected tasks.parquet or tasks.csv (docs/traces.md), "
        "or openb's openb_pod_list_*.csv; a single file is named itself"
    )


def _file(path: Path, choice: TraceChoice) -> TraceChoice:
    """By the name of a canonical table, else by the columns that the first line names."""
    if path.stem.split(".")[0] in ("tasks", "machines"):
        return replace(choice, name="canonical", path=str(path.parent))
    columns = _first_line(path).lower().split(",")
    if "cpu_milli" in columns and "num_gpu" in columns:
        return replace(choice, name="openb", path=str(path.parent), tasks=str(path))
    if "cpu_milli" in columns and "sn" in columns:
        return replace(choice, name="openb", path=str(path.parent), nodes=str(path))
    if {"instance", "size"} <= set(columns):
        return replace(choice, name="bin_packing", path=str(path))
    raise ConfigurationError(
        f"{path}: found {','.join(columns)[:60]!r} as its first line, expected the columns of "
        "openb or bin_packing, or a file named tasks.csv or tasks.parquet (docs/traces.md)"
    )


def _first_line(path: Path) -> str:
    """The first line, empty where it can't be read as text: the reader says what is wrong."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig", errors="replace") as file:
                return file.readline(10_000).strip()
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline(10_000).strip()
    except (OSError, EOFError):
        return ""
