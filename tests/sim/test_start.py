"""How a window starts: who is found running, what history brings, what load comes to.

Chances are compared over many seeds, all fixed: a figure may be out by so many of its standard
errors, and the same seeds always give the same figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
import sim.drawn
import traces
from sim import layout
from sim.pace import at_pace, pace_for
from sim.periods import windows_in
from sim.population import machines_of, population_of
from sim.recording import since
from sim.replaying import stratified
from sim.works import START_SHARE, Workload
from tests.shares import share
from tests.sim import oracle_start as exact
from tests.sim.cells import Settings, random_trace
from tests.sim.hand import written
from traces import Advice, Trace

FAR = 4.5  # standard errors
FLEET = [{"cpu": 16.0}] * 60
LIVES = [2.0, 5.0, 5.0, 11.0, 40.0, 100.0]  # seconds
SIZES = [1.0, 4.0, 0.5, 2.0, 3.0, 1.0]


def pool(**more: Any) -> Trace:
    tasks = [{"cpu": c, "lifetime": s} for c, s in zip(SIZES, LIVES, strict=True)]
    return written(FLEET, tasks, **more)


DEPLOYMENTS = [[40.0, 10.0, 10.0], [8.0, 8.0], [3.0], [90.0, 2.0, 2.0, 1.0]]


def deployments() -> Trace:
    """Jobs of several tasks, that are drawn and start together."""
    tasks = [
        {"cpu": 1.0 + k, "lifetime": life, "job": f"j{job}"}
        for job, lives in enumerate(DEPLOYMENTS)
        for k, life in enumerate(lives)
    ]
    return written(FLEET, tasks, advice=Advice(together=True))


def starts(trace: Trace, seeds: int, **asked: Any) -> list[tuple[Workload, np.ndarray]]:
    """Start populations of many seeds."""
    works = sim.series(
        trace, seeds=range(seeds), order="drawn", **{"hours": 0.01, "load": 0.8, **asked}
    )
    return [(work, work.start()) for work in works]


def far_from(counts: list[int], chances: list[Fraction]) -> float:
    """By how many standard errors the worst of some counts is off its chance."""
    n = sum(counts)
    return max(
        abs(c - n * float(p)) / np.sqrt(n * float(p) * (1 - float(p)))
        for c, p in zip(counts, chances, strict=True)
    )


def off(values: Any, mean: float) -> float:
    """By how many of its standard errors a mean of values is off."""
    values = np.asarray(values, float)
    return float(abs(values.mean() - mean) / (values.std(ddof=1) / np.sqrt(values.size)))


def ticks(lives: list[float]) -> list[int]:
    return [round(1000 * life) for life in lives]


# Who is found running ----------------------------------------------------------------------------


def test_tasks_are_found_running_by_their_length() -> None:
    found = starts(pool(), 600)
    counts = Counter(int(k) for _, rows in found for k in rows[layout.SOURCE])
    chances = exact.length_biased(ticks(LIVES))
    assert far_from([counts[k] for k in range(len(LIVES))], chances) < FAR


def test_how_many_run_is_the_rate_times_the_mean_life_and_varies_like_chance() -> None:
    found = starts(pool(), 600)
    expected = found[0][0].stream.rate * np.mean(ticks(LIVES))  # type: ignore[union-attr]
    sizes = np.array([rows.shape[1] for _, rows in found])
    assert off(sizes, expected) < FAR
    assert sizes.var() == pytest.approx(expected, rel=0.25)  # Poisson's


def test_what_is_left_of_a_task_is_uniform_over_its_life() -> None:
    found = starts(pool(), 600)
    rows = np.concatenate([rows for _, rows in found], axis=1)
    for k, life in enumerate(ticks(LIVES)):
        left = rows[layout.LIFE, rows[layout.SOURCE] == k]
        assert left.min() >= 1
        assert left.max() <= life
        assert off(left, (life + 1) / 2) < FAR
        for part in (0.1, 0.5, 0.9):
            assert abs((left <= part * life).mean() - part) < FAR * 0.5 / np.sqrt(left.size) + 1e-3
    lives = ticks(LIVES)
    assert off(rows[layout.LIFE], float(exact.mean_residual(lives)) + 0.5) < FAR
    for tick in (1000, 4000, 20_000, 70_000):
        p = float(exact.residual_at_most(lives, Fraction(tick)))
        share = (rows[layout.LIFE] <= tick).mean()
        assert abs(share - p) < FAR * np.sqrt(p * (1 - p) / rows.shape[1])
    assert (rows[layout.PREDICTED] == rows[layout.LIFE]).all()
    assert (rows[layout.SUBMIT] == 0).all()


def test_deployments_are_found_by_their_longest_life_and_keep_their_survivors() -> None:
    found = starts(deployments(), 800, load=0.5)
    lives = [ticks(one) for one in DEPLOYMENTS]
    of = np.repeat(np.arange(len(lives)), [len(one) for one in lives])
    flat = np.concatenate(lives)
    rows = np.concatenate([rows for _, rows in found], axis=1)
    age = flat[rows[layout.SOURCE]] - rows[layout.LIFE]
    job = of[rows[layout.SOURCE]]
    met: list[tuple[int, int]] = []  # deployments in the order of the rows: job and age
    members: list[list[int]] = []
    for j, a, source in zip(job.tolist(), age.tolist(), rows[layout.SOURCE].tolist(), strict=True):
        if not met or met[-1] != (j, a) or source in members[-1]:
            met.append((j, a))
            members.append([])
        members[-1].append(source)
    for (j, a), some in zip(met, members, strict=True):  # all that still run, and no other
        left = exact.survivors(lives[j], Fraction(a))
        assert [int(flat[k]) - a for k in some] == left
    counts = Counter(j for j, _ in met)
    chances = exact.deployment_chances(lives)
    assert far_from([counts[j] for j in range(len(lives))], chances) < FAR
    assert off([len(some) for some in members], float(exact.survivors_in_the_mean(lives))) < FAR
    for j, one in enumerate(lives):
        ages = np.array([a for k, a in met if k == j])
        assert off(ages, (max(one) - 1) / 2) < FAR
    rate = found[0][0].stream.rate  # type: ignore[union-attr]
    expected = rate * np.mean([max(one) for one in lives]) * len(found)
    assert abs(len(met) - expected) < FAR * np.sqrt(expected)


def test_lives_apart_from_the_shape_are_found_by_their_length_on_any_shape() -> None:
    found = starts(pool(), 600, lifetimes="independent")
    rows = np.concatenate([rows for _, rows in found], axis=1)
    counts = Counter(rows[layout.SOURCE].tolist())
    even = [Fraction(1, len(LIVES))] * len(LIVES)
    assert far_from([counts[k] for k in range(len(LIVES))], even) < FAR
    lives = ticks(LIVES)
    for k in range(len(LIVES)):
        left = rows[layout.LIFE, rows[layout.SOURCE] == k]
        assert off(left, float(exact.mean_residual(lives)) + 0.5) < FAR
    sizes = [rows.shape[1] for _, rows in found]
    assert off(sizes, found[0][0].stream.rate * np.mean(lives)) < FAR  # type: ignore[union-attr]


def test_a_cap_cuts_lives_before_anything_is_drawn() -> None:
    capped = [min(life, 20.0) for life in LIVES]
    for rule in ("joint", "independent"):
        found = starts(pool(), 300, lifetimes=rule, lifetime_cap_h=20 / 3600)
        rows = np.concatenate([rows for _, rows in found], axis=1)
        assert rows[layout.LIFE].max() <= 20_000
        assert off(rows[layout.LIFE], float(exact.mean_residual(ticks(capped))) + 0.5) < FAR
        arrivals = np.concatenate([r for work, _ in found for r in work.arrivals(0)], axis=1)
        assert arrivals[layout.LIFE].max() <= 20_000


def test_a_snapshot_is_its_running_population_with_lives_by_the_mean_of_their_ages() -> None:
    ages = [30.0, 60.0, 90.0, 300.0]
    tasks: list[dict[str, Any]] = [
        {"cpu": c, "submit": -age, "alive_at_start": True}
        for c, age in zip((1.0, 2.0, 3.0, 6.0), ages, strict=True)
    ]
    tasks.append({"cpu": 16.0, "submit": 0.0})  # pending: it is not among what runs
    trace = written([{"cpu": 16.0}] * 3, tasks, snapshot=True, span_s=1.0)
    found = starts(trace, 800, load=None)
    work = found[0][0]
    assert work.tasks.tolist() == [0, 1, 2, 3]
    assert work.load == pytest.approx(12 / 48)  # what runs
    rows = np.concatenate([rows for _, rows in found], axis=1)
    counts = Counter(rows[layout.SOURCE].tolist())
    assert far_from([counts[k] for k in range(4)], [Fraction(1, 4)] * 4) < FAR
    mean = 1000 * np.mean(ages)
    assert off(rows[layout.LIFE], mean) < FAR  # exponential: no memory
    assert off((rows[layout.LIFE] > mean), float(np.exp(-1.0))) < FAR
    amounts = [
        (work.population.shapes.whole[rows[layout.SHAPE], 0].sum()) / 1000 for _, rows in found
    ]
    assert off(amounts, 12.0) < FAR


# What history replays ----------------------------------------------------------------------------


def arrivals(work: Workload) -> np.ndarray:
    return np.concatenate(list(work.arrivals(0)), axis=1)


@pytest.mark.parametrize("kind", ["joint", "independent", "together"])
def test_what_left_no_trace_is_skipped_and_nothing_else(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = deployments() if kind == "together" else pool()
    rule = "independent" if kind == "independent" else "joint"
    work = sim.workload(trace, order="drawn", load=0.8, hours=0.1, history_h=1.0, lifetimes=rule)
    kept = arrivals(work)
    monkeypatch.setattr(sim.drawn, "TRACE_GONE", 0.0)
    every = arrivals(work)
    before = work.history - every[layout.SUBMIT]
    gone = 50 * every[layout.LIFE] < before
    assert gone.any()
    fields = [layout.SUBMIT, layout.LIFE, layout.SOURCE, layout.SHAPE]
    assert np.array_equal(kept[fields], every[fields][:, ~gone])
    assert np.array_equal(kept[layout.NUMBER], np.arange(kept.shape[1]))
    assert (every[layout.SUBMIT, gone] < work.history).all()
    ends = every[layout.SUBMIT, gone] + every[layout.LIFE, gone]
    assert (ends < work.history).all()  # so what the window is offered is the same


def test_a_history_of_the_trace_itself_skips_what_left_no_trace() -> None:
    tasks = [
        {"cpu": 1.0, "submit": float(k), "lifetime": life} for k in range(80) for life in (0.4, 9.0)
    ]
    trace = written(FLEET, tasks, span_s=100.0)
    work = sim.workload(trace, order="trace", hours=20 / 3600, history_h=40 / 3600)
    assert (work.history, work.window) == (40_000, 20_000)
    rows = arrivals(work)
    begin = 40_000  # the window's, of the trace: in the middle
    came = [
        k
        for k, task in enumerate(tasks)
        if 0 <= 1000 * task["submit"] < begin + 20_000
        and not 1000 * task["lifetime"] < 0.02 * (begin - 1000 * task["submit"])
    ]
    assert rows[layout.SOURCE].tolist() == came
    assert len(came) == 120 - 20


def test_arrivals_come_evenly_and_each_task_alike() -> None:
    works = sim.series(pool(), seeds=range(60), order="drawn", load=0.8, hours=0.05, history_h=0.0)
    rows = [arrivals(work) for work in works]
    rate, window = works[0].stream.rate, works[0].window  # type: ignore[union-attr]
    assert off([r.shape[1] for r in rows], rate * window) < FAR
    every = np.concatenate(rows, axis=1)
    counts = Counter(every[layout.SOURCE].tolist())
    even = [Fraction(1, len(LIVES))] * len(LIVES)
    assert far_from([counts[k] for k in range(len(LIVES))], even) < FAR
    tenths = Counter((10 * every[layout.SUBMIT] // window).tolist())
    assert far_from([tenths[k] for k in range(10)], [Fraction(1, 10)] * 10) < FAR


def test_a_deployment_comes_at_one_instant_and_whole() -> None:
    work = sim.workload(deployments(), order="drawn", load=0.5, hours=0.3, history_h=0.0, seed=3)
    rows = arrivals(work)
    at = 0
    sizes = [len(one) for one in DEPLOYMENTS]
    first = np.concatenate([[0], np.cumsum(sizes)])
    while at < rows.shape[1]:
        job = int(np.searchsorted(first, rows[layout.SOURCE, at], side="right")) - 1
        some = rows[:, at : at + sizes[job]]
        assert some[layout.SOURCE].tolist() == list(range(first[job], first[job + 1]))
        assert len(set(some[layout.SUBMIT].tolist())) == 1
        at += sizes[job]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_chunks_are_numbered_on_and_come_in_order(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.drawn, "CHUNK", size)
    work = sim.workload(deployments(), order="drawn", load=0.5, hours=0.05)
    rows = np.concatenate(list(work.everything()), axis=1)
    assert rows[layout.NUMBER].tolist() == list(range(rows.shape[1]))
    submit = rows[layout.SUBMIT, work.start().shape[1] :]
    assert (np.diff(submit) >= 0).all()
    assert submit.max() < work.history + work.window


# Load --------------------------------------------------------------------------------------------


def offered(work: Workload) -> np.ndarray:
    """Request times life within the window over capacity, a resource, start population included."""
    rows = np.concatenate(list(work.everything()), axis=1)
    begin, end = work.history, work.history + work.window
    until = np.minimum(rows[layout.SUBMIT] + rows[layout.LIFE], end)
    held = np.maximum(until - np.maximum(rows[layout.SUBMIT], begin), 0)
    whole = work.population.shapes.whole[rows[layout.SHAPE]]
    total = work.machines.total.sum(axis=0)
    asked = (whole * held[:, None]).sum(axis=0)
    return np.asarray(asked / np.where(total > 0, total, 1) / work.window)


CELLS: dict[str, tuple[Trace, dict[str, Any]]] = {
    "joint": (pool(), {}),
    "no history": (pool(), {"history_h": 0.0}),
    "independent": (pool(), {"lifetimes": "independent"}),
    "capped": (pool(), {"lifetimes": "independent", "lifetime_cap_h": 30 / 3600}),
    "deployments": (deployments(), {}),
    "long history": (deployments(), {"history_h": 0.3}),
}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("load", [0.4, 0.9])
def test_a_drawn_stream_offers_the_load_that_was_asked_for(kind: str, load: float) -> None:
    trace, asked = CELLS[kind]
    works = sim.series(
        trace, seeds=range(200), order="drawn", load=load, **{"hours": 0.03, **asked}
    )
    assert off([offered(work)[0] for work in works], load) < FAR
    assert {work.load for work in works} == {load}


def test_load_is_that_of_the_scarcest_weighted_resource_on_the_machines_drawn() -> None:
    fleet = [{"cpu": 16.0, "mem": 16.0}] * 6 + [{"cpu": 8.0, "mem": 64.0}] * 6
    tasks = [{"cpu": 1.0, "mem": 2.0, "lifetime": 9.0}, {"cpu": 2.0, "mem": 1.0, "lifetime": 4.0}]
    trace = written(fleet, tasks)
    for weights, scarce in (({"cpu": 1.0}, 0), ({"mem": 1.0}, 1), (None, None)):
        works = sim.series(
            trace,
            seeds=range(150),
            order="drawn",
            load=0.7,
            machines=4,
            hours=0.02,
            weights=weights,
        )
        assert len({tuple(work.machines.total.sum(axis=0)) for work in works}) > 2
        demand = np.array([1 * 9 + 2 * 4, 2 * 9 + 1 * 4])
        shares = []
        for work in works:
            most = int(np.argmax(demand / work.machines.total.sum(axis=0)))
            shares.append(offered(work)[most if scarce is None else scarce])
        assert off(shares, 0.7) < FAR


def test_of_the_traces_own_order_the_load_chooses_the_machines_or_the_pace() -> None:
    trace = random_trace(np.random.default_rng(8), Settings(machines=40, tasks=400, span_s=200))
    population, fleet = population_of(trace), machines_of(trace)
    plain = sim.workload(trace, order="trace")
    span = plain.window - 1
    for load in (0.5, 0.9):
        chosen = sim.workload(trace, order="trace", load=load)
        fewer = len(chosen.machines) - 1
        mean = fleet.total.mean(axis=0)
        total = plain.load * fleet.total.sum(axis=0)  # what is asked for, of the scarcest
        needed = (total / mean / load).min()
        assert fewer < needed <= len(chosen.machines) + 1
        paced = sim.workload(trace, order="trace", load=load, machines=20)
        assert len(paced.machines) == 20
        factor = pace_for(population, (0, span), mean * 20, paced.weight, load)
        assert np.array_equal(paced.population.submit, at_pace(population, factor).submit)
        assert np.array_equal(paced.population.life, population.life)  # never stretched
        whole = sim.workload(trace, order="trace", load=load, machines=40)
        assert whole.load == pytest.approx(load, rel=2e-3)
        some = sim.series(trace, order="trace", load=load, machines=20, seeds=range(60))
        assert off([1 / work.load for work in some], 1 / load) < FAR  # by the machines drawn


# History is long enough --------------------------------------------------------------------------


def held(work: Workload, resource: int) -> tuple[float, float]:
    """What the start population, and all, hold at the window's start, were all placed."""
    rows = np.concatenate(list(work.everything()), axis=1)
    at = work.history
    runs = (rows[layout.SUBMIT] <= at) & (rows[layout.SUBMIT] + rows[layout.LIFE] > at)
    amount = work.population.shapes.whole[rows[layout.SHAPE], resource] * runs
    old = rows[layout.NUMBER] < work.start().shape[1]
    return float(amount[old].sum()), float(amount.sum())


