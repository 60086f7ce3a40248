"""Placing a task on a machine and taking it off again: the only writers of the cell."""

from __future__ import annotations

import math

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.state import Cell, Ints, Live, Registers, Shapes


@compiled
def fullest_device(cell: Cell, machine: int, share: float) -> int:
    """The fullest device that a share still fits on, the first on ties, −1 if none.

    `share` is in thousandths of a device.
    """
    chosen, least = -1, math.inf
    for d in range(cell.device_count[machine]):
        left = cell.devices[machine, d]
        if left >= share and left < least:
            chosen, least = d, left
    return chosen


@compiled
def note_change(cell: Cell, registers: Registers, machine: int) -> None:
    """Write a changed machine into the log, so that kept scores are refreshed."""
    head = registers.at[layout.LOG_HEAD]
    cell.log[head & (cell.log.size - 1)] = machine
    cell.changed_at[machine] = head
    registers.at[layout.LOG_HEAD] = head + 1


@compiled
def refresh_devices(cell: Cell, machine: int) -> None:
    """Bring the columns that describe a machine's devices up to date."""
    base = 2 * cell.free.shape[0]
    full, largest = 0.0, 0.0
    for d in range(cell.device_count[machine]):
        left = cell.devices[machine, d]
        share = left / layout.WHOLE
        cell.shares[machine, d] = share
        if left == layout.WHOLE:
            full += 1.0
        largest = max(largest, share)
    cell.columns[base + layout.FULL, machine] = full
    cell.columns[base + layout.LARGEST_SHARE, machine] = largest


@compiled
def count_kind(cell: Cell, machine: int, kind: int, change: int) -> None:
    """Count a task of a GPU kind in (+1) or out (−1)."""
    base = 2 * cell.free.shape[0]
    before = cell.kin[machine, kind]
    cell.kin[machine, kind] = before + change
    cell.columns[base + layout.KIN_FIRST + kind, machine] = before + change
    if before == 0:
        cell.columns[base + layout.DISTINCT, machine] += 1.0
    elif before + change == 0:
        cell.columns[base + layout.DISTINCT, machine] -= 1.0


@compiled
def take(cell: Cell, shapes: Shapes, shape: int, machine: int, slot: int) -> np.uint64:
    """Take a shape's amounts from a machine; the bit mask of whole devices it holds."""
    resources = cell.free.shape[0]
    base = 2 * resources
    for r in range(resources):
        amount = shapes.whole[shape, r]
        if amount > 0.0:
            left = cell.free[r, machine] - amount
            cell.free[r, machine] = left
            cell.columns[r, machine] = left / cell.per[r]
            cell.sums[0, r] -= amount
    held = np.uint64(0)
    if shapes.kind[shape] >= 0:
        if slot >= 0:
            cell.devices[machine, slot] -= np.rint(shapes.share[shape] * layout.WHOLE)
        else:
            wanted = shapes.devices[shape]
            for d in range(cell.device_count[machine]):
                if wanted > 0.0 and cell.devices[machine, d] == layout.WHOLE:
                    cell.devices[machine, d] = 0.0
                    held |= np.uint64(1) << np.uint64(d)
                    wanted -= 1.0
        refresh_devices(cell, machine)
        count_kind(cell, machine, shapes.kind[shape], 1)
    cell.columns[base + layout.TASKS, machine] += 1.0
    return held


@compiled
def give_back(
    cell: Cell, shapes: Shapes, shape: int, machine: int, slot: int, held: np.uint64
) -> None:
    """Return a shape's amounts and devices to a machine."""
    resources = cell.free.shape[0]
    base = 2 * resources
    for r in range(resources):
        amount = shapes.whole[shape, r]
        if amount > 0.0:
            left = cell.free[r, machine] + amount
            cell.free[r, machine] = left
            cell.columns[r, machine] = left / cell.per[r]
            cell.sums[0, r] += amount
    if shapes.kind[shape] >= 0:
        if slot >= 0:
            cell.devices[machine, slot] += np.rint(shapes.share[shape] * layout.WHOLE)
        else:
            for d in range(cell.device_count[machine]):
                if (held >> np.uint64(d)) & np.uint64(1):
                    cell.devices[machine, d] = layout.WHOLE
        refresh_devices(cell, machine)
        count_kind(cell, machine, shapes.kind[shape], -1)
    cell.columns[base + layout.TASKS, machine] -= 1.0


