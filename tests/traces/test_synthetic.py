"""The synthetic workload is the same for the same numbers, placeable, and near its model."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import traces
from traces.synthetic import KINDS, LIFETIME_MAX_S, LIFETIMES, MACHINE_TYPES


def test_the_same_numbers_give_the_same_trace() -> None:
    assert traces.load().sha256 == traces.load("synthetic", seed=0).sha256
    assert traces.load().sha256 != traces.load(seed=1).sha256


def test_the_default_cell_has_300_machines_and_4000_tasks_of_few_shapes() -> None:
    trace = traces.load()
    assert (trace.machine_count, trace.task_count) == (300, 4000)
    tasks = trace.tasks.collect()
    assert 50 <= tasks.select("cpu", "mem", "gpu", "models").n_unique() <= 80
    assert tasks["submit"].is_sorted()
    assert tasks["lifetime"].is_between(1, LIFETIME_MAX_S).all()
    assert tasks["gpu"].max() == 8.0
    assert trace.unplaceable == 0


@pytest.mark.parametrize("machines", [1, 2, 3, 10, 1000])
def test_every_task_fits_some_machine_however_small_the_cell(machines: int) -> None:
    trace = traces.load("synthetic", machines=machines, tasks=200)
    assert (trace.machine_count, trace.unplaceable) == (machines, 0)


def test_the_tables_are_proper_distributions() -> None:
    assert sum(kind.weight for kind in KINDS) == pytest.approx(1000, abs=1)
    assert sum(kind.weight for kind in MACHINE_TYPES) == pytest.approx(1000, abs=5)
    assert sum(weight for weight, _, _ in LIFETIMES) == pytest.approx(1)
    for kind in KINDS:
        assert sum(chance for _, chance in kind.gpus) == pytest.approx(1, abs=0.01)
        assert sum(chance for *_, chance in kind.forms) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": -1}, "trace.seed: found -1, expected a whole number from 0"),
        ({"tasks": 0}, "trace.tasks: found 0, expected a whole number from 1"),
        ({"machines": True}, "trace.machines: found True, expected a whole number from 1"),
        ({"tasks": "pods.csv"}, "trace.tasks: found 'pods.csv', expected a whole number"),
    ],
)
def test_numbers_that_cannot_be_are_told(options: dict[str, object], said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        traces.load("synthetic", **options)  # type: ignore[arg-type]
    assert said in str(caught.value)


@pytest.mark.openb
def test_the_marginals_are_near_those_of_openb(real_data: Path) -> None:
    real = traces.load("openb", path=real_data / "openb").tasks.collect()
    made = traces.load("synthetic", tasks=100_000, machines=1213).tasks.collect()
    for column, within in (("cpu", 0.03), ("mem", 0.03), ("gpu", 0.03)):
        assert made[column].mean() == pytest.approx(real[column].mean(), rel=within)
    for kind in (
        pl.col("gpu") == 0,
        pl.col("gpu").is_between(0, 1, closed="none"),
        pl.col("gpu") == 1,
        pl.col("gpu") > 1,
    ):
        shares = [frame.select(kind.mean()).item() for frame in (made, real)]
        assert shares[0] == pytest.approx(shares[1], abs=0.01)
    capped = pl.col("lifetime").clip(1, LIFETIME_MAX_S)
    for figure, within in ((capped.median(), 0.1), (capped.mean(), 0.1)):
        assert made.select(figure).item() == pytest.approx(real.select(figure).item(), rel=within)
