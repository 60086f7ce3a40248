"""Scoring options: machines, or the devices of machines, gathered and handed to the kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim import calling, layout
from sim import state as st
from sim.compiled import compiled
from sim.feasible import gather
from sim.fragmentation import fragments
from sim.occupy import fullest_device
from sim.rows import keep, recall
from sim.state import Floats, Registers, Run

NOTHING = -math.inf
call_kernel: Any = calling.call_kernel  # an intrinsic: type checkers see its builder
LARGEST_SCORE = 1e100
UNWRITTEN = -1.7976931348623157e308


@compiled
def waiting(registers: Registers) -> int:
    """Tasks in the queue; while it is served, those still to be asked and those that stay."""
    at = registers.at
    if at[layout.PHASE] % layout.DECIDED == layout.SERVING:
        kept = at[layout.QUEUE_WRITE] - at[layout.QUEUE_HEAD]
        return kept + at[layout.QUEUE_TAIL] - at[layout.QUEUE_READ]
    return at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD] - at[layout.PASSED]


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
        scalars[resources + layout.PENDING] = waiting(run.registers)
        scalars[resources + layout.NOW] = now
        of_day = (now + run.registers.at[layout.DAY_OFFSET]) % layout.DAY
        scalars[resources + layout.HOUR] = of_day / 3_600_000.0


@compiled
def call(run: Run, count: int) -> bool:
    """Score the first `count` gathered options, each level; whether all could be used."""
    scratch, cell = run.scratch, run.cell
    columns = scratch.columns
    for level in range(run.scorer.address.size):
        out = scratch.out[level]
        if run.scorer.flags[st.MAY_RAISE]:
            out[:count] = UNWRITTEN
        elif count > 0:
            out[count - 1] = UNWRITTEN  # a kernel that stops leaves the last one as it was
        call_kernel(
            run.scorer.address[level],
            count,
            scratch.option.ctypes.data,
            columns.ctypes.data,
            columns.shape[1],
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
                    run.registers.at[layout.ERROR_MACHINE] = scratch.option[k]
                    run.registers.at[layout.ERROR_KIND] = (
                        layout.RAISED if out[k] == UNWRITTEN else layout.NOT_FINITE
                    )
                    run.registers.at[layout.ERROR_SLOT] = int(
                        columns[layout.slot_row(cell.free.shape[0]), k]
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
def fill_frag(run: Run, k: int, machine: int, shape: int, slot: int, row: int) -> None:
    """Fragmentation of one option before, after and gained, natural amounts.

    row: what remembers it after, −1 none.
    """
    cell, mix, columns, after = run.cell, run.mix, run.scratch.columns, run.scratch.frag
    resources = cell.free.shape[0]
    asked = run.scorer.frag
    if not recall(run, row, machine, after):
        fragments(cell, mix, machine, run.shapes, shape, slot, run.scratch, asked, after)
        keep(run, row, machine, after)
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
    cell, before = run.cell, run.scratch.frag
    asked = run.scorer.frag
    fragments(cell, run.mix, machine, run.shapes, -1, -1, run.scratch, asked, before)
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
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    ask_each = flags[st.USES_SLOT] and share > 0.0
    row = run.rows.of_shape[shape] if flags[st.REMEMBERED] else -1
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
                            fill_frag(run, k, machine, shape, d, -1)
                        scratch.owner[k] = n
                        k += 1
            else:
                slot = -1
                if share > 0.0 and flags[st.USES_FRAG]:
                    slot = fullest_device(cell, machine, share)
                fill_option(run, k, machine, shape, slot)
                if flags[st.USES_FRAG]:
                    fill_frag(run, k, machine, shape, slot, row)
                scratch.owner[k] = n
                k += 1
            n += 1
        if not call(run, k):
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
    """Score the listed machines into `scratch.out`, for rules that read columns alone."""
    scratch = run.scratch
    for j in range(run.scorer.fields.size):
        gather(run, run.scorer.fields[j], count)
    scratch.option[:count] = scratch.machine[:count]
    return call(run, count)


@compiled
def score_listed(run: Run, count: int, shape: int) -> bool:
    """Score the listed machines into `scratch.best` and `scratch.slot`."""
    if run.scorer.flags[st.GATHER]:
        if not gather_and_score(run, count):
            return False
        run.scratch.best[:, :count] = run.scratch.out[:, :count]
        return True
    return score_options(run, count, shape)
