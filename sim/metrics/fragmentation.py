"""Expected fragmentation: `frag_r = Σ_n Σ_m p_m · (free_r(n) that m cannot use) / total_r`.

Weng et al., *Beware of Fragmentation*, USENIX ATC 2023, section 3, there for GPUs, here for each
resource; what a shape can use is said in `sim.fragmentation`.
"""

from __future__ import annotations

import numpy as np

from sim.fragmentation import cell_fragmentation
from sim.metrics.instant import Instant
from sim.state import Floats


def look(at: Instant) -> Floats:
    """Expected fragmentation at an instant, per cent a resource; NaN where it is not looked at."""
    run, view = at.engine.run, at.engine.view
    if not at.fragmentation:
        return np.full(run.cell.per.size, np.nan)
    natural = cell_fragmentation(view.cell, view.shapes, view.mix, run.scratch)
    return at.per_cent(natural * run.cell.per)
