"""A steady cell as an arena: points recovered over a baseline, and what becomes of goodput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.arenas.arena import Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.choices import Course
from sim.composition import Composition
from sim.metrics import goodput
from sim.saturation import Experiment
from sim.scored import Measure, Scored, Scorer
from sim.tape import Tape
from sim.workloads import Workload


@dataclass(frozen=True)
class Recovering(Compiling):
    """Windows × seeds of one cell; the keys are places in the series.

    The baseline's runs are made where they are first needed, and kept there.
    """

    works: Sequence[Workload]
    measure: Measure
    baseline: Composition
    runs: dict[int, Scored] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Recovering], tuple[object, ...]]:
        """As it was made: what it has computed since may be growing in another thread."""
        return Recovering, (self.works, self.measure, self.baseline)

    @cached_property
    def scorer(self) -> Scorer:
        """What scores all pairs."""
        return Scorer(self.works, self.measure)

    @cached_property
    def watch(self) -> Watch:
        """On a few of the first pair's machines."""
        work = self.works[0]
        primary = int(np.argmax(work.weight))
        whole = work.population
        return Watch(
            Course(Experiment(work.machines, whole, work.tasks, work.mix, primary, 1.0, False))
        )

    @property
    def keys(self) -> tuple[int, ...]:
        """One a pair."""
        return tuple(range(len(self.works)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each pair."""
        return tuple(work.seed for work in self.works)

    @property
    def names(self) -> tuple[str, ...]:
        """The trace's resources."""
        return self.works[0].population.resources

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """One pair."""
        scorer = self.scorer
        if key not in self.runs:
            self.runs[key] = scorer.score(key, self.baseline, self.baseline.ties(None))
        base, weight = self.runs[key], self.works[key].weight
        run = scorer.score(key, composition, composition.ties(ties), tape=tape)
        recovered = float((base.stranded - run.stranded) @ weight)
        return Outcome(recovered, float(goodput.delta(run.used, base.used, weight)))
