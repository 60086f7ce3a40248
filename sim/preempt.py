"""Preemption: a task that fits nowhere takes the place of some of lower priority.

As in Kubernetes (`DefaultPreemption`) and Borg (Verma et al., EuroSys 2015, section 2.5): of each
machine the tasks that may be evicted are thought away; if the newcomer then fits, they come back
one by one, the highest priority first, as long as it still does; who is left is a victim. The
machine is taken whose highest victim is lowest, then with the fewest victims, then with the lowest
sum of priorities, then the first. Victims go to the end of the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.doors import Door
from sim.easy import has_room, release
from sim.errors import SimError
from sim.eviction import GONE, evict
from sim.groups import running
from sim.handle import run_at
from sim.occupy import fullest_device
from sim.state import Floats, Ints, Run

HIGHEST = 1 << 40


@dataclass(frozen=True)
class Preemption:
    """Who may evict whom: a task those of lower priority, unless both are in one of the bands.

    bands: (lowest, highest) priorities of each; Borg's production band of 2011 is (9, 11).
    """

    bands: Sequence[tuple[int, int]] = ()

    def check(self) -> None:
        """Raise SimError for bands that are none."""
        for band in self.bands:
            if len(band) != 2 or not band[0] <= band[1] or max(map(abs, band)) >= HIGHEST:
                found = list(band)
                raise SimError(f"preemption.bands: found {found}, expected two, the lower first")


@compiled
def may_evict(run: Run, rank: int, other: int) -> bool:
    """Whether a task of a priority may take the place of one of another."""
    if other >= rank:
        return False
    plan = run.plan
    for b in range(plan.low.size):
        low, high = plan.low[b], plan.high[b]
        if low <= other <= high and low <= rank <= high:
            return False
    return True


@compiled
def before(run: Run, one: int, other: int) -> bool:
    """Whether of two running tasks the first is to stay rather than the second."""
    live = run.live
    if live.task[one, layout.RANK] != live.task[other, layout.RANK]:
        return live.task[one, layout.RANK] > live.task[other, layout.RANK]
    if live.started[one] != live.started[other]:
        return live.started[one] < live.started[other]
    return live.number[one] < live.number[other]


@compiled
def evictable(run: Run, machine: int) -> Ints:
    """The live slots of what the current task may evict on a machine, first who is to stay."""
    live, rank = run.live, run.flow.current[layout.RANK]
    count = 0
    slot = run.cell.tasks_head[machine]
    while slot >= 0:
        count += may_evict(run, rank, live.task[slot, layout.RANK])
        slot = live.following[slot]
    found = np.empty(count, np.int64)
    k = 0
    slot = run.cell.tasks_head[machine]
    while slot >= 0:
        if may_evict(run, rank, live.task[slot, layout.RANK]):
            at = k
            while at > 0 and before(run, slot, found[at - 1]):
                found[at] = found[at - 1]
                at -= 1
            found[at] = slot
            k += 1
        slot = live.following[slot]
    return found


@compiled
def take_back(run: Run, slot: int, free: Floats, devices: Floats) -> None:
    """Undo a release."""
    live, shapes = run.live, run.shapes
    shape = live.shape[slot]
    for r in range(free.size):
        free[r] -= shapes.whole[shape, r]
    if shapes.kind[shape] >= 0:
        if live.slot[slot] >= 0:
            devices[live.slot[slot]] -= np.rint(shapes.share[shape] * layout.WHOLE)
        else:
            for d in range(devices.size):
                if (live.held[slot] >> np.uint64(d)) & np.uint64(1):
                    devices[d] = 0.0


@compiled
def victims(run: Run, machine: int) -> Ints:
    """Who must leave a machine for the current task; none where that can't help it."""
    nobody = np.empty(0, np.int64)
    task, shapes = run.flow.current, run.shapes
    shape, group = task[layout.SHAPE], task[layout.GROUP]
    if run.cell.closed[machine]:
        return nobody
    those = evictable(run, machine)
    if those.size == 0:
        return nobody
    free, devices = run.cell.free[:, machine].copy(), run.cell.devices[machine].copy()
    limit, kin = shapes.limit[shape], 0
    if limit > 0 and group >= 0:
        kin = running(run.groups, group, machine, run.cell.free.shape[1])
    for k in range(those.size):
        release(run, those[k], free, devices)
        kin -= run.live.group[those[k]] == group
    if not has_room(run, shape, machine, free, devices) or (limit > 0 and kin >= limit):
        return nobody
    count = 0
    for k in range(those.size):
        slot = those[k]
        take_back(run, slot, free, devices)
        same = run.live.group[slot] == group
        if has_room(run, shape, machine, free, devices) and not (
            limit > 0 and group >= 0 and kin + same >= limit
        ):
            kin += same
        else:
            release(run, slot, free, devices)
            those[count] = slot
            count += 1
    return those[:count]


@compiled
def preempt(run: Run) -> int:
    """Make room for the current task. The machine, the slot in its register; −1 there is none."""
    registers, live, task = run.registers, run.live, run.flow.current
    shape = task[layout.SHAPE]
    plan, limited = run.plan, run.shapes.limit[shape] > 0
    spared = plan.spared_at[shape] == registers.at[layout.LOG_HEAD] and not limited
    if spared and plan.spared[shape] >= task[layout.RANK]:
        return -1
    chosen, best = -1, np.empty(0, np.int64)
    top, count, total = HIGHEST, 0, 0
    for n in range(run.cell.free.shape[1]):
        those = victims(run, n)
        if those.size == 0:
            continue
        high, summed = -HIGHEST, 0
        for k in range(those.size):
            rank = live.task[those[k], layout.RANK]
            high = max(high, rank)
            summed += rank
        if (
            high < top
            or (high == top and those.size < count)
            or (high == top and those.size == count and summed < total)
        ):
            chosen, best, top, count, total = n, those, high, those.size, summed
    if chosen < 0:
        plan.spared[shape] = task[layout.RANK]
        plan.spared_at[shape] = registers.at[layout.LOG_HEAD]
        return -1
    before_them = registers.at[layout.EVICTED]
    for k in range(best.size):
        if live.number[best[k]] != GONE:  # not with its gang already
            evict(run, best[k])
    registers.at[layout.PREEMPTED] += registers.at[layout.EVICTED] - before_them
    registers.at[layout.PASS] += 1
    registers.at[layout.SERVE] = 1
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    registers.at[layout.DECIDED_SLOT] = -1
    if share > 0.0:
        registers.at[layout.DECIDED_SLOT] = fullest_device(run.cell, chosen, share)
    return chosen


@Door
def preempting(run: int, _: int) -> int:
    """`preempt`."""
    return int(preempt(run_at(run)))
