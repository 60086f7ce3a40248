"""Choosing a machine for one task: who can take it, what each scores, which is best."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim import calling, layout
from sim import state as st
from sim.compiled import compiled, compiled_maximum
from sim.fragmentation import fragments
from sim.groups import running
from sim.occupy import fullest_device
from sim.state import Floats, Run

NOTHING = -math.inf
call_kernel: Any = calling.call_kernel  # an intrinsic: type checkers see its builder
LARGEST_SCORE = 1e100
UNWRITTEN = -1.7976931348623157e308
WHOLE = 1000.0


@compiled
def fits(run: Run, shape: int, machine: int) -> bool:
    """Whether a machine can take a shape now (limits of a group apart)."""
    cell, shapes = run.cell, run.shapes
    base = 2 * cell.free.shape[0]
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
def feasible(run: Run, shape: int) -> int:
    """List the machines that can take a shape in `scratch.machine`; how many."""
    cell, shapes, mask = run.cell, run.shapes, run.scratch.mask
    resources, machines = cell.free.shape
    base = 2 * resources
    mask[:] = 1
    for r in range(resources):
        amount = shapes.natural[shape, r]
        if amount > 0.0:
            row = cell.columns[r]
            for n in range(machines):
                mask[n] &= row[n] >= amount
    if shapes.share[shape] > 0.0:
        share, row = shapes.share[shape], cell.columns[base + layout.LARGEST_SHARE]
        for n in range(machines):
            mask[n] &= row[n] >= share
    if shapes.devices[shape] > 0.0:
        devices, row = shapes.devices[shape], cell.columns[base + layout.FULL]
        for n in range(machines):
            mask[n] &= row[n] >= devices
    models = shapes.models[shape]
    if models != 0:
        for n in range(machines):
            mask[n] &= (models >> cell.model[n]) & 1 == 1
    count = 0
    chosen = run.scratch.machine
    for n in range(machines):
        chosen[count] = n
        count += mask[n]
    return count


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
def fill_scalars(run: Run, shape: int) -> None:
    """What is the same for every machine of this decision."""
    resources = run.cell.free.shape[0]
    scalars, now = run.scratch.scalars, run.registers.at[layout.CLOCK]
    for r in range(resources):
        scalars[r] = run.shapes.natural[shape, r]
        scalars[resources + layout.SCALARS + r] = run.cell.sums[0, r] / run.cell.per[r]
        scalars[2 * resources + layout.SCALARS + r] = run.cell.sums[1, r] / run.cell.per[r]
        scalars[3 * resources + layout.SCALARS + r] = run.cell.sums[2, r] / run.cell.per[r]
    scalars[resources + layout.MODELS] = run.shapes.models[shape]
    if not run.scorer.flags[st.KEPT]:
        current = run.flow.current
        predicted = current[layout.PREDICTED]
        scalars[resources + layout.LIFETIME] = (
            math.inf if predicted >= layout.FOREVER else predicted / 1000.0
        )
        scalars[resources + layout.PRIORITY] = current[layout.RANK]
        scalars[resources + layout.WAITED] = (now - current[layout.SUBMIT]) / 1000.0
        scalars[resources + layout.PENDING] = (
            run.registers.at[layout.QUEUE_TAIL] - run.registers.at[layout.QUEUE_HEAD]
        )
        scalars[resources + layout.NOW] = now
        of_day = (now + run.registers.at[layout.DAY_OFFSET]) % layout.DAY
        scalars[resources + layout.HOUR] = of_day / 3_600_000.0


@compiled
def call(run: Run, columns: Floats, stride: int, count: int) -> bool:
    """Score `count` options with every level's kernel; whether all entries were written."""
    scratch, cell = run.scratch, run.cell
    for level in range(run.scorer.address.size):
        out = scratch.out[level]
        if run.scorer.flags[st.MAY_RAISE]:
            out[:count] = UNWRITTEN
        call_kernel(
            run.scorer.address[level],
            count,
            scratch.option.ctypes.data,
            columns.ctypes.data,
            stride,
            cell.shares.ctypes.data,
            cell.shares.shape[1],
            cell.device_count.ctypes.data,
            scratch.scalars.ctypes.data,
            run.mix.natural.ctypes.data,
            run.mix.natural.shape[1],
            out.ctypes.data,
        )
        bad = 0
        for k in range(count):
            bad += not (abs(out[k]) <= LARGEST_SCORE)
        if bad > 0:
            for k in range(count):
                if not (abs(out[k]) <= LARGEST_SCORE):
                    run.registers.at[layout.ERROR_MACHINE] = (
                        scratch.option[k] if stride == scratch.columns.shape[1] else k
                    )
                    run.registers.at[layout.ERROR_KIND] = (
                        layout.RAISED if out[k] == UNWRITTEN else layout.NOT_FINITE
                    )
                    run.registers.at[layout.ERROR_SLOT] = int(
                        columns[layout.slot_row(cell.free.shape[0]), k]
                        if columns.shape[0] == scratch.columns.shape[0]
                        and stride == scratch.columns.shape[1]
                        else -1
                    )
                    return False
        step = run.scorer.step[level]
        if step > 0.0:
            for k in range(count):
                out[k] = np.rint(out[k] / step) * step
    return True


