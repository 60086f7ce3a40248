"""One workload, and what all workloads of a series share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sim import cells, layout, sheets
from sim.lifetimes import Lifetimes
from sim.outages import Changes, Outages, drawn
from sim.population import Machines, Population
from sim.recording import Recorded
from sim.rules import NONE, Rules
from sim.state import Floats, Ints, Mix
from traces.sheet import Sheet, Shows

if TYPE_CHECKING:
    from traces import Trace

MACHINES_SEEDED = 0x3AC41
START_SHARE = 0.16
"""What history leaves of the start population in expectation; no run is to have over 0.2 left."""


class Tasks(Protocol):
    """Who runs at the beginning and who comes, each as (layout.TASK_FIELDS, tasks)."""

    def start(self) -> Ints:
        """The tasks that run at the beginning, numbered from 0."""

    def arrivals(self, number: int) -> Iterator[Ints]:
        """The tasks that come, in chunks, numbered from `number` on; the same at each call."""


@dataclass(frozen=True, repr=False)
class Workload(Shows):
    """Machines and a stream of tasks, ready to be replayed by any heuristic.

    tasks: the pool of the split, which the probe draws from too. weight: (R,) what the fleet is
    sold by. load: offered load of the scarcest weighted resource. index: which of the windows.
    history, window: ticks; the stream begins `history` before the window. changes: what becomes of
    machines meanwhile, from the stream's beginning on. rules: how it is run besides.
    """

    name: str
    machines: Machines
    population: Population
    tasks: Ints
    lifetimes: Lifetimes | None
    mix: Mix
    weight: Floats
    load: float
    seed: int
    index: int
    split: str
    history: int
    window: int
    stream: Tasks
    replayed: tuple[str, ...]
    simulated: tuple[str, ...]
    assumed: tuple[str, ...]
    changes: Changes | None = None
    rules: Rules = NONE

    def sheet(self) -> Sheet:
        """What shows it."""
        return sheets.of_workload(self)

    @property
    def evicts(self) -> bool:
        """Whether tasks may have to leave before their end."""
        return self.changes is not None or self.rules.preemption is not None

    @property
    def counted(self) -> tuple[str, ...]:
        """What may happen to tasks, by the names of the counters: of what is off, nothing."""
        told = {
            "evicted": self.evicts,
            "preempted": self.rules.preemption is not None,
            "given_up": self.population.largest_gang > 1,
            "moved": self.rules.migration is not None,
            "conflicts": bool(self.rules.stale),
        }
        return ("placed", "rejected", "queued", *(name for name, may in told.items() if may))

    @property
    def ordered(self) -> bool:
        """Whether the trace's own tasks come at their own times."""
        return isinstance(self.stream, Recorded)

    def start(self) -> Ints:
        """The tasks that run at the beginning, numbered from 0 (layout.TASK_FIELDS, tasks)."""
        return self._told(self.stream.start(), 0)

    def arrivals(self, number: int) -> Iterator[Ints]:
        """The tasks that come, in chunks, numbered from `number` on; the same at each call."""
        for chunk in self.stream.arrivals(number):
            yield self._told(chunk, 1)

    def _told(self, rows: Ints, part: int) -> Ints:
        """Tasks with what is predicted of their lifetimes."""
        if rows.shape[1]:
            key = (self.seed, self.index, part, int(rows[layout.NUMBER, 0]))
            rows[layout.PREDICTED] = self.rules.predictions.of(rows[layout.LIFE], key)
        return rows

    def everything(self) -> Iterator[Ints]:
        """Start and arrivals in chunks."""
        first = self.start()
        yield first
        yield from self.arrivals(first.shape[1])


@dataclass(frozen=True)
class Common:
    """What all workloads of a series share; history, window and shake in ticks."""

    trace: Trace
    population: Population
    fleet: Machines
    weight: Floats
    split: str
    load: float | None
    machines: int | None
    history: int | None
    window: int | None
    outages: Outages
    shake: int = 0

    def drawn_machines(self, count: int, seed: int, index: int) -> Machines:
        """So many machines in an order of a window's seed.

        Of each window anew: seeds are resampled within windows, so what a seed draws must not be
        the same in all of them.
        """
        random = np.random.default_rng([MACHINES_SEEDED, seed, index])
        return cells.draw(self.fleet, count, random, ordered=self.trace.ordered)

    def failing(self, machines: Machines, seed: int, index: int, length: int) -> Changes | None:
        """What a model of failures makes of some machines in so many ticks; None without one."""
        return drawn(self.outages, machines, length, (seed, index)) if self.outages else None

    def share(self, demand: Floats, machines: Machines) -> tuple[int, float]:
        """The scarcest weighted resource on some machines, and the share of it asked for."""
        total = machines.total.sum(axis=0)
        return cells.scarcest(demand, total, self.weight, self.trace.name)
