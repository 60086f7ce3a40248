"""Huawei-East-1: a month of VMs created and deleted in one cell of Huawei's cloud, one CSV.

A row is an event: `vmid, cpu, memory, time, type`, cores, GB, seconds, type 0 a creation and 1 a
deletion (Sheng et al., VMAgent, IJCAI 2022; mail-ecnu/VMAgent). The trace has no machines: a cell
is the user's to define.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import PathLike

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column
from traces.errors import shown
from traces.gathered import gathered
from traces.places import the_file
from traces.rows import Origin, Rows, Rule
from traces.schema import SECONDS_MAX, UNITS
from traces.trace import Trace

NAMES = ("Huawei-East-1.csv", "Huawei-East-1.csv.gz")
CREATED, DELETED = 0, 1

_COLUMNS = (
    Column("vmid", "text"),
    Column("cpu", "number"),
    Column("memory", "number"),
    Column("time", "number"),
    Column("type", "integer"),
)
_RULES = (
    Rule("cpu", pl.col("cpu") <= 0, "above 0"),
    Rule("memory", pl.col("memory") <= 0, "above 0"),
    Rule("time", ~pl.col("time").is_between(0, SECONDS_MAX), "seconds from 0"),
    Rule("type", ~pl.col("type").is_in([CREATED, DELETED]), "0 (created) or 1 (deleted)"),
)
_ORIGINS = {
    "id": Origin("vmid"),
    "job": Origin("vmid"),
    "submit": Origin("time"),
    "lifetime": Origin("time"),
    "mem": Origin("memory"),
}
_TYPE = pl.col("type")


def read(*, path: str | PathLike[str] | None = None) -> Trace:
    """Reads the events; a task is a VM from its creation to its deletion. Raises TraceError.

    Every row is a VM's creation, which is the task, or its deletion, which is counted in `dropped`.
    A VM without a deletion is still alive. One that is deleted without having been created was
    there from the start, and its deletion is the task. An id that comes again after its deletion
    is another VM, `vmid#2`.
    """
    rows = gathered(csvfile.batches(the_file("huawei", path, NAMES)), _COLUMNS, _RULES)
    lives = _lives(rows)
    count, deletions = rows.frame.height, rows.frame.height - lives.rows.frame.height
    return admit(
        Label(
            "huawei",
            "huawei",
            replayed=("requests", "arrival times", "lifetimes"),
            assumed=tuple(_assumed(lives)),
            dropped={"deletions of VMs that are tasks": deletions} if deletions else {},
            rows=count,
        ),
        tasks=[lives.rows],
        machines=None,
        resources=("cpu", "mem"),
        units=UNITS,
    )


@dataclass(frozen=True)
class _Lives:
    """The VMs as canonical rows, and how many of them are what a result should say."""

    rows: Rows
    alive: int
    before: int
    again: int
    changed: int


def _lives(rows: Rows) -> _Lives:
    """Pairs what happened to each VM, in order of time. Raises TraceError where it can't be so."""
    one = pl.col("vmid")
    frame = _in_order(rows.frame.with_row_index("row")).with_columns(
        number=pl.int_range(pl.len()).over("vmid"),
        came=(_TYPE == CREATED).cum_sum().over("vmid"),
        previous=_TYPE.shift().over("vmid"),
        previous_row=pl.col("row").shift().over("vmid"),
        end=pl.col("time").shift(-1).over("vmid"),
        first_creation=pl.col("row").filter(_TYPE == CREATED).first().over("vmid"),
        changed=pl.any_horizontal(
            pl.col(name) != pl.col(name).shift(-1).over("vmid") for name in ("cpu", "memory")
        ),
        alone=pl.len().over("vmid") == 1,
    )
    _check(rows, frame)
    before = (_TYPE == DELETED) & pl.col("alone")
    tasks = frame.filter((_TYPE == CREATED) | pl.col("alone")).sort("row")
    named = pl.when(pl.col("came") > 1).then(pl.concat_str(one, pl.lit("#"), pl.col("came")))
    tidy = tasks.select(
        named.otherwise(one).alias("id"),
        pl.when(before).then(0.0).otherwise(pl.col("time")).alias("submit"),
        pl.when(before)
        .then(pl.col("time"))
        .otherwise(pl.col("end") - pl.col("time"))
        .alias("lifetime"),
        "cpu",
        pl.col("memory").alias("mem"),
        before.alias("alive_at_start"),
    )
    counts = tasks.select(
        alive=((_TYPE == CREATED) & pl.col("end").is_null()).sum(),
        before=before.sum(),
        again=(pl.col("came") > 1).sum(),
        changed=pl.col("changed").fill_null(False).sum(),
    ).row(0, named=True)
    made = rows.picked(tasks["row"].cast(pl.Int64))
    return _Lives(replace(made, frame=tidy, origins=_ORIGINS), **counts)


def _in_order(events: pl.DataFrame) -> pl.DataFrame:
    """By VM and time; of a VM that lived for no second its creation first, else as in the file."""
    frame = events.sort("vmid", "time", maintain_order=True)
    first = pl.col("time").filter(_TYPE == CREATED).first().over("vmid")
    at_once = (_TYPE.first().over("vmid") == DELETED) & (first == pl.col("time"))
    return frame.sort(
        "vmid", "time", pl.when(at_once).then(_TYPE).otherwise(CREATED), maintain_order=True
    )


def _check(rows: Rows, frame: pl.DataFrame) -> None:
    """Each VM is created, deleted, perhaps created again and so on; or it is deleted alone."""
    again = (pl.col("previous") == _TYPE).fill_null(False)
    comes = pl.col("first_creation").is_not_null()
    early = (_TYPE == DELETED) & (pl.col("number") == 0) & comes
    bad = frame.filter(again | early).sort("row").head(1)
    if bad.is_empty():
        return
    row = bad.row(0, named=True)
    index, other = int(row["row"]), row["previous_row"]
    what = "deleted" if row["type"] == DELETED else "created"
    if other is None:
        found = f"a deletion of {shown(row['vmid'])} before it is created"
        creation = rows.number(int(row["first_creation"]))
        raise rows.error(index, "time", found, f"one after row {creation}")
    found = f"{shown(row['vmid'])} {what} again (first in row {rows.number(int(other))})"
    raise rows.error(index, "type", found, "creations and deletions by turns")


def _assumed(lives: _Lives) -> Iterator[str]:
    yield "each VM is a job of its own, and its cores are its own: none are shared"
    if lives.alive:
        yield f"VMs without a deletion outlive the trace: {lives.alive:,}"
    if lives.before:
        yield f"VMs deleted that were never created are there from the start: {lives.before:,}"
    if lives.again:
        yield f"VMs created again after their deletion are other VMs: {lives.again:,}"
    if lives.changed:
        yield f"VMs whose deletion states another size, where the first stands: {lives.changed:,}"
