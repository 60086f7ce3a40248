"""Which machine the task in hand goes to."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.choose import choose_fresh
from sim.compiled import compiled
from sim.doors import Door, enter
from sim.feasible import takes
from sim.handle import run_at
from sim.kept import choose_kept
from sim.occupy import fullest_device
from sim.rows import refer
from sim.scoring import better, fill_scalars, score_options
from sim.state import Run
from sim.tape import follow, record
from sim.ties import lot


@compiled
def device_by_lot(run: Run, shape: int, machine: int, draw: np.uint64) -> int:
    """Of the devices that score best on a machine, one by lot (`ties=random`)."""
    pure = run.scorer.flags[st.SLOT_PURE]
    run.scorer.flags[st.SLOT_PURE] = 0
    run.scratch.machine[0] = machine
    score_options(run, 1, shape)
    run.scorer.flags[st.SLOT_PURE] = pure
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    out, best = run.scratch.out, run.scratch.best
    ties, k = 0, 0
    for d in range(run.cell.device_count[machine]):
        if run.cell.devices[machine, d] >= share:
            ties += not better(best, 0, out, k)
            k += 1
    wanted = int((draw >> np.uint64(32)) % np.uint64(ties))
    k = 0
    for d in range(run.cell.device_count[machine]):
        if run.cell.devices[machine, d] >= share:
            if not better(best, 0, out, k):
                if wanted == 0:
                    return d
                wanted -= 1
            k += 1
    return -1


@compiled
def decide(run: Run) -> int:
    """Choose for the current task. The machine, the slot in its register; −1 none; −2 failed."""
    task, registers, flags = run.flow.current, run.registers, run.scorer.flags
    shape = task[layout.SHAPE]
    registers.at[layout.DECISIONS] += 1
    registers.at[layout.DECIDED_SLOT] = -1
    draw = np.uint64(0)
    if flags[st.TIES] != layout.TIES_FIRST:
        draw = lot(flags[st.SEED], task[layout.NUMBER])
    fill_scalars(run, shape)
    kept = flags[st.KEPT] and registers.at[layout.DOMAIN] == layout.ANYWHERE
    if kept and run.shapes.limit[shape] == 0:
        machine = choose_kept(run, shape, task[layout.GROUP], draw)
    else:
        if flags[st.REMEMBERED]:
            refer(run, shape)
        machine = choose_fresh(run, shape, task[layout.GROUP], draw)
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    if machine >= 0 and share > 0.0:
        if not flags[st.USES_SLOT]:
            registers.at[layout.DECIDED_SLOT] = fullest_device(run.cell, machine, share)
        elif flags[st.TIES] == layout.TIES_RANDOM:
            registers.at[layout.DECIDED_SLOT] = device_by_lot(run, shape, machine, draw)
    return machine


@compiled
def recorded(run: Run) -> int:
    """The machine that the trace names for the current task, −1 where the task does not fit."""
    task, registers = run.flow.current, run.registers
    shape, machine = task[layout.SHAPE], task[layout.PLACE]
    registers.at[layout.DECIDED_SLOT] = -1
    if not takes(run, shape, machine, task[layout.GROUP]):
        return -1
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    if share > 0.0:
        registers.at[layout.DECIDED_SLOT] = fullest_device(run.cell, machine, share)
    return machine


@compiled
def is_sent(run: Run) -> bool:
    """Whether the trace says where the current task goes: no word on whether others fit."""
    return run.scorer.flags[st.RECORDED] != 0 and run.flow.current[layout.PLACE] >= 0


@compiled
def answered(run: Run) -> int:
    """What the heuristic says: the machine, −1, or an answer for Python, negative − 10."""
    registers = run.registers
    if registers.at[layout.PHASE] >= layout.DECIDED:
        registers.at[layout.PHASE] -= layout.DECIDED
        registers.at[layout.DECISIONS] += 1
        return registers.at[layout.DECIDED_MACHINE]
    if run.scorer.flags[st.EXTERNAL]:
        return -10 - layout.DECIDE
    machine = decide(run)
    return -10 - layout.FAILED if machine == -2 else machine


@Door
def deciding(run: int, _: int) -> int:
    """`answered`."""
    return int(answered(run_at(run)))


@compiled
def settle(run: Run) -> int:
    """Decide for the current task: the machine, −1, or an answer for Python, negative − 10."""
    if is_sent(run):
        return recorded(run)
    tape = run.scorer.flags[st.TAPE]
    if tape == layout.FOLLOW:
        machine = follow(run)
        return -10 - layout.OFF_TAPE if machine == -2 else machine
    if tape == layout.RECORD and run.flow.taped[0] == run.flow.tape.shape[0]:
        return -10 - layout.GROW_TAPE
    machine = enter(run.doors.address[layout.DECIDING], run, 0)
    if tape == layout.RECORD and machine > -10:
        record(run, machine)
    return machine
