"""What a search is for: where candidates are scored, and what is kept from the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from evolve.embedded.terms import Seen
from evolve.minimise import MOST_TRIED
from heuristics import Heuristic
from sim.arenas.arena import Arena
from sim.arenas.packing import MEASURED, Packing
from sim.arenas.racing import worth
from sim.arenas.recovering import Recovering
from sim.arenas.saturating import Saturating
from sim.arenas.staged import Staged
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.metrics import goodput
from sim.recovery import Grid
from sim.saturation import Experiment, experiment
from sim.scored import Measure
from sim.workloads import Workload

if TYPE_CHECKING:
    from traces import Trace

TRAIN, VALIDATION, FRESH, TEST = 1_000_000, 2_000_000, 3_000_000, 0
"""Where the seeds of each split begin; test seeds as the published experiment's do."""


@dataclass(frozen=True)
class Problem:
    """Selection sees `train` and `validation`; `test` and `held_out` are opened once, at the end.

    measured: `allocated_pct` of `resource`, `recovered_pct` over `baseline`, or
    `minus_excess_pct` of bins (`sim.arenas.packing`). margin: of goodput
    (None: there is none to hold). first: draws of train that come before those that the score
    counts. slack: after so many draws, points that a candidate may lie under its island's best.
    fresh: draws like validation's, that measure a champion's lead anew once it was chosen.
    operations: most that a program may take to score a machine (`heuristics.cost`).
    shipped: whether a champion is compared with every shipped heuristic, or `baselines` alone;
    cuts: most programs that are tried to cut it down.
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
    first: int = 0
    slack: Mapping[int, float] = field(default_factory=lambda: {1: 2.0})
    fresh: Arena | None = None
    operations: int | None = None
    shipped: bool = True
    cuts: int = MOST_TRIED

    def arenas(self) -> dict[str, Arena]:
        """All of them, by name; what is held out under its own."""
        own = {"train": self.train, "validation": self.validation, "test": self.test}
        own |= {"fresh": self.fresh} if self.fresh else {}
        return own | {f"held out: {name}": arena for name, arena in self.held_out.items()}

    @property
    def seen(self) -> Seen:
        """What there is to be read of its tasks and machines."""
        return Seen(self.resources, departures=self.baseline is not None)

    def worth(self, values: Sequence[float], gained: Sequence[float]) -> float:
        """What the search maximises, from the draws' values and goodputs."""
        return worth(values, gained, self.margin)


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
    slack: Mapping[int, float] | None = None,
    operations: int | None = None,
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
        slack={1: 2.0} if slack is None else slack,
        fresh=Saturating(setup, at, tuple(range(FRESH, FRESH + 2 * validation_seeds))),
        operations=operations,
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
    fresh: Sequence[Workload] = (),
    stages: Sequence[tuple[Sequence[Workload], float]] = (),
    slack: Mapping[int, float] | None = None,
    operations: int | None = None,
) -> Problem:
    """Compute recovered over a baseline in steady cells, goodput held (`sim.metrics.goodput`).

    train, validation, test: series (`sim.series`) of their splits; a search selects by the first
    two, which should differ in cell and load. fresh: as validation, other seeds. stages: smaller
    cells that a candidate must pass before train, with the points that it may lie under the best.

    Raises:
        SimError: a series that is none.
    """
    asked, base = measure or Measure(bound="none"), composed(baseline)

    def arena(works: Sequence[Workload]) -> Recovering:
        return Recovering(Grid.of(works).works, asked, base)

    small = [arena(works) for works, _ in stages]
    full = arena(train)
    first, stops = 0, {}
    for one, (_, points) in zip(small, stages, strict=True):
        first += len(one.keys)
        stops[first] = points
    stops |= {
        first + draws: points for draws, points in ({1: 1.0} if slack is None else slack).items()
    }
    work = train[0]
    sold = [r for r, w in zip(work.population.resources, work.weight, strict=True) if w > 0]
    return Problem(
        measured="recovered_pct",
        resource=", ".join(sold),
        resources=work.population.resources,
        train=Staged([*small, full]) if small else full,
        validation=arena(validation),
        test=arena(test),
        held_out={name: arena(works) for name, works in (held_out or {}).items()},
        baselines=tuple(dict.fromkeys((base.name, *baselines))),
        parents=tuple(parents),
        baseline=base.name,
        margin=margin,
        first=first,
        slack=stops,
        fresh=arena(fresh) if fresh else None,
        operations=operations,
    )


def packing_problem(
    train: Sequence[Workload],
    validation: Sequence[Workload],
    test: Sequence[Workload],
    *,
    held_out: Mapping[str, Sequence[Workload]] | None = None,
    baselines: Sequence[str] = ("best_fit",),
    parents: Sequence[str] = (),
    fresh: Sequence[Workload] = (),
    slack: Mapping[int, float] | None = None,
    operations: int | None = None,
) -> Problem:
    """Bins used over the L1 bound, one instance a draw (Romera-Paredes et al., Nature 625, 2024).

    The mix that a candidate sees is that of the first train instance on every split: an
    instance's own would tell it what is still to come.
    """
    mix = train[0].mix

    def arena(works: Sequence[Workload]) -> Packing:
        return Packing(tuple(replace(work, mix=mix) for work in works))

    return Problem(
        measured=MEASURED,
        resource=train[0].population.resources[0],
        resources=train[0].population.resources,
        train=arena(train),
        validation=arena(validation),
        test=arena(test),
        held_out={name: arena(works) for name, works in (held_out or {}).items()},
        baselines=tuple(baselines),
        parents=tuple(parents),
        slack={1: 1.0} if slack is None else slack,
        fresh=arena(fresh) if fresh else None,
        operations=operations,
    )
