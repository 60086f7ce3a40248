"""Expected fragmentation of a machine, resource by resource.

`frag_r(n) = Σ_m p_m · (the part of free_r(n) that a task of shape m cannot use)` (Weng et al.,
*Beware of Fragmentation*, USENIX ATC 2023, section 3, there for GPUs; here for each resource).
A resource with devices: all of it where m does not fit, else the devices whose free share is
too small for m. One without: all of it where m does not fit, else none. All of it for shapes
that do not ask for the resource.

Amounts and counts are whole numbers, so sums are exact and equal states compare equal, whatever
the order; the division comes last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import layout
from sim.compiled import compiled, compiled_sum
from sim.state import Cell, Floats, Ints, Mix, Scratch, Shapes


@compiled
def fragments(
    cell: Cell,
    mix: Mix,
    machine: int,
    shapes: Shapes,
    shape: int,
    slot: int,
    scratch: Scratch,
    asked: Ints,
    result: Floats,
) -> None:
    """Fragmentation of one machine, in whole units times the mix's count, into `result`.

    With `shape` ≥ 0 it is that of the machine after a task of the shape took `slot` (−1: whole
    devices, the lowest-numbered full ones, or none). `asked` lists the resources wanted.
    `scratch.lost` comes to hold what each of `mix.levels` leaves unused of the devices, last all of
    it, and `scratch.fit` which shapes of the mix fit.
    """
    resources = cell.free.shape[0]
    gpu, lost, fit = cell.gpu[0], scratch.lost, scratch.fit
    largest, full, left_gpu = 0.0, 0.0, 0.0
    if gpu >= 0:
        for level in range(mix.levels.size):
            lost[level] = 0.0
        wanted = 0.0
        if shape >= 0 and slot < 0:
            wanted = shapes.devices[shape]
        for d in range(cell.device_count[machine]):
            left = cell.devices[machine, d]
            if shape >= 0:
                if d == slot:
                    left -= np.rint(shapes.share[shape] * layout.WHOLE)
                elif wanted > 0.0 and left == layout.WHOLE:
                    left = 0.0
                    wanted -= 1.0
            if left > 0.0:
                left_gpu += left
                largest = max(largest, left)
                if left == layout.WHOLE:
                    full += 1.0
                else:
                    for level in range(mix.levels.size):
                        if left < mix.levels[level]:
                            lost[level] += left
    bit = np.int64(1) << cell.model[machine]
    for m in range(fit.size):
        fit[m] = (mix.models[m] == 0) | (mix.models[m] & bit != 0)
    for r in range(resources):
        below(fit, mix.amounts[r], remaining(cell, machine, shapes, shape, r))
    if gpu >= 0:
        below(fit, mix.share, largest)
        below(fit, mix.devices, full)
    for k in range(asked.size):
        r = asked[k]
        if r != gpu:
            used = used_by(fit, mix.amounts[r], mix.counts)
            result[k] = (mix.weight[0] - used) * remaining(cell, machine, shapes, shape, r)
            continue
        lost[mix.levels.size] = left_gpu
        fitting, wasted = lost_by(fit, mix.level, mix.counts, lost)
        result[k] = wasted + (mix.weight[0] - fitting) * left_gpu


@compiled
def remaining(cell: Cell, machine: int, shapes: Shapes, shape: int, r: int) -> float:
    """What a machine has left of a resource once a shape (−1: none) is on it, whole units."""
    left = cell.free[r, machine]
    return left - shapes.whole[shape, r] if shape >= 0 else left


@compiled
def below(fit: NDArray[np.uint8], needs: Floats, left: float) -> None:
    """Take the mark from the shapes that need more than is left."""
    for m in range(fit.size):
        fit[m] &= needs[m] <= left


@compiled_sum
def used_by(fit: NDArray[np.uint8], needs: Floats, counts: Floats) -> float:
    """How many tasks of the mix fit and ask for a resource."""
    total = 0.0
    for m in range(fit.size):
        total += counts[m] if (fit[m] != 0) & (needs[m] > 0.0) else 0.0
    return total


@compiled_sum
def lost_by(
    fit: NDArray[np.uint8], levels: Ints, counts: Floats, lost: Floats
) -> tuple[float, float]:
    """How many tasks of the mix fit, and what all of them leave unused, each by its level."""
    total, wasted = 0.0, 0.0
    for m in range(fit.size):
        here = counts[m] if fit[m] != 0 else 0.0
        total += here
        wasted += here * lost[np.uint64(levels[m])]
    return total, wasted


@compiled
def cell_fragmentation(cell: Cell, shapes: Shapes, mix: Mix, scratch: Scratch) -> Floats:
    """Expected fragmentation of the whole cell, natural amounts a resource, (R,)."""
    resources, machines = cell.free.shape
    asked = np.arange(resources)
    one = np.zeros(resources)
    result = np.zeros(resources)
    for machine in range(machines):
        fragments(cell, mix, machine, shapes, -1, -1, scratch, asked, one)
        for r in range(resources):
            result[r] += one[r]
    for r in range(resources):
        result[r] = result[r] / (mix.weight[0] * cell.per[r])
    return result
