"""What is measured is what the plain oracle measures, on small random cells worn by churn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
import sim
import sim.probes
from tests.shares import share
from tests.sim.cells import Settings, random_trace
from tests.sim.hand import written
from tests.sim.sides import Cell, laid_out
from tests.sim.worn import OWN, Case, drawn, heuristic, trace_of, workload_of
from traces import Trace

FEW_DRAWS = 300
LOOKS = ("stranded_pct", "frag_pct", "exhausted_pct", "allocated_pct")


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe's sequence is capped where the oracle can follow it."""
    monkeypatch.setattr(sim.probes, "MOST_DRAWS", FEW_DRAWS)


def close(found: Any, expected: Any) -> bool:
    return bool(
        np.allclose(np.array(found, float), np.array(expected, float), rtol=1e-9, atol=1e-9)
    )


def check(case: Case) -> Cell | None:
    """Compare all that is measured. Raises AssertionError with the case."""
    cell = laid_out(case)
    if cell is None:
        return None
    work, expected = cell.work, cell.measured
    run = sim.replay(
        work,
        cell.composition,
        queue=case.queue,
        ties=case.ties,
        samples=0,
        probes=case.probes,
        probe_stop=case.stop,
        placements=True,
    )
    assert run.placements is not None
    names = list(work.population.resources)
    assert run.placements["number"].tolist() == [
        t.number for t in cell.oracle.placed if t.started >= work.history
    ], case
    for k, sample in enumerate(expected["samples"]):
        assert run.seen.time_s[k] == (sample["tick"] - work.history) / 1000, case
        for look in LOOKS:
            assert close(run.seen.looks[look][k], sample[look]), (look, k, case)
        assert run.seen.empty_machines_pct[k] == pytest.approx(float(sample["empty_machines_pct"]))
        assert run.seen.running[k] == sample["running"], case
        assert run.seen.pending[k] == sample["pending"], case
        assert run.inflated[k].draws == sample["probe_drawn"], case
        in_pool = set(work.population.shape[work.tasks].tolist())
        for s in in_pool:
            shape = (tuple(work.population.shapes.whole[s]), work.population.shapes.models[s])
            assert run.unfit[k, s] == (shape in sample["unfit"]), (k, s, case)
        placed = sample["probe_placed"]
        assert run.inflated[k].placed.sum() == sum(placed.values()), case
        shapes = work.population.shapes
        for s in range(len(shapes.share)):
            request = tuple(int(a) for a in shapes.whole[s])
            same = (request, int(shapes.models[s]), int(shapes.limit[s]))
            counted = sum(n for shape, n in placed.items() if shape[:3] == same)
            assert run.inflated[k].placed[s] == counted, case
    if case.order == "trace":
        assert close(work.load, cell.offered), case
    result = run.result()
    for r, name in enumerate(names):
        of = result["resources"][name]
        for look in ("stranded_pct", "frag_pct", "exhausted_pct"):
            assert close(of[look], expected[look][r]), (look, name, case)
        assert close(of["allocated_pct"], expected["allocated_pct"][r]), (name, case)
    assert close(result["start_share_pct"], expected["start_share_pct"]), case
    assert close(result["empty_machines_pct"], expected["empty_machines_pct"]), case
    for what in ("placed", "rejected", "queued", "pending_at_end", "used_machines"):
        assert result[what] == expected[what], (what, case)
    for what in ("mean", "p50", "p99"):
        assert close(1000 * run.waits[what], expected[f"queueing_{what}"]), (what, case)
    return cell


def test_who_waits_for_its_own_machine_holds_up_nobody_who_ran_elsewhere() -> None:
    trace = written(
        [{"cpu": 4.0}, {"cpu": 4.0}],
        [
            {"cpu": 4.0, "lifetime": 90.0, "machine": "m0"},
            {"cpu": 4.0, "lifetime": 10.0, "machine": "m1"},
            {"cpu": 2.0, "submit": 1.0, "lifetime": 20.0, "machine": "m0"},  # waits for good
            {"cpu": 2.0, "submit": 1.0, "lifetime": 20.0, "machine": "m1"},  # is free at 10
        ],
        span_s=29.0,
        ordered=True,
    )
    work = sim.workload(trace, order="trace")
    own = sim.recorded(heuristics.get("best_fit"))
    run = sim.replay(work, own, queue="skip", placements=True, probes=8, samples=0)
    assert run.placements is not None
    assert run.placements["task"].tolist() == [0, 1, 3]
    assert run.placements["time_s"].tolist() == [0.0, 0.0, 10.0]
    free = dict(zip(run.seen.time_s, run.inflated, strict=True))
    assert any(time > 10 for time in free)
    for time, probe in free.items():  # others of that shape find room on it
        assert probe.free.tolist() == [0.0], time


