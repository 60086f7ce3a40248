"""A stream drawn from a pool: a start population as a steady state has it, Poisson arrivals.

Tasks are drawn with replacement, or whole deployments of them. Who runs at the start is drawn
length-biased, with an age uniform over life (Cox, *Renewal Theory*, 1962): of a deployment, by its
longest life, and those of its tasks are left that have not ended by that age.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim import layout
from sim.gangs import marked
from sim.lifetimes import Lifetimes
from sim.population import Population
from sim.state import Floats, Ints

CHUNK = 1 << 16
SEEDED = 0x40AD
TRACE_GONE = 0.02
"""A task that came s before the window and lived less than this share of s has left no trace."""


@dataclass(frozen=True)
class Units:
    """What is drawn as one: tasks `members[first[u] : first[u + 1]]` of the population."""

    first: Ints
    members: Ints

    def __len__(self) -> int:
        return self.first.size - 1

    def expand(self, chosen: Ints) -> tuple[Ints, Ints]:
        """All tasks of some units, unit by unit: the task, and which of the chosen it is of."""
        sizes = self.first[chosen + 1] - self.first[chosen]
        of = np.repeat(np.arange(chosen.size), sizes)
        within = np.arange(of.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.members[self.first[chosen][of] + within], of


def units_of(population: Population, tasks: Ints, *, together: bool) -> Units:
    """Tasks one by one, or by their jobs."""
    if not together:
        return Units(np.arange(tasks.size + 1), tasks)
    order = tasks[np.argsort(population.job[tasks], kind="stable")]
    job = population.job[order]
    starts = np.flatnonzero(np.r_[True, job[1:] != job[:-1]])
    return Units(np.r_[starts, order.size], order)


@dataclass(frozen=True)
class Drawn:
    """The stream. rate: units a tick; history and window in ticks; key: what seeds the draw."""

    population: Population
    units: Units
    lifetimes: Lifetimes
    rate: float
    history: int
    window: int
    key: tuple[int, ...]

    def start(self) -> Ints:
        """The tasks that run at the beginning of history, with what is left of their lives."""
        random = self._random(0)
        life, units = self.lifetimes, self.units
        if life.apart is not None:
            count = int(random.poisson(self.rate * float(life.apart.mean())))
            tasks = self._of_units(random.integers(len(units), size=count))
            whole = life.apart[_biased(random, life.apart.astype(np.float64), count)]
            left = np.ceil(random.random(count) * whole)
        else:
            longest = np.maximum.reduceat(life.of_task[units.members], units.first[:-1])
            count = int(random.poisson(self.rate * float(longest.mean())))
            chosen = _biased(random, longest.astype(np.float64), count)
            age = random.random(count) * longest[chosen]
            tasks, of = units.expand(chosen)
            left = np.ceil(life.of_task[tasks] - age[of])
            tasks, of, left = tasks[left > 0], of[left > 0], left[left > 0]
        rows = self._rows(tasks, np.zeros(tasks.size, np.int64), np.maximum(left, 1), 0)
        return rows if life.apart is not None else marked(rows, self._gangs(tasks, of))

    def arrivals(self, number: int) -> Iterator[Ints]:
        """The arrivals in chunks, numbered from `number` on."""
        random = self._random(1)
        end, now = self.history + self.window, 0.0
        units = self.units
        size = max(1, CHUNK * len(units) // units.members.size)
        while True:
            times = now + np.cumsum(random.exponential(1.0 / self.rate, size))
            now = float(times[-1])
            chosen = random.integers(len(units), size=size)
            inside = int(np.searchsorted(times, end))
            tasks, of = units.expand(chosen[:inside])
            submit = times[:inside][of].astype(np.int64)
            life = self.lifetimes.of_task[tasks]
            if self.lifetimes.apart is not None:
                life = random.choice(self.lifetimes.apart, size=tasks.size)
            seen = life >= TRACE_GONE * (self.history - submit)
            if seen.any():
                rows = self._rows(tasks[seen], submit[seen], life[seen], number)
                yield marked(rows, self._gangs(tasks[seen], of[seen]))
            number += int(seen.sum())
            if inside < size:
                return

    def _of_units(self, chosen: Ints) -> Ints:
        """The one task of each of some units (lifetimes apart are drawn task by task)."""
        return self.units.members[self.units.first[chosen]]

    def _gangs(self, tasks: Ints, of: Ints) -> Ints:
        """Which tasks were drawn as one gang: the draw, −1 for a task alone."""
        return np.where(self.population.gang[tasks] >= 0, of, -1)

    def _random(self, part: int) -> np.random.Generator:
        return np.random.default_rng([SEEDED, *self.key, part])

    def _rows(self, tasks: Ints, submit: Ints, life: Floats | Ints, number: int) -> Ints:
        rows = task_rows(self.population, tasks, submit, life.astype(np.int64), number)
        if self.lifetimes.apart is not None:
            rows[layout.PLANNED] = rows[layout.LIFE]  # what was asked for is of another life
        return rows


def _biased(random: np.random.Generator, weight: Floats, count: int) -> Ints:
    """Indices drawn with replacement, by weight."""
    sums = np.cumsum(weight)
    found = np.searchsorted(sums, random.random(count) * sums[-1], side="right")
    return np.minimum(found, weight.size - 1)


def task_rows(population: Population, tasks: Ints, submit: Ints, life: Ints, number: int) -> Ints:
    """Tasks as the compiled cell takes them, (layout.TASK_FIELDS, tasks).

    life: what is left of it, ticks; what is left of the time requested is less by as much.
    """
    rows = np.empty((layout.TASK_FIELDS, tasks.size), np.int64)
    rows[layout.SUBMIT] = submit
    rows[layout.SHAPE] = population.shape[tasks]
    rows[layout.LIFE] = life
    rows[layout.PREDICTED] = life
    rows[layout.GROUP] = population.group[tasks]
    rows[layout.RANK] = population.priority[tasks]
    rows[layout.NUMBER] = np.arange(number, number + tasks.size)
    rows[layout.SOURCE] = tasks
    rows[layout.PLACE] = -1
    whole, asked = population.life[tasks], population.requested[tasks]
    lived = np.where((whole < layout.FOREVER) & (life < whole), whole - life, 0)
    rows[layout.PLANNED] = np.where(
        asked < layout.FOREVER, np.maximum(asked - lived, 1), layout.FOREVER
    )
    rows[layout.GANG], rows[layout.GANG_OF] = 1, -1
    return rows
