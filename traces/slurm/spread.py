"""A job on several nodes as several tasks, and what waits in arrays as one task each."""

from __future__ import annotations

import polars as pl

from traces.errors import TraceError
from traces.rows import Rows
from traces.slurm import ranges

TASKS_MAX = 10_000_000
WAITING_MAX = 1_000_000


def over_nodes(rows: Rows) -> Rows:
    """Jobs of several nodes become as many tasks of equal shares, named ID/1, ID/2 and on.

    rows: columns id, nodes, cpu, mem, gpu (whole numbers), node. What doesn't divide goes to the
    first ones, a unit each; sums are kept. The node is known of tasks that are alone. Raises
    TraceError for more tasks than can be.
    """
    total = int(rows.frame["nodes"].sum())
    _check(rows, total, TASKS_MAX)
    if total == rows.frame.height:
        return rows
    part = pl.int_ranges(0, pl.col("nodes"), dtype=pl.Int64).alias("part")
    frame = rows.frame.with_row_index("row").with_columns(part).explode("part")
    several = pl.col("nodes") > 1
    shares = [
        (pl.col(name) // pl.col("nodes") + (pl.col("part") < pl.col(name) % pl.col("nodes")))
        .cast(pl.Int64)
        .alias(name)
        for name in ("cpu", "mem", "gpu")
    ]
    named = pl.concat_str("id", pl.lit("/"), (pl.col("part") + 1).cast(pl.String))
    frame = frame.with_columns(
        pl.when(several).then(named).otherwise("id").alias("id"),
        pl.when(~several).then("node").alias("node"),
        *shares,
    )
    return rows.picked(frame["row"].cast(pl.Int64)).with_frame(frame.drop("row", "part"))


def over_arrays(rows: Rows) -> Rows:
    """Rows of `123_[1-9%2]` become a task for each index. Raises TraceError."""
    listed = rows.frame["index"].str.starts_with("[").fill_null(False)
    if not listed.any():
        return rows
    found: list[list[str]] = []
    total = 0
    for number, (job, base, index) in enumerate(rows.frame.select("id", "base", "index").rows()):
        if index is None or not index.startswith("["):
            found.append([job])
            continue
        indices = ranges.indices(index)
        if indices is None:
            raise rows.error(number, "JobID", repr(job)[:80], "array tasks such as 123_[1-5,9%2]")
        total += len(indices)
        _check(rows, total, WAITING_MAX)
        found.append([f"{base}_{one}" for one in indices])
    ids = pl.Series("id", found, pl.List(pl.String))
    frame = rows.frame.with_columns(ids).with_row_index("row").explode("id").drop_nulls("id")
    frame = frame.with_columns(pl.col("id").alias("job"))
    return rows.picked(frame["row"].cast(pl.Int64)).with_frame(frame.drop("row"))


def _check(rows: Rows, total: int, most: int) -> None:
    if total > most:
        raise TraceError(file=rows.file, found=f"jobs of {total} tasks", expected=f"at most {most}")
