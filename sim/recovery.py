"""Recovered compute: `recovered_r = stranded_r(baseline) − stranded_r(candidate)`, paired.

In points of the fleet's capacity of r; the headline is the mean weighted by what the fleet is
sold by. Positive is better than the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from sim import sheets
from sim.errors import SimError
from sim.metrics import goodput
from sim.metrics.marks import marks
from sim.replays import known
from sim.scored import Measure, Scored
from sim.state import Floats
from sim.statistics import Interval, interval
from sim.workloads import Workload
from traces.sheet import Sheet, Shows

TICKS_AN_HOUR = 3_600_000
LEAST = 1e-9  # points: below it there is nothing to recover a share of


@dataclass(frozen=True)
class Grid:
    """Windows × seeds: the workloads of a series, window by window."""

    works: tuple[Workload, ...]
    windows: int
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, works: Sequence[Workload]) -> Grid:
        """The grid of some workloads. Raises SimError where they are none."""
        seeds = tuple(dict.fromkeys(work.seed for work in works))
        windows = tuple(dict.fromkeys(work.index for work in works))
        keys = [(work.index, work.seed) for work in works]
        if not works or keys != [(w, s) for w in windows for s in seeds]:
            raise SimError("works: expected windows × seeds of one series")
        return cls(tuple(works), len(windows), seeds)

    @property
    def resources(self) -> tuple[str, ...]:
        """Names of the resources."""
        return self.works[0].population.resources

    @property
    def weight(self) -> Floats:
        """(R,) what the fleet is sold by."""
        return self.works[0].weight

    def laid(self, values: Sequence[Any]) -> Floats:
        """One value (or row) a workload, as (W, S, …)."""
        array = np.array(values, np.float64)
        return array.reshape(self.windows, len(self.seeds), *array.shape[1:])


@dataclass(frozen=True, repr=False)
class Recovered(Shows):
    """One heuristic against the baseline, over all pairs.

    scored: by tie rule, in the grid's order; reference: the baseline's. least: a pair, the bound
    (weighted, then by resource) and how it was found.
    """

    heuristic: str
    baseline: str
    ties: str
    measure: Measure
    grid: Grid
    scored: dict[str, tuple[Scored, ...]]
    reference: tuple[Scored, ...]
    least: tuple[tuple[Floats, str], ...] | None = None
    price: float | None = None

    def _laid(self, of: Callable[[Scored], Any], ties: str | None = None) -> Floats:
        return self.grid.laid([of(one) for one in self.scored[ties or self.ties]])

    def _base(self, of: Callable[[Scored], Any]) -> Floats:
        return self.grid.laid([of(one) for one in self.reference])

    def by_resource(self, ties: str | None = None) -> Floats:
        """(W, S, R) recovered points of each pair."""
        return self._base(lambda one: one.stranded) - self._laid(lambda one: one.stranded, ties)

    def points(self, ties: str | None = None) -> Floats:
        """(W, S) recovered points of each pair, weighted."""
        return np.asarray((self.by_resource(ties) * self.grid.weight).sum(axis=-1))

    def goodput(self, ties: str | None = None) -> Floats:
        """(W, S) goodput against the baseline's, points."""
        used = self._laid(lambda one: one.used, ties)
        return goodput.delta(used, self._base(lambda one: one.used), self.grid.weight)

    @cached_property
    def recovered(self) -> Interval:
        """The headline, with its interval."""
        return interval(self.points())

    def sheet(self) -> Sheet:
        """What shows it."""
        return sheets.of_recovered(self)

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent compiling and simulating, all tie rules, summed over processes."""
        runs = [one for runs in self.scored.values() for one in runs]
        return {
            "compile": sum(one.compile_s for one in runs),
            "simulate": sum(one.simulate_s for one in runs),
        }

    @property
    def decision_us(self) -> float:
        """Microseconds a decision, the mean over the runs."""
        return float(np.mean([one.decision_us for one in self.scored[self.ties]]))

    def marks(self, ties: str | None = None) -> list[str]:
        """Why this is no win, if it is none."""
        queued = self.measure.queue != "reject"
        weight = self.grid.weight
        return marks(
            interval(self.goodput(ties)),
            float(self._laid(lambda one: one.start_share_pct, ties).mean()),
            queued,
            (
                self._laid(lambda one: one.waits["p99"], ties),
                self._base(lambda one: one.waits["p99"]),
            ),
            (
                self._laid(lambda one: float(one.pending @ weight), ties),
                self._base(lambda one: float(one.pending @ weight)),
            ),
        )

    def bound(self) -> Floats | None:
        """(1 + R,) the least that can be stranded, weighted and by resource; None not asked for."""
        if self.least is None:
            return None
        return np.asarray(np.mean([values for values, _ in self.least], axis=0))

    @property
    def bound_status(self) -> str | None:
        """How the bound was found, the worst over the pairs; None where not asked for."""
        return None if self.least is None else max((said for _, said in self.least), key=len)

    def result(self) -> dict[str, Any]:
        """The entry of the summary; percentages are means over the pairs."""
        grid, main = self.grid, self.scored[self.ties]
        least = self.bound()
        of_baseline = float((self._base(lambda one: one.stranded) @ grid.weight).mean())
        got, machines = self.recovered.mean, len(grid.works[0].machines)
        gained = machines * got / 100.0
        held = interval(self.goodput())

        def mean(of: Callable[[Scored], float]) -> float:
            return float(np.mean([of(one) for one in main]))

        return {
            "heuristic": self.heuristic,
            "baseline": self.baseline,
            "ties": self.ties,
            "queue": self.measure.queue,
            "load": float(np.mean([work.load for work in grid.works])),
            "machines": machines,
            "hours": grid.works[0].window / TICKS_AN_HOUR,
            "history_h": float(np.mean([w.history for w in grid.works])) / TICKS_AN_HOUR,
            "windows": grid.windows,
            "seeds": len(grid.seeds),
            "pairs": len(grid.works),
            "recovered_pct": got,
            "recovered_pct_ci95": self.recovered.ci95,
            "of_stranded_pct": share(got, of_baseline),
            "of_recoverable_pct": None if least is None else share(got, of_baseline - least[0]),
            "recovered_machines": gained,
            "recovered_money": None if self.price is None else gained * self.price,
            "goodput_delta_points": held.mean,
            "goodput_delta_ci95": held.ci95,
            "worth": goodput.worth(got, held.mean),
            "marks": self.marks(),
            "stranded_pct": mean(lambda one: float(one.stranded @ grid.weight)),
            "bound_pct": None if least is None else least[0],
            "bound_status": self.bound_status,
            **{name: sum(one.counters[name] for one in main) for name in grid.works[0].counted},
            "pending_at_end": mean(lambda one: one.counters["pending"]),
            **{
                f"queueing_{name}_s": mean(partial(_waited, name))
                for name in ("mean", "p50", "p99")
            },
            "empty_machines_pct": mean(lambda one: float(one.empty.mean())),
            "used_machines": mean(lambda one: one.counters["used"]),
            "start_share_pct": mean(lambda one: one.start_share_pct),
            "spread": {rule: self._spread(rule) for rule in self.scored},
            "resources": {name: self._resource(r, least) for r, name in enumerate(grid.resources)},
        }

    def _spread(self, rule: str) -> dict[str, Any]:
        got, held = interval(self.points(rule)), interval(self.goodput(rule))
        return {
            "recovered_pct": got.mean,
            "recovered_pct_ci95": got.ci95,
            "goodput_delta_points": held.mean,
            "goodput_delta_ci95": held.ci95,
            "marks": self.marks(rule),
        }

    def _resource(self, r: int, least: Floats | None) -> dict[str, Any]:
        main = self.scored[self.ties]
        got = interval(self.by_resource()[..., r])

        def mean(look: str) -> float | None:
            return known(float(np.mean([one.looks[look][:, r].mean() for one in main])))

        return {
            "stranded_pct": mean("stranded_pct"),
            "allocated_pct": float(np.mean([one.used[r] for one in main])),
            **(
                {"lost_pct": float(np.mean([one.lost[r] for one in main]))}
                if self.grid.works[0].evicts
                else {}
            ),
            "frag_pct": mean("frag_pct"),
            "exhausted_pct": mean("exhausted_pct"),
            "recovered_points": got.mean,
            "recovered_ci95": got.ci95,
            "bound_pct": None if least is None else least[1 + r],
        }


def share(part: float, whole: float) -> float | None:
    """A part of a whole in per cent; None where there is nothing to share."""
    return 100.0 * part / whole if whole > LEAST else None


def _waited(name: str, one: Scored) -> float:
    return float(one.waits[name])
