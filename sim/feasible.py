"""Which machines can take a task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import layout
from sim.compiled import compiled
from sim.groups import running
from sim.state import Floats, Run


@compiled
def fits(run: Run, shape: int, machine: int) -> bool:
    """Whether a machine can take a shape now (limits of a group apart)."""
    cell, shapes = run.cell, run.shapes
    base = 2 * cell.free.shape[0]
    if cell.closed[machine]:
        return False
    domain = run.registers.at[layout.DOMAIN]
    if domain != layout.ANYWHERE and cell.domain[machine] != domain:
        return False
    for r in range(cell.free.shape[0]):
        if cell.columns[r, machine] < shapes.natural[shape, r]:
            return False
    if shapes.kind[shape] >= 0 and (
        cell.columns[base + layout.LARGEST_SHARE, machine] < shapes.share[shape]
        or cell.columns[base + layout.FULL, machine] < shapes.devices[shape]
    ):
        return False
    models = shapes.models[shape]
    return models == 0 or (models >> cell.model[machine]) & 1 == 1


@compiled
def mark(run: Run, shape: int, first: int, last: int) -> int:
    """Mark the machines of a stretch that can take a shape in `scratch.mask`; how many.

    (Slices, not bounds of a range: an index that may be negative keeps a loop from being run over
    many machines at once.)
    """
    cell, shapes = run.cell, run.shapes
    resources = cell.free.shape[0]
    base = 2 * resources
    mask = run.scratch.mask[first:last]
    mask[:] = 1
    for r in range(resources):
        amount = shapes.natural[shape, r]
        if amount > 0.0:
            at_least(mask, cell.columns[r, first:last], amount)
    if shapes.share[shape] > 0.0:
        at_least(mask, cell.columns[base + layout.LARGEST_SHARE, first:last], shapes.share[shape])
    if shapes.devices[shape] > 0.0:
        at_least(mask, cell.columns[base + layout.FULL, first:last], shapes.devices[shape])
    models = shapes.models[shape]
    if models != 0:
        model = cell.model[first:last]
        for k in range(mask.size):
            mask[k] &= (models >> model[k]) & 1 == 1
    if run.registers.at[layout.CLOSED] > 0:
        closed = cell.closed[first:last]
        for k in range(mask.size):
            mask[k] &= closed[k] == 0
    if run.registers.at[layout.DOMAIN] != layout.ANYWHERE:
        domain = cell.domain[first:last]
        for k in range(mask.size):
            mask[k] &= domain[k] == run.registers.at[layout.DOMAIN]
    count = 0
    for k in range(mask.size):
        count += mask[k]
    return count


@compiled
def at_least(mask: NDArray[np.uint8], values: Floats, amount: float) -> None:
    """Take the mark from where a value is below an amount."""
    for k in range(mask.size):
        mask[k] &= values[k] >= amount


@compiled
def marked(run: Run, first: int, last: int) -> int:
    """List the marked machines of a stretch in `scratch.machine`; how many."""
    mask, chosen = run.scratch.mask, run.scratch.machine
    count = 0
    for n in range(first, last):
        chosen[count] = n
        count += mask[n]
    return count


@compiled
def feasible(run: Run, shape: int) -> int:
    """List the machines that can take a shape in `scratch.machine`; how many."""
    machines = run.cell.free.shape[1]
    mark(run, shape, 0, machines)
    return marked(run, 0, machines)


@compiled
def within_limit(run: Run, count: int, shape: int, group: int) -> int:
    """Of the listed machines keep those below the group's limit; how many."""
    limit = run.shapes.limit[shape]
    if limit == 0 or group < 0:
        return count
    machines = run.cell.free.shape[1]
    chosen = run.scratch.machine
    kept = 0
    for k in range(count):
        if running(run.groups, group, chosen[k], machines) < limit:
            chosen[kept] = chosen[k]
            kept += 1
    return kept


@compiled
def takes(run: Run, shape: int, machine: int, group: int) -> bool:
    """Whether one machine can take a task of a shape and group now."""
    run.scratch.machine[0] = machine
    return fits(run, shape, machine) and within_limit(run, 1, shape, group) > 0


@compiled
def mark_gathered(run: Run, count: int, shape: int) -> None:
    """Gather the listed machines' constraints into the scratch columns, and mark who fits."""
    cell, shapes, scratch = run.cell, run.shapes, run.scratch
    resources = cell.free.shape[0]
    base = 2 * resources
    mask = scratch.mask[:count]
    mask[:] = 1
    for r in range(resources):
        gather(run, r, count)
        amount = shapes.natural[shape, r]
        if amount > 0.0:
            at_least(mask, scratch.columns[r, :count], amount)
    if shapes.share[shape] > 0.0:
        gather(run, base + layout.LARGEST_SHARE, count)
        row = scratch.columns[base + layout.LARGEST_SHARE, :count]
        at_least(mask, row, shapes.share[shape])
    if shapes.devices[shape] > 0.0:
        gather(run, base + layout.FULL, count)
        at_least(mask, scratch.columns[base + layout.FULL, :count], shapes.devices[shape])
    models = shapes.models[shape]
    if models != 0:
        for k in range(count):
            mask[k] &= (models >> cell.model[scratch.machine[k]]) & 1 == 1
    if run.registers.at[layout.CLOSED] > 0:
        for k in range(count):
            mask[k] &= cell.closed[scratch.machine[k]] == 0


@compiled
def gather(run: Run, row: int, count: int) -> None:
    """Copy one field of the listed machines into the scratch columns."""
    source, target = run.cell.columns[row], run.scratch.columns[row, :count]
    chosen = run.scratch.machine[:count]
    for k in range(count):
        target[k] = source[np.uint64(chosen[k])]
