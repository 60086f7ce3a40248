"""Batch, from `batch_task`: a row is a task of so many instances, each asking for its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from traces import csvfile
from traces.alibaba2018.tables import RESOURCES, UNITS, amount_rules, not_valid, time_rule
from traces.columns import Column, typed
from traces.copies import count_rules, each
from traces.gathered import without
from traces.rounded import rounded
from traces.rows import Origin, Rows, enforce

BATCH_TASK = (
    *("task_name", "instance_num", "job_name", "task_type", "status"),
    *("start_time", "end_time", "plan_cpu", "plan_mem"),
)
_COLUMNS = (
    Column("task_name", "text"),
    Column("instance_num", "number"),
    Column("job_name", "text"),
    Column("status", "text"),
    Column("start_time", "number"),
    Column("end_time", "number"),
    Column("plan_cpu", "number", blank=True),
    Column("plan_mem", "number", blank=True),
)
_RULES = (
    *count_rules("instance_num"),
    time_rule("start_time"),
    time_rule("end_time"),
    *amount_rules("plan_cpu", "plan_mem"),
)
_ORIGINS = {
    "id": Origin("task_name"),
    "job": Origin("job_name"),
    "submit": Origin("start_time"),
    "lifetime": Origin("end_time"),
    "cpu": Origin("plan_cpu", 100),
    "mem": Origin("plan_mem"),
}
_START, _END = pl.col("start_time"), pl.col("end_time")
# What may have gone on to after the span, where its end is 0.
_GOES_ON = ("Running", "Terminated")
_NO_TASK = {
    "batch tasks without a time: they never ran in the span": (_START == 0) & (_END == 0),
    "batch tasks that end before they start": (_END > 0) & (_END < _START),
    "batch tasks that neither run nor terminated, without an end": (_END == 0)
    & ~pl.col("status").is_in(_GOES_ON),
    "batch tasks that state no request": pl.col("plan_cpu").is_null()
    | pl.col("plan_mem").is_null(),
    "batch tasks whose memory is not valid (-1 or 101)": not_valid("plan_mem"),
    "batch tasks of no instance": pl.col("instance_num") == 0,
}
_HINT = "trace.hours=1 reads those that start in the first hour"


@dataclass(frozen=True)
class Batch:
    """Batch tasks, a row each, how many rows the table has, and what was not plain."""

    table: Rows | None
    rows: int
    assumed: tuple[str, ...]

    def tasks(self) -> Iterator[Rows]:
        """The instances as canonical rows. Raises TraceError where they are too many."""
        if self.table is None:
            return
        named = pl.concat_str("job_name", "task_name", separator="/")
        again = pl.when(pl.col("again") > 1).then(pl.concat_str(pl.lit("#"), "again"))
        for rows in each(self.table, "instance_num", _HINT):
            tidy = rows.frame.select(
                pl.concat_str(named, again.otherwise(pl.lit("")), pl.lit("/"), "copy").alias("id"),
                pl.col("job_name").alias("job"),
                *("submit", "lifetime", *RESOURCES, "alive_at_start"),
                pl.lit(None, pl.String).alias("machine"),
            )
            yield replace(rows, frame=tidy, origins=_ORIGINS)


def read(path: Path, until: float, dropped: Counter[str]) -> Batch:
    """The batch tasks that ran. Raises TraceError.

    until: those that start from then on, in seconds, are dropped. dropped: counts of rows that are
    no task are added.
    """
    late = {"batch tasks that start after the hours asked for": until <= _START}
    frames, numbers, count = [], [], 0
    for rows in csvfile.batches(path, columns=BATCH_TASK):
        cast = typed(rows, _COLUMNS)
        enforce(cast, _RULES)
        count += cast.frame.height
        head = kept = without(cast, {**_NO_TASK, **late}, dropped)
        frames.append(kept.frame)
        numbers.append(kept.every_number())
    frame = pl.concat(frames)
    if frame.is_empty():
        return Batch(None, count, ())
    tidy, off = rounded(_amounts(frame), RESOURCES, UNITS)
    table = replace(head, frame=tidy, numbers=np.concatenate(numbers))
    return Batch(table, count, tuple(_said(tidy, off)))


def _amounts(frame: pl.DataFrame) -> pl.DataFrame:
    """In canonical amounts and times; `again` numbers rows of one name of one job."""
    return frame.select(
        "job_name",
        "task_name",
        "instance_num",
        _START.alias("submit"),
        pl.when(_END > 0).then(_END - _START).alias("lifetime"),
        (pl.col("plan_cpu") / 100).alias("cpu"),
        pl.col("plan_mem").alias("mem"),
        (_START == 0).alias("alive_at_start"),
        pl.int_range(1, pl.len() + 1).over("job_name", "task_name").alias("again"),
    )


def _said(tidy: pl.DataFrame, off: int) -> Iterator[str]:
    instances = int(tidy["instance_num"].sum())
    yield f"a task is an instance: {tidy.height:,} batch tasks have {instances:,}"
    yield (
        "batch arrives when it started, which keeps the order that task_name demands (R4_2 after 2)"
    )
    texts = {
        "batch tasks that started before the span, when is not known": tidy["alive_at_start"].sum(),
        "batch tasks that go on after the span": tidy["lifetime"].null_count(),
        "batch tasks of a name that their job has again are tasks of their own": (
            tidy["again"] > 1
        ).sum(),
        "batch tasks whose plan was rounded to whole units": off,
    }
    yield from (f"{text}: {number:,}" for text, number in texts.items() if number)
