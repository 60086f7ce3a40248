"""Goodput: allocated resource-time of the window, against the baseline's.

`goodput_delta_points = Σ_r w_r · (allocated_r(candidate) − allocated_r(baseline))`, means over
the window in per cent of capacity. A heuristic that turns work away has room to show afterwards,
so no recovered figure stands without it.
"""

from __future__ import annotations

import numpy as np

from sim.state import Floats

MARGIN = 0.1
PENALTY = 5.0


def delta(used: Floats, baseline: Floats, weight: Floats) -> Floats:
    """Points of goodput against the baseline's, from (…, R) per cent allocated."""
    return np.asarray(((used - baseline) * weight).sum(axis=-1))


def worth(recovered: float, gained: float, margin: float = MARGIN) -> float:
    """What a search maximises: `recovered_pct − 5 · max(0, margin − goodput_delta_points)`.

    One for one is too weak: a rule that turns two points of work away still gains by it; and a
    rule tuned to a margin of 0 settles just below it.
    """
    return recovered - PENALTY * max(0.0, margin - gained)
