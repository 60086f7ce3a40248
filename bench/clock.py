"""SimPy's event loop alone, for orientation: what no replay that is one event a task can pass."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import Effort, Row, processor_seconds
from bench.plain import clock_events

EVENTS = 400_000


def rows(effort: Effort) -> Iterator[Row]:
    count = effort.some(EVENTS)
    seconds = processor_seconds(lambda: clock_events(count), effort.repeats)
    note = "arrivals from one process, departures with a callback"
    yield Row("clock", "SimPy alone", "events/s", count / seconds, note=note)