def test_what_a_heuristic_sees_as_pending_falls_while_the_queue_is_served() -> None:
    source = """
def score(required, free, cell):
    return free.cpu if cell.pending > 2.5 else -free.cpu
"""
    first = [{"cpu": 6.0, "lifetime": 10.0}, {"cpu": 4.0, "lifetime": 10.0}]
    waits = [{"cpu": 2.0, "submit": 1.0, "lifetime": 20.0}] * 3
    fleet = [{"cpu": 4.0}, {"cpu": 6.0}]
    trace = written(fleet, [*first, *waits], span_s=25.0, ordered=True)
    work = sim.workload(trace, order="trace")
    for queue in ("fifo", "skip"):
        for checked in (True, False):
            rule = heuristics.parse(source, filename="pending.py", name="pending", check=checked)
            run = sim.replay(work, rule, queue=queue, placements=True)
            assert run.placements is not None
            assert run.placements["machine"].tolist()[2:] == ["m1", "m0", "m0"], (queue, checked)


def test_five_of_a_hundred_still_go_on_however_their_share_is_summed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sim.probes, "MOST_DRAWS", 5000)
    sizes = np.repeat([8.0, 7.0, 6.0, 1.0], [50, 25, 20, 5])  # 1 − 0.5 − 0.25 − 0.2 < 0.05
    tasks = [
        {"cpu": size, "submit": float(k), "lifetime": 5.0} for k, size in enumerate(sizes.tolist())
    ]
    work = sim.workload(written([{"cpu": 8.0}], tasks), order="trace")
    run = sim.replay(work, heuristics.get("best_fit"), probes=8, samples=0, probe_stop=0.05)
    assert [one.free[0] for one in run.inflated] == [0.0] * 8


@pytest.mark.campaign
def test_cells_of_fixed_seeds_measure_alike() -> None:
    found = [check(drawn(seed)) for seed in range(80)]
    known = [cell for cell in found if cell is not None]
    assert len(known) > 40
    assert sum(cell.stream.start > 0 for cell in known) > 15
    assert sum(cell.work.history > 0 for cell in known) > 15
    assert sum(cell.measured["rejected"] > 0 for cell in known) > 5
    assert sum(cell.measured["queueing_p99"] > 0 for cell in known) > 10
    assert sum(cell.measured["pending_at_end"] > 0 for cell in known) > 10


@settings(max_examples=share(25), deadline=None)
@given(st.integers(1_000_000, 2**31))
def test_random_cells_measure_alike(seed: int) -> None:
    check(drawn(seed))


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(20))
def test_thousands_of_random_cells_measure_alike(part: int) -> None:
    for seed in range(10_000 + 300 * part, 10_300 + 300 * part):
        check(drawn(seed))


def without(case: Case, probes: int, ties: str) -> Any:
    """A replay of a case with so many probes, everything that is no probe's written down."""
    work = workload_of(case, trace_of(case))
    if work is None:
        return None
    composition = sim.compose([heuristic(name) for name in case.names], case.steps)
    if case.recorded:
        composition = sim.recorded(composition)
    run = sim.replay(
        work, composition, queue=case.queue, ties=ties, samples=7, probes=probes, placements=True
    )
    assert run.placements is not None
    fixed = {name: np.asarray(column).tolist() for name, column in run.placements.items()}
    result = {
        name: value
        for name, value in run.result().items()
        if name not in ("resources", "empty_machines_pct")
    }
    return fixed, result, run.waits, run.used.tolist(), run.pending.tolist(), run.counters


@pytest.mark.parametrize("name", ["best_fit", "fgd", "gpu_clustering", "nilas", *OWN])
def test_a_probe_leaves_the_run_as_if_it_had_not_been_made(name: str) -> None:
    """Kept rows, limits of groups, fragmentation, exits, and heuristics asked in Python."""
    compared = 0
    for seed in range(50):
        case = drawn(seed)
        case = replace(
            case,
            settings=replace(case.settings, resources=("cpu", "mem", "gpu"), limits=seed % 2 == 0),
            asked={**case.asked, "weights": None},
            names=(name,),
            steps=(0.0,),
        )
        plain, probed = without(case, 0, case.ties), without(case, 6, case.ties)
        assert plain == probed, case
        compared += plain is not None and len(plain[0]["number"]) > 10
    assert compared > 10


@pytest.mark.parametrize("name", ["best_fit", "fgd", "dot_product"])
@pytest.mark.parametrize("machines", [130, 700])
def test_a_probe_of_many_machines_leaves_kept_rows_as_they_were(name: str, machines: int) -> None:
    trace = sim_trace(machines)
    runs = []
    for probes in (0, 5):
        work = sim.workload(trace, order="trace", history_h=0)
        run = sim.replay(work, heuristics.get(name), probes=probes, samples=3, placements=True)
        assert run.placements is not None
        runs.append([np.asarray(column).tolist() for column in run.placements.values()])
    assert runs[0] == runs[1]


def sim_trace(machines: int) -> Trace:
    settings = Settings(machines=machines, tasks=3000, span_s=300, shapes=7)
    return random_trace(np.random.default_rng(5), settings)
