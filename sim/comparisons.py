"""Heuristics compared on the same workloads: what each recovers against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from heuristics import Heuristic
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.kernel import expect_readable
from sim.recording import expect_places
from sim.recovery import Grid, Recovered
from sim.scored import Measure, Scored, Scorer
from sim.state import Floats
from sim.taping import Taping
from sim.workers import Hire, Progress, spread
from sim.workloads import Workload

POLICIES = ("first", "random", "rounded")


@dataclass(frozen=True)
class _Item:
    """One run: which composition, under which tie rule, on which workload."""

    which: int
    ties: str
    at: int
    beside: tuple[tuple[int, str], ...] | None
    """Whose probes a bound at this run's snapshots is to hold for; None where none is asked."""


def _ready(
    works: tuple[Workload, ...],
    compositions: tuple[Composition, ...],
    measure: Measure,
    taping: Taping | None,
) -> tuple[Scorer, tuple[Composition, ...]]:
    return Scorer(works, measure, taping), compositions


def _one(state: tuple[Scorer, tuple[Composition, ...]], item: _Item) -> Scored:
    scorer, compositions = state
    return scorer.score(
        item.at,
        compositions[item.which],
        item.ties,
        snapshots=item.beside is not None,
        machines=item.at == 0,
        others=[(compositions[which], rule) for which, rule in item.beside or ()],
    )


def _least(
    state: tuple[Scorer, tuple[Composition, ...]], item: tuple[int, Scored]
) -> tuple[Floats, str]:
    at, base = item
    return state[0].bound(at, base.snapshots, base.draws)


def compare(
    works: Sequence[Workload],
    heuristics: Sequence[Heuristic | Composition],
    *,
    baseline: Heuristic | Composition,
    queue: str = "reject",
    ties: str | None = None,
    policies: Sequence[str] = POLICIES,
    probes: int = 8,
    probe_stop: float = 0.05,
    bound: str = "lp",
    bound_time_limit_s: float = 10.0,
    price: float | None = None,
    workers: int = 1,
    hire: Hire | None = None,
    progress: Progress | None = None,
    taping: Taping | None = None,
) -> list[Recovered]:
    """What each heuristic recovers, paired with the baseline on every workload.

    works: of `sim.series`: windows × seeds of one cell. policies: tie rules under which each
    heuristic is run besides its own, the baseline staying as it is (a file that states its own
    rule keeps it). bound: `lp`, `milp` or `none`, on the baseline's cell at each probe, of the
    tasks that came in the longest probe that any of them (under its own rule) makes of that cell.
    price: of one machine, in any currency. taping: of decisions made elsewhere; it is handed to
    other processes. hire: who makes the runs in place of processes here, `sim.far.cluster`. The
    baseline comes first. Results depend neither on the number of workers nor on who they are.

    Raises:
        SimError: works that are no grid, two heuristics of one name, recorded placements where
        the trace's order is not replayed. HeuristicError: a score that can't be used.
    """
    base = composed(baseline)
    others = [composed(h) for h in heuristics]
    others = [one for one in others if one is not base and one != base]
    compositions = (base, *others)
    names = [one.name for one in compositions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SimError(f"heuristics: found {twice[0]!r} twice, expected names that differ")
    grid = Grid.of(works)
    if probes < 1:
        raise SimError(f"probe.count={probes}: expected at least 1")
    if any(one.recorded for one in compositions):
        for work in works:
            expect_places(work)
    for one in compositions:
        for level in one.levels:  # before the others have run, not after
            expect_readable(level, grid.resources)
    rules = [one.ties(ties) for one in compositions]
    runs = [
        (which, rule)
        for which, one in enumerate(compositions)
        for rule in dict.fromkeys((rules[which], *(p for p in policies if free_ties(one, p))))
    ]
    beside = None if bound == "none" else tuple(enumerate(rules))[1:]
    items = [
        _Item(which, rule, at, beside if (which, rule) == runs[0] else None)
        for at in range(len(works))
        for which, rule in runs
    ]
    measure = Measure(queue, probes, probe_stop, bound, bound_time_limit_s)
    state = (tuple(works), compositions, measure, taping)
    over = partial(spread, workers=workers, hire=hire)
    done = over(_ready, state, _one, items, progress=progress)
    found: dict[tuple[int, str], list[Scored]] = {run: [] for run in runs}
    for item, scored in zip(items, done, strict=True):
        found[item.which, item.ties].append(scored)
    reference = found[0, rules[0]]
    least = None
    if bound != "none":
        least = over(_ready, state, _least, list(enumerate(reference)), progress=None)
    return [
        Recovered(
            heuristic=one.name,
            baseline=base.name,
            ties=rules[which],
            measure=measure,
            grid=grid,
            scored={rule: tuple(found[which, rule]) for of, rule in runs if of == which},
            reference=tuple(reference),
            least=None if least is None else tuple(least),
            price=price,
        )
        for which, one in enumerate(compositions)
    ]


def free_ties(composition: Composition, policy: str) -> bool:
    """Whether a tie rule may be tried on a composition: it states none of its own."""
    if policy not in POLICIES:
        raise SimError(f"policies: found {policy!r}, expected some of {', '.join(POLICIES)}")
    return not composition.recorded and all(level.ties is None for level in composition.levels)
