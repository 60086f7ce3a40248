"""Google's cell of May 2011 (ClusterData 2011-2): 29 days, 12.5 k machines, a folder of CSV parts.

Headerless, gzipped, in microseconds and in order of time; amounts are shares of the largest machine
(Reiss, Wilkes, Hellerstein, Google cluster-usage traces: format + schema, v2.1, 2014;
google/cluster-data, ClusterData2011_2). A task is a run: what is evicted ends, and is submitted
again as another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.borg import fleet, lives, shards
from traces.borg.admitted import admitted
from traces.borg.constraints import Constraints, first_told
from traces.borg.kept import Kept
from traces.borg.window import ALL, REQUEST_MAX, Window, amount_rules, time_rules
from traces.columns import Column, typed
from traces.rows import Rows, Rule, enforce
from traces.trace import Trace

NAME = "google2011"
UNITS = {"cpu": 1e-9, "mem": 1e-9}
TASK_EVENTS = (
    *("time", "missing info", "job ID", "task index", "machine ID", "event type", "user"),
    *("scheduling class", "priority", "CPU request", "memory request", "disk space request"),
    "different-machines restriction",
)
MACHINE_EVENTS = ("time", "machine ID", "event type", "platform ID", "CPUs", "Memory")
TASK_CONSTRAINTS = (
    *("time", "job ID", "task index", "comparison operator", "attribute name", "attribute value"),
)
MACHINE_ATTRIBUTES = (
    *("time", "machine ID", "attribute name", "attribute value", "attribute deleted"),
)
_SUFFIXES = (".csv", ".csv.gz")
_INDEX_MAX = 2**31 - 1
# SUBMIT, SCHEDULE, EVICT, FAIL, FINISH, KILL, LOST, UPDATE_PENDING, UPDATE_RUNNING.
_KINDS = (lives.SUBMIT, lives.SCHEDULE, *[lives.END] * 5, *[lives.UPDATE] * 2)
_MACHINE_KINDS = (fleet.ADD, fleet.REMOVE, fleet.UPDATE)


def _whole(name: str, *, blank: bool = False) -> Column:
    return Column(name, "integer", blank=blank)


_TASK_READ = (
    _whole("time"),
    Column("missing info", "text", blank=True),
    _whole("job ID"),
    _whole("task index"),
    _whole("machine ID", blank=True),
    _whole("event type"),
    _whole("priority"),
    Column("CPU request", "number", blank=True),
    Column("memory request", "number", blank=True),
    Column("different-machines restriction", "truth", blank=True),
)
_TASK_RULES = (
    *time_rules("time"),
    Rule("task index", ~pl.col("task index").is_between(0, _INDEX_MAX), "0 to 2^31-1"),
    Rule("event type", ~pl.col("event type").is_between(0, 8), "0 to 8"),
    Rule("priority", ~pl.col("priority").is_between(0, 11), "0 to 11"),
    *amount_rules("CPU request", REQUEST_MAX),
    *amount_rules("memory request", REQUEST_MAX),
)
_MACHINE_READ = (
    _whole("time"),
    _whole("machine ID"),
    _whole("event type"),
    Column("platform ID", "text", blank=True),
    Column("CPUs", "number", blank=True),
    Column("Memory", "number", blank=True),
)
_MACHINE_RULES = (
    *time_rules("time"),
    Rule("event type", ~pl.col("event type").is_between(0, 2), "0 to 2"),
    *amount_rules("CPUs", 1),
    *amount_rules("Memory", 1),
)
_CONSTRAINT_READ = (
    _whole("time"),
    _whole("job ID"),
    _whole("task index"),
    _whole("comparison operator"),
    Column("attribute name", "text"),
    Column("attribute value", "text", blank=True),
)
_CONSTRAINT_RULES = (
    *time_rules("time"),
    Rule("task index", ~pl.col("task index").is_between(0, _INDEX_MAX), "0 to 2^31-1"),
    Rule("comparison operator", ~pl.col("comparison operator").is_between(0, 3), "0 to 3"),
)
_ATTRIBUTE_READ = (
    _whole("time"),
    _whole("machine ID"),
    Column("attribute name", "text"),
    Column("attribute value", "text", blank=True),
    Column("attribute deleted", "truth"),
)


def read(*, path: str | PathLike[str] | None = None, hours: float | None = None) -> Trace:
    """Reads the folder as published, or the first `hours` of it, part by part. Raises TraceError.

    What ends a run: EVICT, FAIL, FINISH, KILL, LOST. Its request is the first that it states, and
    one that states none makes no task; nor does what ended before it ran. Every row of task_events
    that is read is one task's, or counted in `dropped`. The path of a part stands for its folder.
    """
    window = Window(hours)
    folder = shards.home(NAME, path, "task_events")
    parts = shards.shards(folder, "task_events", _SUFFIXES)
    machines = _fleet(folder, window)
    kept, dropped, missing = _runs(parts, window)
    constraints = Constraints()
    demanded = _demanded(folder, window, constraints)
    tasks = kept.tasks()
    attributes = None
    if not tasks.is_empty():
        tasks = tasks.join(demanded, on=("job", "index"), how="left", maintain_order="left")
        one = pl.when(pl.col("limit") == 1).then(1).cast(pl.Int64).alias("max_per_machine")
        tasks = tasks.with_columns(one, pl.col("set").fill_null(0)).drop("limit")
        attributes = _attributes(folder, constraints) if (tasks["set"] > 0).any() else None
    assumed = [*_partial(parts, "task_events"), *_partial_constraints(folder, parts)]
    if hours is not None:
        assumed.append(f"only the first {hours:g} hours are read")
    if missing:
        assumed.append(f"events put in for missing ones (missing info): {missing:,}")
    if attributes is not None:
        assumed.append("attributes of machines are those first told")
    return admitted(
        NAME,
        folder,
        tasks=tasks,
        fleet=machines,
        constraints=constraints,
        attributes=attributes,
        told=kept.told,
        assumed=[*assumed, "requests for disk are left out: machines state none"],
        dropped=kept.dropped + dropped,
        units=UNITS,
    )


def _runs(parts: Sequence[Path], window: Window) -> tuple[Kept, Counter[str], int]:
    """The runs of the window, events out of it by reason, and how many were put in."""
    kept, stream = Kept(UNITS), lives.Stream()
    dropped: Counter[str] = Counter()
    missing = 0
    for rows in _batches(parts, TASK_EVENTS, window):
        cast = typed(rows, _TASK_READ)
        said = f"{stream.settled_us} or more: parts are in order of time, to ten minutes"
        enforce(cast, (*_TASK_RULES, Rule("time", pl.col("time") < stream.settled_us, said)))
        dropped += window.outside(cast.frame)
        inside = window.inside(cast.frame)
        missing += inside["missing info"].count()
        kept.add(stream.take(_events(inside)))
    kept.add(stream.close())
    return kept, dropped, missing


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col("job ID").alias("job"),
        pl.col("task index").cast(pl.Int32).alias("index"),
        "time",
        _coded("event type", _KINDS),
        pl.col("machine ID").alias("machine"),
        pl.col("priority").cast(pl.Int32),
        pl.col("CPU request").alias("cpu"),
        pl.col("memory request").alias("mem"),
        pl.col("different-machines restriction").cast(pl.Int8).alias("limit"),
    )


def _fleet(folder: Path, window: Window) -> fleet.Fleet:
    parts = shards.shards(folder, "machine_events", _SUFFIXES)
    frames = []
    for rows in _batches(parts, MACHINE_EVENTS):
        cast = typed(rows, _MACHINE_READ)
        enforce(cast, _MACHINE_RULES)
        frames.append(
            cast.frame.select(
                "time",
                pl.col("machine ID").alias("machine"),
                _coded("event type", _MACHINE_KINDS),
                pl.col("CPUs").alias("cpu"),
                pl.col("Memory").alias("mem"),
                pl.col("platform ID").alias("model"),
                pl.lit(None, pl.String).alias("rack"),
            )
        )
    return fleet.fleet(pl.concat(frames), window, UNITS, str(parts[0]))


def _demanded(folder: Path, window: Window, constraints: Constraints) -> pl.DataFrame:
    """What tasks demand at first: `job`, `index`, `set`."""
    frames = [pl.DataFrame(schema={"job": pl.Int64, "index": pl.Int32, "set": pl.UInt32})]
    found = []
    parts = shards.shards(folder, "task_constraints", _SUFFIXES, least=0)
    for rows in _batches(parts, TASK_CONSTRAINTS, window, least=0):
        cast = typed(rows, _CONSTRAINT_READ)
        enforce(cast, _CONSTRAINT_RULES)
        demands = window.inside(cast.frame).select(
            pl.col("job ID").alias("job"),
            pl.col("task index").cast(pl.Int32).alias("index"),
            "time",
            pl.col("comparison operator").alias("relation"),
            pl.col("attribute name").alias("name"),
            pl.col("attribute value").alias("value"),
        )
        found.append(constraints.coded(demands))
    if found:
        every = pl.concat(found)
        first = every.filter(pl.col("time") == pl.col("time").min().over("job", "index"))
        frames.append(constraints.sets(first, ("job", "index")))
    return frames[-1]


def _attributes(folder: Path, constraints: Constraints) -> pl.DataFrame | None:
    """What was first told of machines, of those attributes that something is demanded of."""
    parts = shards.shards(folder, "machine_attributes", _SUFFIXES, least=0)
    names, frames = constraints.names(), []
    for rows in _batches(parts, MACHINE_ATTRIBUTES, least=0):
        cast = typed(rows, _ATTRIBUTE_READ)
        enforce(cast, time_rules("time"))
        wanted = ~pl.col("attribute deleted") & pl.col("attribute name").is_in(names)
        told = cast.frame.filter(wanted).select(
            "time",
            pl.col("machine ID").alias("machine"),
            pl.col("attribute name").alias("name"),
            pl.col("attribute value").alias("value"),
        )
        frames.append(first_told([told]))
    return first_told(frames) if frames else None


def _batches(
    parts: Sequence[Path], columns: Sequence[str], window: Window = ALL, *, least: int = 1
) -> Iterator[Rows]:
    """The rows of parts in runs, up to where the window is past; least: how few the first has."""
    for number, part in enumerate(parts):
        for rows in csvfile.batches(part, columns=columns, least=0 if number else least):
            if window.is_past(rows.frame["time"].cast(pl.Int64, strict=False)):
                return
            yield rows


def _coded(column: str, kinds: Sequence[int]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(kinds)), return_dtype=pl.Int8).alias("kind")


def _partial(parts: Sequence[Path], table: str) -> list[str]:
    whole = shards.published(parts)
    return [f"{len(parts)} of {whole} parts of {table}"] if len(parts) < whole else []


def _partial_constraints(folder: Path, events: Sequence[Path]) -> list[str]:
    parts = shards.shards(folder, "task_constraints", _SUFFIXES, least=0)
    if 0 < len(parts) < len(events):
        return [*_partial(parts, "task_constraints"), "tasks of the others have none"]
    return [] if parts else ["no task_constraints: any task may use any machine"]