@compiled
def push_end(live: Live, registers: Registers, end: int, slot: int) -> None:
    """Put a task's end on the heap."""
    i = registers.at[layout.HEAP_SIZE]
    registers.at[layout.HEAP_SIZE] = i + 1
    while i > 0:
        parent = (i - 1) >> 1
        if live.heap_end[parent] <= end:
            break
        live.heap_end[i] = live.heap_end[parent]
        live.heap_slot[i] = live.heap_slot[parent]
        i = parent
    live.heap_end[i] = end
    live.heap_slot[i] = slot


@compiled
def pop_end(live: Live, registers: Registers) -> int:
    """Take the earliest end off the heap; its live slot."""
    result = live.heap_slot[0]
    size = registers.at[layout.HEAP_SIZE] - 1
    registers.at[layout.HEAP_SIZE] = size
    end, slot = live.heap_end[size], live.heap_slot[size]
    i = 0
    child = 1
    while child < size:
        if child + 1 < size and live.heap_end[child + 1] < live.heap_end[child]:
            child += 1
        if live.heap_end[child] >= end:
            break
        live.heap_end[i] = live.heap_end[child]
        live.heap_slot[i] = live.heap_slot[child]
        i = child
        child = 2 * i + 1
    live.heap_end[i] = end
    live.heap_slot[i] = slot
    return result


@compiled
def last_exit(cell: Cell, live: Live, machine: int) -> None:
    """Set a machine's latest predicted end from the tasks that run on it."""
    base = 2 * cell.free.shape[0]
    latest = -1
    slot = cell.tasks_head[machine]
    while slot >= 0:
        latest = max(latest, live.predicted[slot])
        slot = live.following[slot]
    cell.columns[base + layout.EXIT, machine] = latest


@compiled
def start(
    cell: Cell,
    shapes: Shapes,
    live: Live,
    registers: Registers,
    task: Ints,
    machine: int,
    slot: int,
    track_exit: bool,
) -> None:
    """Start a task now: amounts, devices, its live slot, its end on the heap, the log."""
    shape = task[layout.SHAPE]
    now = registers.at[layout.CLOCK]
    i = registers.at[layout.LIVE_FREE]
    registers.at[layout.LIVE_FREE] = live.following[i]
    registers.at[layout.LIVE_COUNT] += 1
    live.held[i] = take(cell, shapes, shape, machine, slot)
    live.number[i] = task[layout.NUMBER]
    live.machine[i] = machine
    live.shape[i] = shape
    live.slot[i] = slot
    live.group[i] = task[layout.GROUP]
    predicted = task[layout.PREDICTED]
    live.predicted[i] = layout.FOREVER if predicted >= layout.FOREVER - now else now + predicted
    live.started[i] = now
    if live.task.shape[0] > 0:
        live.task[i] = task
    planned = task[layout.PLANNED]
    live.planned[i] = layout.FOREVER if planned >= layout.FOREVER - now else now + planned
    head = cell.tasks_head[machine]
    live.following[i] = head
    live.before[i] = -1
    if head >= 0:
        live.before[head] = i
    cell.tasks_head[machine] = i
    if track_exit:
        base = 2 * cell.free.shape[0]
        cell.columns[base + layout.EXIT, machine] = max(
            cell.columns[base + layout.EXIT, machine], float(live.predicted[i])
        )
    life = task[layout.LIFE]
    if life < layout.FOREVER:
        live.end[i] = now + life
        push_end(live, registers, now + life, i)
    note_change(cell, registers, machine)


@compiled
def finish(
    cell: Cell, shapes: Shapes, live: Live, registers: Registers, i: int, track_exit: bool
) -> None:
    """End the task in live slot `i`."""
    machine = live.machine[i]
    give_back(cell, shapes, live.shape[i], machine, live.slot[i], live.held[i])
    after, before = live.following[i], live.before[i]
    if before >= 0:
        live.following[before] = after
    else:
        cell.tasks_head[machine] = after
    if after >= 0:
        live.before[after] = before
    live.following[i] = registers.at[layout.LIVE_FREE]
    registers.at[layout.LIVE_FREE] = i
    registers.at[layout.LIVE_COUNT] -= 1
    if track_exit:
        last_exit(cell, live, machine)
    note_change(cell, registers, machine)


@compiled
def list_running(cell: Cell, live: Live, slots: Ints) -> int:
    """List the live slots of all that runs, machine by machine; how many."""
    count = 0
    for machine in range(cell.tasks_head.size):
        slot = cell.tasks_head[machine]
        while slot >= 0:
            slots[count] = slot
            count += 1
            slot = live.following[slot]
    return count
