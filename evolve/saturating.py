"""Saturation as an arena: allocated per cent of a resource at the last ratio offered."""

from __future__ import annotations

from dataclasses import dataclass

from evolve.arena import Outcome
from sim.composition import Composition, tie_code
from sim.kernel import compile_kernel
from sim.saturation import Experiment, saturate_once


@dataclass(frozen=True)
class Saturating:
    """One list of tasks; the keys are seeds."""

    setup: Experiment
    resource: int
    keys: tuple[int, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The keys are seeds."""
        return self.keys

    def prepare(self, composition: Composition) -> None:
        """Compile the kernels."""
        for level in composition.levels:
            compile_kernel(level, self.setup.population.resources)

    def score(self, composition: Composition, key: int, ties: str | None) -> Outcome:
        """Offer the cell more than it holds, once."""
        names = self.setup.population.resources
        kernels = [compile_kernel(level, names) for level in composition.levels]
        code = tie_code(composition.ties(ties))
        run = saturate_once(self.setup, composition, kernels, key, ties=code)
        return Outcome(float(run.allocated[-1, self.resource]))
