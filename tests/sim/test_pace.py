"""A trace's own arrivals, faster or slower, until they offer what is asked for."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import layout
from tests.sim.cells import Settings, random_trace


def cell(seed: int) -> object:
    return random_trace(
        np.random.default_rng(seed),
        Settings(resources=("cpu", "mem"), machines=30, tasks=400, span_s=5_000, models=False),
    )


@pytest.mark.parametrize("load", [0.2, 0.3, 0.9])
def test_load_and_machines_together_set_the_pace(load: float) -> None:
    trace = cell(1)
    own = sim.workload(trace, order="trace")  # type: ignore[arg-type]
    work = sim.workload(trace, order="trace", machines=30, load=load)  # type: ignore[arg-type]
    assert work.load == pytest.approx(load, rel=1e-3)
    assert work.window < own.window if load > own.load else work.window > own.window
    rows, before = (np.concatenate(list(w.everything()), axis=1) for w in (work, own))
    assert np.array_equal(rows[layout.LIFE], before[layout.LIFE])
    assert np.array_equal(rows[layout.SOURCE], before[layout.SOURCE])
    assert any("times as fast" in said for said in work.assumed)


def test_a_load_that_no_pace_offers_is_refused() -> None:
    with pytest.raises(sim.SimError, match=r"load=10: no pace of this trace's arrivals offers it"):
        sim.workload(cell(2), order="trace", machines=30_000, load=10)  # type: ignore[arg-type]
