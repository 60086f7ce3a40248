"""Scores kept a shape: only the machines that changed since are scored again."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.choose import NOTHING, choose_fresh, feasible, fits, largest, score_listed
from sim.compiled import compiled
from sim.state import BLOCK, Run


@compiled
def acquire(run: Run, shape: int) -> int:
    """A row for a shape: an unused one, else the least recently used."""
    rows, registers = run.rows, run.registers
    row = registers.at[layout.ROWS_USED]
    if row < rows.shape.size:
        registers.at[layout.ROWS_USED] = row + 1
    else:
        row = 0
        for q in range(rows.shape.size):
            if rows.used[q] < rows.used[row]:
                row = q
        rows.of_shape[rows.shape[row]] = -1
    rows.shape[row] = shape
    rows.of_shape[shape] = row
    return row


@compiled
def block_maximum(run: Run, row: int, block: int) -> None:
    """Look at every machine of a block again."""
    machines = run.cell.free.shape[1]
    last = min((block + 1) * BLOCK, machines)
    run.rows.block[row, block] = largest(run.rows.score[row], block * BLOCK, last)


@compiled
def rebuild(run: Run, row: int, shape: int) -> bool:
    """Score every machine for a row."""
    count = feasible(run, shape)
    if not score_listed(run, count, shape):
        return False
    score, slot = run.rows.score[row], run.rows.slot[row]
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
def refresh(run: Run, row: int, shape: int) -> bool:
    """Score the machines that changed since the row was last used."""
    cell, rows, scratch = run.cell, run.rows, run.scratch
    score, block = rows.score[row], rows.block[row]
    count = 0
    mask = cell.log.size - 1
    for position in range(rows.seen_to[row], run.registers.at[layout.LOG_HEAD]):
        n = cell.log[position & mask]
        if cell.changed_at[n] != position:
            continue
        if fits(run, shape, n):
            scratch.machine[count] = n
            count += 1
        else:
            old = score[n]
            if old != NOTHING:
                score[n] = NOTHING
                if old == block[n // BLOCK]:
                    scratch.dirty[n // BLOCK] = 1
    if count > 0:
        if not score_listed(run, count, shape):
            return False
        uses_slot = run.scorer.flags[st.USES_SLOT]
        for k in range(count):
            n = scratch.machine[k]
            b = n // BLOCK
            old, new = score[n], scratch.best[0, k]
            score[n] = new
            if uses_slot:
                rows.slot[row, n] = scratch.slot[k]
            if new >= block[b]:
                block[b] = new
            elif old == block[b]:
                scratch.dirty[b] = 1
    for b in range(block.size):
        if scratch.dirty[b]:
            scratch.dirty[b] = 0
            block_maximum(run, row, b)
    return True


@compiled
def best_of_row(run: Run, row: int, random: bool, draw: np.uint64) -> int:
    """The machine with the highest score of a row: first, or by lot among equals; −1 none."""
    score, block = run.rows.score[row], run.rows.block[row]
    machines = score.size
    best = largest(block, 0, block.size)
    if best == NOTHING:
        return -1
    wanted = 0
    if random:
        ties = 0
        for b in range(block.size):
            if block[b] == best:
                for n in range(b * BLOCK, min((b + 1) * BLOCK, machines)):
                    ties += score[n] == best
        wanted = int(draw % np.uint64(ties))
    for b in range(block.size):
        if block[b] == best:
            for n in range(b * BLOCK, min((b + 1) * BLOCK, machines)):
                if score[n] == best:
                    if wanted == 0:
                        return n
                    wanted -= 1
    return -1


@compiled
def choose_kept(run: Run, shape: int, group: int, draw: np.uint64) -> int:
    """Choose by kept scores. The machine; −1 none fits; −2 a score failed."""
    rows, registers = run.rows, run.registers
    row = rows.of_shape[shape]
    fresh = True
    if row < 0:
        rows.uses[shape] += 1
        if rows.uses[shape] < 2:
            return choose_fresh(run, shape, group, draw)
        row = acquire(run, shape)
    else:
        changed = registers.at[layout.LOG_HEAD] - rows.seen_to[row]
        fresh = changed > run.cell.log.size or 2 * changed > run.cell.free.shape[1]
    done = rebuild(run, row, shape) if fresh else refresh(run, row, shape)
    if not done:
        return -2
    rows.seen_to[row] = registers.at[layout.LOG_HEAD]
    registers.at[layout.ROW_CLOCK] += 1
    rows.used[row] = registers.at[layout.ROW_CLOCK]
    n = best_of_row(run, row, run.scorer.flags[st.TIES] == layout.TIES_RANDOM, draw)
    if n >= 0:
        registers.at[layout.DECIDED_SLOT] = (
            rows.slot[row, n] if run.scorer.flags[st.USES_SLOT] else -1
        )
    return n
