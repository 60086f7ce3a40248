"""One heuristic on one workload, brought down to the numbers that a comparison needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.bounds import bound
from sim.composition import Composition
from sim.kernel import Kernel, compile_kernel
from sim.probes import STOP, Probe
from sim.replays import Replay, replay_compiled
from sim.state import Floats, Ints
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

    looks: (K, R) each, by name. used, pending: (R,) allocated over the window, asked for by the
    queue at its end. unfit, placed: (S,) share of the probes at which a shape fitted nowhere, and
    mean times that a probe placed it. bound: (1 + R,) weighted, then by resource; None where not
    asked for.
    """

    time_s: Floats
    running: Ints
    waiting: Ints
    empty: Floats
    looks: dict[str, Floats]
    used: Floats
    pending: Floats
    counters: dict[str, int]
    waits: dict[str, float]
    start_share_pct: float
    unfit: Floats
    placed: Floats
    bound: Floats | None
    bound_status: str
    decision_us: float
    simulate_s: float

    @property
    def stranded(self) -> Floats:
        """(R,) mean over the probes."""
        return np.asarray(self.looks["stranded_pct"].mean(axis=0))


class Scorer:
    """Scores heuristics on the workloads of a series; what a worker keeps."""

    def __init__(self, works: Sequence[Workload], measure: Measure) -> None:
        self.works, self.measure = works, measure
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

    def score(
        self, at: int, composition: Composition, ties: str, *, bounded: bool = False
    ) -> Scored:
        """Replay a workload and measure. Raises HeuristicError for a score that can't be used."""
        asked = self.measure
        run = replay_compiled(
            self.works[at],
            composition,
            self.kernels(composition),
            queue=asked.queue,
            ties=ties,
            samples=0,
            probe=self.probe(at),
            probes=asked.probes,
            snapshots=bounded and asked.bound != "none",
        )
        return self._scored(run)

    def _scored(self, run: Replay) -> Scored:
        seen, least, status = run.seen, None, ""
        if run.snapshots:
            least, status = self._bound(run)
        return Scored(
            time_s=np.array(seen.time_s),
            running=np.array(seen.running),
            waiting=np.array(seen.pending),
            empty=np.array(seen.empty_machines_pct),
            looks={name: np.array(values) for name, values in seen.looks.items()},
            used=run.used,
            pending=run.pending,
            counters=run.counters,
            waits=run.waits,
            start_share_pct=run.start_share_pct,
            unfit=np.asarray(run.unfit.mean(axis=0)),
            placed=np.asarray(run.placed.mean(axis=0)),
            bound=least,
            bound_status=status,
            decision_us=run.decision_us,
            simulate_s=run.simulate_s,
        )

    def _bound(self, run: Replay) -> tuple[Floats, str]:
        """Mean over the snapshots of the least that can be stranded."""
        found = [
            bound(
                snapshot,
                run.work.population.shapes,
                counts,
                run.work.weight,
                method=self.measure.bound,
                time_limit_s=self.measure.bound_time_limit_s,
            )
            for snapshot, counts in run.snapshots
        ]
        values = [[one.headline_pct, *one.by_resource] for one in found]
        return np.mean(values, axis=0), max((one.status for one in found), key=len)
