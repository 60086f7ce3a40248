"""Placements one after another while the clock stands still: saturation, and the probe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.decide import is_sent, settle
from sim.feasible import fits
from sim.groups import count as count_group
from sim.occupy import note_change, take
from sim.scoring import fill_before
from sim.state import Floats, Ints, Run

PROBE_NUMBERS = 1 << 40  # so that no lot of a probe is one of the stream's


@compiled
def occupy(run: Run, machine: int) -> None:
    """Put the current task on a machine, for good."""
    cell, task, registers = run.cell, run.flow.current, run.registers
    take(cell, run.shapes, task[layout.SHAPE], machine, registers.at[layout.DECIDED_SLOT])
    note_change(cell, registers, machine)
    if task[layout.GROUP] >= 0:
        machines = cell.free.shape[1]
        registers.at[layout.GROUPS] += count_group(
            run.groups, task[layout.GROUP], machine, machines, 1
        )
    if run.scorer.flags[st.USES_EXIT]:
        predicted, now = task[layout.PREDICTED], registers.at[layout.CLOCK]
        end = layout.FOREVER if predicted >= layout.FOREVER - now else now + predicted
        row = 2 * cell.free.shape[0] + layout.EXIT
        cell.columns[row, machine] = max(cell.columns[row, machine], float(end))
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)


@compiled
def inflate(
    run: Run,
    sequence: Ints,
    offered: Floats,
    running: Floats,
    marks: Floats,
    reached: Ints,
    free: Floats,
) -> int:
    """Place a sequence of shapes one after another, without clock and departures.

    `offered` (S,) is what a shape adds to the load offered, `running` (1,) its sum so far; where
    that passes one of `marks`, the number of tasks offered and the free amounts (whole) go into
    `reached` (marks,) and `free` (marks, R), and the run stops (answer `DRAIN`) so that Python can
    look at the cell. Machine
    and slot of each task go into `flow.placements`, where it has room. Registers: ARRIVAL the
    next of the sequence, QUEUE_READ the next mark.
    """
    registers, flow = run.registers, run.flow
    while registers.at[layout.ARRIVAL] < sequence.size:
        number = registers.at[layout.ARRIVAL]
        shape = sequence[number]
        flow.current[layout.SHAPE] = shape
        flow.current[layout.NUMBER] = number
        flow.current[layout.GROUP] = -1
        flow.current[layout.PLACE] = -1
        flow.current[layout.PREDICTED] = layout.FOREVER
        machine = settle(run)
        if machine <= -10:
            return -10 - machine
        registers.at[layout.ARRIVAL] = number + 1
        registers.at[layout.PHASE] = 0
        if machine >= 0:
            occupy(run, machine)
            registers.at[layout.PLACED] += 1
        else:
            registers.at[layout.REJECTED] += 1
        if flow.placements.shape[1] > number:
            flow.placements[0, number] = number
            flow.placements[2, number] = machine
            flow.placements[3, number] = registers.at[layout.DECIDED_SLOT] if machine >= 0 else -1
        mark = registers.at[layout.QUEUE_READ]
        running[0] += offered[shape]
        stopped = False
        while mark < marks.size and running[0] >= marks[mark]:
            reached[mark] = number + 1
            for r in range(run.cell.free.shape[0]):
                free[mark, r] = run.cell.sums[0, r]
            mark += 1
            stopped = True
        registers.at[layout.QUEUE_READ] = mark
        if stopped:
            return layout.DRAIN
    return layout.DONE


@compiled
def probe(
    run: Run,
    pool: Ints,
    draws: Ints,
    predicted: Ints,
    kind: Ints,
    weight: Floats,
    dead: NDArray[np.uint8],
    live: Floats,
    stop: float,
    placed: Ints,
) -> int:
    """Inflate the cell: first what is pending, then tasks drawn, until little still fits.

    `pool` (fields, tasks) are the tasks, `draws` (K,) which comes when, `predicted` (K,) its
    lifetime in ticks; `kind` (tasks,) is what tells whether two fit alike, `weight` (kinds,) how
    many of it the pool has and `dead` (kinds,) whether it fits nowhere any more: free space only
    shrinks, so it never will. `live` (1,) is the weight of the others; below `stop` the probe
    ends. `placed` (kinds,) counts. Register ARRIVAL is the next, the queue's tasks counted in.
    """
    registers, flow = run.registers, run.flow
    head = registers.at[layout.QUEUE_HEAD]
    pending = registers.at[layout.QUEUE_TAIL] - head
    while registers.at[layout.ARRIVAL] < pending + draws.size:
        i = registers.at[layout.ARRIVAL]
        if i < pending:
            flow.current[:] = flow.queue[:, head + i]
        elif live[0] < stop:
            break
        else:
            flow.current[:] = pool[:, draws[i - pending]]
            flow.current[layout.NUMBER] = PROBE_NUMBERS + i - pending
            flow.current[layout.PREDICTED] = predicted[i - pending]
            flow.current[layout.SUBMIT] = registers.at[layout.CLOCK]
        k = kind[flow.current[layout.SOURCE]]
        if not dead[k]:
            if 2 * registers.at[layout.GROUPS] >= run.groups.key.size:
                return layout.GROW_GROUPS
            machine = settle(run)
            if machine <= -10:
                return -10 - machine
            registers.at[layout.PHASE] = 0
            if machine >= 0:
                occupy(run, machine)
                placed[k] += i >= pending
            elif not is_sent(run):
                dead[k] = 1
                live[0] -= weight[k]
        registers.at[layout.ARRIVAL] = i + 1
    return layout.DONE


@compiled
def note_all(run: Run, machines: Ints) -> None:
    """Write machines into the log, so that kept scores are refreshed."""
    for machine in machines:
        note_change(run.cell, run.registers, machine)


@compiled
def fits_somewhere(run: Run, fit: NDArray[np.uint8]) -> None:
    """Mark the shapes that some machine can take now (limits of a group apart)."""
    for shape in range(fit.size):
        fit[shape] = 0
        for machine in range(run.cell.free.shape[1]):
            if fits(run, shape, machine):
                fit[shape] = 1
                break
