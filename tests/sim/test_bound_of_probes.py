"""A comparison's bound holds for the probes of all that are compared, on the baseline's cell."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
import sim
import sim.probes
from sim.composition import composed
from sim.replaying import stratified
from sim.scored import Measure, Scorer
from tests.sim.hand import written
from tests.sim.oracle import Oracle
from tests.sim.oracle_stranding import Inflated, free_part, inflate
from tests.sim.sides import Cell, laid_out
from tests.sim.worn import OWN, Case, drawn, heuristic

FEW_DRAWS = 300
OTHERS = ("worst_fit", "fgd", "nilas", "random", "pending", "uncontained", "array")


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe's sequence is capped where the oracle can follow it."""
    monkeypatch.setattr(sim.probes, "MOST_DRAWS", FEW_DRAWS)


def case_of(seed: int) -> Case:
    """A case with best fit for a baseline."""
    case = replace(drawn(seed), recorded=False, names=("best_fit",), steps=(0.0,))
    return replace(
        case,
        settings=replace(case.settings, resources=("cpu", "mem", "gpu")),
        asked={**case.asked, "weights": None},
    )


def in_the_hands_of(oracle: Oracle, name: str, ties: str) -> Oracle:
    """The same cell, decided for by another heuristic."""
    other = copy.copy(oracle)
    chosen = heuristic(name)
    other.heuristics, other.functions, other.steps = [chosen], [chosen.function()], [0.0]
    other.ties = chosen.ties or ties
    return other


def probed(cell: Cell) -> list[dict[str, Inflated]]:
    """At each snapshot of the baseline's cell, what the oracle's probe finds for each heuristic."""
    case, oracle, before, found = cell.case, cell.oracle, -1, []
    for tick, sequence in zip(stratified(cell.work, case.probes), cell.sequences, strict=True):
        oracle.run([t for t in cell.stream.tasks if before < t.submit <= tick], tick)
        oracle.now, before = tick, tick
        stop = Fraction(str(case.stop))
        found.append(
            {
                name: inflate(in_the_hands_of(oracle, name, case.ties), sequence, cell.pool, stop)
                for name in ("best_fit", *OTHERS)
            }
        )
    return found


def compared(cell: Cell, bound: str) -> np.ndarray:
    """The bound of a comparison of one pair: weighted, then by resource."""
    case = cell.case
    base = sim.compare(
        [cell.work],
        [heuristic(name) for name in OTHERS],
        baseline=heuristics.get("best_fit"),
        queue=case.queue,
        ties=case.ties,
        policies=(),
        probes=case.probes,
        probe_stop=case.stop,
        bound=bound,
        bound_time_limit_s=2.0,
    )[0]
    assert base.least is not None
    return base.least[0][0]


def check(seed: int, bound: str = "lp") -> bool:
    """Whether there was a cell to check."""
    cell = laid_out(case_of(seed))
    if cell is None:
        return False
    least, found = compared(cell, bound), probed(cell)
    for name in ("best_fit", *OTHERS):
        left = [
            sum(free_part(one[name].cell.machines, r) for one in found) / len(found)
            for r in range(3)
        ]
        weighted = sum(w * part for w, part in zip(cell.weights, left, strict=True))
        assert least[0] <= float(weighted) + 1e-9, (name, cell.case)
        assert (least[1:] <= np.array(left, float) + 1e-9).all(), (name, cell.case)
    return True


def test_no_heuristic_compared_strands_less_on_the_baselines_cell() -> None:
    assert sum(check(seed) for seed in range(24)) > 15


def test_nor_less_than_the_bound_that_packs_all_anew() -> None:
    assert sum(check(seed, "milp") for seed in range(1000, 1012)) > 6


@settings(max_examples=20, deadline=None)
@given(st.integers(1_000_000, 2**31))
@pytest.mark.campaign
def test_nor_on_random_cells(seed: int) -> None:
    check(seed)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(10))
def test_nor_on_thousands_of_cells(part: int) -> None:
    for seed in range(20_000 + 200 * part, 20_200 + 200 * part):
        check(seed)