@compiled
def better(these: Floats, k: int, those: Floats, n: int) -> bool:
    """Whether column `k` of these scores beats column `n` of those, level by level."""
    for level in range(these.shape[0]):
        if these[level, k] != those[level, n]:
            return these[level, k] > those[level, n]
    return False


@compiled
def fill_option(run: Run, k: int, machine: int, shape: int, slot: int) -> None:
    """Gather what the kernels read of one machine into column `k` of the scratch."""
    cell, columns = run.cell, run.scratch.columns
    resources = cell.free.shape[0]
    base = 2 * resources
    run.scratch.option[k] = machine
    for j in range(run.scorer.fields.size):
        f = run.scorer.fields[j]
        columns[f, k] = cell.columns[f, machine]
    if run.scorer.flags[st.USES_KIN]:
        kind = run.shapes.kind[shape]
        columns[base + layout.KIN, k] = cell.kin[machine, kind] if kind >= 0 else 0.0
    columns[layout.slot_row(resources), k] = slot


@compiled
def fill_frag(run: Run, k: int, machine: int, shape: int, slot: int) -> None:
    """Fragmentation of one option before, after and gained, natural amounts."""
    cell, mix, columns = run.cell, run.mix, run.scratch.columns
    resources = cell.free.shape[0]
    asked = run.scorer.frag
    after = np.empty(asked.size)
    fragments(cell, mix, machine, run.shapes, shape, slot, run.scratch.lost, asked, after)
    first = layout.frag_row(resources, 0)
    weight = mix.weight[0]
    for j in range(asked.size):
        r = asked[j]
        scale = weight * cell.per[r]
        before = cell.columns[first + r, machine]
        columns[first + r, k] = before / scale
        columns[first + resources + r, k] = after[j] / scale
        columns[first + 2 * resources + r, k] = (before - after[j]) / scale


@compiled
def fill_before(run: Run, machine: int) -> None:
    """Keep a machine's fragmentation as it stands in the cell's own columns."""
    cell = run.cell
    asked = run.scorer.frag
    before = np.empty(asked.size)
    fragments(cell, run.mix, machine, run.shapes, -1, -1, run.scratch.lost, asked, before)
    first = layout.frag_row(cell.free.shape[0], 0)
    for j in range(asked.size):
        cell.columns[first + asked[j], machine] = before[j]


@compiled
def score_options(run: Run, count: int, shape: int) -> bool:
    """Score the listed machines, device by device where the heuristic names the slot.

    The best of each machine comes into `scratch.best` and `scratch.slot`, in the order of the
    list. False where a score was no finite number.
    """
    scratch, cell, flags = run.scratch, run.cell, run.scorer.flags
    capacity = scratch.option.size
    share = np.rint(run.shapes.share[shape] * WHOLE)
    ask_each = flags[st.USES_SLOT] and share > 0.0
    first = 0
    while first < count:
        k = 0
        n = first
        while n < count and k + cell.shares.shape[1] <= capacity:
            machine = scratch.machine[n]
            for level in range(run.scorer.address.size):
                scratch.best[level, n] = NOTHING
            scratch.slot[n] = -1
            if ask_each:
                for d in range(cell.device_count[machine]):
                    left = cell.devices[machine, d]
                    wanted = left >= share
                    if wanted and flags[st.SLOT_PURE]:
                        for earlier in range(d):
                            if cell.devices[machine, earlier] == left:
                                wanted = False
                    if wanted:
                        fill_option(run, k, machine, shape, d)
                        if flags[st.USES_FRAG]:
                            fill_frag(run, k, machine, shape, d)
                        scratch.owner[k] = n
                        k += 1
            else:
                slot = -1
                if share > 0.0 and flags[st.USES_FRAG]:
                    slot = fullest_device(cell, machine, share)
                fill_option(run, k, machine, shape, slot)
                if flags[st.USES_FRAG]:
                    fill_frag(run, k, machine, shape, slot)
                scratch.owner[k] = n
                k += 1
            n += 1
        if not call(run, scratch.columns, scratch.columns.shape[1], k):
            return False
        slots = scratch.columns[layout.slot_row(cell.free.shape[0])]
        for option in range(k):
            owner = scratch.owner[option]
            if better(scratch.out, option, scratch.best, owner):
                for level in range(run.scorer.address.size):
                    scratch.best[level, owner] = scratch.out[level, option]
                scratch.slot[owner] = int(slots[option])
        first = n
    return True


