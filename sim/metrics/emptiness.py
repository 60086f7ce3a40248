"""Empty machines: those that run nothing, per cent of all (LAVA, Ling et al., MLSys 2025)."""

from __future__ import annotations

from sim import layout
from sim.state import Cell


def empty_pct(cell: Cell) -> float:
    """Per cent of the machines that run no task."""
    running = cell.columns[2 * cell.free.shape[0] + layout.TASKS]
    return 100.0 * float((running == 0).mean())
