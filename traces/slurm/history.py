"""Which rows of a table of jobs are tasks: what ran, each run once, and perhaps what waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from traces.errors import TraceError
from traces.rows import Rows
from traces.slurm import spread

_WAITS = pl.col("state") == "PENDING"
_REASONS_MAX = 20
_WAITED = "PENDING, so how long it runs is not known"


def chosen(rows: Rows, dropped: dict[str, int], *, pending: bool) -> tuple[Rows, int]:
    """The jobs that are kept, by submit, and how many of them are later runs of a job.

    rows: as sacct.Jobs has them. dropped: counts of others by reason are added. Columns that are
    added: id, job, begin (start; null of what waits). Raises TraceError where none is left.
    """
    named = pl.concat_str("base", pl.lit("_") + pl.col("index"), ignore_nulls=True)
    rows = rows.with_frame(
        rows.frame.with_columns(pl.col("JobID").alias("id"), named.alias("job"), begin="start")
    )
    ran, again = _runs(_of(rows, pl.col("start").is_not_null()), dropped)
    parts = [ran]
    if pending:
        parts.append(spread.over_arrays(_of(rows, _WAITS)))
    never = rows.frame.filter(pl.col("start").is_null() & ~(_WAITS & pl.lit(pending)))
    for state, count in never["state"].value_counts(sort=True).iter_rows():
        reason = _WAITED if state == "PENDING" else f"{state}, never started"
        if len(dropped) >= _REASONS_MAX:
            reason = "of other states, never started"
        dropped[reason] = dropped.get(reason, 0) + count
    frame = pl.concat([part.frame for part in parts])
    if frame.is_empty():
        raise TraceError(file=rows.file, found="no job that ever started", expected="at least one")
    both = replace(
        rows, frame=frame, numbers=np.concatenate([part.every_number() for part in parts])
    )
    came = pl.min_horizontal("submit", "start")
    both = both.with_frame(both.frame.with_columns(came.alias("submit")))
    order = both.frame.select("submit").with_row_index("row").sort("submit", maintain_order=True)
    return both.picked(order["row"].cast(pl.Int64)), again


def _of(rows: Rows, those: pl.Expr) -> Rows:
    return rows.picked(rows.frame.select(those.fill_null(False)).to_series().arg_true())


def _runs(rows: Rows, dropped: dict[str, int]) -> tuple[Rows, int]:
    """Each run once; the second and later ones of a job are named ID#2 and on.

    Of rows of one run, as where tables overlap, that which knows its end is kept.
    """
    frame = rows.frame.with_row_index("row")
    known_first = frame.sort(pl.col("end").is_null(), "row", descending=[False, True])
    once = known_first.unique(["JobID", "start"], keep="first", maintain_order=True).sort("row")
    if once.height < frame.height:
        dropped["the same run again"] = frame.height - once.height
    kept = rows.picked(once["row"].cast(pl.Int64))
    number = pl.col("start").rank("ordinal").over("JobID")
    later = pl.lit("#") + number.cast(pl.String)
    frame = kept.frame.with_columns(
        pl.when(number > 1).then(pl.col(name) + later).otherwise(name).alias(name)
        for name in ("id", "job")
    )
    return kept.with_frame(frame), int(kept.frame.select((number > 1).sum()).item())


def since(rows: Rows, start: float | None, dropped: dict[str, int]) -> Rows:
    """Times from the start of the trace, and which jobs ran at it (column alive).

    start: seconds since 1970; None stands for the first submit. Raises TraceError where nothing is
    left.
    """
    zero = start if start is not None else float(rows.frame["submit"].min() or 0.0)  # type: ignore[arg-type]
    moved = ("submit", "begin", "end")
    rows = rows.with_frame(rows.frame.with_columns(pl.col(name) - zero for name in moved))
    ended = rows.frame.select((pl.col("end") <= 0).fill_null(False) & (pl.col("submit") < 0))
    left = rows.picked((~ended.to_series()).arg_true())
    if left.frame.height < rows.frame.height:
        # An array that waits is one row of the table, however many tasks it has become.
        gone = np.setdiff1d(rows.every_number(), left.every_number())
        dropped["ended before the start"] = gone.size
    if left.frame.is_empty():
        raise TraceError(
            field="trace.start", found="a time after all jobs", expected="one that some run after"
        )
    alive = (pl.col("begin") < 0).fill_null(False)
    submit = pl.when(alive).then("begin").otherwise(pl.col("submit").clip(lower_bound=0.0))
    return left.with_frame(left.frame.with_columns(submit.alias("submit"), alive.alias("alive")))
