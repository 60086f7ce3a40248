"""SimPy as the clock, with the compiled cell as a second source of events.

Arrivals and departures by the hundred thousand would each be a SimPy event; instead, before SimPy
takes its next event, the compiled cell runs all of its own that come before it, by (time,
priority). Whatever a user adds is an ordinary SimPy process, and sees the cell as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import Event

from sim import layout

Drive = Callable[[int, int], None]
Process = Callable[["CellEnvironment", "CellView"], Generator[Event, Any, Any]]


class CellEnvironment(simpy.Environment):
    """A SimPy environment in ticks (milliseconds) that runs the cell up to each event.

    At one instant: machines added (priority 0), departures (1), machines removed (2), arrivals
    (3), samples (4); of two with the same priority, the cell's come first.
    """

    def __init__(self, drive: Drive) -> None:
        super().__init__(0)
        self._drive = drive

    def step(self) -> None:
        """Run the cell up to SimPy's next event, then that event."""
        if self._queue:
            at, priority = self._queue[0][:2]
            self._drive(int(at), int(priority))
        super().step()

    def at(self, tick: int, priority: int, call: Callable[[], None] | None = None) -> Event:
        """An event at a tick, with its priority; `call` runs when it comes."""
        event = Event(self)
        event._ok = True
        event._value = None
        if call is not None:
            event.callbacks.append(lambda _: call())
        self.schedule(event, priority=priority, delay=tick - int(self.now))  # type: ignore[arg-type]
        return event


class CellView:
    """What a user's process sees of the cell, at the moment it looks."""

    def __init__(self, engine: Any, resources: tuple[str, ...]) -> None:
        self._engine = engine
        self.resources = resources

    @property
    def free(self) -> dict[str, float]:
        """Free amounts summed over machines: cores, GiB, devices."""
        return self._sum(0)

    @property
    def total(self) -> dict[str, float]:
        """Allocatable amounts summed over machines."""
        return self._sum(1)

    @property
    def pending(self) -> int:
        """Tasks in the queue."""
        at = self._engine.run.registers.at
        return int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD])

    @property
    def running(self) -> int:
        """Tasks that run."""
        return int(self._engine.run.registers.at[layout.LIVE_COUNT])

    def _sum(self, which: int) -> dict[str, float]:
        cell = self._engine.run.cell
        return dict(zip(self.resources, (cell.sums[which] / cell.per).tolist(), strict=True))
