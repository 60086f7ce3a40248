"""Stranded, by the inflation probe: `stranded_r = free_r left at its end / total_r`.

The headline. See `sim.probes` for the probe; LAVA (Ling et al., MLSys 2025).
"""

from __future__ import annotations

import numpy as np

from sim.metrics.instant import Instant
from sim.state import Floats


def look(at: Instant) -> Floats:
    """Stranded at an instant, per cent a resource; NaN where no probe was made."""
    if at.inflated is None:
        return np.full(at.engine.run.cell.per.size, np.nan)
    return at.per_cent(at.inflated.free)
