"""Saturation as an arena: allocated per cent of a resource at the last ratio offered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.arenas.arena import Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.choices import Course
from sim.composition import Composition, tie_code
from sim.saturation import Experiment, saturate_once
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

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """Offer the cell more than it holds, once."""
        kernels = self.kernels(composition)
        code = tie_code(composition.ties(ties))
        run = saturate_once(self.setup, composition, kernels, key, ties=code, tape=tape)
        return Outcome(float(run.allocated[-1, self.resource]))
