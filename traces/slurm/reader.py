"""Jobs of sacct and nodes of scontrol as a Trace: when they were submitted, how long they ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import polars as pl

from traces import instants
from traces.admit import Label, admit
from traces.errors import TraceError
from traces.packed import head
from traces.places import there
from traces.rows import Origin, Rows
from traces.schema import UNITS
from traces.slurm import fleet, history, sacct, spread
from traces.slurm.fleet import Fleet
from traces.slurm.sacct import Jobs
from traces.trace import Advice, Trace

_JOBS = (
    "jobs as sacct --parsable2 --format=JobID,Submit,Start,End,State,ReqCPUS,ReqMem,ReqTRES,NNodes,"
    "Partition prints them"
)
_ORIGINS = {
    "id": Origin("JobID"),
    "submit": Origin("Submit"),
    "lifetime": Origin("End"),
    "cpu": Origin("ReqCPUS"),
    "mem": Origin("ReqMem"),
    "gpu": Origin("ReqTRES"),
}


def read(
    *,
    path: str | PathLike[str] | None = None,
    tasks: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
    start: str | None = None,
    pending: bool = False,
) -> Trace:
    """Reads sacct's table of jobs (path and tasks mean the same) and scontrol's nodes.

    start: the instant that is 0, a local time: jobs that ran then are alive at the start; without
    it the first submit. pending: keep jobs that wait, whose lifetimes are not known. Raises
    TraceError.
    """
    table = sacct.read(_one(path, tasks))
    dropped = dict(table.dropped)
    jobs, again = history.chosen(table.rows, dropped, pending=pending)
    jobs = history.since(jobs, _instant(start), dropped)
    rows = spread.over_nodes(jobs)
    said = [*_of_times(table, start), *_of_jobs(jobs, rows, again), *_of_amounts(table, jobs)]
    cell = None
    if nodes is not None:
        cell = fleet.read(Path(nodes), rows.frame)
        said += cell.assumed
    resources = ("cpu", "mem", "gpu") if rows.frame["gpu"].sum() else ("cpu", "mem")
    replayed = ["requests", *["machines"] * (cell is not None), "arrival times", "lifetimes"]
    recorded = cell is not None and cell.placed.is_not_null().any()
    return admit(
        Label(
            "slurm",
            "slurm",
            replayed=(*replayed, *["placements"] * recorded),
            assumed=tuple(said),
            oversized=True,
            advice=Advice(together=rows.frame["job"].n_unique() < rows.frame.height),
            dropped=dropped,
            rows=table.count,
        ),
        tasks=[_tasks(rows, cell, resources)],
        machines=None if cell is None else cell.machines(resources),
        resources=resources,
        units=UNITS,
    )


def _one(path: str | PathLike[str] | None, tasks: str | PathLike[str] | None) -> Path:
    if (path is None) == (tasks is None):
        found = "nothing" if path is None else "it beside trace.path"
        raise TraceError(field="trace.tasks", found=found, expected=f"one file of {_JOBS}")
    file = there(Path(path or tasks or ""))
    if file.is_file() and head(file, _JOBS).startswith(b"NodeName="):
        raise TraceError(
            file=file, found="nodes", expected=_JOBS, hint="name nodes by trace.nodes=FILE"
        )
    return file


def _instant(start: str | None) -> float | None:
    seconds = None if start is None else instants.epoch(start)
    if start is not None and seconds is None:
        raise TraceError(
            field="trace.start", found=repr(start), expected="a time such as 2024-03-01T00:00:00"
        )
    return seconds


def _tasks(rows: Rows, cell: Fleet | None, resources: Sequence[str]) -> Rows:
    mem = pl.col("mem").cast(pl.Float64) / 1024
    frame = rows.frame.select(
        "id",
        "job",
        "submit",
        (pl.col("end") - pl.col("begin")).alias("lifetime"),
        pl.col("cpu").cast(pl.Float64),
        mem.alias("mem"),
        *(pl.col(name).cast(pl.Float64) for name in resources if name == "gpu"),
        pl.col("alive").alias("alive_at_start"),
    )
    if cell is not None:
        frame = frame.with_columns(cell.models.alias("models"), cell.placed.alias("machine"))
    return replace(rows, frame=frame, text=False, origins=_ORIGINS)


def _of_times(table: Jobs, start: str | None) -> Iterator[str]:
    yield "local times as they stand"
    if start is None:
        yield "the trace begins with the first submit (trace.start=TIME says when sacct began)"
    if table.set_back:
        yield f"ends an hour later where clocks were set back: {_jobs(table.set_back)}"


def _of_jobs(jobs: Rows, rows: Rows, again: int) -> Iterator[str]:
    if again:
        yield f"further runs of requeued jobs: {again:,} (each a job of its own)"
    several = jobs.frame.filter(pl.col("nodes") > 1).height
    if several:
        parts = rows.frame.height - jobs.frame.height + several
        yield f"{_jobs(several)} of several nodes: {parts:,} tasks of equal shares"
    if waiting := int((jobs.frame["state"] == "PENDING").sum()):
        yield f"waiting at the end (for how long they run is not known): {_jobs(waiting)}"


def _of_amounts(table: Jobs, jobs: Rows) -> Iterator[str]:
    others = ", ".join(f"{name[:60]} ({_jobs(count)})" for name, count in table.others[:5])
    if others:
        yield f"not counted: {others}"
    if whole := int((jobs.frame["mem"] == 0).sum()):
        yield f"no memory asked for (0 may stand for all of a node's): {_jobs(whole)}"


def _jobs(count: int) -> str:
    return f"{count:,} job" + ("" if count == 1 else "s")
