"""What a run has no use for is not compiled for it, and can't be entered."""

from __future__ import annotations

import pytest

import heuristics
import sim
import traces
from sim import layout
from sim.compiled import compiled
from sim.composition import composed
from sim.doors import enter
from sim.kernel import compile_kernel
from sim.replays import engine_of
from sim.state import Run


@compiled
def entered(run: Run, door: int) -> int:
    return enter(run.doors.address[door], run, 0)  # type: ignore[no-any-return]


def test_a_door_that_a_run_does_not_need_is_shut() -> None:
    work = sim.workload(traces.load("synthetic", machines=8, tasks=100), hours=1)
    composition = composed(heuristics.get("first_fit"))
    kernels = [compile_kernel(level, work.population.resources) for level in composition.levels]
    engine = engine_of(work, composition, kernels, "reject", "first")
    for door in set(range(layout.DOORS)) - {layout.DECIDING}:
        assert entered(engine.view, door) == -10 - layout.SHUT
    with pytest.raises(AssertionError, match="unknown reply"):
        engine.attend(layout.SHUT)
