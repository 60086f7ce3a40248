"""Bin-packing instances made on the spot: items by the published Weibull recipe.

A size is a Weibull draw of shape 3 and scale 45, rounded to a whole number, at least 1 and at most
100 (Romera-Paredes et al., Nature 625, 2024, and Liu et al., ICML 2024, online bin packing).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from traces import bin_packing
from traces.trace import Trace

SHAPE, SCALE, LARGEST = 3.0, 45.0, 100
ASSUMED = f"items drawn: Weibull of shape {SHAPE:g} and scale {SCALE:g}, whole, 1 to {LARGEST}"


def draw(*, items: int = 5000, capacity: int = 100, seed: int = 0) -> Trace:
    """One instance. The seed decides the sizes whatever the capacity, which cuts larger ones."""
    random = np.random.default_rng([0x3E1B, seed])
    sizes = np.rint(SCALE * random.weibull(SHAPE, items)).astype(np.int64)
    frame = pl.DataFrame(
        {
            "capacity": np.full(items, capacity),
            "position": np.arange(items),
            "size": np.clip(sizes, 1, min(LARGEST, capacity)),
        }
    )
    name = f"weibull/{items}_in_{capacity}/{seed}"
    return bin_packing.admitted(name, frame, assumed=(ASSUMED,))
