"""What a search is for: where candidates are scored, and what is kept from the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evolve.arena import Arena
from evolve.recovering import Recovering
from evolve.saturating import Saturating
from heuristics import Heuristic
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.metrics import goodput
from sim.recovery import Grid
from sim.saturation import Experiment, experiment
from sim.scored import Measure
from sim.workloads import Workload

if TYPE_CHECKING:
    from traces import Trace

TRAIN, VALIDATION, TEST = 1_000_000, 2_000_000, 0
"""Where the seeds of each split begin; test seeds as the published experiment's do."""


@dataclass(frozen=True)
class Problem:
    """Selection sees `train` and `validation`; `test` and `held_out` are opened once, at the end.

    measured: `allocated_pct` of `resource`, or `recovered_pct` over `baseline`. margin: of goodput
    (None: there is none to hold). slack: a candidate that is so many points below the archive's
    last after one draw stops there.
    """

    measured: str
    resource: str
    resources: tuple[str, ...]
    train: Arena
    validation: Arena
    test: Arena
    held_out: Mapping[str, Arena]
    baselines: tuple[str, ...]
    parents: tuple[str, ...]
    baseline: str | None = None
    margin: float | None = None
    slack: float = 2.0

    def arenas(self) -> dict[str, Arena]:
        """All of them, by name; what is held out under its own."""
        own = {"train": self.train, "validation": self.validation, "test": self.test}
        return own | {f"held out: {name}": arena for name, arena in self.held_out.items()}

    def worth(self, values: Sequence[float], gained: Sequence[float]) -> float:
        """What the search maximises, from the draws' values and goodputs."""
        mean = float(np.mean(values))
        if self.margin is None:
            return mean
        return goodput.worth(mean, float(np.mean(gained)), self.margin)


def saturation_problem(
    trace: Trace,
    *,
    held_out: Mapping[str, Trace] | None = None,
    offered: float = 1.3,
    resource: str = "gpu",
    coverage: float = 0.95,
    mix_resources: tuple[str, ...] = ("cpu", "gpu"),
    baselines: Sequence[str] = ("best_fit", "fgd"),
    parents: Sequence[str] = (),
    train_seeds: int = 2,
    validation_seeds: int = 4,
    test_seeds: int = 10,
) -> Problem:
    """Saturation of one cell. Without `parents` the search starts from every shipped heuristic.

    Raises:
        SimError: the trace has not the resource.
    """
    if resource not in trace.resources:
        known = ", ".join(trace.resources)
        raise SimError(f"problem.resource={resource}: the trace has {known}")
    at = trace.resources.index(resource)

    def made(of: Trace) -> Experiment:
        return experiment(of, offered=offered, coverage=coverage, resources=mix_resources)

    setup, test = made(trace), tuple(range(test_seeds))
    return Problem(
        measured="allocated_pct",
        resource=resource,
        resources=trace.resources,
        train=Saturating(setup, at, tuple(range(TRAIN, TRAIN + train_seeds))),
        validation=Saturating(setup, at, tuple(range(VALIDATION, VALIDATION + validation_seeds))),
        test=Saturating(setup, at, test),
        held_out={
            name: Saturating(made(other), at, test) for name, other in (held_out or {}).items()
        },
        baselines=tuple(baselines),
        parents=tuple(parents),
    )


def recovery_problem(
    train: Sequence[Workload],
    validation: Sequence[Workload],
    test: Sequence[Workload],
    *,
    baseline: Heuristic | Composition,
    held_out: Mapping[str, Sequence[Workload]] | None = None,
    measure: Measure | None = None,
    margin: float = goodput.MARGIN,
    baselines: Sequence[str] = ("fgd",),
    parents: Sequence[str] = (),
) -> Problem:
    """Compute recovered over a baseline in steady cells, goodput held (`sim.metrics.goodput`).

    train, validation, test: series (`sim.series`) of their splits; a search selects by the first
    two, which should differ in cell and load.

    Raises:
        SimError: a series that is none.
    """
    asked, base = measure or Measure(bound="none"), composed(baseline)

    def arena(works: Sequence[Workload]) -> Recovering:
        return Recovering(Grid.of(works).works, asked, base)

    work = train[0]
    sold = [r for r, w in zip(work.population.resources, work.weight, strict=True) if w > 0]
    return Problem(
        measured="recovered_pct",
        resource=", ".join(sold),
        resources=work.population.resources,
        train=arena(train),
        validation=arena(validation),
        test=arena(test),
        held_out={name: arena(works) for name, works in (held_out or {}).items()},
        baselines=tuple(dict.fromkeys((base.name, *baselines))),
        parents=tuple(parents),
        baseline=base.name,
        margin=margin,
        slack=1.0,
    )
