"""Means with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.state import Floats

RESAMPLES = 10_000
FEWEST_WINDOWS = 6
NORMAL_QUANTILE = 1.959963984540054  # 0.975


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

    From six windows on a nested bootstrap: windows are resampled, then seeds within them, and the
    percentiles stretched about the mean (see :func:`stretch`). Under six, Student's t on the
    windows' means; with one window, on its seeds. Seeds are luck within a window, so what one draws
    must not be the same in all windows.
    """
    windows = len(values)
    mean = float(values.mean())
    if windows < FEWEST_WINDOWS:
        units = values.mean(axis=1) if windows > 1 else values[0]
        said = described(units)["ci95"]
        return Interval(mean, None if said is None else (said[0], said[1]))
    means = resampled(values, seed)
    factor = stretch(values, means)
    low, high = (mean + (q - mean) * factor for q in np.quantile(means, (0.025, 0.975)))
    return Interval(mean, (float(low), float(high)))


def resampled(values: Floats, seed: int = 0) -> Floats:
    """Means of resamples of values (W windows, S seeds): windows are drawn, then seeds of each."""
    windows, seeds = values.shape
    random = np.random.default_rng([0xB007, seed])
    means = np.empty(RESAMPLES)
    some = max(1, 4_000_000 // values.size)
    for first in range(0, RESAMPLES, some):
        count = min(some, RESAMPLES - first)
        chosen = random.integers(windows, size=(count, windows, 1))
        within = random.integers(seeds, size=(count, windows, seeds))
        means[first : first + count] = values[chosen, within].mean(axis=(1, 2))
    return means


def stretch(values: Floats, means: Floats) -> float:
    """By how much the percentiles of resampled means must lie farther from the mean, or nearer.

    As they are they cover too little where windows differ (86 % with six of them), since a
    resample of n has (n − 1)/n of the scatter and no t quantile; and too much where seeds alone do,
    whose scatter counts twice when both are drawn with replacement. So they get the spread of the
    windows' means, without bias, times the quantile of t over the normal's. Sources: Hesterberg,
    *What Teachers Should Know about the Bootstrap*, The American Statistician 69, 2015 (expanded
    percentiles); Davison and Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8
    (resampling at two levels).
    """
    windows, seeds = values.shape
    spread = float(means.std())
    if spread == 0.0:
        return 1.0
    error = values.mean(axis=1).var(ddof=1) / windows
    if error == 0.0:  # the windows agree to the last digit: the seeds' luck is left
        error = values.var(axis=1, ddof=1).mean() / (windows * seeds)
    return t_quantile(windows - 1) / NORMAL_QUANTILE * float(error) ** 0.5 / spread
