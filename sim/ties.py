"""Which of the machines that scored best takes the task: the rule for ties."""

from __future__ import annotations

import math

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.scoring import NOTHING
from sim.state import BLOCK, Floats
from sim.whole import largest


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
def pick(values: Floats, rule: int, draw: np.uint64) -> int:
    """Index of the best value: the first, or by lot among equals; −1 where all are −inf."""
    if rule == layout.TIES_ROUNDED:
        return pick_rounded(values, draw)
    best = largest(values)
    if best == NOTHING:
        return -1
    wanted = 0
    if rule == layout.TIES_RANDOM:
        ties = 0
        for value in values:
            ties += value == best
        wanted = int(draw % np.uint64(ties))
    for k in range(values.size):
        if values[k] == best:
            if wanted == 0:
                return k
            wanted -= 1
    return -1


@compiled
def pick_rounded(values: Floats, draw: np.uint64) -> int:
    """By lot among the values that round to 100; −inf where a machine can't take the task.

    Values are stretched so that the lowest becomes 0 and the highest 100, and rounded to whole
    numbers: the integer scores that a scheduler plugin of Kubernetes hands over, of whose best
    one is drawn.
    """
    low, high = math.inf, NOTHING
    for value in values:
        if value != NOTHING:
            low = min(low, value)
            high = max(high, value)
    if high == NOTHING:
        return -1
    least = high - 0.005 * (high - low)  # rounds to 100
    ties = 0
    for value in values:
        ties += value >= least
    wanted = int(draw % np.uint64(ties))
    for k in range(values.size):
        if values[k] >= least:
            if wanted == 0:
                return k
            wanted -= 1
    return -1


@compiled
def pick_whole(score: Floats, block: Floats, rule: int, draw: np.uint64) -> int:
    """As :func:`pick` among all machines, by the maxima of their blocks."""
    if rule == layout.TIES_ROUNDED:
        return pick_rounded(score, draw)
    best = largest(block)
    if best == NOTHING:
        return -1
    wanted = 0
    if rule == layout.TIES_RANDOM:
        ties = 0
        for b in range(block.size):
            if block[b] == best:
                for value in score[b * BLOCK : (b + 1) * BLOCK]:
                    ties += value == best
        wanted = int(draw % np.uint64(ties))
    for b in range(block.size):
        if block[b] == best:
            part = score[b * BLOCK : (b + 1) * BLOCK]
            for k in range(part.size):
                if part[k] == best:
                    if wanted == 0:
                        return b * BLOCK + k
                    wanted -= 1
    return -1
