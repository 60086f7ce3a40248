"""The same cell at the same instant in the hands of another heuristic.

A bound speaks for what any heuristic compared would strand on the baseline's cell; how many tasks
its probe would come to see there, only its probe there can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim import layout
from sim import state as st
from sim.composition import Composition, tie_code
from sim.engine import Engine
from sim.kernel import Kernel
from sim.occupy import list_running
from sim.scoring import fill_before
from sim.tape import Tape
from sim.workloads import Workload

REGISTERS = (
    *(layout.CLOCK, layout.QUEUE_HEAD, layout.QUEUE_TAIL),
    *(layout.GROUPS, layout.DAY_OFFSET, layout.CLOSED),
)
OUTAGES = ("total", "device_count", "closed")
"""What of a cell changes where machines come and go."""


@dataclass(frozen=True)
class Other:
    """A heuristic, ready to decide."""

    composition: Composition
    kernels: Sequence[Kernel]
    ties: str
    tape: Tape | None = None
    """Of its decisions in all its probes, one after another."""


def twin(engine: Engine, work: Workload, other: Other) -> Engine:
    """A copy of a cell and its queue, decided for by another; fit for a probe, not to go on."""
    one = Engine(
        work.machines,
        work.population,
        work.mix,
        other.composition,
        other.kernels,
        ties=tie_code(other.ties),
        seed=work.seed,
        label=engine.asker.label,
        tape=other.tape,
    )
    mine, its = engine.run, one.run
    for name in (*st.CHANGING, *OUTAGES):
        getattr(its.cell, name)[...] = getattr(mine.cell, name)
    its.cell.columns[2 * its.cell.free.shape[0] + layout.EXIT] = _last_exits(engine)
    for register in REGISTERS:
        its.registers.at[register] = mine.registers.at[register]
    one.replace(
        groups=st.Groups(*(array.copy() for array in mine.groups)),
        flow=its.flow._replace(queue=mine.flow.queue.copy()),
    )
    if its.scorer.flags[st.USES_FRAG]:
        for machine in range(len(work.machines)):
            fill_before(one.view, machine)
    return one


def _last_exits(engine: Engine) -> st.Floats:
    """(N,) when the last task of each machine is to end, ticks; −1 where none runs.

    (Not every heuristic has the cell keep account of it.)
    """
    run = engine.run
    slots = np.empty(int(run.registers.at[layout.LIVE_COUNT]), np.int64)
    list_running(engine.view.cell, engine.view.live, slots)
    latest = np.full(run.cell.free.shape[1], -1.0)
    np.maximum.at(latest, run.live.machine[slots], run.live.predicted[slots].astype(np.float64))
    return latest
