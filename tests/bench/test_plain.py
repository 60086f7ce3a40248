"""The plain reference does the same work as the cell, so that the ratios mean something."""

from __future__ import annotations

import pytest

import traces
from bench.cells import full_cell
from bench.measure import Row
from bench.plain_saturation import PlainSaturation
from bench.replays import our_rate, plain_rate, workload
from bench.saturations import once
from sim.saturation import experiment


@pytest.mark.parametrize("shapes", [None, 7])
def test_plain_replay_and_cell_place_each_task_on_the_same_machine(shapes: int | None) -> None:
    work = workload(machines=40, shapes=shapes, arrivals=400)
    rate, brought = plain_rate(work, 400)
    assert brought == 400
    assert rate > 0


@pytest.mark.parametrize("rule", ["best_fit", "fgd"])
def test_plain_saturation_and_cell_place_each_task_on_the_same_machine(rule: str) -> None:
    setup = experiment(traces.load("synthetic"))
    ours = once(setup, rule, 1, placements=True).placements
    assert ours is not None
    assert PlainSaturation(setup, 1, rule).run(150) == ours[:150].tolist()


def test_a_made_cell_stays_near_its_load_and_its_tasks_differ() -> None:
    trace = full_cell(60, None, 500)
    tasks = trace.tasks.collect()
    assert tasks.select("cpu", "mem").is_unique().all()
    assert 0.8 < workload(60, None, 500).load < 1.0
    assert our_rate(workload(60, None, 500), 1)[1] == 500


def test_a_rate_is_better_higher_and_a_time_lower() -> None:
    rate = Row("", "", "tasks/s", ours=10.0, plain=2.0, target=5.0)
    time = Row("", "", "s", ours=1.0, plain=4.0, target=0.5)
    assert (rate.ratio, rate.met) == (5.0, True)
    assert (time.ratio, time.met) == (4.0, False)
