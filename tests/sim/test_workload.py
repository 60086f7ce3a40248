"""What a workload draws, and what a replay of it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import heuristics
import sim
import traces
from sim import layout
from sim.population import mix_of, population_of
from sim.saturation import experiment, sequence
from sim.split import SPLITS, pool
from tests.sim.cells import Settings, random_trace
from tests.sim.hand import written


@pytest.fixture(scope="module")
def synthetic() -> traces.Trace:
    return traces.load("synthetic")


def stream(work: sim.Workload) -> np.ndarray:
    return np.concatenate(list(work.everything()), axis=1)


def test_the_stream_offers_the_load_that_was_asked_for(synthetic: traces.Trace) -> None:
    work = sim.workload(synthetic, load=0.7, hours=400, seed=1)
    rows = stream(work)
    whole = work.population.shapes.whole[rows[layout.SHAPE]]
    begin, end = work.history, work.history + work.window
    ends = np.minimum(rows[layout.SUBMIT] + rows[layout.LIFE], end)
    held = np.maximum(ends - np.maximum(rows[layout.SUBMIT], begin), 0)
    offered = (whole * held[:, None]).sum(axis=0) / (work.machines.total.sum(axis=0) * work.window)
    assert offered.max() == pytest.approx(0.7, abs=0.03)


def test_the_cell_starts_as_full_as_it_goes_on(synthetic: traces.Trace) -> None:
    work = sim.workload(synthetic, load=0.5, hours=200, seed=2)
    run = sim.replay(work, heuristics.get("best_fit"), samples=50)
    gpu = run.samples["allocated_pct"][run.samples["resource"] == "gpu"]
    assert abs(gpu[:10].mean() - gpu[-10:].mean()) < 5


def test_the_same_seed_draws_the_same_stream_and_another_one_another(
    synthetic: traces.Trace,
) -> None:
    one, again, other = (stream(sim.workload(synthetic, hours=4, seed=s)) for s in (5, 5, 6))
    assert np.array_equal(one, again)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_every_heuristic_sees_the_same_arrivals(synthetic: traces.Trace) -> None:
    work = sim.workload(synthetic, hours=4)
    runs = [sim.replay(work, heuristics.get(n), samples=1) for n in ("best_fit", "worst_fit")]
    assert len({run.counters["arrived"] for run in runs}) == 1


def test_pools_share_no_job_and_leave_none_out(synthetic: traces.Trace) -> None:
    population = population_of(synthetic)
    pools = [pool(population, split) for split in SPLITS]
    assert sum(p.size for p in pools) == len(population)
    jobs = [set(population.job[p].tolist()) for p in pools]
    assert not jobs[0] & (jobs[1] | jobs[2])
    assert not jobs[1] & jobs[2]
    assert pools[0].size == pytest.approx(len(population) / 2, rel=0.01)


def test_what_a_heuristic_sees_comes_from_train_alone(synthetic: traces.Trace) -> None:
    population = population_of(synthetic)
    work = sim.workload(synthetic, split="test", hours=1)
    train = mix_of(population, pool(population, "train"))
    assert np.array_equal(work.mix.natural, train.natural)


def test_coverage_keeps_the_most_frequent_shapes(synthetic: traces.Trace) -> None:
    population = population_of(synthetic)
    whole, most = mix_of(population), mix_of(population, coverage=0.8)
    assert most.counts.sum() >= 0.8 * whole.counts.sum()
    assert most.counts[:-1].sum() < 0.8 * whole.counts.sum()
    assert np.array_equal(most.counts, whole.counts[: most.counts.size])


def test_the_offered_ratio_is_never_passed_and_almost_reached(synthetic: traces.Trace) -> None:
    setup = experiment(synthetic, offered=1.3)
    order, tasks = sequence(setup, 3)
    amount = setup.population.shapes.whole[setup.population.shape[tasks], setup.primary].sum()
    capacity = setup.machines.total[:, setup.primary].sum()
    assert 1.29 * capacity < amount <= 1.3 * capacity
    assert sorted(order) == list(range(len(setup.machines)))
    assert set(tasks) <= set(setup.tasks)


def test_all_of_a_pool_that_asks_for_less_comes_before_any_is_drawn_again(
    synthetic: traces.Trace,
) -> None:
    setup = experiment(synthetic, offered=5.0)
    _, tasks = sequence(setup, 3)
    counts = np.bincount(tasks, minlength=len(setup.population))
    assert counts.min() >= 1
    assert counts.max() > 1


def test_workers_do_not_change_a_byte(synthetic: traces.Trace) -> None:
    chosen = [heuristics.get("best_fit"), heuristics.get("fgd")]
    one, two = (sim.saturate(synthetic, chosen, seeds=range(3), workers=w) for w in (1, 2))
    assert [r.result() for r in one] == [r.result() for r in two]
    for a, b in zip(one, two, strict=True):
        for name, column in a.curve.items():
            assert np.array_equal(column, b.curve[name], equal_nan=column.dtype.kind == "f")


def test_a_trace_in_its_own_order_gets_the_machines_that_the_load_asks_for() -> None:
    trace = random_trace(np.random.default_rng(1), Settings(machines=40, tasks=200, span_s=100))
    sparse = sim.workload(trace, order="trace", load=0.3)
    dense = sim.workload(trace, order="trace", load=0.9)
    assert len(dense.machines) < len(sparse.machines)
    assert stream(dense).shape == stream(sparse).shape


def test_more_machines_than_the_trace_has_are_its_kinds_again() -> None:
    trace = random_trace(np.random.default_rng(1), Settings(machines=5))
    work = sim.workload(trace, order="trace", machines=12)
    assert len(work.machines) == 12
    assert set(work.machines.ids) <= {f"m{i}" for i in range(5)}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"load": 0.0}, "load=0.0: expected a ratio"),
        ({"order": "backwards"}, "order=backwards: expected drawn or trace"),
        ({"lifetimes": "long"}, "lifetimes=long: expected joint or independent"),
        ({"machines": 0}, "machines=0: expected at least 1"),
        ({"split": "exam"}, "split=exam: expected one of all, train"),
        ({"weights": {"rdma": 1.0}}, "weights.rdma: the trace has cpu, mem, gpu"),
    ],
)
def test_what_can_not_be_is_one_line(
    synthetic: traces.Trace, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(sim.SimError) as caught:
        sim.workload(synthetic, **asked)  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_delays_of_a_queue_add_up(synthetic: traces.Trace) -> None:
    work = sim.workload(synthetic, load=1.2, hours=6, history_h=0)
    run = sim.replay(work, heuristics.get("best_fit"), queue="skip", placements=True)
    assert run.placements is not None
    waited = np.sort(run.placements["waited_s"])
    assert run.waits["mean"] == pytest.approx(waited.mean())
    assert run.waits["p99"] == waited[int(np.ceil(0.99 * waited.size)) - 1]
    result = run.result()
    assert result["placed"] + result["pending_at_end"] == result["arrived"]
    assert waited.max() > 0


def test_a_machine_of_more_devices_than_a_mask_has_bits_is_refused() -> None:
    trace = traces.load("synthetic", machines=2, tasks=50)
    machines = trace.machines.collect()
    crowded = machines.with_columns(gpu=machines["gpu"] * 0 + 65.0)
    with pytest.raises(sim.SimError, match="a machine of 65 GPUs; at most 64"):
        sim.workload(replace(trace, machines=crowded.lazy()))


def test_requests_that_the_same_machines_can_take_are_one_shape_however_written() -> None:
    """`A|B`, `B|A` and, where no machine is a B, `A`: when one fits nowhere none of them does."""
    machines = [{"cpu": 4.0, "model": "A"}]
    models = ["A", "A|B", "B|A", "B", "C", None]
    tasks = [{"cpu": 1.0, "lifetime": 1.0, "models": label} for label in models]
    one = population_of(written(machines, tasks))
    assert one.shape.tolist() == [0, 0, 0, 1, 1, 2]
    both = population_of(written([*machines, {"cpu": 4.0, "model": "B"}], tasks))
    assert both.shape.tolist() == [1, 0, 0, 2, 3, 4]
    assert both.shapes.models.tolist() == [3, 1, 2, 1 << 61, 0]


def test_a_replay_leaves_its_workload_as_it_was_for_the_next_one() -> None:
    trace = random_trace(
        np.random.default_rng(2), Settings(resources=("cpu",), machines=6, tasks=40, models=False)
    )
    work = sim.workload(trace, order="trace")
    before = work.machines.total.copy()
    first = sim.replay(work, heuristics.get("first_fit"))
    assert np.array_equal(work.machines.total, before)
    again = sim.replay(work, heuristics.get("first_fit"))
    assert first.result() == again.result()


def test_a_task_alive_at_the_start_lives_on_for_what_is_left_of_its_life() -> None:
    trace = random_trace(np.random.default_rng(4), Settings(machines=6, tasks=3, span_s=60))
    tasks = trace.tasks.collect().with_columns(
        submit=pl.Series([-50.0, 0.0, 5.0]),
        lifetime=pl.Series([60.0, 60.0, None]),
        alive_at_start=pl.Series([True, False, False]),
    )
    work = sim.workload(replace(trace, tasks=tasks.lazy()), order="trace")
    rows = stream(work)
    assert rows[layout.SUBMIT].tolist() == [0, 0, 5_000]
    assert rows[layout.LIFE].tolist() == [10_000, 60_000, layout.FOREVER]
