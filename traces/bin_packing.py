"""Bin packing in order: items of one size each, bins all open from the start.

CSV with columns instance, capacity, position, size (OR-Library; FunSearch, Nature 2023). An item
is a task, a bin a machine with the one resource `size`; there are as many bins as items, so that
everything can be placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import MappingProxyType

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.errors import TraceError, nearest
from traces.places import beside
from traces.rows import Origin, Rows, Rule, enforce
from traces.trace import Trace

DEFAULT = "or3.csv"

_COLUMNS = (
    Column("instance", "text"),
    Column("capacity", "integer"),
    Column("position", "integer"),
    Column("size", "integer"),
)
_KEY = pl.struct("instance", "position")
_RULES = (
    Rule("capacity", pl.col("capacity") < 1, "1 or more"),
    Rule(
        "capacity",
        pl.col("capacity") != pl.col("capacity").first().over("instance"),
        "one capacity an instance",
    ),
    Rule("position", pl.col("position") < 0, "0 or more"),
    Rule("position", ~_KEY.is_first_distinct(), "each position of an instance once"),
    Rule("size", pl.col("size") < 0, "0 or more"),
    Rule("size", pl.col("size") > pl.col("capacity"), "at most the capacity"),
)


def instances(path: str | PathLike[str] | None = None) -> tuple[str, ...]:
    """The names of a file's instances, in its order. Raises TraceError."""
    rows = _items(beside("bin_packing", None, path, DEFAULT))
    return tuple(rows.frame["instance"].unique(maintain_order=True))


def read(*, path: str | PathLike[str] | None = None, instance: str | None = None) -> Trace:
    """Reads one instance of a file, the first unless named. Raises TraceError."""
    rows = _items(beside("bin_packing", None, path, DEFAULT))
    known = rows.frame["instance"].unique(maintain_order=True).to_list()
    chosen = known[0] if instance is None else instance
    if chosen not in known:
        raise TraceError(
            file=rows.file,
            field="instance",
            found=repr(chosen),
            expected=f"one of {', '.join(known)}",
            hint=nearest(chosen, known),
        )
    items = rows.frame.filter(pl.col("instance") == chosen).sort("position", maintain_order=True)
    name = f"bin_packing/{Path(rows.file).stem}/{chosen}"
    others = rows.frame.height - items.height
    return admitted(
        name,
        items,
        rows,
        replayed=("requests", "order", "machines"),
        dropped={"items of other instances": others} if others else {},
    )


def admitted(
    name: str,
    items: pl.DataFrame,
    rows: Rows | None = None,
    *,
    replayed: tuple[str, ...] = (),
    assumed: tuple[str, ...] = (),
    dropped: Mapping[str, int] = MappingProxyType({}),
) -> Trace:
    """One instance as a trace. items: capacity, position, size, in order; rows: of which file.

    dropped: rows of the file that are none of its items, by reason.
    """
    number = pl.col("position").cast(pl.String)
    bins = items.select(
        ("bin-" + pl.int_range(pl.len()).cast(pl.String)).alias("id"),
        pl.col("capacity").cast(pl.Float64).alias("size"),
    )
    tasks = items.select(
        ("item-" + number).alias("id"), pl.col("size").cast(pl.Float64).alias("size")
    )
    file, first = (name, 1) if rows is None else (rows.file, rows.first)
    origins = {"id": Origin("position")}
    return admit(
        Label(
            name,
            "bin_packing",
            replayed=replayed,
            assumed=(*assumed, "as many bins as items, all open from the start"),
            ordered=True,
            dropped=dropped,
        ),
        tasks=[Rows(file, first, tasks, origins=origins)],
        machines=Rows(file, first, bins, origins=origins),
        resources=("size",),
        units={"size": 1.0},
    )


def _items(path: Path) -> Rows:
    rows = typed(csvfile.whole(path), _COLUMNS)
    enforce(rows, _RULES)
    return rows
