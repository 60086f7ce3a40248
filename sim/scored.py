"""One heuristic on one workload, brought down to the numbers that a comparison needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.bounds import Snapshot, bound
from sim.composition import Composition
from sim.kernel import Kernel, compile_kernel
from sim.probes import STOP, Probe
from sim.replays import replay_compiled
from sim.state import Floats, Ints
from sim.tape import Tape
from sim.taping import Asked, Base, Stream, Taping
from sim.twins import Other
from sim.workloads import Workload


@dataclass(frozen=True)
class Measure:
    """How a workload is scored. bound: `lp`, `milp` or `none`."""

    queue: str = "reject"
    probes: int = 8
    probe_stop: float = STOP
    bound: str = "lp"
    bound_time_limit_s: float = 10.0


@dataclass(frozen=True)
class Scored:
    """K probes, R resources, S shapes; per cent of capacity.

    looks: (K, R) each, by name. used, lost, pending: (R,) allocated over the window, of that by
    tasks evicted before their end, asked for by the queue at the window's. unfit, placed: (S,)
    share of the probes at which a shape fitted nowhere, and mean times that a probe placed it.
    snapshots: the cell at each probe, with the waiting tasks a shape, and left, (R, N) on each of
    its machines once inflated, the mean; none where not asked for. draws: (K,) most tasks that
    came in each, of its own or of the others' on the same cell. machines: (2, R, N) whole units
    free on each machine before the last probe, and left at its end; none where not asked for.
    """

    time_s: Floats
    running: Ints
    waiting: Ints
    empty: Floats
    looks: dict[str, Floats]
    used: Floats
    lost: Floats
    pending: Floats
    counters: dict[str, int]
    waits: dict[str, float]
    start_share_pct: float
    unfit: Floats
    placed: Floats
    draws: Ints
    left: Floats | None
    machines: Floats | None
    snapshots: tuple[tuple[Snapshot, Ints], ...]
    decision_us: float
    compile_s: float
    simulate_s: float

    @property
    def stranded(self) -> Floats:
        """(R,) mean over the probes."""
        return np.asarray(self.looks["stranded_pct"].mean(axis=0))


class Scorer:
    """Scores heuristics on the workloads of a series; what a worker keeps.

    taping: of decisions made elsewhere, for runs that are given no tape.
    """

    def __init__(
        self, works: Sequence[Workload], measure: Measure, taping: Taping | None = None
    ) -> None:
        self.works, self.measure, self.taping = works, measure, taping
        self._streams = [
            Stream(work, measure.queue, measure.probes, measure.probe_stop) for work in works
        ]
        self._probes: dict[int, Probe] = {}

    def probe(self, at: int) -> Probe:
        """The probe of a workload; the last few are kept."""
        if at not in self._probes:
            if len(self._probes) > 3:
                self._probes.pop(next(iter(self._probes)))
            self._probes[at] = Probe(self.works[at], self.measure.probe_stop)
        return self._probes[at]

    def kernels(self, composition: Composition) -> list[Kernel]:
        """A composition's kernels, compiled where they are not yet."""
        names = self.works[0].population.resources
        return [compile_kernel(level, names) for level in composition.levels]

    def _needed(self, composition: Composition, tape: Tape | None) -> list[Kernel]:
        return [] if tape is not None and tape.follows else self.kernels(composition)

    def score(
        self,
        at: int,
        composition: Composition,
        ties: str,
        *,
        snapshots: bool = False,
        machines: bool = False,
        others: Sequence[tuple[Composition, str]] = (),
        tape: Tape | None = None,
        tapes: Sequence[Tape | None] = (),
    ) -> Scored:
        """Replay a workload and measure.

        snapshots: keep the cell at each probe, for the bound; machines: keep what is free on each
        at the last probe; others: of whom it is to hold too,
        each with its tie rule. tape: of the decisions, recorded, or followed in place of the
        heuristic; tapes: the same of the others' probes, one for each or none.

        Raises:
            HeuristicError: a score that can't be used.
            TapeError: a tape that can't be followed to its end.
        """
        if self.taping is not None and tape is None:
            stream = self._streams[at]
            tape = self.taping(stream, Asked(composition, ties))
            base = Base(composition, ties, tape)
            tapes = [self.taping(stream, Asked(one, rule, base)) for one, rule in others]
        asked, began = self.measure, time.perf_counter()
        kernels = self._needed(composition, tape)
        run = replay_compiled(
            self.works[at],
            composition,
            kernels,
            compile_s=time.perf_counter() - began,
            queue=asked.queue,
            ties=ties,
            samples=0,
            probe=self.probe(at),
            probes=asked.probes,
            snapshots=snapshots,
            others=[
                Other(one, self._needed(one, its), rule, its)
                for (one, rule), its in zip(others, tapes or [None] * len(others), strict=True)
            ],
            tape=tape,
        )
        seen = run.seen
        return Scored(
            time_s=np.array(seen.time_s),
            running=np.array(seen.running),
            waiting=np.array(seen.pending),
            empty=np.array(seen.empty_machines_pct),
            looks={name: np.array(values) for name, values in seen.looks.items()},
            used=run.used,
            lost=run.lost,
            pending=run.pending,
            counters=run.counters,
            waits=run.waits,
            start_share_pct=run.start_share_pct,
            unfit=np.asarray(run.unfit.mean(axis=0)),
            placed=np.mean([one.placed for one in run.inflated], axis=0),
            draws=np.array(run.farthest),
            left=np.mean([one.left for one in run.inflated], axis=0) if snapshots else None,
            machines=np.stack([run.inflated[-1].before, run.inflated[-1].left])
            if machines and run.inflated
            else None,
            snapshots=run.snapshots,
            decision_us=run.decision_us,
            compile_s=run.compile_s,
            simulate_s=run.simulate_s,
        )

    def bound(
        self, at: int, snapshots: Sequence[tuple[Snapshot, Ints]], draws: Ints
    ) -> tuple[Floats, str]:
        """The least that can be stranded, (1 + R,): weighted, then by resource; how it was found.

        The mean over snapshots of a workload, each with so many draws of its probe. Weighted as
        what is stranded is: nothing is, of a resource that none of the machines drawn has.
        """
        work, probe = self.works[at], self.probe(at)
        held = work.weight[work.machines.total.sum(axis=0) > 0].sum()
        found = [
            bound(
                snapshot,
                work.population.shapes,
                waiting + probe.counts(number, int(draws[number])),
                work.weight,
                method=self.measure.bound,
                time_limit_s=self.measure.bound_time_limit_s,
            )
            for number, (snapshot, waiting) in enumerate(snapshots)
        ]
        values = [[held * one.headline_pct, *one.by_resource] for one in found]
        return np.mean(values, axis=0), max((one.status for one in found), key=len)
