"""The oracle of the metrics, worked by hand; and the bound lies below what its probe strands."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import heuristics
from sim.bounds import Snapshot, bound
from sim.population import shapes_table
from tests.sim import oracle_metrics as metrics
from tests.sim import oracle_start as starting
from tests.sim import oracle_stranding as stranding
from tests.sim.cells import Settings, oracle_for, random_trace, recorded
from tests.sim.oracle import Machine, Oracle, Task

NAMES = ["cpu", "mem", "gpu"]
STOP = Fraction(5, 100)


def machine(index: int, cpu: int, mem: int, devices: list[int], model: int = 0) -> Machine:
    """Devices as they are free; the totals of cpu and mem are 10."""
    return Machine(
        index, [10, 10, 1000 * len(devices)], [cpu, mem, sum(devices)], devices, model, []
    )


def task(number: int, request: tuple[int, ...], submit: int = 0, life: int | None = 10) -> Task:
    return Task(number, request, submit, life, models=0, limit=0, job=number, priority=0)


def cell(machines: list[Machine], pool: list[Task], queue: str = "reject") -> Oracle:
    return Oracle(
        NAMES, [1, 1, 1000], machines, pool, [heuristics.get("best_fit")], [0.0], "first", 0, queue
    )


def test_a_share_wastes_devices_that_are_too_full_and_a_whole_request_all_but_full_ones() -> None:
    one = [machine(0, 10, 10, [300, 600, 1000])]
    assert stranding.fragmentation(one, [((1, 1, 500), 0, 1)], 2, 2) == 100 * Fraction(300, 3000)
    assert stranding.fragmentation(one, [((1, 1, 1000), 0, 1)], 2, 2) == 100 * Fraction(900, 3000)
    assert stranding.fragmentation(one, [((1, 1, 2000), 0, 1)], 2, 2) == 100 * Fraction(1900, 3000)
    mix = [((1, 1, 500), 0, 3), ((1, 0, 0), 0, 1)]  # the second has no use for a device
    assert stranding.fragmentation(one, mix, 2, 2) == 100 * Fraction(3 * 300 + 1900, 4 * 3000)
    assert stranding.fragmentation(one, mix, 0, 2) == 0
    assert stranding.fragmentation(one, mix, 1, 2) == 25
    assert stranding.fragmentation(one, [((11, 1, 0), 0, 1)], 0, 2) == 100


def test_a_machine_is_exhausted_when_no_shape_fits_it_any_more() -> None:
    fleet = [machine(0, 1, 8, []), machine(1, 5, 1, [], model=1)]
    mix = [((2, 2, 0), 0, 5), ((4, 1, 0), 1, 1)]  # the second may use model 0 alone
    assert stranding.exhausted(fleet, mix, 0, 2) == 100 * Fraction(6, 20)
    assert stranding.exhausted(fleet, [*mix, ((1, 1, 0), 2, 1)], 1, 2) == 100 * Fraction(8, 20)


def test_the_probe_fills_a_copy_until_too_little_is_live() -> None:
    a, b = (2, 1, 0), (3, 1, 0)
    pool = [task(k, a) for k in range(19)] + [task(19, b)]
    one = cell([machine(0, 10, 10, [])], pool)
    sequence = [task(100 + k, b if k == 0 else a) for k in range(9)]
    found = stranding.inflate(one, sequence, pool, STOP)
    assert found.cell.machines[0].free == [1, 6, 0]  # b and three of a
    assert found.drawn == 9  # the fourth a finds no place; b alone, a twentieth, is not less
    assert found.live == Fraction(1, 20)
    assert one.machines[0].free == [10, 10, 0]
    assert not one.machines[0].tasks
    assert found.placed == {(a, 0, 0, None): 3, (b, 0, 0, None): 1}


def test_five_per_cent_still_goes_on_and_anything_less_does_not() -> None:
    a, b = (7, 1, 0), (1, 1, 0)
    for others, drawn in ((19, 5), (20, 2)):
        pool = [task(k, a) for k in range(others)] + [task(others, b)]
        one = cell([machine(0, 10, 10, [])], pool)
        sequence = [task(100 + k, (a, a, b, a, b)[k]) for k in range(5)]
        assert stranding.inflate(one, sequence, pool, STOP).drawn == drawn


def test_what_waits_goes_in_first() -> None:
    pool = [task(0, (4, 1, 0))]
    one = cell([machine(0, 10, 10, [])], pool, queue="fifo")
    waits = [task(1, (6, 1, 0)), task(2, (6, 1, 0)), task(3, (3, 1, 0))]
    one.waiting = list(waits)
    found = stranding.inflate(one, [task(9, (4, 1, 0))], pool, STOP)
    assert [t.number for t in found.cell.placed] == [1, 3]  # all of it is tried, no head blocks
    assert one.waiting == waits
    assert all(t.machine is None for t in waits)


def test_goodput_counts_what_ran_within_the_window_alone() -> None:
    stream = [
        task(0, (5, 2, 0), submit=0, life=8),
        task(1, (5, 1, 0), submit=2, life=2),
        task(2, (5, 1, 0), submit=3, life=None),  # waits for task 1
        task(3, (5, 1, 0), submit=6, life=99),  # waits for task 0
    ]
    one = cell([machine(0, 10, 10, [])], stream, queue="fifo")
    found = metrics.measure(
        one,
        stream,
        start=frozenset({0}),
        history_ticks=3,
        window_ticks=10,
        sample_times=[5, 7],
        probe_sequences=[[task(100 + k, (1, 1, 0)) for k in range(20)]] * 2,
        pool=[task(50, (1, 1, 0))],
        stop=STOP,
        weights=[Fraction(1), Fraction(1), Fraction(0)],
    )
    assert found["goodput"][0] == 5 * (5 + 1 + 9 + 5)
    assert found["allocated_pct"][0] == 100
    assert found["goodput"][1] == 2 * 5 + 1 + 9 + 5
    assert found["start_share_pct"] == 50  # of cpu, of which more is allocated than of memory
    assert (found["placed"], found["queued"], found["rejected"]) == (2, 2, 0)
    assert found["queueing_mean"] == Fraction(1 + 2, 2)
    assert (found["queueing_p50"], found["queueing_p99"]) == (1, 2)
    assert [s["pending"] for s in found["samples"]] == [0, 1]
    assert [s["running"] for s in found["samples"]] == [2, 2]
    assert found["stranded_pct"] == [0, 70, 0]
    assert found["empty_machines_pct"] == 0


def test_a_sample_sees_what_happens_at_its_instant() -> None:
    stream = [task(0, (5, 2, 0), submit=0, life=4), task(1, (8, 1, 0), submit=4, life=9)]
    one = cell([machine(0, 10, 10, []), machine(1, 1, 1, [])], stream)
    found = metrics.measure(
        one,
        stream,
        start=frozenset(),
        history_ticks=0,
        window_ticks=8,
        sample_times=[4],
        probe_sequences=[[]],
        pool=stream,
        stop=STOP,
        weights=[Fraction(1), Fraction(0), Fraction(0)],
    )
    (sample,) = found["samples"]
    assert (sample["running"], sample["empty_machines_pct"]) == (1, 50)
    assert sample["allocated_pct"][0] == 100 * Fraction(8 + 9, 20)


def test_the_value_that_a_share_of_values_does_not_exceed() -> None:
    values = [7, 1, 5, 3]
    assert [metrics.nearest_rank(values, Fraction(k, 4)) for k in range(1, 5)] == [1, 3, 5, 7]
    assert metrics.nearest_rank(values, Fraction(51, 100)) == 5
    assert metrics.nearest_rank([], Fraction(1, 2)) == 0


def test_load_clips_lives_to_the_window_and_takes_the_scarcest_weighted_resource() -> None:
    fleet = [machine(0, 10, 10, [1000])]
    stream = [task(0, (4, 1, 1000), 0, 6), task(1, (2, 9, 0), 8, None), task(2, (9, 9, 0), 20, 5)]
    even = [Fraction(1)] * 3
    assert metrics.offered_load(stream, fleet, even, 4, 14) == Fraction(2 + 9 * 6, 100)
    assert metrics.offered_load(stream, fleet, [*even[:1], *[Fraction(0)] * 2], 4, 14) == Fraction(
        4 * 2 + 2 * 6, 100
    )
    assert metrics.offered_load(stream[:1], fleet, even, 0, 6) == 1


def test_a_short_task_long_before_the_window_leaves_no_trace() -> None:
    assert metrics.without_trace(task(0, (1, 1, 0), submit=0, life=19), 1000)
    assert not metrics.without_trace(task(0, (1, 1, 0), submit=0, life=20), 1000)
    assert not metrics.without_trace(task(0, (1, 1, 0), submit=0, life=None), 1000)
    assert not metrics.without_trace(task(0, (1, 1, 0), submit=1000, life=1), 1000)


def test_what_is_found_running_is_drawn_by_length_and_is_half_way_in_the_mean() -> None:
    lives = [1, 3, 6]
    assert starting.length_biased(lives) == [Fraction(1, 10), Fraction(3, 10), Fraction(6, 10)]
    assert starting.mean_residual(lives) == Fraction(1 + 9 + 36, 20)
    assert starting.residual_at_most(lives, Fraction(2)) == Fraction(1 + 2 + 2, 10)
    steps = [1 - starting.residual_at_most(lives, Fraction(k, 2)) for k in range(13)]
    trapezia = sum((a + b) / 4 for a, b in pairwise(steps))
    assert trapezia == starting.mean_residual(lives)  # the mean is what the chances add up to


def test_deployments_are_found_by_their_longest_life_and_keep_their_survivors() -> None:
    deployments = [[4, 2], [1, 1, 1]]
    assert starting.deployment_chances(deployments) == [Fraction(4, 5), Fraction(1, 5)]
    assert starting.survivors([4, 2, 1], Fraction(3, 2)) == [Fraction(5, 2), Fraction(1, 2)]
    assert starting.survivors_in_the_mean(deployments) == Fraction(4 + 2 + 3, 4 + 1)


def test_what_is_recovered_is_less_stranded_in_points_of_the_fleet() -> None:
    fleet = [machine(k, 10, 10, []) for k in range(50)]
    before = {"stranded_pct": [Fraction(10), Fraction(6), 0], "allocated_pct": [80, 60, 0]}
    after = {"stranded_pct": [Fraction(4), Fraction(8), 0], "allocated_pct": [81, 58, 0]}
    found = metrics.compared(before, after, fleet, [Fraction(1)] * 3, Fraction(3))
    assert found["recovered_points"] == [6, -2, 0]
    assert found["recovered_pct"] == 2
    assert found["of_stranded_pct"] == 25
    assert found["of_recoverable_pct"] == 40
    assert found["recovered_machines"] == 1
    assert found["goodput_delta_points"] == Fraction(-1, 2)


@pytest.mark.parametrize("seed", range(40))
def test_no_probe_strands_less_than_the_bound_of_what_it_draws(seed: int) -> None:
    random = np.random.default_rng(seed)
    kind = Settings(machines=int(random.integers(2, 7)), tasks=60, span_s=30, limits=seed % 2 == 0)
    trace = random_trace(random, kind)
    work = recorded(trace, seed)
    rule = ["reject", "fifo", "skip"][seed % 3]
    oracle, tasks = oracle_for(
        trace, work, [heuristics.get("best_fit")], [0.0], ties="first", queue=rule
    )
    oracle.run([t for t in tasks if t.submit <= 15_000], 15_000)
    sequence = [
        replace(tasks[k], number=1000 + i)
        for i, k in enumerate(random.integers(len(tasks), size=80).tolist())
    ]
    found = stranding.inflate(oracle, sequence, tasks, STOP)
    left = [stranding.free_part(found.cell.machines, r) for r in range(3)]
    keys = sorted({(t.request, t.models) for t in tasks})
    shapes = shapes_table(
        np.array([request for request, _ in keys], float),
        np.array([models for _, models in keys]),
        np.zeros(len(keys), np.int64),
        np.array(oracle.per, float),
        oracle.gpu,
    )

    def counted(some: list[Task]) -> np.ndarray:
        where = [keys.index((t.request, t.models)) for t in some]
        return np.bincount(where, minlength=len(keys))

    snapshot = Snapshot(
        free=np.array([m.free for m in oracle.machines], float),
        total=np.array([m.total for m in oracle.machines], float),
        model=np.array([m.model for m in oracle.machines]),
        devices=np.array([len(m.devices) for m in oracle.machines]),
        running=counted(oracle.running),
    )
    offered = counted([*oracle.waiting, *sequence])
    mean = float(metrics.weighted(left, oracle.machines, [Fraction(1)] * 3))
    for method in ("lp", "milp"):
        least = bound(snapshot, shapes, offered, np.ones(3), method=method, time_limit_s=2.0)
        assert least.headline_pct <= mean + 1e-9
        assert (least.by_resource <= np.array(left, float) + 1e-9).all()
