"""Marks on a row: reasons for which its recovered figure is no win.

*rejects work*: the upper end of the 95 % interval of `goodput_delta_points` is below −0.1; with a
queue also where p99 queueing, or the work pending at the end, is above the baseline's interval.
*fresh packing*: the start population still holds over half of what is allocated at the window's
start.
"""

from __future__ import annotations

import numpy as np

from sim.metrics.goodput import MARGIN
from sim.state import Floats
from sim.statistics import Interval, interval

REJECTS_WORK, FRESH_PACKING = "rejects work", "fresh packing"
FRESH_PCT = 50.0


def rejects(goodput: Interval) -> bool:
    """Whether work was turned away; by the difference itself where it has no interval."""
    high = goodput.mean if goodput.ci95 is None else goodput.ci95[1]
    return high < -MARGIN


def keeps_waiting(values: Floats, baseline: Floats) -> bool:
    """Whether a mean of values (W, S) is above the baseline's interval."""
    of_baseline = interval(baseline)
    high = of_baseline.mean if of_baseline.ci95 is None else of_baseline.ci95[1]
    return bool(values.mean() > high and not np.isclose(values.mean(), high))


def marks(
    goodput: Interval,
    start_share_pct: float,
    queued: bool,
    waits: tuple[Floats, Floats],
    pending: tuple[Floats, Floats],
) -> list[str]:
    """The marks of a row; waits and pending: the candidate's (W, S) and the baseline's."""
    late = queued and (keeps_waiting(*waits) or keeps_waiting(*pending))
    found = [REJECTS_WORK] if rejects(goodput) or late else []
    return [*found, FRESH_PACKING] if start_share_pct > FRESH_PCT else found
