"""Input shaking: jobs a little earlier or later, and effects that do not outlive it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
import traces
from sim.population import TICKS_A_SECOND, population_of
from sim.shaking import VANISHES, shaken, vanishes
from sim.statistics import Interval
from tests.conftest import Say

POPULATION = population_of(traces.load("synthetic", tasks=400, machines=20))


@given(seconds=st.integers(1, 10**6), seed=st.integers(0, 2**31), index=st.integers(0, 9))
def test_jobs_move_together_and_by_no_more_than_that(seconds: int, seed: int, index: int) -> None:
    ticks = seconds * TICKS_A_SECOND
    found = shaken(POPULATION, ticks, seed, index)
    moved = found.submit - POPULATION.submit
    assert (np.abs(moved) <= ticks).all()
    assert (found.submit[~POPULATION.alive] >= 0).all()
    assert not moved[POPULATION.alive].any()
    free = ~POPULATION.alive & (found.submit > 0)
    for job in np.unique(POPULATION.job[free]):
        assert np.unique(moved[free & (POPULATION.job == job)]).size == 1
    assert np.array_equal(found.submit, shaken(POPULATION, ticks, seed, index).submit)
    assert np.array_equal(found.life, POPULATION.life)


def test_seeds_shake_a_trace_differently_and_a_drawn_stream_not_at_all() -> None:
    trace = traces.load("synthetic", tasks=400, machines=20)
    plain, one, two = (
        sim.workload(trace, order="trace", seed=seed, shake_s=shake)
        for seed, shake in ((1, None), (1, 60.0), (2, 60.0))
    )
    assert not np.array_equal(plain.population.submit, one.population.submit)
    assert not np.array_equal(one.population.submit, two.population.submit)
    assert any("up to 60 s earlier or later" in said for said in one.assumed)
    with pytest.raises(sim.SimError, match="shake: expected with order=trace alone"):
        sim.workload(trace, order="drawn", shake_s=60.0)


@pytest.mark.parametrize(
    ("own", "other", "gone"),
    [
        (Interval(1.0, (0.5, 1.5)), Interval(0.9, (0.1, 1.7)), False),
        (Interval(1.0, (0.5, 1.5)), Interval(0.4, (-0.1, 0.9)), True),
        (Interval(1.0, (0.5, 1.5)), Interval(-0.4, (-0.9, -0.1)), True),
        (Interval(-1.0, (-1.5, -0.5)), Interval(-0.4, (-0.9, 0.1)), True),
        (Interval(-1.0, (-1.5, -0.5)), Interval(-0.4, (-0.9, -0.1)), False),
        (Interval(0.1, (-0.5, 0.7)), Interval(0.9, (0.1, 1.7)), False),
        (Interval(0.1, None), Interval(-0.9, None), True),
        (Interval(0.1, None), Interval(0.9, None), False),
    ],
)
def test_what_is_no_longer_shown_vanishes(own: Interval, other: Interval, gone: bool) -> None:
    assert vanishes(own, other) is gone


def test_a_comparison_tells_what_came_of_it_shaken(say: Say, tmp_path: Path) -> None:
    words = ["order=trace", "trace.tasks=600", "trace.machines=30", "load=0.9", "seeds=3"]
    words += ["policies=[]", "heuristics=[fgd,worst_fit]"]
    code, out, err = say("compare", *words, "shake=600", "json=true", "out=shaken")
    assert code == 0, err
    results = json.loads(out)["results"]
    code, out, err = say("compare", *words, "json=true", "out=plain")
    assert code == 0, err
    told_of = dict[str, float]()
    for one, plain in zip(results, json.loads(out)["results"], strict=True):
        told = one.pop("shaken")
        told_of[one["heuristic"]] = told["recovered_pct"]
        own = Interval(one["recovered_pct"], one["recovered_pct_ci95"])
        other = Interval(told["recovered_pct"], told["recovered_pct_ci95"])
        assert (VANISHES in one["marks"]) == vanishes(own, other)
        one["marks"] = [mark for mark in one["marks"] if mark != VANISHES]
        assert one == plain
    assert "Vanishes" not in json.dumps(results)
    code, shown, _ = say("report", "shaken", "out=page")
    assert code == 0
    assert "fgd" in shown
    table = (tmp_path / "page" / "tables" / "compare.md").read_text()
    assert "The same, shaken, %" in table
    for one in results[1:]:
        assert f"{abs(told_of[one['heuristic']]):.2f}" in table
