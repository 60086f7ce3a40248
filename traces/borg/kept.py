"""Runs that make tasks, kept as typed columns, and all others counted by why they make none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from traces.borg.window import START_US, seconds
from traces.rows import Rows
from traces.schema import exact

_SLICE_ROWS = 1 << 17
RESOURCES = ("cpu", "mem")
_END, _SCHEDULE, _SUBMIT = (pl.col(name) for name in ("end", "schedule", "submit"))
# Of a run to which two apply, the first.
_NO_TASK = {
    "events without a submit or a schedule": _SUBMIT.is_null() & _SCHEDULE.is_null(),
    "events of tasks that ended before they ran": _SCHEDULE.is_null() & _END.is_not_null(),
    "events of runs that ended before the trace began": (_END < START_US)
    | ((_SCHEDULE < START_US) & (_END == START_US)),
    "events of runs without a request": pl.col("cpu").is_null() | pl.col("mem").is_null(),
}
MORE = "further events of the same runs"


class Kept:
    """Takes runs, as `lives.runs` gives them; counts add up to their events.

    dropped: events that make no task, by reason; a task stands for one of its run's events.
    told: how many tasks have what a result should say.
    """

    def __init__(self, units: Mapping[str, float]) -> None:
        self._units = units
        self._frames: list[pl.DataFrame] = []
        self.dropped: Counter[str] = Counter()
        self.told: Counter[str] = Counter()

    def add(self, runs: pl.DataFrame) -> None:
        """Takes more runs."""
        if runs.is_empty():
            return
        for reason, none in _NO_TASK.items():
            out = runs.select(none.fill_null(False)).to_series()
            if out.any():
                self.dropped[reason] += int(runs.filter(out)["events"].sum())
                runs = runs.filter(~out)
        self.dropped[MORE] += int(runs["events"].sum()) - runs.height
        figures = runs.select(
            unsubmitted=_SUBMIT.is_null().sum(),
            cut=pl.col("cut").sum(),
            changed=pl.col("changed").sum(),
            waiting=_SCHEDULE.is_null().sum(),
            running=(_SCHEDULE.is_not_null() & _END.is_null()).sum(),
            rounded=pl.any_horizontal(off(name, self._units[name]) for name in RESOURCES).sum(),
        )
        self.told.update(figures.row(0, named=True))
        self._frames.append(self._tidy(runs))

    def _tidy(self, runs: pl.DataFrame) -> pl.DataFrame:
        fixed = ("first", "submit", "schedule", "end", "cut", "changed", "events")
        begin = pl.coalesce("submit", "first").alias("submit")
        return runs.with_columns(begin, *(exact(n, self._units[n]) for n in RESOURCES)).select(
            seconds("submit"),
            seconds("end", "schedule").alias("lifetime"),
            (_SCHEDULE < START_US).fill_null(False).alias("alive_at_start"),
            pl.exclude(fixed),
        )

    def tasks(self) -> pl.DataFrame:
        """All tasks so far in order of submit, `n` the number of a task's run from 1."""
        if not self._frames:
            return pl.DataFrame()
        frame = pl.concat(self._frames).sort("submit", "job", "index", maintain_order=True)
        self._frames = []
        return frame.with_columns(n=pl.col("job").cum_count().over("job", "index"))


def off(resource: str, unit: float) -> pl.Expr:
    """Whether an amount is no whole number of units, as it stands in the file."""
    amount = pl.col(resource)
    return ((amount - exact(resource, unit)).abs() > 1e-6 * unit + amount * 2.0**-50).fill_null(
        False
    )


def rows(tasks: pl.DataFrame, file: str) -> Iterator[Rows]:
    """The tasks as runs of canonical rows, ids `job-index-n`, text made as it is needed.

    tasks: `machine` a number or null; other columns under canonical names.
    """
    identity = pl.concat_str(pl.col("job", "index", "n").cast(pl.String), separator="-")
    for part in tasks.iter_slices(_SLICE_ROWS):
        frame = part.with_columns(
            identity.alias("id"),
            pl.col("job").cast(pl.String),
            pl.col("machine").cast(pl.String),
        )
        yield Rows(file, 1, frame, text=False)
