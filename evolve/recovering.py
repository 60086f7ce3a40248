"""A steady cell as an arena: points recovered over a baseline, and what becomes of goodput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evolve.arena import Outcome
from sim.composition import Composition
from sim.kernel import compile_kernel
from sim.metrics import goodput
from sim.scored import Measure, Scored, Scorer
from sim.workloads import Workload


@dataclass(frozen=True)
class Recovering:
    """Windows × seeds of one cell; the keys are places in the series.

    The baseline's runs are made where they are first needed, and kept there.
    """

    works: Sequence[Workload]
    measure: Measure
    baseline: Composition
    runs: dict[int, Scored] = field(default_factory=dict)
    scorer: list[Scorer] = field(default_factory=list)

    @property
    def keys(self) -> tuple[int, ...]:
        """One a pair."""
        return tuple(range(len(self.works)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each pair."""
        return tuple(work.seed for work in self.works)

    def prepare(self, composition: Composition) -> None:
        """Compile the kernels."""
        for level in composition.levels:
            compile_kernel(level, self.works[0].population.resources)

    def score(self, composition: Composition, key: int, ties: str | None) -> Outcome:
        """One pair."""
        if not self.scorer:
            self.scorer.append(Scorer(self.works, self.measure))
        scorer = self.scorer[0]
        if key not in self.runs:
            self.runs[key] = scorer.score(key, self.baseline, self.baseline.ties(None))
        base, weight = self.runs[key], self.works[key].weight
        run = scorer.score(key, composition, composition.ties(ties))
        recovered = float((base.stranded - run.stranded) @ weight)
        return Outcome(recovered, float(goodput.delta(run.used, base.used, weight)))
