"""Machines, and what became of them, from the events that add, remove and change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from traces.borg.kept import RESOURCES, off
from traces.borg.window import START_US, Window, seconds
from traces.errors import TraceError
from traces.rows import Rows
from traces.schema import exact

ADD, REMOVE, UPDATE = 1, 2, 3
_KINDS = {ADD: "add", REMOVE: "remove", UPDATE: "update"}
_KIND, _BEFORE = pl.col("kind"), pl.col("time") <= START_US


@dataclass(frozen=True)
class Fleet:
    """What machines there are, and what becomes of them.

    machines: a row each, `machine` (its number), cpu and mem at the window's start, model, rack.
    events: `time` (s), `machine`, `kind`, and what the machine then has. assumed: what was not
    plain.
    """

    file: str
    machines: pl.DataFrame
    events: pl.DataFrame
    assumed: tuple[str, ...]

    def rows(self, models: pl.Series) -> Rows:
        """The machines as canonical rows, of these models."""
        frame = self.machines.select(
            pl.col("machine").cast(pl.String).alias("id"), *RESOURCES, models.alias("model"), "rack"
        )
        return Rows(self.file, 1, frame, text=False)

    def happened(self) -> Rows:
        """The events as canonical rows."""
        return Rows(
            self.file, 1, self.events.with_columns(pl.col("machine").cast(pl.String)), text=False
        )


def fleet(told: pl.DataFrame, window: Window, units: Mapping[str, float], file: str) -> Fleet:
    """The machines that events tell.

    told: `time` (us), `machine`, `kind` (ADD, REMOVE, UPDATE), cpu, mem (blank where not said),
    model, rack, in the file's order. A machine has what was last said before the window, else first
    in it. Raises TraceError where no machine is left.
    """
    events = window.inside(told).sort("machine", "time", maintain_order=True)
    rounded = events.filter(pl.any_horizontal(off(name, units[name]) for name in RESOURCES)).height
    stated = pl.all_horizontal(_KIND != REMOVE, *(pl.col(name).is_not_null() for name in RESOURCES))
    events = events.with_columns(
        pl.when(stated).then(exact(name, units[name])).alias(name) for name in RESOURCES
    )
    base = _machines(events)
    blank = base.filter(pl.col("cpu").is_null())["machine"]
    events = _with_states(events.filter(~pl.col("machine").is_in(blank.implode())), base)
    later = events.filter(~_BEFORE)
    happened = _effective(later)
    there = events.group_by("machine", maintain_order=True).agg(
        pl.col("there").filter(_BEFORE).last().fill_null(pl.col("was_there").first()).alias("at 0")
    )
    added = happened.filter(pl.col("kind") == "add")["machine"].unique()
    kept = there.filter(pl.col("at 0") | pl.col("machine").is_in(added.implode()))["machine"]
    machines = base.filter(pl.col("machine").is_in(kept.implode()))
    if machines.is_empty():
        raise TraceError(
            file=file, found="no machine with a capacity", expected="at least one in the window"
        )
    happened = happened.filter(pl.col("machine").is_in(kept.implode()))
    counts = {
        "blank": blank.len(),
        "gone": base.height - blank.len() - machines.height,
        "idle": later.height - happened.height,
        "later": told["machine"].n_unique() - base.height,
        "further": told.height - happened.height,
        "rounded": rounded,
    }
    return Fleet(file, machines, happened, tuple(_said(counts)))


def _machines(events: pl.DataFrame) -> pl.DataFrame:
    """A row a machine; cpu and mem are null where none was ever said."""
    last_before = (pl.col(name).filter(_BEFORE).drop_nulls().last() for name in RESOURCES)
    first = (pl.col(name).drop_nulls().first().alias(f"first {name}") for name in RESOURCES)
    whole = events.group_by("machine", maintain_order=True).agg(
        *last_before, *first, pl.col("model", "rack").drop_nulls().first()
    )
    return whole.select(
        "machine",
        *(pl.coalesce(name, f"first {name}").alias(name) for name in RESOURCES),
        "model",
        "rack",
    )


def _with_states(events: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Events with whether the machine is there and what it has, before each and after."""
    presence = pl.when(_KIND == ADD).then(True).when(_KIND == REMOVE).then(False)
    known = events.join(base.select("machine", *RESOURCES), "machine", how="left", suffix=" 0")
    known = known.with_columns(
        (_KIND.first() != ADD).over("machine").alias("from the start"),
        presence.forward_fill().over("machine").alias("there"),
        *(pl.col(n).forward_fill().over("machine").fill_null(pl.col(f"{n} 0")) for n in RESOURCES),
    ).with_columns(pl.col("there").fill_null(pl.col("from the start")))
    return known.with_columns(
        pl.col("there")
        .shift()
        .over("machine")
        .fill_null(pl.col("from the start"))
        .alias("was_there"),
        *(
            pl.col(n).shift().over("machine").fill_null(pl.col(f"{n} 0")).alias(f"{n} before")
            for n in RESOURCES
        ),
    )


def _effective(events: pl.DataFrame) -> pl.DataFrame:
    """Events that change something, canonical: what is there is not added, but updated."""
    differs = pl.any_horizontal(pl.col(name) != pl.col(f"{name} before") for name in RESOURCES)
    there = pl.col("was_there")
    kind = (
        pl.when((_KIND == REMOVE) & there)
        .then(REMOVE)
        .when((_KIND == ADD) & ~there)
        .then(ADD)
        .when((_KIND != REMOVE) & there & differs)
        .then(UPDATE)
    )
    happened = events.with_columns(kind.alias("kind")).filter(_KIND.is_not_null())
    return happened.select(
        seconds("time"),
        "machine",
        _KIND.replace_strict(_KINDS, return_dtype=pl.String).alias("kind"),
        *(pl.when(_KIND != REMOVE).then(name).alias(name) for name in RESOURCES),
    )


def _said(counts: Mapping[str, int]) -> Iterator[str]:
    texts = {
        "blank": "machines left out since no capacity is stated",
        "gone": "machines left out since they are never there in the window",
        "later": "machines left out since they come after what is read",
        "idle": "events of machines left out since they change nothing",
        "further": "rows of machine_events that tell what machines are, or nothing of them later",
        "rounded": "events of machines whose capacity was rounded to whole units",
    }
    yield from (f"{text}: {counts[name]:,}" for name, text in texts.items() if counts[name])
