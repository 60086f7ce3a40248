"""The least that can be stranded, found by trying everything: plain Python, whole numbers.

A machine's state is its free amounts and, in ascending order, the free thousandths of its devices
(which of two devices with as much free is taken makes no difference to what can come after).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

State = tuple[tuple[int, ...], tuple[int, ...]]  # free amounts, devices


@dataclass(frozen=True)
class Kind:
    """A machine: total amounts, number of devices, model."""

    total: tuple[int, ...]
    devices: int
    model: int


@dataclass(frozen=True)
class Request:
    """A task: amounts, and the models it may use, one bit each (0: any)."""

    amounts: tuple[int, ...]
    models: int


def ways(kind: Kind, state: State, task: Request, gpu: int) -> list[State]:
    """Every state that the machine can be in after it took the task; none if it can't."""
    free, devices = state
    if any(f < a for f, a in zip(free, task.amounts, strict=True)):
        return []
    if task.models and not (task.models >> kind.model) & 1:
        return []
    left = tuple(f - a for f, a in zip(free, task.amounts, strict=True))
    asked = task.amounts[gpu] if gpu >= 0 else 0
    if asked == 0:
        return [(left, devices)]
    if asked < 1000:
        return [
            (left, tuple(sorted((*devices[:d], devices[d] - asked, *devices[d + 1 :]))))
            for d in range(len(devices))
            if devices[d] >= asked
        ]
    full = devices.count(1000)
    if full * 1000 < asked:
        return []
    others = [d for d in devices if d < 1000] + [1000] * (full - asked // 1000)
    return [(left, tuple(sorted(others + [0] * (asked // 1000))))]


def everywhere(
    kinds: list[Kind], cells: set[tuple[State, ...]], task: Request, gpu: int
) -> set[tuple[State, ...]]:
    """Every cell that comes of putting the task somewhere in one of the cells."""
    return {
        (*cell[:n], after, *cell[n + 1 :])
        for cell in cells
        for n in range(len(kinds))
        for after in ways(kinds[n], cell[n], task, gpu)
    }


def empty(kinds: list[Kind]) -> tuple[State, ...]:
    return tuple((kind.total, (1000,) * kind.devices) for kind in kinds)


def leftovers(
    kinds: list[Kind],
    start: tuple[State, ...],
    must: list[Request],
    may: list[Request],
    gpu: int,
) -> set[tuple[int, ...]]:
    """What can be left free, a resource: all of `must` placed, and any part of `may`."""
    cells = {start}
    for task in must:
        cells = everywhere(kinds, cells, task, gpu)
    for task in may:
        cells = cells | everywhere(kinds, cells, task, gpu)
    resources = range(len(kinds[0].total))
    return {tuple(sum(free[r] for free, _ in cell) for r in resources) for cell in cells}


def least(
    kinds: list[Kind], left: set[tuple[int, ...]], weights: list[int]
) -> tuple[Fraction, list[Fraction]]:
    """The least left, per cent: the weighted mean over resources that are there, and each alone."""
    resources = range(len(weights))
    total = [sum(kind.total[r] for kind in kinds) for r in resources]
    sold = sum(weights[r] for r in resources if total[r] > 0)

    def percent(one: tuple[int, ...], r: int) -> Fraction:
        return Fraction(100 * one[r], total[r]) if total[r] else Fraction(0)

    def mean(one: tuple[int, ...]) -> Fraction:
        if sold == 0:
            return Fraction(0)
        return sum((weights[r] * percent(one, r) for r in resources), Fraction(0)) / sold

    return min(mean(one) for one in left), [min(percent(one, r) for one in left) for r in resources]