@pytest.mark.parametrize("kind", ["joint", "independent", "capped", "deployments"])
def test_history_leaves_a_fifth_of_the_start_population_at_most(kind: str) -> None:
    trace, asked = CELLS[kind]
    works = sim.series(trace, seeds=range(300), order="drawn", load=0.8, hours=0.01, **asked)
    left = np.array([held(work, 0) for work in works])
    share = left[:, 0].sum() / left[:, 1].sum()
    scatter = left[:, 0] - START_SHARE * left[:, 1]
    assert share <= 0.2
    assert off(scatter, 0.0) < FAR  # and is no longer than it need be


def test_history_of_the_synthetic_trace_leaves_a_fifth_at_most() -> None:
    trace = traces.load("synthetic")
    works = sim.series(trace, seeds=range(12), order="drawn", load=0.9, machines=100)
    gpu = trace.resources.index("gpu")
    left = np.array([held(work, gpu) for work in works])
    assert left[:, 0].sum() <= 0.2 * left[:, 1].sum()


def test_no_history_is_shorter_than_the_trace_advises() -> None:
    trace = replace(pool(), advice=Advice(history_h=2.0))
    assert sim.workload(trace, order="drawn", load=0.5).history == 2 * 3_600_000
    assert sim.workload(trace, order="drawn", load=0.5, history_h=0.5).history == 1_800_000


