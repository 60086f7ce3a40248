"""Google's eight cells of May 2019 (ClusterData 2019): 31 days, exported from BigQuery.

A folder of JSON lines or Parquet, in no order of rows, times in microseconds, amounts shares of the
largest machine (Wilkes, Google cluster-usage traces v3, 2020; google/cluster-data,
clusterdata_trace_format_v3.proto; Tirmazi et al., Borg: the next generation, EuroSys 2020). A task
is a run of an instance: of a job's that uses a machine itself, or of an alloc set's, a reservation.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import polars as pl

from traces import bigquery
from traces.bigquery import Table, code, code_rule
from traces.borg import fleet, shards
from traces.borg.admitted import admitted
from traces.borg.constraints import first_told
from traces.borg.instances import COLLECTION_TYPES, TABLE, Instances
from traces.borg.window import Window, amount_rules, time_rules
from traces.columns import Column, typed
from traces.errors import TraceError
from traces.rows import Rule, enforce
from traces.trace import Trace

NAME = "google2019"
# Amounts are floats: parts of two hold the coarse ones exactly, billionths would not.
UNITS = {"cpu": 2.0**-30, "mem": 2.0**-30}

_MACHINES = Table(
    (
        *("time", "machine_id", "type", "switch_id", "platform_id"),
        *("capacity.cpus", "capacity.memory"),
    )
)
_MACHINE_TYPES = ("EVENT_TYPE_UNKNOWN", "ADD", "REMOVE", "UPDATE")
_MACHINE_KINDS = {1: fleet.ADD, 2: fleet.REMOVE, 3: fleet.UPDATE}
_MACHINE_READ = (
    Column("time", "integer", blank=True),
    Column("machine_id", "integer"),
    Column("type", "text"),
    Column("switch_id", "text", blank=True),
    Column("platform_id", "text", blank=True),
    Column("capacity.cpus", "number", blank=True),
    Column("capacity.memory", "number", blank=True),
)
_MACHINE_RULES = (
    *time_rules("time"),
    Rule("type", code("type", _MACHINE_TYPES).fill_null(0) < 1, "1 to 3, ADD, REMOVE or UPDATE"),
    *amount_rules("capacity.cpus", 1),
    *amount_rules("capacity.memory", 1),
)
_COLLECTIONS = Table(
    ("collection_id", "collection_type", "alloc_collection_id", "max_per_machine", "max_per_switch")
)
_LIMITS = ("max_per_machine", "max_per_switch")
_COLLECTION_READ = (
    Column("collection_id", "integer"),
    Column("collection_type", "text", blank=True),
    Column("alloc_collection_id", "integer", blank=True),
    *(Column(name, "integer", blank=True) for name in _LIMITS),
)
_COLLECTION_RULES = (
    code_rule("collection_type", COLLECTION_TYPES),
    *(Rule(name, ~pl.col(name).is_between(0, 2**31 - 1), "0 to 2^31-1") for name in _LIMITS),
)
_ATTRIBUTES = Table(("time", "machine_id", "name", "value", "deleted"))
_ATTRIBUTE_READ = (
    Column("time", "integer", blank=True),
    Column("machine_id", "integer"),
    Column("name", "text"),
    Column("value", "text", blank=True),
    Column("deleted", "truth", blank=True),
)


def read(*, path: str | PathLike[str] | None = None, hours: float | None = None) -> Trace:
    """Reads the folder of a cell's tables, or the first `hours` of it. Raises TraceError.

    What ends a run: EVICT, FAIL, FINISH, KILL, LOST. Its request is the first that it states, and
    one that states none makes no task; nor does what ended before it ran, nor a task inside an
    alloc set. Every row of instance_events is one task's, or counted in `dropped`. The path of a
    shard stands for its folder.
    """
    window = Window(hours)
    folder = shards.home(NAME, path, "instance_events")
    parts = shards.shards(folder, "instance_events", bigquery.SUFFIXES)
    machines = _fleet(folder, window)
    collections = _collections(folder)
    instances = Instances(window)
    for part in parts:
        for rows in bigquery.batches(part, TABLE):
            instances.take(rows)
    instances.check(parts[0])
    kept = instances.runs(collections.filter("inside")["job"], UNITS)
    tasks = kept.tasks()
    attributes = None
    assumed = []
    if not tasks.is_empty():
        limits = collections.select("job", "max_per_machine")
        tasks = tasks.join(limits, on="job", how="left", maintain_order="left")
        if (tasks["set"] > 0).any():
            attributes = _attributes(folder, instances.constraints.names())
        assumed = [*instances.said(tasks), *_said(collections)]
    if hours is not None:
        assumed.append(f"only the first {hours:g} hours are read")
    if attributes is not None:
        assumed.append("attributes of machines are those first told")
    return admitted(
        NAME,
        folder,
        tasks=tasks,
        fleet=machines,
        constraints=instances.constraints,
        attributes=attributes,
        told=kept.told,
        assumed=assumed,
        dropped=kept.dropped + instances.dropped,
        units=UNITS,
    )


def _fleet(folder: Path, window: Window) -> fleet.Fleet:
    frames = []
    parts = shards.shards(folder, "machine_events", bigquery.SUFFIXES)
    for part in parts:
        for rows in bigquery.batches(part, _MACHINES):
            cast = typed(rows, _MACHINE_READ)
            enforce(cast, _MACHINE_RULES)
            kind = code("type", _MACHINE_TYPES).replace_strict(_MACHINE_KINDS, return_dtype=pl.Int8)
            frames.append(
                cast.frame.select(
                    pl.col("time").fill_null(0),
                    pl.col("machine_id").alias("machine"),
                    kind.alias("kind"),
                    pl.col("capacity.cpus").alias("cpu"),
                    pl.col("capacity.memory").alias("mem"),
                    pl.col("platform_id").alias("model"),
                    pl.col("switch_id").alias("rack"),
                )
            )
    if not frames:
        raise TraceError(file=parts[0], found="no rows", expected="at least one machine")
    return fleet.fleet(pl.concat(frames), window, UNITS, str(parts[0]))


def _collections(folder: Path) -> pl.DataFrame:
    """A row a collection: `job`, max_per_machine and max_per_switch, and whether it is `inside`."""
    schema = {"job": pl.Int64, **dict.fromkeys(_LIMITS, pl.Int64), "inside": pl.Boolean}
    frames = [pl.DataFrame(schema=schema)]
    for part in shards.shards(folder, "collection_events", bigquery.SUFFIXES, least=0):
        for rows in bigquery.batches(part, _COLLECTIONS):
            cast = typed(rows, _COLLECTION_READ)
            enforce(cast, _COLLECTION_RULES)
            is_job = code("collection_type", COLLECTION_TYPES).fill_null(0) == 0
            told = cast.frame.select(
                pl.col("collection_id").alias("job"),
                *(pl.when(pl.col(name) > 0).then(name).alias(name) for name in _LIMITS),
                (is_job & (pl.col("alloc_collection_id").fill_null(0) != 0)).alias("inside"),
            )
            frames.append(_each(told))
    return _each(pl.concat(frames))


def _each(told: pl.DataFrame) -> pl.DataFrame:
    return told.group_by("job", maintain_order=True).agg(
        pl.col(_LIMITS).drop_nulls().first(), pl.col("inside").any()
    )


def _attributes(folder: Path, names: list[str]) -> pl.DataFrame | None:
    """What was first told of machines, of these attributes; None where there is no table."""
    frames = []
    for part in shards.shards(folder, "machine_attributes", bigquery.SUFFIXES, least=0):
        for rows in bigquery.batches(part, _ATTRIBUTES):
            cast = typed(rows, _ATTRIBUTE_READ)
            enforce(cast, time_rules("time"))
            wanted = ~pl.col("deleted").fill_null(False) & pl.col("name").is_in(names)
            told = cast.frame.filter(wanted).select(
                pl.col("time").fill_null(0), pl.col("machine_id").alias("machine"), "name", "value"
            )
            frames.append(first_told([told]))
    return first_told(frames) if frames else None


def _said(collections: pl.DataFrame) -> list[str]:
    """What of collections is not held."""
    if collections.is_empty():
        return ["no collection_events: no limits a machine"]
    switch = collections["max_per_switch"].count()
    return [f"collections whose limits a switch are left out: {switch:,}"] if switch else []
