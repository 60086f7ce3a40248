"""The bound of a comparison, at the baseline's own snapshots, against the probes it speaks for."""

from __future__ import annotations

import numpy as np
import pytest

import heuristics
import sim
from sim.scored import Measure, Scorer
from tests.sim.hand import written


@pytest.mark.parametrize("machines", [1, 3])
def test_a_snapshot_stays_what_it_was_when_the_cell_goes_on(machines: int) -> None:
    """A trace of one resource, or of one machine, needs no turning round to be laid out."""
    tasks = [{"cpu": float(1 + k % 3), "lifetime": float(5 + k % 7)} for k in range(12)]
    work = sim.workload(
        written([{"cpu": 8.0}] * machines, tasks), order="drawn", load=0.8, hours=0.05
    )
    scored = Scorer([work], Measure(bound="lp")).score(
        0, sim.compose([heuristics.get("best_fit")], [0.0]), "first", snapshots=True
    )
    whole, total = work.population.shapes.whole, work.machines.total.sum()
    for k, (snapshot, _) in enumerate(scored.snapshots):
        runs = float((snapshot.running @ whole).sum())
        assert snapshot.free.sum() == total - runs
        assert np.isclose(100 * runs / total, scored.looks["allocated_pct"][k, 0])
