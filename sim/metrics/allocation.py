"""Allocated: `Σ_n (total_r(n) − free_r(n)) / total_r`, per cent."""

from __future__ import annotations

from sim.metrics.instant import Instant
from sim.state import Floats


def look(at: Instant) -> Floats:
    """Allocated at an instant, per cent a resource."""
    free, total = at.engine.run.cell.sums[:2]
    return at.per_cent(total - free)
