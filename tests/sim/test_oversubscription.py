"""Resources that are counted more than once."""

from __future__ import annotations

import numpy as np
import pytest

import heuristics
import sim
import traces
from sim.rules import Rules


def test_a_machine_takes_as_much_as_is_counted() -> None:
    trace = traces.load("synthetic", tasks=500, machines=40)
    plain = sim.workload(trace, hours=6.0, load=0.9)
    more = sim.workload(
        trace, hours=6.0, load=0.9, rules=Rules(oversubscribe={"cpu": 1.5, "mem": 2.0})
    )
    at = [trace.resources.index(name) for name in ("cpu", "mem", "gpu")]
    ratio = more.machines.total.sum(axis=0) / plain.machines.total.sum(axis=0)
    assert ratio[at].tolist() == pytest.approx([1.5, 2.0, 1.0])
    assert (more.machines.total == np.floor(more.machines.total)).all()
    assert "cpu of machines counted 1.5 times" in more.assumed
    full = sim.replay(more, heuristics.get("best_fit"))
    assert full.used.max() <= 100.0


@pytest.mark.parametrize(
    ("factors", "error"),
    [
        ({"gpu": 2.0}, "oversubscribe.gpu: expected one of cpu, mem"),
        ({"disk": 2.0}, "oversubscribe.disk: expected one of cpu, mem"),
        ({"cpu": 0.0}, "oversubscribe.cpu=0.0: expected 0.01 to 100"),
        ({"cpu": float("nan")}, "oversubscribe.cpu=nan: expected 0.01 to 100"),
    ],
)
def test_a_factor_that_cannot_be_is_told(factors: dict[str, float], error: str) -> None:
    with pytest.raises(sim.SimError) as caught:
        sim.workload(
            traces.load("synthetic", tasks=100, machines=10), rules=Rules(oversubscribe=factors)
        )
    assert str(caught.value) == error
