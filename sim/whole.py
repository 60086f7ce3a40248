"""Scoring every machine for one shape where it stands, a stretch at a time, with block maxima.

For rules that read columns alone. A stretch stays in the processor's nearest cache from the marks
of who fits to the maxima. Where few machines of a stretch fit, those alone are scored.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import calling, layout
from sim import state as st
from sim.compiled import compiled
from sim.feasible import mark, marked
from sim.scoring import LARGEST_SCORE, NOTHING, UNWRITTEN, gather_and_score
from sim.state import BLOCK, Floats, Run

call_kernel: Any = calling.call_kernel  # an intrinsic: type checkers see its builder

STRETCH = 8 * BLOCK
ORDER_BITS = 0x7FFFFFFFFFFFFFFF


@compiled
def largest(values: Floats) -> float:
    """The maximum, none of the values NaN; −inf of none.

    As whole numbers in the order of the floats, which a processor takes many at once.
    """
    bits = values.view(np.int64)
    best = np.int64(-ORDER_BITS)
    for k in range(bits.size):
        best = max(best, bits[k] ^ ((bits[k] >> 63) & np.int64(ORDER_BITS)))
    room = np.empty(1, np.int64)
    room[0] = best ^ ((best >> 63) & np.int64(ORDER_BITS))
    return room.view(np.float64)[0]


@compiled
def score_whole(run: Run, shape: int, score: Floats, block: Floats) -> int:
    """Score a shape on all machines into `score`, −inf where it doesn't fit; maxima into `block`.

    How many can take it; −2 where a score failed.
    """
    machines = run.cell.free.shape[1]
    total = 0
    for first in range(0, machines, STRETCH):
        last = min(first + STRETCH, machines)
        count = mark(run, shape, first, last)
        total += count
        here = score[first:last]
        if run.scorer.flags[st.DENSE] and run.scorer.flags[st.DENSE] * count >= last - first:
            if not score_stretch(run, first, last, here):
                return -2
        else:
            here[:] = NOTHING
            if count > 0:
                count = marked(run, first, last)
                if not gather_and_score(run, count):
                    return -2
                out = run.scratch.out[0]
                for k in range(count):
                    score[run.scratch.machine[k]] = out[k]
        for b in range(first // BLOCK, (last + BLOCK - 1) // BLOCK):
            block[b] = largest(score[b * BLOCK : min((b + 1) * BLOCK, machines)])
    return total


@compiled
def score_stretch(run: Run, first: int, last: int, out: Floats) -> bool:
    """Score a stretch of machines where they stand into `out`."""
    columns = run.cell.columns
    mask = run.scratch.mask[first:last]
    failed = score_marked(run, columns.ctypes.data + 8 * first, columns.shape[1], mask, out)
    if failed >= 0:
        run.registers.at[layout.ERROR_MACHINE] = first + failed
    return failed < 0


@compiled
def score_marked(run: Run, columns: int, stride: int, mask: Any, out: Floats) -> int:
    """Score options where they stand, −inf where the mask is 0; the option that failed, or −1.

    What comes out where the mask is 0 is not looked at.
    """
    cell, scratch = run.cell, run.scratch
    last = out.size - 1
    if last < 0:
        return -1
    out[last] = UNWRITTEN  # a kernel that stops leaves it so
    call_kernel(
        run.scorer.address[0],
        out.size,
        scratch.option.ctypes.data,
        columns,
        stride,
        cell.shares.ctypes.data,
        cell.shares.shape[1],
        cell.device_count.ctypes.data,
        scratch.scalars.ctypes.data,
        run.mix.natural.ctypes.data,
        run.mix.natural.shape[1],
        out.ctypes.data,
    )
    if out[last] == UNWRITTEN:
        run.registers.at[layout.ERROR_SLOT] = -1
        run.registers.at[layout.ERROR_KIND] = layout.RAISED
        return last
    if not usable(out, mask):
        for k in range(out.size):
            if mask[k] and not (abs(out[k]) <= LARGEST_SCORE):
                run.registers.at[layout.ERROR_SLOT] = -1
                run.registers.at[layout.ERROR_KIND] = layout.NOT_FINITE
                return k
    step = run.scorer.step[0]
    if step > 0.0:
        for k in range(out.size):
            out[k] = np.rint(out[k] / step) * step
    return -1


@compiled
def usable(out: Floats, mask: Any) -> bool:
    """Write −inf where the mask is 0; whether all else is finite and not too large."""
    bad = 0
    for k in range(out.size):
        bad += (not (abs(out[k]) <= LARGEST_SCORE)) & mask[k]
        out[k] = out[k] if mask[k] else NOTHING
    return bad == 0
