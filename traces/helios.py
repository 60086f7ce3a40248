"""SenseTime's Helios GPU clusters of 2020: one CSV a cluster of all its Slurm jobs, no machines.

Totals of GPUs and CPUs over the nodes of a job, local times (Hu et al., Characterization and
Prediction of Deep Learning Workloads in Large-Scale GPU Datacenters, SC 2021;
S-Lab-System-Group/HeliosData).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from traces import csvfile, gangs, instants
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.errors import TraceError, shown
from traces.places import the_file
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import UNITS
from traces.trace import Advice, Trace

NAMES = ("cluster_log.csv", "cluster_log.csv.gz")
NODES_MAX = 100_000
STATES = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "SUSPENDED")

_ADVICE = Advice(weights={"gpu": 1.0})
_AMOUNT_MAX = 10**9
_TIMES = ("submit_time", "start_time", "end_time")
# What stands where a job never started or has not ended.
_UNKNOWN = ("None", "Unknown", "NaT", "nan")
_READ = (
    Column("job_id", "text"),
    Column("gpu_num", "integer"),
    Column("cpu_num", "integer"),
    Column("node_num", "integer"),
    Column("state", "text"),
    Column("submit_time", "text"),
    Column("start_time", "text", blank=True),
    Column("end_time", "text", blank=True),
)


def _is_time(column: str) -> Rule:
    read = pl.col(f"{column} as read")
    return Rule(
        column,
        read.is_not_null() & pl.col(column).is_null(),
        "a time such as 2020-06-09 18:41:01"
        + ("" if column == "submit_time" else ", or a blank or None where there is none"),
        lambda rows, index: shown(rows.frame[f"{column} as read"][index]),
    )


def _amount(column: str, least: int, most: int = _AMOUNT_MAX) -> Rule:
    started = pl.col("start_time").is_not_null()
    low = (pl.col(column) < least) & started
    return Rule(column, low | (pl.col(column) > most), f"{least} to {most}")


_RULES = (
    *(_is_time(column) for column in _TIMES),
    _amount("gpu_num", 0),
    _amount("cpu_num", 0),
    _amount("node_num", 1, NODES_MAX),
    Rule(
        "end_time",
        pl.col("end_time") < pl.col("start_time"),
        "no earlier than start_time",
        lambda rows, index: shown(rows.frame["end_time as read"][index]),
    ),
)
_ORIGINS = {
    "id": Origin("job_id"),
    "submit": Origin("submit_time"),
    "lifetime": Origin("end_time"),
    "cpu": Origin("cpu_num"),
    "gpu": Origin("gpu_num"),
}


def read(*, path: str | PathLike[str] | None = None) -> Trace:
    """Reads the jobs of a cluster. Raises TraceError.

    A job arrives when it was submitted and lives from its start to its end; one without an end
    outlives the log, one that never started is dropped by its state. A job on several nodes is a
    gang of as many tasks of equal shares: of what doesn't divide, the first have one more each.
    """
    log = the_file("helios", path, NAMES)
    dropped: Counter[str] = Counter()
    rows = _in_order(_ran(log, dropped))
    tasks = gangs.members(rows, pl.col("node_num"))
    return admit(
        Label(
            "helios",
            "helios",
            replayed=("requests", "arrival times", "lifetimes"),
            assumed=(
                "local times as they stand",
                "virtual clusters are not told apart",
                *gangs.said(tasks, "jobs on several nodes, in equal shares"),
                *_assumed(rows),
            ),
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=rows.frame.height + dropped.total(),
        ),
        tasks=[_tasks(tasks)],
        machines=None,
        resources=("cpu", "gpu"),
        units=UNITS,
    )


def _ran(log: Path, dropped: Counter[str]) -> Rows:
    """The jobs that started, their times in seconds since 1970. Raises TraceError."""
    frames, numbers = [], []
    for run in csvfile.batches(log):
        rows = _timed(typed(run, _READ))
        enforce(rows, _RULES)
        started = rows.frame["start_time"].is_not_null()
        never = rows.frame.filter(~started)["state"]
        for state, count in never.value_counts().iter_rows():
            said = state if state in STATES else "of another state"
            dropped[f"{said}, never started"] += count
        kept = rows.picked(started.arg_true())
        numbers.append(kept.every_number())
        frames.append(
            kept.frame.select("job_id", "gpu_num", "cpu_num", "node_num", *_TIMES).rename(
                {"job_id": "id"}
            )
        )
    frame = pl.concat(frames)
    if frame.is_empty():
        raise TraceError(file=log, found="no job that ever started", expected="at least one")
    return Rows(str(log), 1, frame, origins=_ORIGINS, numbers=np.concatenate(numbers))


def _timed(rows: Rows) -> Rows:
    """The rows with times as numbers beside the text that they were."""
    frame = rows.frame.with_columns(
        pl.when(~pl.col(column).is_in(_UNKNOWN)).then(column).alias(column)
        for column in _TIMES
        if column != "submit_time"
    )
    return rows.with_frame(
        frame.with_columns(
            *(instants.seconds(column, pl.String()).alias(column) for column in _TIMES),
            *(pl.col(column).alias(f"{column} as read") for column in _TIMES),
        )
    )


def _in_order(rows: Rows) -> Rows:
    """The jobs by submit, times in seconds from the first."""
    submit = pl.col("submit_time")
    order = rows.frame.select(submit).with_row_index("row").sort(submit, maintain_order=True)
    rows = rows.picked(order["row"].cast(pl.Int64))
    zero = float(rows.frame["submit_time"][0])
    return rows.with_frame(rows.frame.with_columns(pl.col(name) - zero for name in _TIMES))


def _tasks(tasks: Rows) -> Rows:
    def share(column: str, resource: str) -> pl.Expr:
        amount, of = pl.col(column), pl.col("of")
        more = (pl.col("part") < amount % of).cast(pl.Int64)
        return (amount // of + more).cast(pl.Float64).alias(resource)

    frame = tasks.frame.select(
        "id",
        "job",
        pl.col("submit_time").alias("submit"),
        (pl.col("end_time") - pl.col("start_time")).alias("lifetime"),
        share("cpu_num", "cpu"),
        share("gpu_num", "gpu"),
        "gang",
    )
    return tasks.with_frame(frame)


def _assumed(rows: Rows) -> Iterator[str]:
    nodes = pl.col("node_num")
    counted = [
        (
            (pl.col("gpu_num") % nodes > 0) | (pl.col("cpu_num") % nodes > 0),
            "jobs whose shares are not whole, so that their first tasks have one more",
        ),
        (pl.col("end_time").is_null(), "jobs without an end, which outlive the log"),
    ]
    for these, said in counted:
        if count := int(rows.frame.select(these.sum()).item()):
            yield f"{said}: {count:,}"
