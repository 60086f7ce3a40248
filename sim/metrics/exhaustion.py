"""Exhaustion stranding: `Σ_n free_r(n) · [no shape of M fits n] / total_r`. Coarse and cheap."""

from __future__ import annotations

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.metrics.instant import Instant
from sim.state import Cell, Floats, Mix


@compiled
def exhausted(cell: Cell, mix: Mix, left: Floats) -> None:
    """Free amounts on machines that no shape of the mix fits, whole units, into `left` (R,)."""
    resources, machines = cell.free.shape
    base = 2 * resources
    for machine in range(machines):
        fit = False
        for m in range(mix.counts.size):
            fit = mix.models[m] == 0 or (mix.models[m] >> cell.model[machine]) & 1 == 1
            fit &= cell.columns[base + layout.LARGEST_SHARE, machine] >= mix.share[m] / layout.WHOLE
            fit &= cell.columns[base + layout.FULL, machine] >= mix.devices[m]
            for r in range(resources):
                fit &= cell.free[r, machine] >= mix.amounts[r, m]
            if fit:
                break
        if not fit:
            for r in range(resources):
                left[r] += cell.free[r, machine]


def look(at: Instant) -> Floats:
    """Free on machines that can take nothing of the reference mix, per cent a resource."""
    left = np.zeros(at.engine.run.cell.per.size)
    exhausted(at.engine.view.cell, at.engine.view.mix, left)
    return at.per_cent(left)
