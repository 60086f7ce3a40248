"""Means with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.state import Floats


def t_quantile(freedom: int) -> float:
    """The 0.975 quantile of Student's t."""
    from scipy.special import stdtrit  # scipy.stats would cost a second to import

    return float(stdtrit(freedom, 0.975))


def described(values: Floats | Sequence[float]) -> dict[str, Any]:
    """Mean, sd (n−1), the 95 % t-interval of the mean, and n; values that are NaN are left out.

    With one value there is neither sd nor interval.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    n = int(known.size)
    if n == 0:
        return {"mean": None, "sd": None, "ci95": None, "n": 0}
    mean = float(known.mean())
    if n == 1:
        return {"mean": mean, "sd": None, "ci95": None, "n": 1}
    sd = float(known.std(ddof=1))
    half = t_quantile(n - 1) * sd / n**0.5
    return {"mean": mean, "sd": sd, "ci95": [mean - half, mean + half], "n": n}
