"""EASY backfilling: the first in line has a reservation, and others pass it that don't delay it.

Lifka, *The ANL/IBM SP scheduling system*, JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 12(6),
2001. There a machine is one pool of processors; here it is a cell. The reservation is on the
machine where the head would fit first, were every running task to end when it was planned to. A
task behind the head starts at once where a machine has room, and moves to another where the head
would otherwise have to wait longer.
"""

from __future__ import annotations

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.eviction import close, reopen
from sim.feasible import fits
from sim.state import Floats, Ints, Run


@compiled
def releases(run: Run, machine: int) -> tuple[Ints, Ints]:
    """When the tasks of a machine are planned to end, earliest first; and their live slots."""
    live, count = run.live, 0
    slot = run.cell.tasks_head[machine]
    while slot >= 0:
        count += 1
        slot = live.following[slot]
    ends, slots = np.empty(count, np.int64), np.empty(count, np.int64)
    slot = run.cell.tasks_head[machine]
    for k in range(count):
        ends[k], slots[k] = live.planned[slot], slot
        slot = live.following[slot]
    order = np.argsort(ends)
    return ends[order], slots[order]


@compiled
def release(run: Run, slot: int, free: Floats, devices: Floats) -> None:
    """Give the amounts and devices of a running task to what is free."""
    live, shapes = run.live, run.shapes
    shape = live.shape[slot]
    for r in range(free.size):
        free[r] += shapes.whole[shape, r]
    if shapes.kind[shape] >= 0:
        if live.slot[slot] >= 0:
            devices[live.slot[slot]] += np.rint(shapes.share[shape] * layout.WHOLE)
        else:
            for d in range(devices.size):
                if (live.held[slot] >> np.uint64(d)) & np.uint64(1):
                    devices[d] = layout.WHOLE


@compiled
def has_room(run: Run, shape: int, machine: int, free: Floats, devices: Floats) -> bool:
    """Whether a machine with that much free could take a shape."""
    shapes = run.shapes
    for r in range(free.size):
        if free[r] < shapes.whole[shape, r]:
            return False
    if shapes.kind[shape] >= 0:
        share = np.rint(shapes.share[shape] * layout.WHOLE)
        full, largest = 0.0, 0.0
        for d in range(run.cell.device_count[machine]):
            full += devices[d] == layout.WHOLE
            largest = max(largest, devices[d])
        if largest < share or full < shapes.devices[shape]:
            return False
    models = shapes.models[shape]
    return models == 0 or (models >> run.cell.model[machine]) & 1 == 1


@compiled
def earliest(run: Run, shape: int, machine: int) -> int:
    """When a machine is planned to have room for a shape; 0 it has, FOREVER never."""
    cell = run.cell
    if fits(run, shape, machine):
        return 0
    if cell.closed[machine]:
        return layout.FOREVER
    free, devices = cell.free[:, machine].copy(), cell.devices[machine].copy()
    ends, slots = releases(run, machine)
    for k in range(ends.size):
        if ends[k] >= layout.FOREVER:
            break
        release(run, slots[k], free, devices)
        last = k + 1 == ends.size or ends[k + 1] > ends[k]
        if last and has_room(run, shape, machine, free, devices):
            return ends[k]
    return layout.FOREVER


@compiled
def reserve(run: Run) -> None:
    """Reserve for the head of the queue the machine that is planned to have room first.

    What is overdue is expected to end in the next instant. Machines that have not changed since
    are not looked at again.
    """
    at, plan, cell = run.registers.at, run.plan, run.cell
    head = run.flow.queue[:, at[layout.QUEUE_HEAD]]
    if at[layout.RESERVED_FOR] != head[layout.NUMBER]:
        plan.seen[:] = layout.NOT_SEEN
        at[layout.RESERVED_FOR] = head[layout.NUMBER]
    soonest, chosen = layout.FOREVER, -1
    for n in range(cell.changed_at.size):
        if plan.seen[n] != cell.changed_at[n]:
            plan.tick[n] = earliest(run, head[layout.SHAPE], n)
            plan.seen[n] = cell.changed_at[n]
        tick = max(plan.tick[n], at[layout.CLOCK] + 1)
        if tick < soonest:
            soonest, chosen = tick, n
    at[layout.RESERVED_MACHINE], at[layout.RESERVED_TICK] = chosen, soonest


@compiled
def delays_head(run: Run, machine: int, device: int) -> bool:
    """Whether the current task, put on a machine now, would keep the head from its reservation."""
    at, task, cell, shapes = run.registers.at, run.flow.current, run.cell, run.shapes
    until = at[layout.RESERVED_TICK]
    if machine != at[layout.RESERVED_MACHINE] or task[layout.PLANNED] <= until - at[layout.CLOCK]:
        return False
    free, devices = cell.free[:, machine].copy(), cell.devices[machine].copy()
    shape = task[layout.SHAPE]
    for r in range(free.size):
        free[r] -= shapes.whole[shape, r]
    if device >= 0:
        devices[device] -= np.rint(shapes.share[shape] * layout.WHOLE)
    else:
        wanted = shapes.devices[shape]
        for d in range(cell.device_count[machine]):
            if wanted > 0.0 and devices[d] == layout.WHOLE:
                devices[d] = 0.0
                wanted -= 1.0
    ends, slots = releases(run, machine)
    for k in range(ends.size):
        if ends[k] <= until:
            release(run, slots[k], free, devices)
    head = run.flow.queue[layout.SHAPE, at[layout.QUEUE_HEAD]]
    return not has_room(run, head, machine, free, devices)


@compiled
def hide(run: Run, machine: int) -> None:
    """Let no task come to a machine for a decision."""
    close(run, machine)
    run.registers.at[layout.HIDDEN] = 1


@compiled
def show(run: Run, machine: int) -> None:
    """Let tasks come to a hidden machine again."""
    reopen(run, machine)
    run.registers.at[layout.HIDDEN] = 0


@compiled
def line_up(run: Run, first: int) -> None:
    """List who may pass the head, as distances from it: from `first` on, or the shortest first."""
    at, plan = run.registers.at, run.plan
    head, tail = at[layout.QUEUE_HEAD], at[layout.QUEUE_TAIL]
    count = tail - head - first
    if at[layout.SHORTEST]:
        planned = run.flow.queue[layout.PLANNED, head + first : tail]
        plan.order[:count] = np.argsort(planned, kind="mergesort") + first
    else:
        plan.order[:count] = np.arange(first, first + count)
    at[layout.PASSING], at[layout.PASSERS], at[layout.PASSED] = 0, count, 0


@compiled
def close_up(run: Run) -> None:
    """Close the gaps that those have left who started."""
    at, queue = run.registers.at, run.flow.queue
    if at[layout.PASSED]:
        write = at[layout.QUEUE_HEAD]
        for read in range(at[layout.QUEUE_HEAD], at[layout.QUEUE_TAIL]):
            if queue[layout.SHAPE, read] >= 0:
                if read != write:
                    queue[:, write] = queue[:, read]
                write += 1
        at[layout.QUEUE_TAIL] = write
    at[layout.PASSED] = 0
