"""Jobs of several attempts as one run each: from the first start to the last end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from traces.errors import TraceError

RUNS = (
    *("number", "id", "submit", "attempts", "first", "begin", "end", "gpus", "varied", "machine"),
)
"""Columns of one row a job, times in s since 1970, null where they are not known: first attempt's
start, first start that is known, last attempt's end; GPUs of the first attempt that has any."""

# Clocks are set back by an hour, once a year.
_SET_BACK_S = 3600


@dataclass(frozen=True)
class Runs:
    """frame: columns number, id, submit, lifetime, gpus, machine of the jobs that ran."""

    frame: pl.DataFrame
    dropped: dict[str, int]
    assumed: tuple[str, ...]


def runs(log: Path, jobs: pl.DataFrame) -> Runs:
    """The jobs that ran, of the columns RUNS. Raises TraceError where none did."""
    known = [
        (pl.col("attempts").is_null(), "no attempt: never ran"),
        (pl.col("gpus").is_null(), "no attempt lists a GPU"),
        (pl.col("begin").is_null(), "no attempt has a start"),
        (pl.col("submit").is_null(), "no time of submission"),
        (pl.col("end") < pl.col("begin") - _SET_BACK_S, "ended before it started"),
    ]
    reason = pl.coalesce(pl.when(why).then(pl.lit(said)) for why, said in known)
    jobs = jobs.with_columns(reason.alias("reason"))
    dropped = dict(jobs["reason"].drop_nulls().value_counts(sort=True).iter_rows())
    ran = jobs.filter(pl.col("reason").is_null())
    if ran.is_empty():
        raise TraceError(
            file=log, found=f"no job that ran: {next(iter(dropped))}", expected="at least one"
        )
    back = pl.when(pl.col("end") < pl.col("begin")).then(_SET_BACK_S).otherwise(0)
    lifetime = (pl.col("end") + back - pl.col("begin")).alias("lifetime")
    frame = ran.select("number", "id", "submit", lifetime, "gpus", "machine")
    return Runs(frame, dropped, tuple(_assumed(ran)))


def _assumed(ran: pl.DataFrame) -> Iterator[str]:
    counted = [
        (pl.col("attempts") > 1, "jobs of several attempts, from the first start to the last end"),
        (pl.col("varied"), "jobs whose attempts had different numbers of GPUs, with the first's"),
        (
            pl.col("first").is_null(),
            "jobs whose first attempt has no start, from a later one",
        ),
        (pl.col("end") < pl.col("begin"), "ends an hour later where clocks were set back"),
        (pl.col("end").is_null(), "jobs whose last attempt has no end, which outlive the trace"),
    ]
    for these, said in counted:
        if count := int(ran.select(these.sum()).item()):
            yield f"{said}: {count:,}"
