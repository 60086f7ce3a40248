"""Synthetic traces: counts, grids, seeds, scale; what is drawn keeps the schema's rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import traces
from traces import fitted
from traces.fitted.drawing import Drawing
from traces.fitted.model import Model
from traces.trace import Trace


def test_a_twin_has_as_many_tasks_and_machines(deployments: Trace, model: Model) -> None:
    twin = fitted.draw(model)
    assert (twin.task_count, twin.machine_count) == (8000, 30)
    assert twin.span_s == pytest.approx(deployments.span_s, rel=0.01)
    assert (twin.name, twin.format) == ("made_fitted", "fitted")
    assert twin.advice == deployments.advice
    assert twin.assumed == ("drawn from a model fitted to made",)


def test_the_same_seed_gives_the_same_trace_and_another_another(model_file: Path) -> None:
    first, again, other = (
        traces.load("fitted", path=model_file, seed=seed, tasks=999) for seed in (3, 3, 4)
    )
    assert first.tasks.collect().equals(again.tasks.collect())
    assert first.sha256 == again.sha256 != other.sha256


def test_ten_times_the_cell_has_ten_times_machines_and_arrivals(model: Model) -> None:
    one, ten = fitted.draw(model), fitted.draw(model, scale=10)
    assert (ten.task_count, ten.machine_count) == (80_000, 300)
    assert ten.span_s == pytest.approx(one.span_s, rel=0.01)
    amounts = [
        x.machines.select(pl.col("cpu", "mem", "gpu").sum()).collect().row(0) for x in (one, ten)
    ]
    assert amounts[1] == tuple(10 * part for part in amounts[0])
    per_hour = [
        x.tasks.select(pl.len() / (pl.col("submit").max() / 3600)).collect().item()
        for x in (one, ten)
    ]
    assert per_hour[1] == pytest.approx(10 * per_hour[0], rel=0.01)
    assert "10 times as large" in ten.assumed[0]


def test_other_counts_come_at_the_same_rate(model: Model) -> None:
    half = fitted.draw(model, tasks=4000)
    assert half.task_count == 4000
    assert half.tasks.select(pl.col("submit").max()).collect().item() == pytest.approx(
        4 * 86400, rel=0.02
    )
    assert half.machine_count == 30


def test_kinds_and_sizes_are_held_to_the_batch(model: Model) -> None:
    tasks = fitted.draw(model).tasks.collect()
    jobs = tasks.group_by("job").agg(pl.len(), pl.col("cpu").n_unique().alias("kinds"))
    assert (jobs["len"] == 4).all()
    assert (jobs["kinds"] == 1).all()
    large = sum(cell.batches for cell in model.kinds[1].arrivals)
    assert abs((tasks["cpu"] == 8.0).sum() - 4 * large) <= 8


@given(
    seed=st.integers(0, 2**40),
    tasks=st.integers(1, 400),
    scale=st.floats(0.01, 4.0),
)
@settings(max_examples=25)
def test_whatever_is_asked_for_the_rows_keep_the_rules(
    model: Model, seed: int, tasks: int, scale: float
) -> None:
    twin = fitted.draw(model, seed=seed, tasks=tasks, scale=scale)  # admission checks every row
    frame = twin.tasks.collect()
    assert frame.height == twin.task_count == tasks
    assert frame["id"].n_unique() == tasks
    assert frame["submit"].is_sorted()
    for name in ("submit", "lifetime"):
        known = frame[name].drop_nulls()
        assert (known == known.round()).all()  # the grid of the trace: whole seconds
    assert {*frame["cpu"]} <= {2.0, 8.0}


def test_what_outlives_the_trace_has_no_end(model: Model) -> None:
    twin = fitted.draw(model)
    frame = twin.tasks.collect()
    assert 0 < frame["lifetime"].null_count() < 400
    assert (frame["submit"] + frame["lifetime"]).max() <= model.end_s  # type: ignore[operator]


def test_many_tasks_are_drawn_lazily_and_the_same(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = fitted.draw(model, tasks=3000)
    monkeypatch.setattr(fitted, "HELD_TASKS", 1000)
    monkeypatch.setattr("traces.fitted.drawing.RUN_TASKS", 3000)
    lazy = fitted.draw(model, tasks=3000)
    assert lazy.tasks.collect().equals(held.tasks.collect())
    assert lazy.tasks.select("cpu").head(7).collect().height == 7
    assert lazy.tasks.filter(pl.col("cpu") == 8).select(pl.len()).collect().item() > 0
    traces.write(lazy, tmp_path / "out")
    assert traces.read(tmp_path / "out").sha256 == lazy.sha256 == held.sha256


def test_runs_hold_whole_batches(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traces.fitted.drawing.RUN_TASKS", 10)
    runs = list(Drawing(model, 100, 1.0, 0).runs())
    assert [run.height for run in runs] == [8] * 12 + [4]
    assert pl.concat(runs)["id"].to_list() == [f"t{i:02}" for i in range(100)]


def test_machines_of_each_kind_are_left_in_a_small_cell(model: Model) -> None:
    tiny = fitted.draw(model, scale=0.001, tasks=40)
    assert tiny.machines.collect()["model"].to_list() == [None, "T4"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": -1}, "trace.seed: found -1, expected a whole number from 0"),
        ({"tasks": 0}, "trace.tasks: found 0, expected a whole number from 1"),
        ({"scale": 0.0}, "trace.scale: found 0, expected above 0"),
        ({"scale": 1e5}, "trace.scale: found 3,000,000 machines, expected at most 1,000,000"),
        ({"size": 1}, "trace.size: found it given for trace fitted"),
    ],
)
def test_what_can_not_be_is_told(model_file: Path, options: dict[str, float], said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        traces.load("fitted", path=model_file, **({"tasks": 10} | options))
    assert said in str(caught.value)


def test_a_snapshot_has_a_twin_with_ages(small: Trace) -> None:
    random = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(300)],
            "submit": -np.rint(random.lognormal(10, 1, 300)),
            "cpu": 1.0,
            "mem": 2.0,
            "gpu": 0.0,
            "alive_at_start": True,
        }
    )
    from .conftest import trace_of

    twin = fitted.draw(fitted.fit(trace_of(frame, snapshot=True)))
    assert twin.snapshot
    ages = -twin.tasks.collect()["submit"]
    assert np.median(ages) == pytest.approx(float(np.median(-frame["submit"])), rel=0.25)
