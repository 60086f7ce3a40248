"""sacct's table of jobs: `sacct --parsable2 --format=JobID,Submit,Start,…`, in any order.

Text is taken as it stands, without quotes. Steps of jobs (`123.batch`) are no jobs; a job that was
requeued has a row for each run (`--duplicates`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from traces import csvfile, instants
from traces.columns import Column, require, typed
from traces.errors import TraceError
from traces.rows import Rows, Rule, enforce
from traces.slurm import tres

_FORM = csvfile.Form("|", quotes=False)
COLUMNS = (
    Column("JobID", "text"),
    Column("Submit", "text"),
    Column("Start", "text", blank=True),
    Column("End", "text", blank=True),
    Column("State", "text"),
    Column("ReqCPUS", "integer", optional=True, blank=True),
    Column("ReqMem", "text", optional=True, blank=True),
    Column("ReqTRES", "text", optional=True, blank=True),
    Column("NNodes", "integer", optional=True, blank=True),
    Column("Partition", "text", optional=True, blank=True),
    Column("NodeList", "text", optional=True, blank=True),
)
NODES_MAX = 10_000
_ID = (
    r"^(?<base>[0-9]+)(?:_(?<index>[0-9]+|\[[-0-9,:%.]+\]))?"
    r"(?:\+(?<part>[0-9]+))?(?:\.(?<step>\S+))?$"
)
_STATE = r"^([A-Za-z_]{2,40})(?:[^A-Za-z_]|$)"  # CANCELLED by 1000, CANCELLED+
_NEVER = ("Unknown", "None", "N/A")
_EPOCH = r"^[0-9]{8,12}$"
_MOMENT = "a time such as 2024-03-01T08:00:00, seconds since 1970, or Unknown"
_BACK_S = 3600.0
_MIB_MAX = 1e12


@dataclass(frozen=True)
class Jobs:
    """The table's jobs, steps left out.

    rows: JobID, base, index, submit, start, end (seconds since 1970), state, cpu, nodes, mem (MiB),
    gpu, gpu_type, Partition, node; start is null for what never started. count: rows of the table;
    dropped: those that are no job, by reason. set_back: how many ended up to an hour before their
    start. others: resources that are not counted, and how many jobs ask for them.
    """

    rows: Rows
    count: int
    dropped: dict[str, int]
    set_back: int
    others: list[tuple[str, int]]


def read(path: Path) -> Jobs:
    """Reads the table. Raises TraceError."""
    runs, count = [], 0
    for rows in csvfile.batches(path, form=_FORM):
        require(rows, COLUMNS)
        count += rows.frame.height
        runs.append(_jobs(_closed(rows)))
    first = runs[0]
    frame = pl.concat([run.frame for run in runs])
    numbers = np.concatenate([run.every_number() for run in runs])
    rows = replace(first, frame=frame, numbers=numbers)
    if frame.is_empty():
        raise TraceError(file=path, found=f"{count} steps and no job", expected="at least one job")
    dropped = {"step of a job": count - frame.height} if count > frame.height else {}
    others = tres.not_counted(frame["ReqTRES"])
    rows, back = _timed(typed(rows, [c for c in COLUMNS if c.name in frame.columns]), frame)
    return Jobs(_asked(rows), count, dropped, back, others)


def _closed(rows: Rows) -> Rows:
    """Without the empty column that --parsable's last separator makes."""
    if "" not in rows.frame.columns:
        return rows
    more = rows.frame[""].is_not_null().arg_true()
    if more.len():
        width = rows.frame.width
        raise rows.error(int(more[0]), None, f"{width} fields", f"{width - 1}, as in the header")
    return rows.with_frame(rows.frame.drop(""))


