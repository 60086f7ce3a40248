"""How many tasks of a group run on a machine: an open-addressing table of pairs."""

from __future__ import annotations

from sim.compiled import compiled
from sim.state import Groups


@compiled
def _place(groups: Groups, key: int) -> int:
    mask = groups.key.size - 1
    i = (key * 0x9E3779B97F4A7C15 >> 20) & mask
    while groups.key[i] != -1 and groups.key[i] != key:
        i = (i + 1) & mask
    return i


@compiled
def running(groups: Groups, group: int, machine: int, machines: int) -> int:
    """Tasks of a group that run on a machine."""
    i = _place(groups, group * machines + machine)
    return groups.counts[i] if groups.key[i] != -1 else 0


@compiled
def count(groups: Groups, group: int, machine: int, machines: int, change: int) -> int:
    """Count a task in (+1) or out (−1); 1 where a pair was new, else 0."""
    key = group * machines + machine
    i = _place(groups, key)
    new = groups.key[i] == -1
    groups.key[i] = key
    groups.counts[i] += change
    return 1 if new else 0


def grown(groups: Groups, more: int = 0) -> Groups:
    """Twice the room, and room for so many more pairs; those that run nothing are left out."""
    import numpy as np

    from sim.state import empty_groups

    kept = groups.counts > 0
    size = groups.key.size
    while (int(kept.sum()) + more) * 4 > size:
        size *= 2
    larger = empty_groups(max(size, 1024))
    for key, number in zip(groups.key[kept], groups.counts[kept], strict=True):
        i = _place(larger, int(key))
        larger.key[i], larger.counts[i] = np.int64(key), np.int64(number)
    return larger
