"""Logs of parallel machines in the Standard Workload Format: text, 18 fields a line, `;` comments.

Times are seconds from the log's start, memory is KB a processor, -1 is unknown (Chapin et al.,
Benchmarks and standards for the evaluation of parallel job schedulers, JSSPP 1999; version 2.2 at
the Parallel Workloads Archive).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from traces import gangs
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.errors import TraceError
from traces.places import the_file
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import UNITS
from traces.swf import cell, lines
from traces.swf.cell import KIB_A_GIB
from traces.swf.lines import Header
from traces.trace import Advice, Trace

NAMES = ("KTH-SP2-1996-2.swf.gz", "KTH-SP2-1996-2.swf")

# A log is a queue's: what counts is its own order.
_ADVICE = Advice(order="trace")
_UNITS = {"cpu": UNITS["cpu"], "mem": 1 / KIB_A_GIB}
_READ = (
    Column("job number", "integer"),
    Column("submit time", "number"),
    Column("run time", "number"),
    Column("allocated processors", "integer"),
    Column("requested processors", "integer"),
    Column("requested time", "number"),
    Column("requested memory", "integer"),
    Column("status", "integer"),
    Column("preceding job", "integer"),
)
_SUBMIT, _RUN, _TIME, _KB = (
    pl.col(name) for name in ("submit time", "run time", "requested time", "requested memory")
)
_STATUS = pl.col("status")
# Of a job that was swapped out: to be continued, the last part done, the last part killed.
_PART = _STATUS.is_between(2, 4)
_PROCESSORS_MAX = 10**9
_KB_MAX = 10**15
_RULES = (
    Rule("status", ~_STATUS.is_between(-1, 5), "0 to 5, or -1"),
    *(
        Rule(name, ~pl.col(name).is_finite(), "a finite number of seconds")
        for name in ("submit time", "run time", "requested time")
    ),
    Rule("submit time", (_SUBMIT < 0) & ~_PART, "0 or more"),
    *(
        Rule(name, pl.col(name) > _PROCESSORS_MAX, f"at most {_PROCESSORS_MAX}")
        for name in ("allocated processors", "requested processors")
    ),
    Rule("requested memory", _KB > _KB_MAX, f"at most {_KB_MAX}"),
)
_ORIGINS = {
    "id": Origin("job number"),
    "submit": Origin("submit time"),
    "lifetime": Origin("run time"),
    "cpu": Origin("requested processors"),
    "mem": Origin("requested memory"),
    "requested": Origin("requested time"),
}


def read(
    *,
    path: str | PathLike[str] | None = None,
    machines: int = 1,
    memory_gib: float | None = None,
    capped: bool = True,
) -> Trace:
    """Reads a log; each job is a task of its processors, on one machine that has all of them.

    machines: into how many equal ones the machine is split; a job that one can't hold is then a
    gang. memory_gib: what they have together, which the file does not say; without it memory is
    left out. capped: a job that ran longer than it asked for ends when it asked to, as where logs
    are simulated. Jobs that never ran, of no known size, without a requested time where others
    have one, and larger than all machines are dropped, by reason. Raises TraceError.
    """
    log = _log(path)
    header, rows = _whole(log)
    dropped: Counter[str] = Counter()
    jobs = _chosen(rows, _reasons(rows), dropped)
    memory = bool(jobs.frame["kb"].count())
    pool = cell.of(header, machines, memory_gib, memory=memory)
    left_out = memory and pool is not None and pool.kib is None
    memory = memory and not left_out
    median = 0
    if memory:
        median = int(jobs.frame["kb"].quantile(0.5, "lower") or 0)
        jobs = jobs.with_frame(jobs.frame.with_columns(pl.col("kb").fill_null(median)))
    jobs = cell.sized(jobs, pool)
    if pool is not None:
        jobs = _chosen(jobs, pool.outsized(), dropped)
    tasks = gangs.members(jobs, pl.col("parts"))
    resources = ("cpu", "mem") if memory else ("cpu",)
    return admit(
        Label(
            log.name.removesuffix(".gz").removesuffix(".swf"),
            "swf",
            replayed=("requests", *["machines"] * (pool is not None), "arrival times", "lifetimes"),
            assumed=(
                *cell.assumed(pool),
                *gangs.said(tasks, "jobs on several machines"),
                *_of_requests(jobs.frame, capped),
                *_of_memory(jobs.frame, left_out, median),
            ),
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=rows.frame.height,
        ),
        tasks=[_tasks(tasks, memory, capped)],
        machines=None if pool is None else pool.rows(log, resources),
        resources=resources,
        units=_UNITS,
    )


def _log(path: str | PathLike[str] | None) -> Path:
    if path is None or not Path(path).is_dir():
        return the_file("swf", path, NAMES)
    logs = sorted(log for end in ("*.swf", "*.swf.gz") for log in Path(path).glob(end))
    if len(logs) == 1:
        return logs[0]
    raise TraceError(
        file=path,
        found=f"{len(logs)} logs" if logs else "no log",
        expected="one .swf or .swf.gz",
        hint=f"name one, such as {logs[0].name}" if logs else None,
    )


def _whole(log: Path) -> tuple[Header, Rows]:
    """What the header says, and the jobs' lines, cast and checked."""
    header, runs = Header(log), []
    for rows in lines.batches(log, header):
        cast = typed(rows, _READ)
        enforce(cast, _RULES)
        runs.append(cast)
    if not runs:
        raise TraceError(file=log, found="no job", expected="a line of 18 fields a job")
    numbers = np.concatenate([run.every_number() for run in runs])
    frame = pl.concat(run.frame for run in runs).select(
        *("submit time", "run time", "status", "preceding job"),
        pl.col("job number").cast(pl.String).alias("id"),
        pl.when(_TIME > 0).then(_TIME).alias("requested time"),
        pl.when(pl.col("requested processors") > 0)
        .then("requested processors")
        .when(pl.col("allocated processors") > 0)
        .then("allocated processors")
        .alias("processors"),
        (pl.col("requested processors") > 0).alias("asked"),
        pl.when(_KB > 0).then(_KB).alias("kb"),
        (_KB > 0).alias("told"),
    )
    return header, Rows(str(log), 1, frame, origins=_ORIGINS, numbers=numbers)


