"""What part of a trace is read, and what its times and amounts keep."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import polars as pl

from traces.errors import TraceError, shown
from traces.rows import Rule
from traces.schema import SECONDS_MAX

START_US = 600_000_000
"""The trace's first moment: what is earlier was before it, at 0 for a time not known."""
AFTER_US = 2**63 - 1
"""Stands for a time after the trace."""
SLACK_US = 600_000_000
"""How far rows that are in order of time may be out of it."""
_MOST_US = int(SECONDS_MAX * 1e6)
REQUEST_MAX = 1000
"""The most that a request may be of the largest machine: beyond it, amounts are no shares."""
_HOURS_MAX = 1e6


@dataclass(frozen=True)
class Window:
    """The first `hours` of a trace; None: all of it. Raises TraceError for no such number."""

    hours: float | None = None

    def __post_init__(self) -> None:
        number = isinstance(self.hours, (int, float)) and not isinstance(self.hours, bool)
        if self.hours is not None and not (number and 0 < self.hours <= _HOURS_MAX):
            raise TraceError(
                field="trace.hours",
                found=shown(self.hours),
                expected=f"a number of hours above 0 and at most {_HOURS_MAX:g}, or null for all",
            )

    @property
    def end_us(self) -> int | None:
        """The time at which the window ends, None where the trace does."""
        return None if self.hours is None else START_US + math.ceil(self.hours * 3.6e9)

    def inside(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events of the window and of before, by `time` in microseconds."""
        return events.filter(pl.col("time") < (self.end_us or AFTER_US))

    def outside(self, events: pl.DataFrame) -> Counter[str]:
        """How many events are not of the window, by reason."""
        time = events["time"]
        after = int((time == AFTER_US).sum())
        late = int((time >= (self.end_us or AFTER_US)).sum()) - after
        said = f"events after the first {self.hours:g} hours" if self.hours else ""
        return +Counter({"events after the trace's end": after, said: late})

    def is_past(self, times: pl.Series) -> bool:
        """Whether nothing of the window can follow these times, in a table that is in order."""
        earliest = times.min()
        if self.end_us is None or not isinstance(earliest, int):
            return False
        return earliest >= self.end_us + SLACK_US


ALL = Window()


def time_rules(column: str) -> tuple[Rule, ...]:
    """What a time in microseconds keeps."""
    time = pl.col(column)
    return (
        Rule(column, time < 0, "0 or more"),
        Rule(
            column,
            (time > _MOST_US) & (time != AFTER_US),
            f"at most {_MOST_US:.0f}, or 2^63-1 for after the trace",
        ),
    )


def seconds(column: str, since: str | None = None) -> pl.Expr:
    """A time in microseconds as seconds since another, or since the window's start.

    What was before the window counts as its start.
    """
    begin = pl.lit(START_US) if since is None else pl.col(since).clip(lower_bound=START_US)
    return (pl.col(column).clip(lower_bound=START_US) - begin) / 1e6


def amount_rules(column: str, most: float) -> tuple[Rule, ...]:
    """What a share of the largest machine keeps, and is at most."""
    amount = pl.col(column)
    return (
        Rule(column, ~amount.is_finite(), "a finite number"),
        Rule(column, amount < 0, "0 or more"),
        Rule(column, amount > most, f"at most {most:g} of the largest machine"),
    )
