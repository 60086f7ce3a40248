"""What a cell strands, in the plainest Python: the inflation probe, fragmentation, exhaustion.

The cell itself (who is placed where, what waits) is the oracle of `oracle.py`; here it is looked
at, copied and inflated. Amounts are whole units, percentages exact fractions.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from tests.sim.oracle import Machine, Oracle, Task

Shape = tuple[tuple[int, ...], int, int]  # request, models, count in the reference mix


def share_fits(devices: list[int], asked: int) -> bool:
    """Whether free devices (thousandths) hold a request: a share of one, or whole ones."""
    if asked == 0:
        return True
    if asked < 1000:
        return max(devices, default=0) >= asked
    return 1000 * devices.count(1000) >= asked


def shape_fits(machine: Machine, request: tuple[int, ...], models: int, gpu: int) -> bool:
    """Whether the machine, as it is, can take a task of the shape."""
    enough = all(request[r] <= machine.free[r] for r in range(len(request)))
    devices = gpu < 0 or share_fits(machine.devices, request[gpu])
    allowed = models == 0 or (models >> machine.model) % 2 == 1
    return enough and devices and allowed


def unusable(machine: Machine, request: tuple[int, ...], models: int, r: int, gpu: int) -> int:
    """The part of what the machine has free of `r` that a task of the shape can't use."""
    if request[r] == 0 or not shape_fits(machine, request, models, gpu):
        return machine.free[r]
    if r != gpu:
        return 0
    need = min(request[gpu], 1000)  # of one device
    return sum(left for left in machine.devices if left < need)


def fragmentation(machines: list[Machine], mix: list[Shape], r: int, gpu: int) -> Fraction:
    """Expected fragmentation of one resource, per cent of the fleet's total."""
    weight = sum(count for _, _, count in mix)
    lost = sum(
        count * unusable(machine, request, models, r, gpu)
        for machine in machines
        for request, models, count in mix
    )
    return percent(Fraction(lost, weight), machines, r)


def exhausted(machines: list[Machine], mix: list[Shape], r: int, gpu: int) -> Fraction:
    """What is free of one resource on machines that no shape of the mix fits, per cent."""
    lost = 0
    for machine in machines:
        if not any(shape_fits(machine, request, models, gpu) for request, models, _ in mix):
            lost += machine.free[r]
    return percent(Fraction(lost), machines, r)


def free_part(machines: list[Machine], r: int) -> Fraction:
    """What is free of one resource, per cent of the fleet's total."""
    return percent(Fraction(sum(machine.free[r] for machine in machines)), machines, r)


def percent(amount: Fraction, machines: list[Machine], r: int) -> Fraction:
    """An amount as per cent of the fleet's total; 0 where the fleet has none."""
    total = sum(machine.total[r] for machine in machines)
    return 100 * amount / total if total else Fraction(0)


def empty_machines(machines: list[Machine]) -> Fraction:
    """Machines that run nothing, per cent."""
    return Fraction(100 * sum(not machine.tasks for machine in machines), len(machines))


# The inflation probe ---------------------------------------------------------------------------


def copied(cell: Oracle) -> Oracle:
    """The same cell at the same instant; what is done to it leaves the first as it is."""
    other = copy.copy(cell)
    other.machines = [
        Machine(m.index, m.total, list(m.free), list(m.devices), m.model, list(m.tasks))
        for m in cell.machines
    ]
    other.waiting, other.running = list(cell.waiting), list(cell.running)
    other.placed, other.rejected = list(cell.placed), list(cell.rejected)
    return other


def fits_alike(task: Task) -> tuple[Any, ...]:
    """Of two tasks with the same, both fit a machine or neither does."""
    return (task.request, task.models, task.limit, task.job if task.limit else None)


@dataclass
class Inflated:
    """A cell after the probe: it, how many tasks of each shape went in, and what was left to go."""

    cell: Oracle
    placed: Counter[tuple[Any, ...]]
    live: Fraction  # share of the pool's weight
    drawn: int  # how many of the sequence were looked at


def inflate(cell: Oracle, sequence: list[Task], pool: list[Task], stop: Fraction) -> Inflated:
    """Place what is pending, then the sequence, on a copy, until less than `stop` is live.

    A shape is dead once a task of it found no place: nothing leaves, so none will. (One that may
    only go where the trace ran it tells nothing of others.)
    """
    inside = copied(cell)
    weight = Counter(fits_alike(task) for task in pool)
    dead: set[tuple[Any, ...]] = set()

    def live() -> Fraction:
        left = sum(count for shape, count in weight.items() if shape not in dead)
        return Fraction(left, len(pool))

    for task in cell.waiting:
        if not inside.try_to_place(replace(task)) and task.place < 0:  # elsewhere another may
            dead.add(fits_alike(task))
    placed: Counter[tuple[Any, ...]] = Counter()
    drawn = 0
    for task in sequence:
        if live() < stop:
            break
        drawn += 1
        if inside.try_to_place(replace(task, submit=cell.now)):
            assert fits_alike(task) not in dead
            placed[fits_alike(task)] += 1
        else:
            dead.add(fits_alike(task))
    return Inflated(inside, placed, live(), drawn)
