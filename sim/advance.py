"""The compiled run of arrivals, departures and the queue between two events of the clock.

At one instant departures come first, then the queue is served once, then arrivals follow in
trace order. A run stops where Python is needed (see `layout`: more arrivals, more room, a
decision of a heuristic that is not compiled) and goes on where it stopped.
"""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.choose import choose_fresh, lot
from sim.compiled import compiled
from sim.groups import count as count_group
from sim.kept import choose_kept
from sim.occupy import finish, fullest_device, note_change, pop_end, start, take
from sim.scoring import better, fill_before, fill_scalars, score_options
from sim.state import Floats, Ints, Run

WHOLE = 1000.0
DECIDED = 10


@compiled
def device_by_lot(run: Run, shape: int, machine: int, draw: np.uint64) -> int:
    """Of the devices that score best on a machine, one by lot (`ties=random`)."""
    pure = run.scorer.flags[st.SLOT_PURE]
    run.scorer.flags[st.SLOT_PURE] = 0
    run.scratch.machine[0] = machine
    score_options(run, 1, shape)
    run.scorer.flags[st.SLOT_PURE] = pure
    share = np.rint(run.shapes.share[shape] * WHOLE)
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
    if flags[st.TIES] == layout.TIES_RANDOM:
        draw = lot(flags[st.SEED], task[layout.NUMBER])
    fill_scalars(run, shape)
    if flags[st.KEPT] and run.shapes.limit[shape] == 0:
        machine = choose_kept(run, shape, task[layout.GROUP], draw)
    else:
        machine = choose_fresh(run, shape, task[layout.GROUP], draw)
    share = np.rint(run.shapes.share[shape] * WHOLE)
    if machine >= 0 and share > 0.0:
        if not flags[st.USES_SLOT]:
            registers.at[layout.DECIDED_SLOT] = fullest_device(run.cell, machine, share)
        elif flags[st.TIES] == layout.TIES_RANDOM:
            registers.at[layout.DECIDED_SLOT] = device_by_lot(run, shape, machine, draw)
    return machine


@compiled
def put(run: Run, machine: int) -> None:
    """Start the current task on a machine and write it down."""
    registers, flow, task = run.registers, run.flow, run.flow.current
    slot = registers.at[layout.DECIDED_SLOT]
    start(
        run.cell,
        run.shapes,
        run.live,
        registers,
        task,
        machine,
        slot,
        run.scorer.flags[st.USES_EXIT] != 0,
    )
    if task[layout.GROUP] >= 0:
        machines = run.cell.free.shape[1]
        registers.at[layout.GROUPS] += count_group(
            run.groups, task[layout.GROUP], machine, machines, 1
        )
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)
    waited = registers.at[layout.CLOCK] - task[layout.SUBMIT]
    registers.at[layout.PLACED] += 1
    if waited > 0:
        flow.delays[registers.at[layout.DELAYS]] = waited
        registers.at[layout.DELAYS] += 1
    if flow.placements.shape[1] > 0:
        k = registers.at[layout.PLACEMENTS]
        flow.placements[0, k] = task[layout.NUMBER]
        flow.placements[1, k] = registers.at[layout.CLOCK]
        flow.placements[2, k] = machine
        flow.placements[3, k] = slot
        flow.placements[4, k] = waited
        flow.placements[5, k] = task[layout.SOURCE]
        registers.at[layout.PLACEMENTS] = k + 1


@compiled
def depart(run: Run) -> None:
    """End the task whose end comes first."""
    registers, live = run.registers, run.live
    registers.at[layout.CLOCK] = live.heap_end[0]
    i = pop_end(live, registers)
    machine, group = live.machine[i], live.group[i]
    finish(run.cell, run.shapes, live, registers, i, run.scorer.flags[st.USES_EXIT] != 0)
    if group >= 0:
        count_group(run.groups, group, machine, run.cell.free.shape[1], -1)
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)
    registers.at[layout.SERVE] = 1


@compiled
def enqueue(run: Run) -> None:
    """Put the current task at the end of the queue."""
    tail = run.registers.at[layout.QUEUE_TAIL]
    run.flow.queue[:, tail] = run.flow.current
    run.registers.at[layout.QUEUE_TAIL] = tail + 1
    run.registers.at[layout.QUEUED] += 1


@compiled
def want(run: Run) -> int:
    """What Python must do before the next step; `DONE` where nothing is needed."""
    registers, flow = run.registers, run.flow
    if registers.at[layout.LIVE_FREE] < 0:
        return layout.GROW_LIVE
    if registers.at[layout.DELAYS] == flow.delays.size:
        return layout.DRAIN
    if 0 < flow.placements.shape[1] == registers.at[layout.PLACEMENTS]:
        return layout.DRAIN
    if 2 * registers.at[layout.GROUPS] >= run.groups.key.size:
        return layout.GROW_GROUPS
    if registers.at[layout.QUEUE_TAIL] == flow.queue.shape[1]:
        return layout.GROW_QUEUE  # last: serving the queue needs no more room in it
    return layout.DONE


