"""Traces of known laws, made on the spot, and models of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import traces
from traces import fitted
from traces.admit import Label, admit
from traces.fitted.model import Model
from traces.rows import Rows
from traces.schema import UNITS
from traces.trace import Advice, Trace

Made = Callable[..., Trace]
MACHINES = pl.DataFrame(
    {
        "id": [f"m{i}" for i in range(30)],
        "cpu": [16.0] * 20 + [64.0] * 10,
        "mem": [64.0] * 20 + [128.0] * 10,
        "gpu": [0.0] * 20 + [8.0] * 10,
        "model": [None] * 20 + ["T4"] * 10,
    }
)


def trace_of(tasks: pl.DataFrame, machines: pl.DataFrame = MACHINES, **said: object) -> Trace:
    """Tasks in canonical columns as a trace."""
    return admit(
        Label("made", "made", replayed=("requests",), **said),  # type: ignore[arg-type]
        tasks=[Rows("made", 1, tasks, text=False)],
        machines=Rows("made", 1, machines, text=False),
        resources=tuple(UNITS),
        units=UNITS,
    )


def batches(count: int, size: int, seed: int = 0, days: float = 8.0) -> pl.DataFrame:
    """Deployments of `size` alike tasks each, small ones that live 10 minutes in the median and
    large ones of 2 hours, busy by day; what outlives the trace has no end."""
    random = np.random.default_rng(seed)
    hours = np.arange(24.0 * days)
    busy = 1.0 + 0.8 * np.sin(2 * np.pi * (hours % 24) / 24)
    begin = np.sort(random.choice(hours, size=count, p=busy / busy.sum()) + random.random(count))
    large = random.random(count) < 0.25
    median = np.where(large, 7200.0, 600.0) * np.exp(
        np.where(large, 1.0, 0.5) * random.standard_normal(count)
    )
    of = np.repeat(np.arange(count), size)
    submit = np.floor(begin * 3600)[of]
    life = np.rint(median[of] * np.exp(0.05 * random.standard_normal(of.size)))
    return pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(of.size)],
            "job": [f"j{i}" for i in of],
            "submit": submit,
            "lifetime": np.where(submit + life > days * 86400, np.nan, life),
            "cpu": np.where(large, 8.0, 2.0)[of],
            "mem": np.where(large, 16.0, 4.0)[of],
            "gpu": np.where(large, 1.0, 0.0)[of],
            "models": [("T4" if one else None) for one in large[of]],
            "priority": np.where(large, 1, 0)[of],
        }
    ).with_columns(pl.col("lifetime").fill_nan(None))


@pytest.fixture(scope="session")
def deployments() -> Trace:
    """2,000 deployments of four tasks."""
    return trace_of(batches(2000, 4), advice=Advice(together=True, history_h=2.0))


@pytest.fixture(scope="session")
def model(deployments: Trace) -> Model:
    """The model of the deployments."""
    return fitted.fit(deployments)


@pytest.fixture
def model_file(model: Model, tmp_path: Path) -> Path:
    """The same as a file."""
    path = tmp_path / "model.yaml"
    fitted.write_model(model, path)
    return path


@pytest.fixture(scope="session")
def small() -> Trace:
    """The synthetic trace, small."""
    return traces.load("synthetic", tasks=1500, machines=60)
