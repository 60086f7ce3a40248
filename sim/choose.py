"""Choosing a machine for one task among all, each scored anew."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.feasible import feasible, within_limit
from sim.scoring import NOTHING, score_listed
from sim.state import Floats, Run
from sim.ties import pick, pick_whole
from sim.whole import score_whole


@compiled
def choose_fresh(run: Run, shape: int, group: int, draw: np.uint64) -> int:
    """Score every machine anew. The machine; −1 none fits; −2 a score failed."""
    scratch, levels = run.scratch, run.scorer.address.size
    rule = run.scorer.flags[st.TIES]
    if run.scorer.flags[st.GATHER] and levels == 1 and run.shapes.limit[shape] == 0:
        count = score_whole(run, shape, scratch.score, scratch.block)
        if count <= 0:
            return min(count, -1)
        return pick_whole(scratch.score, scratch.block, rule, draw)
    count = within_limit(run, feasible(run, shape), shape, group)
    if count == 0:
        return -1
    if not score_listed(run, count, shape):
        return -2
    if levels > 1:
        leave_best(scratch.best, count)
    k = pick(scratch.best[0, :count], rule, draw)
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