def _jobs(rows: Rows) -> Rows:
    """The rows that are jobs, with the columns that are read and the parts of their ids."""
    known = [c.name for c in COLUMNS if c.name in rows.frame.columns]
    parts = pl.col("JobID").str.extract_groups(_ID)
    frame = rows.frame.select(
        *known,
        *(pl.lit(None, pl.String).alias(c.name) for c in COLUMNS if c.name not in known),
        parts.struct.unnest(),
    )
    rows = rows.with_frame(frame)
    named = "a job such as 123, 123_4, 123_[5-9], 123+0, or a step 123.batch"
    enforce(rows, [Rule("JobID", pl.col("base").is_null(), named)])
    return rows.picked(frame["step"].is_null().arg_true())


def _timed(rows: Rows, text: pl.DataFrame) -> tuple[Rows, int]:
    """With times in seconds, and how many ended before they started as clocks were set back."""
    frame = rows.frame.with_columns(
        *(text[name] for name in ("base", "index")),
        *(_moment(name).alias(name.lower()) for name in ("Submit", "Start", "End")),
        pl.col("State").str.extract(_STATE).str.to_uppercase().alias("state"),
    )
    rows = rows.with_frame(frame)
    rules = [
        Rule(name, _is_said(name) & pl.col(name.lower()).is_null(), _MOMENT)
        for name in ("Submit", "Start", "End")
    ]
    rules.append(Rule("Submit", pl.col("submit").is_null(), _MOMENT.split(", or")[0]))
    rules.append(Rule("State", pl.col("state").is_null(), "a state of jobs such as COMPLETED"))
    enforce(rows, rules)
    never = pl.col("state") == "PENDING"
    frame = frame.with_columns(pl.when(~never).then("start").alias("start"))
    early = pl.col("start") - pl.col("end")
    back = (early > 0) & (early <= _BACK_S)
    enforce(rows.with_frame(frame), [Rule("End", early > _BACK_S, "no earlier than Start")])
    count = int(frame.select(back.sum()).item())
    ended = pl.when(back).then(pl.col("end") + _BACK_S).otherwise(pl.col("end"))
    return rows.with_frame(frame.with_columns(ended.alias("end"))), count


def _is_said(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & ~pl.col(name).is_in(_NEVER)


def _moment(name: str) -> pl.Expr:
    """Seconds since 1970 of local times, or of such seconds (SLURM_TIME_FORMAT=%s)."""
    said = pl.when(_is_said(name)).then(name)
    epoch = said.str.contains(_EPOCH)
    return (
        pl.when(epoch)
        .then(said.cast(pl.Float64, strict=False))
        .otherwise(instants.seconds(name, pl.String()))
    )


def _asked(rows: Rows) -> Rows:
    """With what jobs ask for."""
    enforce(rows, tres.RULES)
    nodes = pl.coalesce("NNodes", tres.count("node"), pl.lit(1)).clip(lower_bound=1)
    frame = rows.frame.with_columns(nodes.alias("nodes"))
    cpu = pl.coalesce(tres.count("cpu"), "ReqCPUS", pl.lit(0))
    frame = frame.with_columns(pl.max_horizontal(cpu, "nodes").alias("cpu"))
    rules = [
        Rule("ReqCPUS", pl.col("ReqCPUS") < 0, "0 or more"),
        Rule("NNodes", pl.col("NNodes") < 0, "0 or more"),
        Rule("NNodes", pl.col("nodes") > NODES_MAX, f"at most {NODES_MAX}"),
    ]
    enforce(rows.with_frame(frame), rules)
    frame = frame.with_columns(tres.memory().alias("mem"))
    most = Rule("ReqMem", pl.col("mem") > _MIB_MAX, f"at most {_MIB_MAX:g} MiB in all")
    enforce(rows.with_frame(frame), [most])
    kept = frame.select(
        *("JobID", "base", "index", "submit", "start", "end", "state", "cpu", "nodes"),
        pl.col("mem").cast(pl.Int64),
        tres.gpus().alias("gpu"),
        tres.gpu_type().alias("gpu_type"),
        "Partition",
        pl.col("NodeList").alias("node"),
    )
    return rows.with_frame(kept)
