"""The table of jobs: CSV of timestamp, duration, num_gpus, gpu_time, cluster; unsorted, no ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from traces import csvfile, instants
from traces.columns import Column, typed
from traces.errors import shown
from traces.philly.jobs import Jobs
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import SECONDS_MAX

GPUS_MAX = 10**6
_READ = (
    Column("timestamp", "text"),
    Column("duration", "number"),
    Column("num_gpus", "integer"),
)
_RULES = (
    Rule(
        "timestamp",
        pl.col("submit").is_null(),
        "a time such as 2017-10-09 07:01:55",
        lambda rows, index: shown(rows.frame["timestamp"][index]),
    ),
    Rule("duration", ~pl.col("duration").is_finite(), "a finite number of seconds"),
    Rule("duration", ~pl.col("duration").is_between(0, SECONDS_MAX), f"0 to {SECONDS_MAX:g}"),
    Rule("num_gpus", ~pl.col("num_gpus").is_between(1, GPUS_MAX), f"1 to {GPUS_MAX}"),
)
_ORIGINS = {
    "submit": Origin("timestamp"),
    "lifetime": Origin("duration"),
    "gpu": Origin("num_gpus"),
}


def read(table: Path) -> Jobs:
    """The rows, each a job that is named by its row; a row that is there again is dropped.

    Raises TraceError.
    """
    frames, numbers, hashes = [], [], []
    for run in csvfile.batches(table):
        rows = typed(run, _READ)
        submit = instants.seconds("timestamp", pl.String()).alias("submit")
        rows = rows.with_frame(rows.frame.with_columns(submit))
        enforce(rows, _RULES)
        frames.append(rows.frame.drop("timestamp"))
        numbers.append(rows.every_number())
        # 128 bits of each whole row, so that the text need not be held.
        hashes.append(pl.DataFrame({f"{seed}": run.frame.hash_rows(seed=seed) for seed in (1, 2)}))
    named = np.concatenate(numbers)
    frame = pl.concat(frames).select(
        ("row-" + pl.Series(named).cast(pl.String)).alias("id"),
        "submit",
        pl.col("duration").alias("lifetime"),
        pl.col("num_gpus").alias("gpus"),
        pl.lit(None, pl.String).alias("machine"),
    )
    rows = Rows(str(table), 1, frame, origins=_ORIGINS, numbers=named)
    fresh = pl.concat(hashes).select(pl.struct("1", "2").is_first_distinct()).to_series()
    again = int((~fresh).sum())
    return Jobs(
        rows.picked(fresh.arg_true()),
        frame.height,
        dropped={"the same row again": again} if again else {},
    )
