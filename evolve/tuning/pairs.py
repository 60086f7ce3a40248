"""Trials scored pair by pair, beside a baseline whose runs are made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from heuristics import HeuristicError
from sim.arenas.racing import worth
from sim.composition import Composition
from sim.metrics import goodput
from sim.scored import Measure, Scorer
from sim.state import Floats
from sim.taping import Taping
from sim.workers import Crew, Hire, pool
from sim.workloads import Workload


@dataclass(frozen=True)
class Pair:
    """What one run gained on the baseline's: points recovered, and points of goodput."""

    recovered: float
    goodput: float

    @property
    def worth(self) -> float:
        """What it is worth by itself."""
        return goodput.worth(self.recovered, self.goodput)


def worth_of(pairs: Sequence[Pair]) -> float:
    """What a search maximises: goodput that is missing in the mean, taken off the mean gain."""
    held = [one.goodput for one in pairs]
    return worth([one.recovered for one in pairs], held, goodput.MARGIN)


@dataclass(frozen=True)
class _Asked:
    """One run: who places, on which of the workloads, under which tie rule."""

    composition: Composition
    at: int
    ties: str | None


Ran = tuple[Floats, Floats] | str
"""Per cent of each resource stranded and used; or why there is neither."""


def _run(scorer: Scorer, asked: _Asked) -> Ran:
    rule = asked.composition.ties(asked.ties)
    try:
        run = scorer.score(asked.at, asked.composition, rule)
    except HeuristicError as error:  # some values make a score that is none
        return error.message
    return run.stranded, run.used


@dataclass
class Pairs:
    """Workloads in processes that each score the trials of a lane, so that none compiles twice."""

    works: Sequence[Workload]
    ties: str | None
    here: Scorer | None
    lanes: Sequence[Crew]
    base: dict[int, Ran] = field(default_factory=dict)

    def submit(self, composition: Composition, at: int, lane: int = 0) -> Future[Ran]:
        """Have one run made; in this process where there are no others."""
        asked = _Asked(composition, at, self.ties)
        if self.here is None:
            return self.lanes[lane % len(self.lanes)].submit(_run, asked)
        made: Future[Ran] = Future()
        made.set_result(_run(self.here, asked))
        return made

    def against(self, at: int, run: Ran) -> Pair | str:
        """What a run gained on the baseline's; or why it is none."""
        if isinstance(run, str):
            return run
        base, weight = self.base[at], self.works[at].weight
        assert not isinstance(base, str)
        gained = float((base[0] - run[0]) @ weight)
        return Pair(gained, float(goodput.delta(run[1], base[1], weight)))


@contextmanager
def pairs(
    works: Sequence[Workload],
    baseline: Composition,
    *,
    measure: Measure,
    ties: str | None = None,
    workers: int = 1,
    hire: Hire | None = None,
    taping: Taping | None = None,
) -> Iterator[Pairs]:
    """Workloads on which trials can be scored, the baseline's runs made.

    hire: who scores them in place of processes here.

    Raises:
        HeuristicError: the baseline has a score that can't be used.
    """
    state = (tuple(works), measure, taping)
    with ExitStack() as held:
        crews = [hire] if hire else [pool] * workers if workers > 1 else []
        lanes = [held.enter_context(crew(Scorer, state, workers=1)) for crew in crews]
        made = Pairs(works, ties, None if lanes else Scorer(*state), lanes)
        runs = [made.submit(baseline, at, lane=at) for at in range(len(works))]
        for at, run in enumerate(runs):
            made.base[at] = run.result()
            if isinstance(made.base[at], str):
                raise HeuristicError("not_finite", f"the baseline {baseline.name}: {made.base[at]}")
        yield made
