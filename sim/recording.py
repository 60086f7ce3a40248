"""A stretch of a trace as it was: who ran at its beginning, who came, each at its own time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import layout
from sim.drawn import CHUNK, TRACE_GONE, task_rows
from sim.errors import SimError
from sim.gangs import marked
from sim.population import Population
from sim.state import Floats, Ints

if TYPE_CHECKING:
    from sim.works import Workload


@dataclass(frozen=True)
class Recorded:
    """The stream of [begin, begin + history + window) in the trace's ticks.

    tasks: in the trace's order. place: (tasks of the population,) the machine, as an index into
    the workload's, that the trace ran a task on; −1 unknown.
    """

    population: Population
    tasks: Ints
    begin: int
    history: int
    window: int
    place: Ints

    def start(self) -> Ints:
        """The tasks that ran when the stretch began, with what was left of their lives."""
        submit, end = _times(self.population, self.tasks)
        if self.begin == 0:
            running = self.population.alive[self.tasks]
        else:
            running = (submit < self.begin) & (end > self.begin)
        tasks, left = self.tasks[running], end[running]
        left = np.where(left < layout.FOREVER, np.maximum(left - self.begin, 1), layout.FOREVER)
        gang = self.population.gang[tasks]
        order = np.lexsort((np.arange(tasks.size), _first_of_gang(gang)))
        tasks, left = tasks[order], left[order]
        rows = self._rows(tasks, np.zeros(tasks.size, np.int64), left, 0)
        return marked(rows, gang[order])

    def arrivals(self, number: int) -> Iterator[Ints]:
        """The tasks that came, in chunks, numbered from `number` on.

        Those that came long before the window and left no trace are left out, as in `sim.drawn`.
        """
        submit, life = self.population.submit[self.tasks], self.population.life[self.tasks]
        came = (submit >= self.begin) & ~self.population.alive[self.tasks]
        came &= submit < self.begin + self.history + max(self.window, 1)
        came &= life >= TRACE_GONE * (self.begin + self.history - submit)
        order = np.flatnonzero(came)
        gang = self.population.gang[self.tasks]
        order = order[np.lexsort((order, _first_of_gang(gang)[order], submit[order]))]
        gang = gang[order]
        within = np.r_[False, (gang[1:] == gang[:-1]) & (gang[1:] >= 0)]
        first = 0
        while first < order.size:
            last = min(first + CHUNK, order.size)
            while last < order.size and within[last]:
                last += 1
            tasks = self.tasks[order[first:last]]
            life, times = self.population.life[tasks], submit[order[first:last]] - self.begin
            yield marked(self._rows(tasks, times, life, number + first), gang[first:last])
            first = last

    def _rows(self, tasks: Ints, submit: Ints, life: Ints, number: int) -> Ints:
        rows = task_rows(self.population, tasks, submit, life, number)
        rows[layout.PLACE] = self.place[tasks]
        return rows


def expect_places(work: Workload) -> None:
    """Raise SimError where a workload can't be placed as its trace was.

    Its trace must be replayed in its own order, name machines, and have all that it names.
    """
    stream = work.stream
    if not isinstance(stream, Recorded):
        raise SimError(
            "recorded placements are those of the trace's own order: expected order=trace"
        )
    ran_on = work.population.ran_on
    if (ran_on < 0).all():
        raise SimError(f"trace {work.name} names no machine that a task ran on: nothing recorded")
    if ((ran_on >= 0) & (stream.place < 0)).any():
        raise SimError(
            f"recorded placements are on all machines of trace {work.name}, expected neither "
            "machines nor load, which would leave some out"
        )


def _first_of_gang(gang: Ints) -> Ints:
    """Where each task's gang is first met, or the task itself: an order with gangs in one piece."""
    at = np.arange(gang.size)
    if (gang < 0).all():
        return at
    _, first, of = np.unique(
        np.where(gang >= 0, gang, -1 - at), return_index=True, return_inverse=True
    )
    return first[of.reshape(-1)]


def _times(population: Population, tasks: Ints) -> tuple[Ints, Ints]:
    """Submit and end of tasks, ticks of the trace; an unknown end is layout.FOREVER."""
    submit, life = population.submit[tasks], population.life[tasks]
    submit = np.where(population.alive[tasks], np.minimum(submit, 0), submit)
    known = life < layout.FOREVER
    return submit, np.where(known, submit + np.where(known, life, 0), layout.FOREVER)


def demand_between(population: Population, tasks: Ints, first: int, last: int) -> Floats:
    """Request times lifetime within [first, last), a tick of it: whole units a resource."""
    submit, end = _times(population, tasks)
    held = np.maximum(np.minimum(end, last) - np.maximum(submit, first), 0).astype(np.float64)
    shapes = population.shapes.whole
    by_shape = np.bincount(population.shape[tasks], weights=held, minlength=len(shapes))
    return np.asarray(by_shape @ shapes / max(last - first, 1))


def since(population: Population, tasks: Ints, at: int, resource: int, most: float) -> int:
    """How many ticks before `at` history must begin.

    The tasks running then may hold at most the share `most` of what runs at `at` of a resource;
    as long as the trace goes back where it does not go back so far.
    """
    submit, end = _times(population, tasks)
    running = (submit < at) & (end > at)
    came = np.maximum(submit[running], 0)
    amount = population.shapes.whole[population.shape[tasks[running]], resource]
    order = np.argsort(came, kind="stable")
    held = np.cumsum(amount[order])
    if held.size == 0 or held[-1] <= 0:
        return 0
    few = int(np.searchsorted(held, most * held[-1], side="right"))
    return at - int(came[order][min(few, came.size - 1)])
