"""Machines that go and come back, and tasks that must leave before their end.

An evicted task goes to the end of the queue and begins anew when it is placed again, as Borg and
Kubernetes have it: what it had done is lost, and it waits from its eviction on.
"""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.groups import count as count_group
from sim.occupy import finish, note_change, refresh_devices
from sim.scoring import fill_before
from sim.state import Floats, Live, Registers, Run
from sim.unseen import remember

GONE = -1  # the number of who was evicted


@compiled
def leave(run: Run, i: int) -> None:
    """Take the task in live slot `i` off its machine."""
    live, machine, group = run.live, run.live.machine[i], run.live.group[i]
    finish(run.cell, run.shapes, live, run.registers, i, run.scorer.flags[st.USES_EXIT] != 0)
    if group >= 0:
        count_group(run.groups, group, machine, run.cell.free.shape[1], -1)
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)
    remember(run, machine, group, -1)


@compiled
def forget_end(live: Live, registers: Registers, slot: int) -> None:
    """Take the end of a running task off the heap, wherever it stands."""
    size = registers.at[layout.HEAP_SIZE] - 1
    i = 0
    while live.heap_slot[i] != slot:
        i += 1
    registers.at[layout.HEAP_SIZE] = size
    if i == size:
        return
    end, last = live.heap_end[size], live.heap_slot[size]
    while i > 0 and live.heap_end[(i - 1) >> 1] > end:
        live.heap_end[i] = live.heap_end[(i - 1) >> 1]
        live.heap_slot[i] = live.heap_slot[(i - 1) >> 1]
        i = (i - 1) >> 1
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and live.heap_end[child + 1] < live.heap_end[child]:
            child += 1
        if live.heap_end[child] >= end:
            break
        live.heap_end[i] = live.heap_end[child]
        live.heap_slot[i] = live.heap_slot[child]
        i = child
    live.heap_end[i] = end
    live.heap_slot[i] = last


@compiled
def evict(run: Run, i: int) -> None:
    """Send a running task, and its gang with it, to the end of the queue, which has room."""
    live, of = run.live, run.live.task[i, layout.GANG_OF]
    if of < 0:
        evict_alone(run, i)
        return
    members = np.empty(run.registers.at[layout.LIVE_COUNT], np.int64)
    count = 0
    for machine in range(run.cell.tasks_head.size):
        slot = run.cell.tasks_head[machine]
        while slot >= 0:
            if live.task[slot, layout.GANG_OF] == of:
                at = count
                while at > 0 and live.number[members[at - 1]] > live.number[slot]:
                    members[at] = members[at - 1]
                    at -= 1
                members[at] = slot
                count += 1
            slot = live.following[slot]
    for k in range(count):
        live.task[members[k], layout.GANG] = count - k
        evict_alone(run, members[k])


@compiled
def evict_alone(run: Run, i: int) -> None:
    """Send the task in live slot `i` to the end of the queue."""
    registers, live, flow = run.registers, run.live, run.flow
    now, tail = registers.at[layout.CLOCK], registers.at[layout.QUEUE_TAIL]
    flow.queue[:, tail] = live.task[i]
    flow.queue[layout.SUBMIT, tail] = now
    registers.at[layout.QUEUE_TAIL] = tail + 1
    registers.at[layout.EVICTED] += 1
    shape = live.shape[i]
    for r in range(flow.lost.size):
        flow.lost[r] += (now - live.started[i]) * run.shapes.whole[shape, r]
    if live.task[i, layout.LIFE] < layout.FOREVER:
        forget_end(live, registers, i)
    leave(run, i)
    live.number[i] = GONE


@compiled
def evict_all(run: Run, machine: int) -> None:
    """Evict whatever runs on a machine, in the order of their numbers."""
    live = run.live
    while run.cell.tasks_head[machine] >= 0:
        slot = run.cell.tasks_head[machine]
        first = slot
        while slot >= 0:
            if live.number[slot] < live.number[first]:
                first = slot
            slot = live.following[slot]
        evict(run, first)


@compiled
def close(run: Run, machine: int) -> None:
    """Let no task come to a machine any more; what runs there runs on."""
    cell = run.cell
    if not cell.closed[machine]:
        cell.closed[machine] = 1
        run.registers.at[layout.CLOSED] += 1
        note_change(cell, run.registers, machine)
        remember(run, machine, -1, 0)


@compiled
def reopen(run: Run, machine: int) -> None:
    """Let tasks come to a machine again."""
    cell = run.cell
    if cell.closed[machine]:
        cell.closed[machine] = 0
        run.registers.at[layout.CLOSED] -= 1
        note_change(cell, run.registers, machine)
        remember(run, machine, -1, 0)


@compiled
def last_come(run: Run, machine: int) -> int:
    """The live slot of the task of a machine with the highest number, −1 of none."""
    live, last = run.live, run.cell.tasks_head[machine]
    slot = last
    while slot >= 0:
        if live.number[slot] > live.number[last]:
            last = slot
        slot = live.following[slot]
    return last


@compiled
def holds_more(run: Run, machine: int, total: Floats) -> bool:
    """Whether what runs on a machine holds more than these amounts, (R,) whole units."""
    for r in range(total.size):
        if run.cell.total[r, machine] - run.cell.free[r, machine] > total[r]:
            return True
    return False


@compiled
def resize(run: Run, machine: int, total: Floats, devices: int) -> None:
    """Give a machine other amounts, (R,) whole units, and so many whole devices.

    As many tasks as need be are evicted, the last that came first; all where devices change.
    """
    cell = run.cell
    resources = cell.free.shape[0]
    if devices != cell.device_count[machine]:
        evict_all(run, machine)
        cell.device_count[machine] = devices
        for d in range(cell.devices.shape[1]):
            cell.devices[machine, d] = layout.WHOLE if d < devices else 0.0
        refresh_devices(cell, machine)
        for d in range(devices, cell.shares.shape[1]):
            cell.shares[machine, d] = 0.0
    while holds_more(run, machine, total):
        evict(run, last_come(run, machine))
    for r in range(resources):
        more = total[r] - cell.total[r, machine]
        cell.sums[0, r] += more
        cell.sums[1, r] += more
        cell.free[r, machine] += more
        cell.total[r, machine] = total[r]
        cell.columns[r, machine] = cell.free[r, machine] / cell.per[r]
        cell.columns[resources + r, machine] = total[r] / cell.per[r]
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)
    note_change(cell, run.registers, machine)
    remember(run, machine, -1, 0)


@compiled
def remove(run: Run, machine: int) -> None:
    """Evict whatever runs on a machine, and take the machine away."""
    evict_all(run, machine)
    close(run, machine)
    resize(run, machine, np.zeros(run.cell.per.size), 0)


@compiled
def restore(run: Run, machine: int, total: Floats, devices: int) -> None:
    """Bring a machine back with these amounts."""
    resize(run, machine, total, devices)
    reopen(run, machine)
