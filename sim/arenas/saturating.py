"""Saturation as an arena: allocated per cent of a resource at the last ratio offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arenas.arena import Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.arenas.insight import Insight, by_resource, machines, unfit
from sim.choices import Course
from sim.composition import Composition, tie_code
from sim.saturation import Experiment, saturate_once, sequence
from sim.state import Floats
from sim.tape import Tape


@dataclass(frozen=True)
class Saturating(Compiling):
    """One list of tasks; the keys are seeds."""

    setup: Experiment
    resource: int
    keys: tuple[int, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The keys are seeds."""
        return self.keys

    @cached_property
    def watch(self) -> Watch:
        """On a few of the machines."""
        return Watch(Course(self.setup))

    @property
    def names(self) -> tuple[str, ...]:
        """The trace's resources."""
        return self.setup.population.resources

    def insight(self, composition: Composition, tapes: Sequence[Tape]) -> Insight:
        """What is left of each machine, over all seeds."""
        setup, population = self.setup, self.setup.population
        of, left, allocated = setup.machines, list[Floats](), list[Floats]()
        came = np.zeros(len(population.shapes.share), np.int64)
        refused = came.copy()
        for seed, tape in zip(self.keys, tapes, strict=True):
            code = tie_code(composition.ties(None))
            run = saturate_once(setup, composition, [], seed, ties=code, placements=True, tape=tape)
            assert run.placements is not None
            tasks = sequence(setup, seed)[1]
            at = run.placements[: tasks.size]
            taken = np.zeros_like(of.total)
            placed, shapes = at >= 0, population.shape[tasks]
            np.add.at(came, shapes, 1)
            np.add.at(refused, shapes, ~placed)
            np.add.at(taken, at[placed], population.shapes.whole[shapes[placed]])
            left.append((of.total - taken).T)
            allocated.append(run.allocated[-1])
        weight = np.zeros(len(population.resources))
        weight[self.resource] = 1.0
        mean = np.asarray(np.mean(left, axis=0))
        used = np.asarray(np.mean(allocated, axis=0))
        return {
            "resources": by_resource(population.resources, allocated_pct=used),
            "unfit": unfit(population, came, refused / np.maximum(came, 1)),
            "machines": machines(population, of, mean, weight),
        }

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """Offer the cell more than it holds, once."""
        kernels = self.kernels(composition)
        code = tie_code(composition.ties(ties))
        run = saturate_once(self.setup, composition, kernels, key, ties=code, tape=tape)
        return Outcome(float(run.allocated[-1, self.resource]))
