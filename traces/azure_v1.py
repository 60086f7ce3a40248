"""Azure's VM traces of 2017 (V1) and 2019 (V2): `vmtable.csv`, headerless, plain or gzipped.

One row a VM: cores, GB, seconds (Cortez et al., Resource Central, SOSP 2017;
Azure/AzurePublicDataset). The trace has no machines: a cell is the user's to define.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.places import the_file
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import UNITS, end_rules
from traces.trace import Advice, Trace

NAMES = ("vmtable.csv.gz", "vmtable.csv", "vmtable_dev.csv.gz")
COLUMNS = (
    "vm id",
    "subscription id",
    "deployment id",
    "created",
    "deleted",
    "max CPU",
    "avg CPU",
    "p95 max CPU",
    "category",
    "cores",
    "memory",
)
# V2 gives buckets. What stands for its open ones is what Azure's own analysis of V2 takes (the
# notebook beside the trace): 30 cores, 70 GB.
OPEN_BUCKETS = {"cores": (">24", 30.0), "memory": (">64", 70.0)}
# VMs created at 0 are those that were there before, where they are many times those of an instant.
_POPULATION = 20

# VMs come and go by deployment, and best fit strands 10.8 % three hours after a packed start and
# 7.3 % after fifty.
_ADVICE = Advice(together=True, history_h=48.0)
_READ = (
    Column("vm id", "text"),
    Column("deployment id", "text"),
    Column("created", "number"),
    Column("deleted", "number"),
    Column("cores", "number"),
    Column("memory", "number"),
)
_RULES = (
    Rule("created", pl.col("created") < 0, "0 or more"),
    *end_rules("deleted", "created"),
    Rule("cores", pl.col("cores") <= 0, "above 0"),
    Rule("memory", pl.col("memory") <= 0, "above 0"),
)
_ORIGINS = {
    "id": Origin("vm id"),
    "job": Origin("deployment id"),
    "submit": Origin("created"),
    "lifetime": Origin("deleted"),
    "cpu": Origin("cores"),
    "mem": Origin("memory"),
}


def read(*, path: str | PathLike[str] | None = None) -> Trace:
    """Reads a table of VMs; a job is a deployment. Raises TraceError.

    A VM deleted at the window's end, the last time in the file, was alive then: how long it lives
    is not known.
    """
    table = the_file("azure_v1", path, NAMES)
    runs, opened = [], 0
    for rows in csvfile.batches(table, columns=COLUMNS):
        opened += sum(
            rows.frame.select((pl.col(name) == sign).sum()).item()
            for name, (sign, _) in OPEN_BUCKETS.items()
        )
        runs.append(_vms(rows))
    end = max(_most(rows.frame["deleted"]) for rows in runs)
    before = _were_before([rows.frame["created"] for rows in runs])
    return admit(
        Label(
            "azure_v1",
            "azure_v1",
            replayed=("requests", "arrival times", "lifetimes"),
            assumed=tuple(_assumed(before, opened)),
            advice=_ADVICE,
        ),
        tasks=_tasks(runs, end, before),
        machines=None,
        resources=("cpu", "mem"),
        units=UNITS,
    )


def _vms(rows: Rows) -> Rows:
    opened = [
        pl.when(pl.col(name) == sign).then(pl.lit(str(value))).otherwise(pl.col(name)).alias(name)
        for name, (sign, value) in OPEN_BUCKETS.items()
    ]
    cast = typed(rows.with_frame(rows.frame.with_columns(opened)), _READ)
    enforce(cast, _RULES)
    return cast


def _most(column: pl.Series) -> float:
    return float(column.max())  # type: ignore[arg-type]  # numbers, of at least one row


def _were_before(created: Sequence[pl.Series]) -> bool:
    """Whether the VMs created at 0 are the population that the trace found."""
    at = pl.concat(created)
    return int((at == 0).sum()) * at.n_unique() > _POPULATION * at.len()


def _assumed(before: bool, opened: int) -> Iterator[str]:
    if before:
        yield "VMs created at 0 were there before, for how long is not known"
    yield "VMs deleted at the window's end were alive then"
    if opened:
        yield f"{opened} open buckets: >24 cores are 30, >64 GB are 70, as in Azure's own analysis"


def _tasks(runs: Sequence[Rows], end: float, before: bool) -> Iterator[Rows]:
    created, deleted = pl.col("created"), pl.col("deleted")
    for rows in runs:
        tidy = rows.frame.select(
            pl.col("vm id").alias("id"),
            pl.col("deployment id").alias("job"),
            created.alias("submit"),
            pl.when(deleted < end).then(deleted - created).alias("lifetime"),
            pl.col("cores").alias("cpu"),
            pl.col("memory").alias("mem"),
            (created == 0).alias("alive_at_start")
            if before
            else pl.lit(False, pl.Boolean).alias("alive_at_start"),
        )
        yield Rows(rows.file, rows.first, tidy, origins=_ORIGINS)