def _reasons(rows: Rows) -> pl.Expr:
    """Why a line is no task, null where it is one."""
    known = [
        (_PART, "part of a run (status 2 to 4), whose job has its own line"),
        ((_STATUS == 5) & (_RUN <= 0), "cancelled before it ran (status 5)"),
        (_RUN < 0, "run time not known"),
        (_RUN == 0, "no run time (0 s)"),
        (pl.col("processors").is_null(), "no number of processors"),
    ]
    if rows.frame["requested time"].count():
        known.append((_TIME.is_null(), "no requested time, which other jobs have"))
    return pl.coalesce(pl.when(why).then(pl.lit(reason)) for why, reason in known)


def _chosen(rows: Rows, reason: pl.Expr, dropped: Counter[str]) -> Rows:
    """The rows without a reason; the others are counted by theirs. Raises TraceError."""
    found = rows.frame.select(reason.alias("reason")).to_series()
    for why, count in found.drop_nulls().value_counts(sort=True).iter_rows():
        dropped[why] += count
    kept = rows.picked(found.is_null().arg_true())
    if kept.frame.is_empty():
        why = dropped.most_common(1)[0][0]
        raise TraceError(
            file=rows.file, found=f"no job that is a task: {why}", expected="at least one"
        )
    return kept


def _tasks(tasks: Rows, memory: bool, capped: bool) -> Rows:
    own = pl.min_horizontal("most", pl.col("processors") - pl.col("part") * pl.col("most"))
    own = own.cast(pl.Float64)
    lifetime = pl.min_horizontal(_RUN, _TIME) if capped else _RUN
    frame = tasks.frame.select(
        "id",
        "job",
        _SUBMIT.alias("submit"),
        lifetime.alias("lifetime"),
        own.alias("cpu"),
        *[(own * pl.col("kb") / KIB_A_GIB).alias("mem")] * memory,
        _TIME.alias("requested"),
        "gang",
    )
    return tasks.with_frame(frame)


def _of_requests(jobs: pl.DataFrame, capped: bool) -> Iterator[str]:
    if allocated := int((~jobs["asked"]).sum()):
        yield f"processors as allocated, where none were asked for: {_count(allocated)}"
    if not jobs["requested time"].count():
        yield "no job tells the time that it asked for"
    over = int(jobs.select((_RUN > _TIME).sum()).item())
    if over and capped:
        yield f"cut at the time that they asked for: {_count(over)}"
    if waited := int((jobs["preceding job"] > 0).sum()):
        yield f"come at their own times, not after the job before them: {_count(waited)}"


def _of_memory(jobs: pl.DataFrame, left_out: bool, median: int) -> Iterator[str]:
    if left_out:
        yield "memory left out: what the machine has is not told (trace.memory_gib=GIB)"
    unknown = int((~jobs["told"]).sum())
    if median and unknown:
        yield f"{median} KB a processor, the median, where none were asked for: {_count(unknown)}"


def _count(jobs: int) -> str:
    return f"{jobs:,} job" + ("" if jobs == 1 else "s")
