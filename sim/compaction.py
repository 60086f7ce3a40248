"""Cell compaction: how few machines still hold the work that runs at an instant.

Verma et al., Borg, EuroSys 2015, section 5.1; Verma, Korupolu and Wilkes, *Evaluating job packing
in warehouse-scale computing*, CLUSTER 2014. Machines are taken in a random order, and the fewest
from the front that hold the work are found by bisection; eleven such trials, of which the median
tells the usual and the 90th percentile what one can rely on. Tasks are packed from nothing as
Borg scans what is pending, by priority, then as they came: an order by lot would have the few that
need a whole machine, or one of a kind, come when it is taken. Some picky ones may be left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from heuristics import Heuristic
from sim import layout, sheets
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.population import Machines
from sim.replays import replay
from sim.state import Floats, Ints
from sim.taping import Taping
from sim.workers import Progress
from sim.workloads import Workload
from traces.sheet import Sheet, Shows

SEEDED = 0xC0AC7
TRIALS = 11
LEFT_OVER = 0.002
LARGER = 4
"""How many times the fleet is looked at where it does not hold the work itself."""


@dataclass(frozen=True)
class Standing:
    """Tasks that are there at once and never end."""

    rows: Ints

    def start(self) -> Ints:
        """All of them."""
        return self.rows

    def arrivals(self, number: int) -> Iterator[Ints]:
        """Nobody comes."""
        return iter(())


@dataclass(frozen=True, repr=False)
class Compaction(Shows):
    """What one heuristic needs.

    fleet: machines there are; tasks: how many are to be held; needed: (trials,) machines, which may
    be more than the fleet's, its kinds taken again, and are infinite where four times the fleet
    does not hold the work.
    """

    heuristic: str
    ties: str
    load: float
    fleet: int
    tasks: int
    needed: Floats

    @property
    def median_pct(self) -> float:
        """Machines needed, the median of the trials, per cent of the fleet."""
        return 100.0 * self._median / self.fleet

    def sheet(self) -> Sheet:
        """What shows it."""
        return sheets.of_compaction(self)

    @property
    def _median(self) -> float:
        return float(np.quantile(self.needed, 0.5, method="higher"))

    @property
    def p90_pct(self) -> float:
        """The 90th percentile, the next higher trial."""
        return 100.0 * float(np.quantile(self.needed, 0.9, method="higher")) / self.fleet

    def result(self) -> dict[str, Any]:
        """The entry of a summary."""
        return {
            "heuristic": self.heuristic,
            "ties": self.ties,
            "load": self.load,
            "machines": self.fleet,
            "tasks": self.tasks,
            "trials": len(self.needed),
            "needed_machines_median": finite(self._median),
            "needed_pct_median": finite(self.median_pct),
            "needed_pct_p90": finite(self.p90_pct),
        }


def finite(value: float) -> float | None:
    """A number as a summary has it, None for infinity."""
    return value if np.isfinite(value) else None


def compact(
    work: Workload,
    heuristic: Heuristic | Composition,
    *,
    trials: int = TRIALS,
    left_over: float = LEFT_OVER,
    put: Heuristic | None = None,
    ties: str | None = None,
    taping: Taping | None = None,
    progress: Progress | None = None,
) -> Compaction:
    """How few machines hold what runs when a workload begins.

    put: who put what runs on the whole fleet: what finds no machine then does not run; without one
    all of the start population does. In each trial machines are in another random order; tasks are
    taken by priority, then as they came, gangs in one piece; at most `left_over` of them may find
    no machine.

    Raises:
        SimError: nothing runs then; bad arguments.
        HeuristicError: a score that can't be used.
    """
    if trials < 1 or not 0 <= left_over < 1:
        raise SimError(f"trials={trials}, left_over={left_over}: expected 1 or more, a share")
    rows = work.start()
    if put is not None and rows.shape[1]:
        rows = _running(work, rows, put)
    if not rows.shape[1]:
        raise SimError(f"{work.name}: nothing runs when the workload begins: nothing to compact")
    most, standing = int(np.floor(left_over * rows.shape[1])), Standing(_order(rows))
    needed = []
    for trial in range(trials):
        random = np.random.default_rng([SEEDED, work.seed, work.index, trial])
        machines = _machines(work, random)

        def holds(count: int, machines: Machines = machines) -> bool:
            small = _still(work, machines.take(np.arange(count)), standing)
            run = replay(small, heuristic, ties=ties, samples=1, taping=taping)
            return run.counters["arrived"] - run.counters["placed"] <= most

        needed.append(_fewest(holds, len(machines)))
        if progress:
            progress(trial + 1, trials)
    return Compaction(
        heuristic.name,
        composed(heuristic).ties(ties),
        work.load,
        len(work.machines),
        rows.shape[1],
        np.array(needed, np.float64),
    )


def _still(work: Workload, machines: Machines, tasks: Standing) -> Workload:
    """The same cell where nobody comes or goes."""
    return replace(
        work,
        machines=machines,
        stream=tasks,
        history=0,
        window=1,
        changes=None,
        rules=replace(work.rules, preemption=None),
    )


def _running(work: Workload, rows: Ints, put: Heuristic) -> Ints:
    """The tasks that find a machine of the whole fleet, one after the other."""
    still = _still(work, work.machines, Standing(_everlasting(rows)))
    placed = replay(still, put, samples=1, placements=True).placements
    assert placed is not None
    return rows[:, np.sort(placed["number"])]


def _everlasting(rows: Ints) -> Ints:
    """Tasks numbered anew that never end, and are nowhere yet."""
    found = rows.copy()
    found[layout.LIFE] = layout.FOREVER
    found[layout.NUMBER] = np.arange(rows.shape[1])
    found[layout.PLACE] = -1
    return found


def _machines(work: Workload, random: np.random.Generator) -> Machines:
    """The fleet in a random order, then its kinds again."""
    count = len(work.machines)
    again = [random.permutation(count) for _ in range(LARGER)]
    return work.machines.take(np.concatenate(again))


def _order(rows: Ints) -> Ints:
    """Tasks by priority, then as they came, gangs in one piece; they never end."""
    of = np.where(rows[layout.GANG_OF] >= 0, rows[layout.GANG_OF], rows[layout.NUMBER])
    _, unit = np.unique(of, return_inverse=True)
    unit = unit.reshape(-1)
    rank = np.full(int(unit.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(rank, unit, rows[layout.RANK])
    order = np.lexsort((np.arange(unit.size), unit, -rank[unit]))
    return _everlasting(rows[:, order])


def _fewest(holds: Callable[[int], bool], most: int) -> float:
    """The fewest machines that hold the work, by bisection; infinity where all do not."""
    fleet = most // LARGER
    high = fleet
    while not holds(high):
        high *= 2
        if high > most:
            return np.inf
    low = 0 if high == fleet else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