@compiled
def settle(run: Run) -> int:
    """Decide for the current task: the machine, −1, or an answer for Python, negative − 10."""
    registers = run.registers
    if registers.at[layout.PHASE] >= DECIDED:
        registers.at[layout.PHASE] -= DECIDED
        registers.at[layout.DECISIONS] += 1
        return registers.at[layout.DECIDED_MACHINE]
    if run.scorer.flags[st.EXTERNAL]:
        return -10 - layout.DECIDE
    machine = decide(run)
    return -10 - layout.FAILED if machine == -2 else machine


@compiled
def serve(run: Run, rule: int) -> int:
    """Go through the queue: from its head while tasks fit (fifo), or all of it (skip)."""
    registers, flow = run.registers, run.flow
    while registers.at[layout.QUEUE_READ] < registers.at[layout.QUEUE_TAIL]:
        answer = want(run)
        if answer != layout.DONE and answer != layout.GROW_QUEUE:
            return answer
        read = registers.at[layout.QUEUE_READ]
        flow.current[:] = flow.queue[:, read]
        shape = flow.current[layout.SHAPE]
        machine = -1
        if flow.dead[shape] != registers.at[layout.PASS]:
            machine = settle(run)
            if machine <= -10:
                return -10 - machine
        if machine >= 0:
            put(run, machine)
        elif rule == layout.FIFO:
            break
        else:
            if run.shapes.limit[shape] == 0:
                flow.dead[shape] = registers.at[layout.PASS]
            write = registers.at[layout.QUEUE_WRITE]
            flow.queue[:, write] = flow.current
            registers.at[layout.QUEUE_WRITE] = write + 1
        registers.at[layout.QUEUE_READ] = read + 1
    if rule == layout.FIFO:
        registers.at[layout.QUEUE_HEAD] = registers.at[layout.QUEUE_READ]
    else:
        registers.at[layout.QUEUE_TAIL] = registers.at[layout.QUEUE_WRITE]
    if registers.at[layout.QUEUE_HEAD] == registers.at[layout.QUEUE_TAIL]:
        registers.at[layout.QUEUE_HEAD] = 0
        registers.at[layout.QUEUE_TAIL] = 0
    registers.at[layout.PHASE] = 0
    return layout.DONE


@compiled
def arrive(run: Run, rule: int) -> int:
    """Decide for a task that has just come."""
    registers = run.registers
    machine = settle(run)
    if machine <= -10:
        return -10 - machine
    if machine >= 0:
        put(run, machine)
    elif rule == layout.REJECT:
        registers.at[layout.REJECTED] += 1
    else:
        enqueue(run)
    registers.at[layout.PHASE] = 0
    return layout.DONE


@compiled
def advance(run: Run, until: int, priority: int, rule: int) -> int:
    """Run all departures and arrivals up to (until, priority); see `layout` for the answers."""
    registers, flow, live = run.registers, run.flow, run.live
    while True:
        answer = want(run)
        if answer != layout.DONE:
            return answer
        if registers.at[layout.PHASE] % DECIDED == 1:
            answer = arrive(run, rule)
            if answer != layout.DONE:
                return answer
            continue
        if registers.at[layout.PHASE] % DECIDED == 2:
            answer = serve(run, rule)
            if answer != layout.DONE:
                return answer
            continue
        leaving = live.heap_end[0] if registers.at[layout.HEAP_SIZE] > 0 else layout.FOREVER
        if registers.at[layout.SERVE] and leaving > registers.at[layout.CLOCK]:
            registers.at[layout.SERVE] = 0
            if registers.at[layout.QUEUE_HEAD] < registers.at[layout.QUEUE_TAIL]:
                registers.at[layout.QUEUE_READ] = registers.at[layout.QUEUE_HEAD]
                registers.at[layout.QUEUE_WRITE] = registers.at[layout.QUEUE_HEAD]
                registers.at[layout.PASS] += 1
                registers.at[layout.PHASE] = 2
                continue
        coming = layout.FOREVER
        if registers.at[layout.ARRIVAL] < registers.at[layout.ARRIVALS]:
            coming = flow.arrivals[layout.SUBMIT, registers.at[layout.ARRIVAL]]
        elif not registers.at[layout.EXHAUSTED]:
            return layout.MORE_ARRIVALS
        if leaving <= coming:
            if leaving > until or (leaving == until and priority < layout.DEPARTURE):
                return layout.DONE
            if leaving == layout.FOREVER:
                return layout.DONE
            depart(run)
        else:
            if coming > until or (coming == until and priority < layout.ARRIVAL_PRIORITY):
                return layout.DONE
            registers.at[layout.CLOCK] = coming
            flow.current[:] = flow.arrivals[:, registers.at[layout.ARRIVAL]]
            registers.at[layout.ARRIVAL] += 1
            if (
                rule == layout.FIFO
                and registers.at[layout.QUEUE_HEAD] < registers.at[layout.QUEUE_TAIL]
            ):
                enqueue(run)
            else:
                registers.at[layout.PHASE] = 1


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
        flow.current[layout.PREDICTED] = layout.FOREVER
        machine = settle(run)
        if machine <= -10:
            return -10 - machine
        registers.at[layout.ARRIVAL] = number + 1
        registers.at[layout.PHASE] = 0
        if machine >= 0:
            take(run.cell, run.shapes, shape, machine, registers.at[layout.DECIDED_SLOT])
            note_change(run.cell, registers, machine)
            registers.at[layout.PLACED] += 1
            if run.scorer.flags[st.USES_FRAG]:
                fill_before(run, machine)
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
