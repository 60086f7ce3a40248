"""What a cell does besides placing tasks that come and go: each off, and then without cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.errors import SimError
from sim.gangs import Gangs
from sim.migration import Migration
from sim.outages import Outages
from sim.population import Population
from sim.predictions import ORACLE, Predictions
from sim.preempt import Preemption
from sim.stale import Stale
from sim.state import Floats

LEAST_FACTOR, MOST_FACTOR = 0.01, 100.0


@dataclass(frozen=True)
class Rules:
    """How a cell is run.

    outages: how machines fail and are maintained; in a trace's own order they stand in for its
    events. preemption: who may evict whom where nothing else fits. gangs: how tasks that start
    together are placed. predictions: what a heuristic is told of lifetimes. migration: how many
    running tasks may move. stale: of schedulers that decide at once on what they know.
    oversubscribe: how many times a machine's amount of a resource is counted, {"cpu": 1.5}; never
    of GPUs, which are devices.
    """

    outages: Outages | None = None
    preemption: Preemption | None = None
    gangs: Gangs | None = None
    predictions: Predictions = ORACLE
    migration: Migration | None = None
    stale: Stale | None = None
    oversubscribe: Mapping[str, float] = field(default_factory=dict)

    def expect_queue(self, queue: str, *, easy: bool, gangs: bool) -> None:
        """Raise SimError for a queue that does not go with them. easy: it keeps a reservation;
        gangs: the workload has some."""
        if easy and self.preemption is not None:
            raise SimError(f"queue={queue}: expected no preemption with it, or another queue")
        if easy and gangs:
            raise SimError(
                f"queue={queue}: found tasks that start together (gangs; a job that is split over "
                "machines is one), expected none, or queue=fifo or skip"
            )
        if self.stale:
            preempts = self.preemption is not None
            self.stale.expect_alone(queue, easy=easy, gangs=gangs, preempts=preempts)

    def check(self) -> None:
        """Raise SimError for what can't be, by itself or beside another."""
        for rule in (self.preemption, self.gangs, self.migration, self.stale, self.predictions):
            if rule is not None:
                rule.check()
        if self.stale and self.migration:
            raise SimError("stale: found migration, expected none with stale views")

    def factors(self, resources: tuple[str, ...]) -> Floats:
        """How many times each resource is counted, (R,). Raises SimError for what can't be."""
        for name, factor in self.oversubscribe.items():
            if name not in resources or name == "gpu":
                others = ", ".join(r for r in resources if r != "gpu")
                raise SimError(f"oversubscribe.{name}: expected one of {others}")
            if not LEAST_FACTOR <= factor <= MOST_FACTOR:
                raise SimError(f"oversubscribe.{name}={factor}: expected 0.01 to 100")
        return np.array([self.oversubscribe.get(name, 1.0) for name in resources])

    def assumed(self, population: Population) -> Iterator[str]:
        """What is taken for granted by them."""
        for name, factor in self.oversubscribe.items():
            yield f"{name} of machines counted {factor:g} times"
        yield self.predictions.assumed
        if population.largest_gang > 1:
            yield "gangs probed task by task"

    def simulated(self, population: Population) -> Iterator[str]:
        """What is made up by them, on tasks of which some may give them nothing to do."""
        if self.preemption is not None:
            same = population.priority.min() == population.priority.max()
            yield "preemption" + (" (of nobody: all priorities are the same)" if same else "")
        gangs = self.gangs or Gangs()
        if population.largest_gang > 1:
            yield gangs.said
        elif gangs != Gangs():
            yield f"{gangs.said} (none: the trace has no gangs)"
        if self.migration is not None:
            yield "migration"
        if self.stale:
            yield self.stale.said


NONE = Rules()
