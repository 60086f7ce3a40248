"""Runs of tasks, told from state events: submitted, scheduled, ended, and often submitted again.

Events that share a task and an instant come in no order that could be trusted. What ended a task
that was there before comes first then, else its submit does.
"""

from __future__ import annotations

import polars as pl

from traces.borg.window import SLACK_US, START_US

# In the order in which events of one instant happen to a task that was not there before it.
SUBMIT, UPDATE, SCHEDULE, END = 1, 2, 3, 4
EVENTS = {
    "job": pl.Int64,
    "index": pl.Int32,
    "time": pl.Int64,
    "kind": pl.Int8,
    "machine": pl.Int64,
    "priority": pl.Int32,
    "cpu": pl.Float64,
    "mem": pl.Float64,
}
_TASK = ("job", "index")
_KIND, _TIME = pl.col("kind"), pl.col("time")


class Stream:
    """Events in order of time, taken a run at a time; of the past, only open runs are kept.

    Rows may be out of order by SLACK_US: nothing is told of times that near to the latest.
    """

    def __init__(self) -> None:
        self._waiting: list[pl.DataFrame] = []
        self._latest = 0
        self.settled_us = 0

    def take(self, events: pl.DataFrame) -> pl.DataFrame:
        """The runs that ended, as `runs` gives them; events no earlier than settled_us."""
        latest = events["time"].max()
        self._latest = max(self._latest, latest if isinstance(latest, int) else 0)
        self._waiting.append(events)
        waiting = pl.concat(self._waiting)
        settled = self._latest - SLACK_US
        # What was before the trace is one moment, whatever its times.
        self.settled_us = settled if settled > START_US else 0
        due = self.settled_us > _TIME
        told, still = runs(waiting.filter(due))
        self._waiting = [still, waiting.filter(~due)]
        return told.filter(pl.col("end").is_not_null())

    def close(self) -> pl.DataFrame:
        """The runs that are left, most of them without an end."""
        return runs(pl.concat(self._waiting))[0] if self._waiting else pl.DataFrame()


def runs(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The runs that events tell, and the events of those that have no end.

    events: columns of EVENTS and perhaps more, in any order, times in microseconds. A run is what
    lies between two ends. One that is submitted again after it was scheduled lost its end, and ends
    there (`cut`). Runs have `first`, `submit`, `schedule` and `end` (microseconds, null where there
    was none), `machine` of the first schedule, the first that was said of every other column,
    `changed` where the request did not stay, and how many `events` they have.
    """
    frame = _in_runs(_in_order(events))
    also = [name for name in frame.columns if name not in {*EVENTS, *_MARKS}]
    told = (
        frame.with_columns(
            pl.when(_KIND == SUBMIT).then(_TIME).alias("submit"),
            pl.when(_KIND == SCHEDULE).then(_TIME).alias("schedule"),
            pl.when(_KIND == END).then(_TIME).alias("end"),
            pl.when(_KIND == SCHEDULE).then("machine").alias("machine"),
        )
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("job", "index").first(),
            _TIME.first().alias("first"),
            pl.col("submit", "schedule", "end").min(),
            pl.col("again").first(),
            pl.col("machine", "priority", "cpu", "mem", *also).drop_nulls().first(),
            _changed().alias("changed"),
            pl.len().alias("events"),
        )
    )
    cut = pl.col("again").shift(-1, fill_value=False)
    told = told.with_columns(
        cut.alias("cut"),
        pl.when(cut).then(pl.col("first").shift(-1)).otherwise("end").alias("end"),
    )
    is_open = told["end"].is_null().to_numpy()
    left = frame.filter(pl.Series(is_open[frame["run"].to_numpy() - 1], dtype=pl.Boolean))
    return told.drop("run", "again"), left.select(events.columns)


_MARKS = ("run", "again")


def _changed() -> pl.Expr:
    """Whether the request did not stay what it was."""
    kept = [pl.col(name).min() == pl.col(name).max() for name in ("cpu", "mem")]
    return ~pl.all_horizontal(kept).fill_null(True)


def _in_order(events: pl.DataFrame) -> pl.DataFrame:
    """The events by task and time, those of one instant as they must have happened."""
    frame = events.sort(*_TASK, "time", maintain_order=True).with_columns(is_first=_is_first())
    later = _TIME.diff().fill_null(1) != 0
    frame = frame.with_columns(opens=pl.col("is_first") | later)
    frame = frame.with_columns(instant=pl.col("opens").cum_sum())
    ends = (_KIND == END).any().over("instant")
    begins = _KIND.is_in([SUBMIT, SCHEDULE]).any().over("instant")
    # Where an instant has both, the task is there after it as it was before.
    there = pl.when(ends & ~begins).then(False).when(begins & ~ends).then(True)
    frame = frame.with_columns(
        after=there.otherwise(pl.when("is_first").then(False)).forward_fill()
    )
    before = pl.when("is_first").then(False).when("opens").then(pl.col("after").shift())
    rank = pl.when((_KIND == END) & before.forward_fill()).then(0).otherwise(_KIND)
    return (
        frame.with_columns(rank=rank.cast(pl.Int8))
        .sort("instant", "rank", maintain_order=True)
        .select(events.columns)
    )


def _in_runs(frame: pl.DataFrame) -> pl.DataFrame:
    """The events with the number of their run, from 1, and whether its submit is one `again`."""
    frame = frame.with_columns(is_first=_is_first())
    state = pl.when(pl.col("is_first") | (_KIND != UPDATE)).then(_KIND).forward_fill()
    again = ~pl.col("is_first") & (_KIND == SUBMIT) & (state.shift() == SCHEDULE)
    frame = frame.with_columns(again=again.fill_null(False))
    ended = (_KIND.shift() == END).fill_null(True)
    return frame.with_columns(
        run=(pl.col("is_first") | pl.col("again") | ended).cum_sum().cast(pl.Int64)
    ).drop("is_first")


def _is_first() -> pl.Expr:
    """Whether an event is its task's first, in a frame that is in order of tasks."""
    return pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in _TASK).fill_null(True)
