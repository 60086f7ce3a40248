"""Choosing a machine for one task among all, and breaking ties."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.feasible import feasible, within_limit
from sim.scoring import NOTHING, score_listed
from sim.state import Floats, Run
from sim.whole import best_of, largest, score_whole


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
    scratch, levels = run.scratch, run.scorer.address.size
    random = run.scorer.flags[st.TIES] == layout.TIES_RANDOM
    if run.scorer.flags[st.GATHER] and levels == 1 and run.shapes.limit[shape] == 0:
        count = score_whole(run, shape, scratch.score, scratch.block)
        if count <= 0:
            return min(count, -1)
        return best_of(scratch.score, scratch.block, random, draw)
    count = within_limit(run, feasible(run, shape), shape, group)
    if count == 0:
        return -1
    if not score_listed(run, count, shape):
        return -2
    if levels > 1:
        leave_best(scratch.best, count)
    k = pick(scratch.best[0], count, largest(scratch.best[0, :count]), random, draw)
    run.registers.at[layout.DECIDED_SLOT] = (
        scratch.slot[k] if run.scorer.flags[st.USES_SLOT] else -1
    )
    return scratch.machine[k]


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