def brute(submit: Any, end: Any, amount: Any, at: int, most: float) -> int:
    """The least history, tried tick by tick of arrivals, that leaves at most that share."""
    submit = np.maximum(submit, 0)
    runs = [(s, a) for s, e, a in zip(submit, end, amount, strict=True) if s < at < e]
    total = sum(a for _, a in runs)
    if total == 0:
        return 0
    for begin in sorted({int(s) for s, _ in runs} | {0}, reverse=True):
        if sum(a for s, a in runs if s < begin) <= most * total:
            return at - begin
    raise AssertionError("from the trace's beginning nothing ran before")


@settings(max_examples=share(100), deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.0, 0.1, 0.16, 0.2, 0.5]))
def test_history_of_a_recorded_trace_is_the_least_that_is_enough(seed: int, most: float) -> None:
    random = np.random.default_rng(seed)
    kind = Settings(machines=3, tasks=int(random.integers(1, 40)), span_s=40)
    population = population_of(random_trace(random, kind))
    alive = random.random(len(population)) < 0.2
    age = random.integers(0, 30_000, len(population))
    submit = np.where(alive, -age, population.submit)
    life = np.where(population.life < layout.FOREVER, population.life + alive * age, layout.FOREVER)
    population = replace(population, alive=alive, submit=submit, life=life)
    end = np.where(life < layout.FOREVER, submit + life, layout.FOREVER)
    at = int(random.integers(1, 40_000))
    for r in range(3):
        amount = population.shapes.whole[population.shape, r]
        found = since(population, np.arange(len(population)), at, r, most)
        assert found == brute(submit, end, amount, at, most)


# Windows and samples -----------------------------------------------------------------------------


@given(
    st.integers(0, 10_000),
    st.integers(100, 100_000),
    st.integers(1, 9),
    st.one_of(st.none(), st.floats(0.01, 1.0)),
)
def test_windows_lie_apart_within_their_period(
    first: int, long: int, count: int, part: float | None
) -> None:
    last = first + long
    length = None if part is None else max(1, int(part * long / count))
    begins = windows_in(first, last, count, length, "by hand")
    length = length or long // count
    assert len(begins) == count
    assert first <= begins[0]
    assert begins[-1] + length <= last + 1
    assert all(b - a >= length - 1 for a, b in pairwise(begins))


def test_samples_are_one_in_each_part_of_the_window_at_times_of_the_seeds() -> None:
    works = sim.series(pool(), windows=3, seeds=range(40), order="drawn", load=0.5, hours=0.1)
    places = []
    for work in works:
        found = stratified(work, 8)
        part = work.window / 8
        for k, tick in enumerate(found):
            assert work.history + int(k * part) <= tick < work.history + (k + 1) * part
            places.append((tick - work.history) / part - k)
    assert off(places, 0.5) < FAR
    assert len({tuple(stratified(work, 8)) for work in works}) == len(works)
