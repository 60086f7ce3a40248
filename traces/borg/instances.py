"""The instances of a cell of 2019, from rows in any order: whose a run is, and what it demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from traces.bigquery import Table, code, code_rule
from traces.borg import lives
from traces.borg.constraints import Constraints
from traces.borg.kept import Kept
from traces.borg.window import REQUEST_MAX, Window, amount_rules, time_rules
from traces.columns import Column, typed
from traces.errors import TraceError
from traces.rows import Origin, Rows, Rule, enforce

CPUS, MEMORY = "resource_request.cpus", "resource_request.memory"
TABLE = Table(
    (
        *("time", "type", "collection_id", "instance_index", "collection_type", "priority"),
        *("alloc_collection_id", "machine_id", "missing_type", CPUS, MEMORY),
    ),
    {"constraint": ("relation", "name", "value")},
)
COLLECTION_TYPES = ("JOB", "ALLOC_SET")
INSIDE = "events of tasks inside alloc sets, which use the set's reservation"
_TYPES = (
    *("SUBMIT", "QUEUE", "ENABLE", "SCHEDULE", "EVICT", "FAIL", "FINISH", "KILL", "LOST"),
    *("UPDATE_PENDING", "UPDATE_RUNNING"),
)
_KINDS = (lives.SUBMIT, *[lives.UPDATE] * 2, lives.SCHEDULE, *[lives.END] * 5, *[lives.UPDATE] * 2)
_RELATIONS = (
    *("EQUAL", "NOT_EQUAL", "LESS_THAN", "GREATER_THAN", "LESS_THAN_EQUAL", "GREATER_THAN_EQUAL"),
    *("PRESENT", "NOT_PRESENT"),
)
_NOT_MISSING = ("0", "0.0", "MISSING_TYPE_NONE")
# The export leaves out fields that are 0.
_ZEROS = ("time", "instance_index", "priority")
_INT32 = 2**31 - 1
_PART_ROWS = 1 << 23
_READ = (
    Column("time", "integer", blank=True),
    Column("type", "text", blank=True),
    Column("collection_id", "integer"),
    Column("instance_index", "integer", blank=True),
    Column("collection_type", "text", blank=True),
    Column("priority", "integer", blank=True),
    Column("alloc_collection_id", "integer", blank=True),
    Column("machine_id", "integer", blank=True),
    Column("missing_type", "text", blank=True),
    Column(CPUS, "number", blank=True),
    Column(MEMORY, "number", blank=True),
)
_RULES = (
    *time_rules("time"),
    code_rule("type", _TYPES),
    Rule("instance_index", ~pl.col("instance_index").is_between(0, _INT32), "0 to 2^31-1"),
    code_rule("collection_type", COLLECTION_TYPES),
    Rule("priority", ~pl.col("priority").is_between(-_INT32, _INT32), "a 32-bit whole number"),
    *amount_rules(CPUS, REQUEST_MAX),
    *amount_rules(MEMORY, REQUEST_MAX),
)
_DEMAND_RULES = (
    code_rule("relation", _RELATIONS),
    Rule("name", pl.col("name").is_null(), "the name of an attribute"),
)


class Instances:
    """Takes instance_events a run at a time and keeps those of the window as typed columns.

    constraints: what they demand, by `set`. dropped: events that make no task, by reason.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._frames: list[pl.DataFrame] = []
        self._seen: set[str] = set()
        self._alloc_sets: set[int] = set()
        self._inside: set[int] = set()
        self._told: Counter[str] = Counter()
        self.constraints = Constraints()
        self.dropped: Counter[str] = Counter()

    def take(self, rows: Rows) -> None:
        """Checks and keeps more rows. Raises TraceError."""
        cast = typed(rows, _READ)
        enforce(cast, _RULES)
        self._count(cast.frame)
        numbers = pl.Series("row", rows.every_number())
        frame = cast.frame.with_columns(
            pl.col(_ZEROS).fill_null(0), rows.frame["constraint"], numbers
        )
        self.dropped += self._window.outside(frame)
        frame = self._window.inside(frame).with_columns(
            code("collection_type", COLLECTION_TYPES).fill_null(0)
        )
        job, is_set = pl.col("collection_id"), pl.col("collection_type") == 1
        self._alloc_sets.update(frame.filter(is_set).select(job.unique()).to_series())
        inside = ~is_set & (pl.col("alloc_collection_id").fill_null(0) != 0)
        self._inside.update(frame.filter(inside).select(job.unique()).to_series())
        own = frame.filter(~inside)
        self.dropped[INSIDE] += frame.height - own.height
        self._frames.append(_events(own).with_columns(self._sets(rows.file, own)))

    def _count(self, frame: pl.DataFrame) -> None:
        zero = (*_ZEROS, "type")
        blank = frame.select(pl.col(zero).is_null().sum()).row(0, named=True)
        self._seen |= {name for name, count in blank.items() if count < frame.height}
        self._told["fields left out, which count as 0"] += sum(blank.values())
        missing = frame["missing_type"].str.to_uppercase()
        put_in = (missing.is_not_null() & ~missing.is_in(_NOT_MISSING)).sum()
        self._told["events put in for missing ones (missing_type)"] += int(put_in)

    def _sets(self, file: str, frame: pl.DataFrame) -> pl.Series:
        """What each row demands, as the code of a set. Raises TraceError."""
        codes = pl.repeat(0, frame.height, dtype=pl.UInt32, eager=True).alias("set")
        demands = (
            frame.select("row", "constraint")
            .with_row_index("place")
            .filter(pl.col("constraint").list.len() > 0)
            .explode("constraint")
            .unnest("constraint")
        )
        if demands.is_empty():
            return codes
        origins = {name: Origin(f"constraint.{name}") for name in ("relation", "name")}
        numbers = demands["row"].to_numpy()
        enforce(Rows(file, 1, demands, origins=origins, numbers=numbers), _DEMAND_RULES)
        relation = code("relation", _RELATIONS).fill_null(0).cast(pl.Int64)
        coded = self.constraints.coded(demands.drop("row").with_columns(relation))
        sets = self.constraints.sets(coded, ("place",))
        return codes.scatter(sets["place"], sets["set"])

    def check(self, file: Path) -> None:
        """Raises TraceError where a field that can't be 0 in every row is in none."""
        for name in ("time", "type"):
            if self._frames and name not in self._seen:
                raise TraceError(
                    file=file, field=name, found="no row with it", expected="instance_events"
                )

    def runs(self, inside: pl.Series, units: Mapping[str, float]) -> Kept:
        """The runs that make tasks; inside: more jobs that are in an alloc set."""
        kept = Kept(units)
        events = pl.concat(self._frames) if self._frames else pl.DataFrame(schema=_EVENTS)
        self._frames = []
        jobs = pl.Series([*({*self._inside, *inside} - self._alloc_sets)], dtype=pl.Int64)
        own = events.filter(~pl.col("job").is_in(jobs.implode()))
        self.dropped[INSIDE] += events.height - own.height
        parts = own.height // _PART_ROWS + 1
        for part in range(parts):
            kept.add(lives.runs(own.filter(pl.col("job") % parts == part))[0])
        return kept

    def said(self, tasks: pl.DataFrame) -> Iterator[str]:
        """What a result should say of where these tasks come from."""
        alloc = int(tasks["job"].is_in([*self._alloc_sets]).sum())
        told = {**self._told, "tasks that are instances of alloc sets, whole reservations": alloc}
        yield from (f"{text}: {count:,}" for text, count in told.items() if count)


_EVENTS = {**lives.EVENTS, "set": pl.UInt32}


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    kinds = dict(enumerate(_KINDS))
    stated = pl.col(CPUS).is_not_null() | pl.col(MEMORY).is_not_null()
    return frame.select(
        pl.col("collection_id").alias("job"),
        pl.col("instance_index").cast(pl.Int32).alias("index"),
        "time",
        code("type", _TYPES).fill_null(0).replace_strict(kinds, return_dtype=pl.Int8).alias("kind"),
        # 0 is none, -1 a machine that is not among these.
        pl.when(pl.col("machine_id") > 0).then("machine_id").alias("machine"),
        pl.col("priority").cast(pl.Int32),
        pl.when(stated).then(pl.col(CPUS).fill_null(0.0)).alias("cpu"),
        pl.when(stated).then(pl.col(MEMORY).fill_null(0.0)).alias("mem"),
    )
