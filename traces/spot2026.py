"""Alibaba's spot GPUs of 2026: a list of nodes and one of jobs, CSV, of high priority and spot.

Cores, GPUs and seconds; what a job asks for is what one of its workers does (Duan et al., GFS,
ASPLOS 2026; alibaba/clusterdata, cluster-trace-v2026-spot-gpu).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column
from traces.copies import count_rules, each
from traces.gathered import gathered, some, without
from traces.places import beside, the_file
from traces.rows import Origin, Rows, Rule
from traces.schema import SECONDS_MAX, UNITS
from traces.trace import Advice, Trace

JOBS = ("job_info_df.csv", "job_info_df.csv.gz")
NODES = ("node_info_df.csv", "node_info_df.csv.gz")
# Larger is more.
PRIORITIES = {"HP": 1, "Spot": 0}

# Its jobs have run on its nodes, which are sold by the GPU.
_ADVICE = Advice(order="trace", weights={"gpu": 1.0})
_RESOURCES = ("cpu", "gpu")
_NODE_COLUMNS = (
    Column("node_name", "text"),
    Column("gpu_model", "text", blank=True),
    Column("gpu_capacity_num", "number"),
    Column("cpu_num", "number"),
)
_JOB_COLUMNS = (
    Column("job_name", "text"),
    Column("gpu_model", "text", blank=True),
    Column("cpu_request", "number"),
    Column("gpu_request", "number"),
    Column("worker_num", "number"),
    Column("submit_time", "number"),
    Column("duration", "number"),
    Column("job_type", "text"),
)
_JOB_RULES = (
    *count_rules("worker_num"),
    Rule("submit_time", ~pl.col("submit_time").is_between(0, SECONDS_MAX), "seconds from 0"),
    Rule("duration", ~pl.col("duration").is_between(0, SECONDS_MAX), "seconds from 0"),
    Rule("job_type", ~pl.col("job_type").is_in([*PRIORITIES]), f"one of {', '.join(PRIORITIES)}"),
)
_NODE_ORIGINS = {
    "id": Origin("node_name"),
    "model": Origin("gpu_model"),
    "gpu": Origin("gpu_capacity_num"),
    "cpu": Origin("cpu_num"),
}
_JOB_ORIGINS = {
    "id": Origin("job_name"),
    "job": Origin("job_name"),
    "models": Origin("gpu_model"),
    "cpu": Origin("cpu_request"),
    "gpu": Origin("gpu_request"),
    "submit": Origin("submit_time"),
    "lifetime": Origin("duration"),
}
_NO_TASK = {"jobs of no worker": pl.col("worker_num") == 0}


def read(
    *,
    path: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
) -> Trace:
    """Reads the jobs and the nodes; a task is a worker, and a job of several is a gang.

    path: the folder of both lists, or the list of jobs; nodes: the list of nodes, by default that
    beside the jobs. HP is priority 1 and Spot 0. Raises TraceError.
    """
    jobs = the_file("spot2026", path, JOBS)
    there = the_file("spot2026", jobs.parent, NODES) if nodes is None else None
    node_list = there or beside("spot2026", jobs.parent, nodes, NODES[0])
    dropped: Counter[str] = Counter()
    rows = gathered(csvfile.batches(jobs), _JOB_COLUMNS, _JOB_RULES)
    count = rows.frame.height
    rows = some(without(rows, _NO_TASK, dropped), dropped)
    return admit(
        Label(
            "spot2026",
            "spot2026",
            replayed=("requests", "machines", "arrival times", "lifetimes", "gangs"),
            assumed=(
                "a request is one worker's, and the workers of a job start together",
                "priority 1 is HP, 0 is Spot",
                "memory is not in the trace",
            ),
            oversized=True,
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=count,
        ),
        tasks=_tasks(rows),
        machines=_nodes(node_list),
        resources=_RESOURCES,
        units=UNITS,
    )


def _tasks(jobs: Rows) -> Iterator[Rows]:
    job = pl.col("job_name")
    priority = pl.col("job_type").replace_strict(PRIORITIES, return_dtype=pl.Int64)
    for rows in each(jobs, "worker_num"):
        tidy = rows.frame.select(
            pl.concat_str(job, pl.lit("-"), pl.col("copy")).alias("id"),
            job.alias("job"),
            pl.col("submit_time").alias("submit"),
            pl.col("duration").alias("lifetime"),
            pl.col("cpu_request").alias("cpu"),
            pl.col("gpu_request").alias("gpu"),
            priority.alias("priority"),
            pl.col("gpu_model").alias("models"),
            (pl.col("worker_num") > 1).alias("gang"),
        )
        yield Rows(rows.file, rows.first, tidy, origins=_JOB_ORIGINS, numbers=rows.numbers)


def _nodes(path: Path) -> Rows:
    rows = gathered(csvfile.batches(path), _NODE_COLUMNS, ())
    tidy = rows.frame.select(
        pl.col("node_name").alias("id"),
        pl.col("cpu_num").alias("cpu"),
        pl.col("gpu_capacity_num").alias("gpu"),
        pl.col("gpu_model").alias("model"),
    )
    return Rows(rows.file, rows.first, tidy, origins=_NODE_ORIGINS)
