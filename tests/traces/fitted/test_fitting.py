"""A model is fitted to traces of known laws, and holds them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import traces
from traces import fitted
from traces.fitted.model import Model
from traces.fitted.requests import KINDS_MAX
from traces.trace import Trace

from .conftest import MACHINES, batches, trace_of


def test_kinds_batches_and_machines_are_those_of_the_trace(model: Model) -> None:
    assert [(kind.amounts, kind.models, kind.priority) for kind in model.kinds] == [
        ((2.0, 4.0, 0.0), None, 0),
        ((8.0, 16.0, 1.0), "T4", 1),
    ]
    counts = [cell.batches for kind in model.kinds for cell in kind.arrivals]
    assert sum(counts) == 2000
    assert {cell.size for kind in model.kinds for cell in kind.arrivals} == {4}
    assert model.sizes[0].counts == ((4, 2000),)
    assert [(one.count, one.model) for one in model.machines] == [(20, None), (10, "T4")]
    assert model.steps_s == (1.0, 1.0)
    assert (model.advice.together, model.services) == (True, ())


def test_each_kind_has_its_own_lives(model: Model) -> None:
    for kind, median in zip(model.kinds, (600.0, 7200.0), strict=True):
        law = model.laws[kind.arrivals[0].law]
        lot = (np.arange(2000) + 0.5) / 2000
        lives, _ = fitted.mixture.drawn(law.components, lot)
        assert np.median(lives) == pytest.approx(median, rel=0.1)


def test_a_twin_has_the_lives_within_batches_too(deployments: Trace, model: Model) -> None:
    spread = (pl.col("lifetime").max() / pl.col("lifetime").min()).log()
    both = [
        one.tasks.drop_nulls("lifetime").group_by("job").agg(spread).collect()["lifetime"].mean()
        for one in (deployments, fitted.draw(model))
    ]
    assert both[1] == pytest.approx(both[0], rel=0.25)


def test_jobs_of_tasks_that_come_and_go_are_services() -> None:
    random = np.random.default_rng(0)
    count = 3000
    frame = pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(count)],
            "job": [f"app{i}" for i in random.integers(0, 20, count)],
            "submit": np.sort(np.floor(random.random(count) * 5 * 86400)),
            "lifetime": np.rint(random.lognormal(7, 1, count)),
            "cpu": 2.0,
            "mem": 4.0,
            "gpu": 0.0,
            "max_per_machine": 3,
        }
    )
    model = fitted.fit(trace_of(frame))
    assert model.kinds[0].jobs == 20
    assert model.kinds[0].max_per_machine == 3
    twin = fitted.draw(model)
    assert twin.tasks.select(pl.col("job").n_unique()).collect().item() == 20
    grown = fitted.draw(model, scale=3)
    assert grown.tasks.select(pl.col("job").n_unique()).collect().item() == 60


def test_what_runs_at_the_start_is_fitted_by_itself() -> None:
    coming = batches(300, 2)
    there = coming.head(200).with_columns(
        ("s" + pl.col("id")).alias("id"),
        ("s" + pl.col("job")).alias("job"),
        pl.lit(-1000.0).alias("submit"),
        pl.lit(50_000.0).alias("lifetime"),
        pl.lit(True).alias("alive_at_start"),
    )
    frame = pl.concat([there, coming.with_columns(pl.lit(False).alias("alive_at_start"))])
    twin = fitted.draw(fitted.fit(trace_of(frame))).tasks.collect()
    alive = twin.filter("alive_at_start")
    assert alive.height == 200
    assert alive["submit"].median() == pytest.approx(-1000, rel=0.02)
    assert (alive["submit"] + alive["lifetime"]).median() == pytest.approx(49_000, rel=0.02)
    assert twin.head(200)["alive_at_start"].all()


def test_gangs_stay_gangs_and_requested_times_are_kept() -> None:
    frame = batches(400, 4).with_columns(
        pl.lit(True).alias("gang"),
        (pl.col("lifetime").max().over("job") / 3600).ceil().mul(3600).alias("requested"),
    )
    twin = fitted.draw(fitted.fit(trace_of(frame))).tasks.collect()
    assert twin["gang"].all()
    sizes = twin.group_by("job").agg(pl.len(), pl.col("submit").n_unique())
    assert (sizes["len"] == 4).all()
    assert (sizes["submit"] == 1).all()
    known = twin.drop_nulls(["lifetime", "requested"])
    assert (known["lifetime"] <= known["requested"]).all()
    assert {*known["requested"] % 3600} == {0.0}


def test_more_kinds_than_can_be_listed_are_drawn_by_a_copula() -> None:
    random = np.random.default_rng(0)
    count = 6000
    normal = random.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=count)
    frame = pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(count)],
            "submit": np.floor(np.sort(random.random(count)) * 86400),
            "lifetime": 60.0,
            "cpu": np.round(np.exp(0.5 * normal[:, 0]), 2).clip(0.01, 60),
            "mem": np.round(4 * np.exp(0.5 * normal[:, 1]) * 1024).clip(1, 1e5) / 1024,
            "gpu": 0.0,
        }
    )
    model = fitted.fit(trace_of(frame))
    assert len(model.kinds) < KINDS_MAX
    assert model.remainder
    twin = fitted.draw(model).tasks.collect()
    pairs = [np.corrcoef(np.log(f["cpu"]), np.log(f["mem"]))[0, 1] for f in (frame, twin)]
    assert pairs[1] == pytest.approx(pairs[0], abs=0.08)
    for name in ("cpu", "mem"):
        assert twin[name].mean() == pytest.approx(float(frame[name].mean()), rel=0.05)  # type: ignore[arg-type]
    assert (twin["cpu"] <= 64).all()


def test_ends_that_the_trace_cut_are_cut_in_the_twin() -> None:
    frame = batches(3000, 1)
    end = 8 * 86400.0
    frame = frame.with_columns(pl.col("lifetime").fill_null(end - pl.col("submit")))
    model = fitted.fit(trace_of(frame))
    assert model.closed
    twin = fitted.draw(model).tasks.collect()
    assert twin["lifetime"].null_count() == 0
    # A model's times count from the first arrival.
    begin = float(frame["submit"].min())  # type: ignore[arg-type]
    assert (twin["submit"] + twin["lifetime"]).max() == pytest.approx(end - begin)


@pytest.mark.parametrize("lifetime", [None, 5.0])
def test_a_trace_without_times_has_a_twin_without(lifetime: float | None) -> None:
    frame = pl.DataFrame({"id": ["a", "b", "c"], "cpu": [1.0, 1.0, 4.0], "mem": 1.0, "gpu": 0.0})
    frame = frame.with_columns(lifetime=pl.lit(lifetime, pl.Float64))
    twin = fitted.draw(fitted.fit(trace_of(frame))).tasks.collect()
    assert twin["submit"].to_list() == [0.0] * 3
    assert twin["lifetime"].null_count() == (3 if lifetime is None else 0)
    assert sorted(twin["cpu"]) == [1.0, 1.0, 4.0]


def test_racks_and_placements_are_said_to_be_left_out() -> None:
    machines = MACHINES.with_columns(rack=pl.lit("r0"))
    frame = batches(20, 1).with_columns(machine=pl.lit("m29"))
    twin = fitted.draw(fitted.fit(trace_of(frame, machines)))
    assert "left out of the model: racks, placements" in twin.assumed


def test_no_tasks_are_nothing_to_fit() -> None:
    empty = trace_of(batches(1, 1).clear())
    with pytest.raises(traces.TraceError, match="found no tasks, expected a trace with tasks"):
        fitted.fit(empty)
