"""A job on several machines: tasks that start together or not at all."""

from __future__ import annotations

import polars as pl

from traces.errors import TraceError, shown
from traces.rows import Rows

TASKS_MAX = 10_000_000


def members(rows: Rows, count: pl.Expr) -> Rows:
    """Each job as `count` tasks, 1 or more, one row each, in a row.

    rows: one a job, with a column id. Added are job, part (from 0), of (how many parts) and gang;
    tasks of a gang are named JOB/1, JOB/2 and on. Raises TraceError for a job that is there twice,
    which would not be seen by its tasks' names, and for more tasks than can be.
    """
    _check_unique(rows)
    frame = rows.frame.with_columns(count.cast(pl.Int64).alias("of")).with_row_index("row")
    total = int(frame["of"].sum())
    if total > TASKS_MAX:
        raise TraceError(
            file=rows.file, found=f"jobs of {total:,} tasks", expected=f"at most {TASKS_MAX:,}"
        )
    part = pl.int_ranges(0, pl.col("of"), dtype=pl.Int64).alias("part")
    frame = frame.with_columns(part, pl.col("id").alias("job"), (pl.col("of") > 1).alias("gang"))
    frame = frame.explode("part")
    named = pl.concat_str("id", pl.lit("/"), (pl.col("part") + 1).cast(pl.String))
    frame = frame.with_columns(pl.when("gang").then(named).otherwise("id").alias("id"))
    return rows.picked(frame["row"].cast(pl.Int64)).with_frame(frame.drop("row"))


def _check_unique(rows: Rows) -> None:
    ids = rows.frame["id"]
    again = (~ids.is_first_distinct()).arg_true()
    if again.len():
        index = again[0]
        first = rows.number((ids == ids[index]).arg_true()[0])
        found = f"{shown(ids[index])} again (first in row {first})"
        raise rows.error(index, "id", found, "each id once")


def said(tasks: Rows, which: str) -> list[str]:
    """What is assumed of gangs, in words; which: `jobs of more than 8 GPUs`."""
    gangs = tasks.frame.filter("gang")
    if gangs.is_empty():
        return []
    jobs = int((gangs["part"] == 0).sum())
    return [f"{which}: {jobs:,}, as {gangs.height:,} tasks that start together"]
