"""Means with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.state import Floats

RESAMPLES = 10_000
FEWEST_WINDOWS = 6


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


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval; None where one value alone can't tell."""

    mean: float
    ci95: tuple[float, float] | None


def interval(values: Floats, seed: int = 0) -> Interval:
    """Mean of paired values (W windows, S seeds) and its 95 % interval.

    From six windows on a nested bootstrap: windows are resampled, then seeds within them (Davison
    and Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8). Under six, Student's
    t on the windows' means; with one window, on its seeds.
    """
    windows, seeds = values.shape
    mean = float(values.mean())
    if windows >= FEWEST_WINDOWS:
        random = np.random.default_rng([0xB007, seed])
        means = np.empty(RESAMPLES)
        some = max(1, 4_000_000 // values.size)
        for first in range(0, RESAMPLES, some):
            count = min(some, RESAMPLES - first)
            chosen = random.integers(windows, size=(count, windows, 1))
            within = random.integers(seeds, size=(count, windows, seeds))
            means[first : first + count] = values[chosen, within].mean(axis=(1, 2))
        low, high = np.quantile(means, (0.025, 0.975))
        return Interval(mean, (float(low), float(high)))
    units = values.mean(axis=1) if windows > 1 else values[0]
    said = described(units)["ci95"]
    return Interval(mean, None if said is None else (said[0], said[1]))
