"""Scores kept a shape: only the machines that changed since are scored again."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.choose import choose_fresh
from sim.compiled import compiled
from sim.feasible import feasible, fits, gather, mark_gathered
from sim.rows import acquire, touch
from sim.scoring import NOTHING, score_listed
from sim.state import BLOCK, Floats, Run
from sim.ties import pick_whole
from sim.whole import largest, score_marked, score_whole


@compiled
def block_maximum(run: Run, row: int, block: int) -> None:
    """Look at every machine of a block again."""
    run.rows.block[row, block] = largest(run.rows.score[row, block * BLOCK : (block + 1) * BLOCK])


@compiled
def rebuild(run: Run, row: int, shape: int) -> bool:
    """Score every machine for a row."""
    score, slot = run.rows.score[row], run.rows.slot[row]
    if run.scorer.flags[st.GATHER]:
        return score_whole(run, shape, score, run.rows.block[row]) >= 0
    count = feasible(run, shape)
    if not score_listed(run, count, shape):
        return False
    score[:] = NOTHING
    chosen, best = run.scratch.machine, run.scratch.best[0]
    for k in range(count):
        score[chosen[k]] = best[k]
    if run.scorer.flags[st.USES_SLOT]:
        for k in range(count):
            slot[chosen[k]] = run.scratch.slot[k]
    for block in range(run.rows.block.shape[1]):
        block_maximum(run, row, block)
    return True


@compiled
def changed_since(run: Run, position: int) -> int:
    """List the machines that changed since a position of the log in `scratch.machine`; how many."""
    cell, chosen = run.cell, run.scratch.machine
    mask = cell.log.size - 1
    count = 0
    for at in range(position, run.registers.at[layout.LOG_HEAD]):
        n = cell.log[np.uint64(at & mask)]
        chosen[np.uint64(count)] = n
        count += cell.changed_at[np.uint64(n)] == at
    return count


@compiled
def put_all(run: Run, row: int, count: int, new: Floats) -> None:
    """Put the listed machines' new scores into a row; mark blocks whose maximum may have left."""
    score, block = run.rows.score[row], run.rows.block[row]
    chosen, dirty = run.scratch.machine[:count], run.scratch.dirty
    for k in range(count):
        n = np.uint64(chosen[k])
        b = n // np.uint64(BLOCK)
        old = score[n]
        score[n] = new[k]
        if new[k] >= block[b]:
            block[b] = new[k]
        elif old == block[b]:
            dirty[b] = 1


@compiled
def refresh(run: Run, row: int, shape: int) -> bool:
    """Score the machines that changed since the row was last used."""
    scratch = run.scratch
    count = changed_since(run, run.rows.seen_to[row])
    chosen = scratch.machine
    if run.scorer.flags[st.DENSE] > 1:
        mark_gathered(run, count, shape)
        for j in range(run.scorer.fields.size):
            gather(run, run.scorer.fields[j], count)
        out, columns = scratch.out[0, :count], scratch.columns
        failed = score_marked(run, columns.ctypes.data, columns.shape[1], scratch.mask[:count], out)
        if failed >= 0:
            run.registers.at[layout.ERROR_MACHINE] = chosen[failed]
            return False
        put_all(run, row, count, out)
    else:
        fit = 0
        for k in range(count):
            n = chosen[k]
            if fits(run, shape, n):
                chosen[fit] = n
                fit += 1
            elif run.rows.score[row, n] != NOTHING:
                if run.rows.score[row, n] == run.rows.block[row, n // BLOCK]:
                    scratch.dirty[n // BLOCK] = 1
                run.rows.score[row, n] = NOTHING
        if fit > 0 and not score_listed(run, fit, shape):
            return False
        if run.scorer.flags[st.USES_SLOT]:
            for k in range(fit):
                run.rows.slot[row, chosen[k]] = scratch.slot[k]
        put_all(run, row, fit, scratch.best[0, :fit])
    for b in range(scratch.dirty.size):
        if scratch.dirty[b]:
            scratch.dirty[b] = 0
            block_maximum(run, row, b)
    return True


@compiled
def choose_kept(run: Run, shape: int, group: int, draw: np.uint64) -> int:
    """Choose by kept scores. The machine; −1 none fits; −2 a score failed."""
    rows, registers, machines = run.rows, run.registers, run.cell.free.shape[1]
    row = rows.of_shape[shape]
    fresh = True
    if row < 0:
        row = acquire(run, shape)
        if row < 0:
            return choose_fresh(run, shape, group, draw)
    else:
        changed = registers.at[layout.LOG_HEAD] - rows.seen_to[row]
        worth = machines // 2 if run.scorer.flags[st.DENSE] > 1 else machines
        fresh = changed > min(worth, run.cell.log.size)
    done = rebuild(run, row, shape) if fresh else refresh(run, row, shape)
    if not done:
        return -2
    rows.seen_to[row] = registers.at[layout.LOG_HEAD]
    touch(run, row)
    n = pick_whole(rows.score[row], rows.block[row], run.scorer.flags[st.TIES], draw)
    if n >= 0:
        registers.at[layout.DECIDED_SLOT] = (
            rows.slot[row, n] if run.scorer.flags[st.USES_SLOT] else -1
        )
    return n