def watched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every end of a probe, in order."""
    ends: list[Any] = []
    probe = sim.probes.Probe.inflate

    def inflate_and_tell(self: Any, *given: Any) -> Any:
        ends.append(probe(self, *given))
        return ends[-1]

    monkeypatch.setattr(sim.probes.Probe, "inflate", inflate_and_tell)
    return ends


@pytest.mark.campaign
def test_on_the_baselines_cell_others_probe_as_the_oracle_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever they read of it: exits, fragmentation, limits of groups, what waits, the hour."""
    ends, checked = watched(monkeypatch), 0
    for seed in range(36):
        cell = laid_out(case_of(seed))
        if cell is None:
            continue
        case, best = cell.case, composed(heuristics.get("best_fit"))
        others = [composed(heuristic(name)) for name in OTHERS]
        ends.clear()
        scored = Scorer([cell.work], Measure(case.queue, case.probes, case.stop)).score(
            0,
            best,
            case.ties,
            snapshots=True,
            others=[(one, one.ties(case.ties)) for one in others],
        )
        found = probed(cell)
        expected = [one[name] for one in found for name in ("best_fit", *OTHERS)]
        for k, (end, told) in enumerate(zip(ends, expected, strict=True)):
            free = [sum(m.free[r] for m in told.cell.machines) for r in range(3)]
            assert end.free.tolist() == free, (k, case)
            assert end.draws == told.drawn, (k, case)
            checked += 1
        most = [max(inflated.drawn for inflated in one.values()) for one in found]
        assert scored.draws.tolist() == most
    assert checked > 250


def test_the_probes_of_others_leave_the_baselines_run_as_it_was() -> None:
    for seed in range(30):
        cell = laid_out(case_of(seed))
        if cell is None:
            continue
        case, best = cell.case, composed(heuristics.get("best_fit"))
        scorer = Scorer([cell.work], Measure(case.queue, case.probes, case.stop))
        others = [(composed(heuristic(name)), "first") for name in (*OTHERS, *OWN)]
        alone = scorer.score(0, best, case.ties)
        beside = scorer.score(0, best, case.ties, snapshots=True, others=others)
        assert alone.used.tolist() == beside.used.tolist()
        assert alone.counters == beside.counters
        assert alone.waits == beside.waits
        for name, values in alone.looks.items():
            assert np.array_equal(values, beside.looks[name], equal_nan=True)


def test_what_no_machine_drawn_has_is_not_stranded_and_not_bounded() -> None:
    """Though the fleet has it, and is sold by it."""
    fleet = [{"cpu": 8.0, "gpu": 1.0}] + [{"cpu": 8.0}] * 9
    tasks = [{"cpu": 3.0, "lifetime": 9.0}] * 9 + [{"cpu": 3.0, "gpu": 1.0, "lifetime": 9.0}]
    of = sim.series(
        written(fleet, tasks), seeds=range(8), order="drawn", machines=1, load=0.9, hours=0.02
    )
    without = [work for work in of if work.machines.total[:, 1].sum() == 0]
    assert without
    for work in without:
        (one,) = sim.compare([work], [], baseline=heuristics.get("best_fit"), policies=())
        result = one.result()
        assert result["bound_pct"] <= result["stranded_pct"] + 1e-9


@pytest.mark.parametrize("machines", [1, 3])
def test_a_snapshot_stays_what_it_was_when_the_cell_goes_on(machines: int) -> None:
    """A trace of one resource, or of one machine, needs no turning round to be laid out."""
    tasks = [{"cpu": float(1 + k % 3), "lifetime": float(5 + k % 7)} for k in range(12)]
    work = sim.workload(
        written([{"cpu": 8.0}] * machines, tasks), order="drawn", load=0.8, hours=0.05
    )
    best = composed(heuristics.get("best_fit"))
    scored = Scorer([work], Measure(bound="lp")).score(0, best, "first", snapshots=True)
    whole, total = work.population.shapes.whole, work.machines.total.sum()
    for k, (snapshot, _) in enumerate(scored.snapshots):
        runs = float((snapshot.running @ whole).sum())
        assert snapshot.free.sum() == total - runs
        assert np.isclose(100 * runs / total, scored.looks["allocated_pct"][k, 0])
