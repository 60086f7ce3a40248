"""How like a synthetic trace is: distances that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from traces import fitted
from traces.fitted.likeness import HOURS, autocorrelation
from traces.fitted.model import Model
from traces.trace import Trace

from .conftest import trace_of


def tasks(cpu: list[float], lifetime: list[float | None]) -> pl.DataFrame:
    count = len(cpu)
    return pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(count)],
            "submit": [3600.0 * i for i in range(count)],
            "lifetime": lifetime,
            "cpu": cpu,
            "mem": [1.0] * count,
            "gpu": [0.0] * count,
        }
    )


def test_a_trace_is_like_itself(deployments: Trace) -> None:
    same = fitted.likeness(deployments, deployments)
    assert all(one.ks == one.wasserstein == 0 for one in same.marginals)
    assert same.mix == same.mix_held == 0
    assert same.arrivals["tasks"].tolist() == same.arrivals["tasks_fitted"].tolist()


def test_distances_are_those_of_the_distribution_functions() -> None:
    a = trace_of(tasks([1, 1, 2, 4], [3600.0] * 4))
    b = trace_of(tasks([1, 2, 2, 8], [7200.0] * 4))
    found = {one.what: one for one in fitted.likeness(a, b).marginals}
    assert (found["cpu"].ks, found["cpu"].wasserstein) == (0.25, 1.25)
    assert (found["cpu"].mean, found["cpu"].mean_fitted) == (2.0, 3.25)
    assert (found["lifetime"].ks, found["lifetime"].wasserstein) == (1.0, 1.0)  # hours
    assert found["between jobs"].ks == 0
    assert fitted.likeness(a, b).mix == pytest.approx(0.5)


def test_a_twin_is_about_as_like_as_luck_makes_the_trace_itself(
    deployments: Trace, model: Model
) -> None:
    like = fitted.likeness(deployments, fitted.draw(model))
    for one in like.marginals:
        assert one.ks < 0.06, one
    assert like.mix < 0.01 < like.mix_by_luck + 0.02
    assert like.arrivals["jobs_fitted"][[0, 23]] == pytest.approx(
        like.arrivals["jobs"][[0, 23]], abs=0.2
    )


def test_autocorrelation_of_a_daily_cycle_comes_back_after_a_day() -> None:
    hours = np.repeat(
        np.arange(240), (10 + 9 * np.sin(2 * np.pi * np.arange(240) / 24)).astype(int)
    )
    found = autocorrelation(hours * 3600.0, 240 * 3600.0)
    assert found.size == HOURS
    assert found[23] > 0.8
    assert found[11] < -0.8
    assert np.isnan(autocorrelation(np.zeros(3), 3600.0)).all()


def test_jobs_drawn_anew_are_whole_and_as_many(deployments: Trace) -> None:
    anew = fitted.resampled(deployments, seed=1)
    frame = anew.tasks.collect()
    jobs = frame.group_by("job").agg(pl.len(), pl.col("submit").n_unique())
    assert jobs.height == 2000
    assert (jobs["len"] == 4).all()
    assert frame["id"].n_unique() == anew.task_count == 8000
    assert frame["submit"].is_sorted()
    assert not frame.equals(fitted.resampled(deployments, seed=2).tasks.collect())
