"""A steady cell as an arena: points recovered over a baseline, and what becomes of goodput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.arenas.arena import Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.arenas.insight import Insight, by_resource, machines, unfit
from sim.choices import Course
from sim.composition import Composition
from sim.metrics import goodput
from sim.population import Machines
from sim.saturation import Experiment
from sim.scored import Measure, Scored, Scorer
from sim.state import Floats
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

    def insight(self, composition: Composition, tapes: Sequence[Tape]) -> Insight:
        """Where it strands and its baseline does, over all pairs."""
        runs, left = list[Scored](), list[Floats]()
        for key, tape in zip(self.keys, tapes, strict=True):
            run = self.scorer.score(
                key, composition, composition.ties(None), snapshots=True, tape=tape
            )
            assert run.left is not None
            cell, _ = run.snapshots[0]
            left.append(np.array([*run.left, *cell.total.T, cell.model]))
            runs.append(run)
        base = [self.based(key) for key in self.keys]
        work, population = self.works[0], self.works[0].population
        resources = len(population.resources)
        every = np.concatenate(left, axis=1)
        total, model = every[resources:-1].T, every[-1].astype(np.int64)
        fleet = Machines(("",) * model.size, total, np.zeros(model.size, np.int64), model)
        found = machines(population, fleet, every[:resources], work.weight)
        return {
            "resources": by_resource(
                population.resources,
                stranded_pct=_mean([run.stranded for run in runs]),
                baseline_stranded_pct=_mean([run.stranded for run in base]),
                allocated_pct=_mean([run.used for run in runs]),
                baseline_allocated_pct=_mean([run.used for run in base]),
            ),
            "unfit": unfit(
                population,
                np.bincount(population.shape[work.tasks], minlength=population.shapes.share.size),
                _mean([run.unfit for run in runs]),
            ),
            "machines": [{**one, "machines": one["machines"] / len(runs)} for one in found],
        }

    def based(self, key: int) -> Scored:
        """The baseline's run of a pair."""
        if key not in self.runs:
            self.runs[key] = self.scorer.score(key, self.baseline, self.baseline.ties(None))
        return self.runs[key]

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """One pair."""
        base, weight = self.based(key), self.works[key].weight
        run = self.scorer.score(key, composition, composition.ties(ties), tape=tape)
        recovered = float((base.stranded - run.stranded) @ weight)
        return Outcome(recovered, float(goodput.delta(run.used, base.used, weight)))


def _mean(each: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(each, axis=0))
