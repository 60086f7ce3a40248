"""Alibaba's PAI GPU cluster of 2020: a table of tasks and one of machines, headerless CSV.

CPU and GPU in percent, GB and seconds; a task has instances, and what it plans is what one of them
asks for (Weng et al., MLaaS in the Wild, NSDI 2022; alibaba/clusterdata, cluster-trace-gpu-v2020,
issue 129). The tables of jobs, instances and what they used are not read.
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
from traces.rounded import rounded
from traces.rows import Origin, Rows, Rule
from traces.schema import SECONDS_MAX, UNITS
from traces.trace import Advice, Trace

TASKS = ("pai_task_table.csv", "pai_task_table.csv.gz")
MACHINES = ("pai_machine_spec.csv", "pai_machine_spec.csv.gz")
TASK_TABLE = (
    *("job_name", "task_name", "inst_num", "status", "start_time", "end_time"),
    *("plan_cpu", "plan_mem", "plan_gpu", "gpu_type"),
)
MACHINE_SPEC = ("machine", "gpu_type", "cap_cpu", "cap_mem", "cap_gpu")
STATUSES = ("Running", "Terminated", "Failed", "Waiting")

_ADVICE = Advice(order="trace", weights={"gpu": 1.0})
_RESOURCES = ("cpu", "mem", "gpu")
_PLANS = ("plan_cpu", "plan_mem", "plan_gpu")
_TASK_COLUMNS = (
    Column("job_name", "text"),
    Column("task_name", "text"),
    Column("inst_num", "number", blank=True),
    Column("status", "text"),
    Column("start_time", "number", blank=True),
    Column("end_time", "number", blank=True),
    *(Column(name, "number", blank=True) for name in _PLANS),
    Column("gpu_type", "text", blank=True),
)
_MACHINE_COLUMNS = (
    Column("machine", "text"),
    Column("gpu_type", "text", blank=True),
    Column("cap_cpu", "number"),
    Column("cap_mem", "number"),
    Column("cap_gpu", "number"),
)
# A time of 0 is none, as the trace's own analysis has it.
_START, _END = (
    pl.when(pl.col(name) != 0).then(pl.col(name)) for name in ("start_time", "end_time")
)
_STATUS, _GPU = pl.col("status"), pl.col("plan_gpu")
_TASK_RULES = (
    *count_rules("inst_num"),
    Rule("status", ~_STATUS.is_in(STATUSES), f"one of {', '.join(STATUSES)}"),
    *(
        Rule(name, ~pl.col(name).is_between(0, SECONDS_MAX), "seconds from 0, or a blank")
        for name in ("start_time", "end_time")
    ),
    *(
        Rule(name, (pl.col(name) < 0) | ~pl.col(name).is_finite(), "0 or more, or a blank")
        for name in _PLANS
    ),
)
_NO_TASK = {
    "tasks that wait: they never ran": _STATUS == "Waiting",
    "tasks without a start": _START.is_null(),
    "tasks that end before they start": _END < _START,
    "tasks that failed or terminated, without an end": (_STATUS != "Running") & _END.is_null(),
    "tasks of no instance": pl.col("inst_num") == 0,
    "tasks that state no request": pl.all_horizontal(pl.col(name).is_null() for name in _PLANS),
    "tasks whose instances ask for parts of several GPUs": (_GPU > 100) & (_GPU % 100 != 0),
}
_ORIGINS = {
    "id": Origin("task_name"),
    "job": Origin("job_name"),
    "submit": Origin("start_time"),
    "lifetime": Origin("end_time"),
    "cpu": Origin("plan_cpu", 100),
    "mem": Origin("plan_mem"),
    "gpu": Origin("plan_gpu", 100),
    "models": Origin("gpu_type"),
}
_MACHINE_ORIGINS = {
    "id": Origin("machine"),
    "model": Origin("gpu_type"),
    "cpu": Origin("cap_cpu"),
    "mem": Origin("cap_mem"),
    "gpu": Origin("cap_gpu"),
}


def read(
    *, path: str | PathLike[str] | None = None, nodes: str | PathLike[str] | None = None
) -> Trace:
    """Reads the tasks and the machines; each instance of PAI's tasks is a task of its job.

    path: the folder of both tables, or that of tasks; nodes: the table of machines, by default that
    beside the tasks. A task that runs still has no end; one that waits, or whose end isn't told
    though it is over, is dropped. `gpu_type` is the model that an instance which asks for a GPU may
    use; MISC, the older ones, is one too. Raises TraceError.
    """
    table = the_file("pai2020", path, TASKS)
    there = the_file("pai2020", table.parent, MACHINES) if nodes is None else None
    spec = there or beside("pai2020", table.parent, nodes, MACHINES[0])
    dropped: Counter[str] = Counter()
    rows = gathered(csvfile.batches(table, columns=TASK_TABLE), _TASK_COLUMNS, _TASK_RULES)
    count = rows.frame.height
    kept = some(without(rows, _NO_TASK, dropped), dropped)
    tidy, off = rounded(_amounts(kept), _RESOURCES, UNITS)
    return admit(
        Label(
            "pai2020",
            "pai2020",
            replayed=("requests", "machines", "arrival times", "lifetimes"),
            assumed=tuple(_assumed(kept, tidy, off)),
            oversized=True,
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=count,
        ),
        tasks=_tasks(kept.with_frame(tidy)),
        machines=_machines(spec),
        resources=_RESOURCES,
        units=UNITS,
    )


def _amounts(rows: Rows) -> pl.DataFrame:
    """In canonical amounts and times; `again` numbers rows of one name of one job."""
    return rows.frame.select(
        "job_name",
        "task_name",
        _START.alias("submit"),
        (_END - _START).alias("lifetime"),
        (pl.col("plan_cpu").fill_null(0) / 100).alias("cpu"),
        pl.col("plan_mem").fill_null(0).alias("mem"),
        (_GPU.fill_null(0) / 100).alias("gpu"),
        pl.when(_GPU > 0).then(pl.col("gpu_type")).alias("models"),
        pl.col("inst_num").fill_null(1),
        pl.int_range(1, pl.len() + 1).over("job_name", "task_name").alias("again"),
    )


def _tasks(rows: Rows) -> Iterator[Rows]:
    names = ["job_name", "task_name"]
    named = pl.concat_str(*names, separator="/")
    again = pl.when(pl.col("again") > 1).then(pl.concat_str(pl.lit("#"), "again"))
    for some_rows in each(rows, "inst_num"):
        tidy = some_rows.frame.select(
            pl.concat_str(named, again.otherwise(pl.lit("")), pl.lit("/"), "copy").alias("id"),
            pl.col("job_name").alias("job"),
            *("submit", "lifetime", *_RESOURCES, "models"),
        )
        yield Rows(
            some_rows.file, some_rows.first, tidy, origins=_ORIGINS, numbers=some_rows.numbers
        )


def _machines(path: Path) -> Rows:
    rows = gathered(csvfile.batches(path, columns=MACHINE_SPEC), _MACHINE_COLUMNS, ())
    tidy = rows.frame.select(
        pl.col("machine").alias("id"),
        pl.col("cap_cpu").alias("cpu"),
        pl.col("cap_mem").alias("mem"),
        pl.col("cap_gpu").alias("gpu"),
        # The table calls machines without a GPU `CPU`.
        pl.when(pl.col("cap_gpu") != 0).then(pl.col("gpu_type")).alias("model"),
    )
    return Rows(rows.file, rows.first, tidy, origins=_MACHINE_ORIGINS)


def _assumed(kept: Rows, tidy: pl.DataFrame, off: int) -> Iterator[str]:
    yield "a task is an instance: it arrives when its task starts, and lives until that ends"
    yield "instances are placed one by one: which start together is not told"
    yield "gpu_type, what a task was given, is what its instances may use"
    frame = kept.frame
    for name in _PLANS:
        if blank := frame[name].null_count():
            yield f"a blank {name} counts as 0: {blank:,} tasks"
    if blank := frame["inst_num"].null_count():
        yield f"a blank inst_num counts as 1: {blank:,} tasks"
    if running := tidy["lifetime"].null_count():
        yield f"tasks that still run at the end: {running:,}"
    if failed := int((frame["status"] == "Failed").sum()):
        yield f"tasks that failed held what they asked for until then: {failed:,}"
    if again := int((tidy["again"] > 1).sum()):
        yield f"tasks of a name that their job has again are tasks of their own: {again:,}"
    if off:
        yield f"requests rounded to whole units: {off:,} tasks"
