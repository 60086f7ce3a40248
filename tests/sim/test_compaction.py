"""Cell compaction: the fewest machines that hold what runs, as the plain oracle finds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import heuristics
import sim
import traces
from sim import layout
from sim.compaction import LARGER, SEEDED, Standing, _everlasting, _machines, _order, _still
from tests.sim import agreement
from tests.sim.cells import Settings, oracle_for, random_trace, recorded
from traces import Trace


def standing(seed: int, *, gangs: bool) -> Trace:
    """A random cell whose tasks all run when it begins."""
    random = np.random.default_rng([seed, 1])
    settings = replace(agreement.drawn(seed)["settings"], gangs=gangs)
    trace = random_trace(random, settings)
    tasks = trace.tasks.with_columns(alive_at_start=pl.lit(True), submit=pl.lit(0.0))
    return replace(trace, tasks=tasks)


def plain(trace: Trace, work: sim.Workload, name: str, trial: int, left_over: float) -> int | None:
    """The fewest machines by the oracle and bisection; None where four times all are too few."""
    random = np.random.default_rng([SEEDED, work.seed, work.index, trial])
    machines, rows = _machines(work, random), _order(work.start())
    most = int(left_over * rows.shape[1])

    def holds(count: int) -> bool:
        small = replace(work, machines=machines.take(np.arange(count)))
        oracle, tasks = oracle_for(
            trace, small, [heuristics.get(name)], [0.0], ties="first", queue="reject"
        )
        by_row = {task.row: task for task in tasks}
        those = [
            replace(
                by_row[int(row[layout.SOURCE])],
                number=k,
                submit=0,
                life=None,
                gang=int(row[layout.GANG_OF]),
            )
            for k, row in enumerate(rows.T)
        ]
        oracle.run(those, 1)
        return len(oracle.rejected) <= most

    fleet = len(work.machines)
    high = next((fleet * k for k in (1, 2, 4) if holds(fleet * k)), None)
    if high is None:
        return None
    low = 0 if high == fleet else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def expect_as_many(seed: int, *, gangs: bool) -> None:
    """Compact a random small cell as the oracle does."""
    trace = standing(seed, gangs=gangs)
    name = ("best_fit", "fgd", "worst_fit", "dot_product")[seed % 4]
    if not agreement.reads_some(name, trace.resources):
        name = "first_fit"
    left_over = (0.0, 0.05)[seed % 2]
    try:
        work = recorded(trace, seed)
    except sim.SimError:
        return
    expected = [plain(trace, work, name, trial, left_over) for trial in range(2)]
    found = sim.compact(work, heuristics.get(name), trials=2, left_over=left_over)
    assert found.needed.tolist() == [np.inf if one is None else one for one in expected]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("gangs", [False, True])
def test_a_small_cell_needs_as_many_machines_as_the_oracle_finds(seed: int, gangs: bool) -> None:
    expect_as_many(seed, gangs=gangs)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_need_as_many_machines_as_the_oracle_finds(part: int) -> None:
    for seed in range(90_000 + 500 * part, 90_500 + 500 * part):
        expect_as_many(seed, gangs=bool(seed % 2))


@pytest.mark.parametrize("seed", range(1, 9))
def test_what_was_put_on_the_whole_fleet_is_what_runs(seed: int) -> None:
    work = recorded(standing(seed, gangs=False), seed)
    rule = heuristics.get("first_fit")
    found = sim.compact(work, rule, trials=2, put=rule)
    placed = sim.replay(_still(work, work.machines, Standing(_everlasting(work.start()))), rule)
    assert found.tasks == placed.counters["placed"]
    assert 0 < found.tasks <= work.start().shape[1]


def crowded(tasks: int) -> sim.Workload:
    settings = Settings(machines=40, tasks=tasks, shapes=12, models=False)
    trace = random_trace(np.random.default_rng(5), settings)
    running = trace.tasks.with_columns(alive_at_start=pl.lit(True), submit=pl.lit(0.0))
    return recorded(replace(trace, tasks=running), 0)


def test_a_better_packing_needs_fewer_machines() -> None:
    work = crowded(80)
    good, bad = (
        sim.compact(work, heuristics.get(name), trials=5) for name in ("best_fit", "worst_fit")
    )
    assert good.tasks == 80
    assert good.median_pct < bad.median_pct <= bad.p90_pct
    assert good.median_pct <= good.p90_pct <= 100
    again = sim.compact(work, heuristics.get("best_fit"), trials=5)
    assert again.needed.tolist() == good.needed.tolist()


def test_the_fleet_is_taken_again_where_it_is_too_small() -> None:
    found = sim.compact(crowded(400), heuristics.get("best_fit"), trials=1)
    assert found.fleet < found.needed[0] <= LARGER * found.fleet


def test_what_cannot_be_is_told() -> None:
    work = sim.workload(traces.load("synthetic", tasks=200, machines=6), load=0.8)
    with pytest.raises(sim.SimError, match="trials=0"):
        sim.compact(work, heuristics.get("best_fit"), trials=0)
    with pytest.raises(sim.SimError, match=r"left_over=1\.5"):
        sim.compact(work, heuristics.get("best_fit"), left_over=1.5)
    empty = replace(work, stream=replace(work.stream, rate=1e-30))  # type: ignore[type-var]
    with pytest.raises(sim.SimError, match="nothing runs"):
        sim.compact(empty, heuristics.get("best_fit"))