@compiled
def gather_and_score(run: Run, count: int) -> bool:
    """As :func:`score_options` for rules that name no slot, kind or fragmentation: faster."""
    scratch, cell = run.scratch, run.cell
    chosen = scratch.machine
    for j in range(run.scorer.fields.size):
        f = run.scorer.fields[j]
        source, target = cell.columns[f], scratch.columns[f]
        for k in range(count):
            target[k] = source[chosen[k]]
    scratch.option[:count] = chosen[:count]
    if not call(run, scratch.columns, scratch.columns.shape[1], count):
        return False
    for level in range(run.scorer.address.size):
        scratch.best[level, :count] = scratch.out[level, :count]
    return True


@compiled
def score_listed(run: Run, count: int, shape: int) -> bool:
    """Score the listed machines into `scratch.best` and `scratch.slot`."""
    if run.scorer.flags[st.GATHER]:
        return gather_and_score(run, count)
    return score_options(run, count, shape)


@compiled_maximum
def largest(values: Floats, first: int, last: int) -> float:
    """The maximum of a run of values, none of them NaN."""
    best = -np.inf
    for k in range(first, last):
        best = max(best, values[k])
    return best


@compiled
def lot(seed: int, number: int) -> np.uint64:
    """A 64-bit lot keyed by seed and task number (SplitMix64: Steele et al., OOPSLA 2014)."""
    x = np.uint64(seed) * np.uint64(0xD1B54A32D192ED03) + np.uint64(number + 1) * np.uint64(
        0x9E3779B97F4A7C15
    )
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def pick(values: Floats, count: int, best: float, random: bool, draw: np.uint64) -> int:
    """Index of the best value: the first, or by lot among equals."""
    wanted = 0
    if random:
        ties = 0
        for k in range(count):
            ties += values[k] == best
        wanted = int(draw % np.uint64(ties))
    for k in range(count):
        if values[k] == best:
            if wanted == 0:
                return k
            wanted -= 1
    return -1


@compiled
def choose_fresh(run: Run, shape: int, group: int, draw: np.uint64) -> int:
    """Score every machine anew. The machine; −1 none fits; −2 a score failed."""
    count = within_limit(run, feasible(run, shape), shape, group)
    if count == 0:
        return -1
    scratch, levels = run.scratch, run.scorer.address.size
    random = run.scorer.flags[st.TIES] == layout.TIES_RANDOM
    machines = run.cell.free.shape[1]
    if run.scorer.flags[st.DENSE] and levels == 1 and 4 * count > 3 * machines:
        if not call_dense(run):
            return -2
        values = scratch.out[0]
        mask = scratch.mask
        if count < machines:
            if run.shapes.limit[shape] > 0:
                mask[:] = 0
                for k in range(count):
                    mask[scratch.machine[k]] = 1
            for n in range(machines):
                values[n] = values[n] if mask[n] else NOTHING
        return pick(values, machines, largest(values, 0, machines), random, draw)
    if not score_listed(run, count, shape):
        return -2
    if levels > 1:
        leave_best(scratch.best, count)
    k = pick(scratch.best[0], count, largest(scratch.best[0], 0, count), random, draw)
    run.registers.at[layout.DECIDED_SLOT] = (
        scratch.slot[k] if run.scorer.flags[st.USES_SLOT] else -1
    )
    return scratch.machine[k]


@compiled
def call_dense(run: Run) -> bool:
    """Score all machines where they stand; what comes out of infeasible ones is not looked at."""
    cell, scratch = run.cell, run.scratch
    machines = cell.free.shape[1]
    for level in range(1):
        out = scratch.out[level]
        call_kernel(
            run.scorer.address[level],
            machines,
            scratch.option.ctypes.data,
            cell.columns.ctypes.data,
            machines,
            cell.shares.ctypes.data,
            cell.shares.shape[1],
            cell.device_count.ctypes.data,
            scratch.scalars.ctypes.data,
            run.mix.natural.ctypes.data,
            run.mix.natural.shape[1],
            out.ctypes.data,
        )
        bad = 0
        for n in range(machines):
            bad += (not (abs(out[n]) <= LARGEST_SCORE)) & scratch.mask[n]
        if bad > 0:
            for n in range(machines):
                if scratch.mask[n] and not (abs(out[n]) <= LARGEST_SCORE):
                    run.registers.at[layout.ERROR_MACHINE] = n
                    run.registers.at[layout.ERROR_SLOT] = -1
                    run.registers.at[layout.ERROR_KIND] = layout.NOT_FINITE
                    return False
        step = run.scorer.step[level]
        if step > 0.0:
            for n in range(machines):
                out[n] = np.rint(out[n] / step) * step
    return True


@compiled
def leave_best(best: Floats, count: int) -> None:
    """Write 0 into the first level for the machines that win on every level, −inf elsewhere."""
    for level in range(best.shape[0]):
        top = NOTHING
        for k in range(count):
            if (level == 0 or best[0, k] == 0.0) and best[level, k] > top:
                top = best[level, k]
        for k in range(count):
            alive = level == 0 or best[0, k] == 0.0
            best[0, k] = 0.0 if alive and best[level, k] == top else NOTHING
