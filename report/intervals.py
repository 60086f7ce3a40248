"""Means with 95 % intervals: over seeds, over windows and seeds, and of differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from report.fields import Fields

RESAMPLES = 10_000
FEWEST_WINDOWS = 6  # from here on windows are resampled
NORMAL_975 = 1.959963984540054


def t_975(freedom: int) -> float:
    """97.5 % quantile of Student's t at `freedom` >= 1 degrees of freedom."""
    from scipy.special import stdtrit  # scipy.stats would cost a second to import

    if freedom < 1:
        raise ValueError(f"found {freedom} degrees of freedom, expected at least 1")
    return float(stdtrit(freedom, 0.975))


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` seeds, its standard deviation, and its 95 % interval.

    `ci95` is None where there is no interval: one seed, or none given.
    `n` is None where a file gives an interval but not the number of seeds.
    """

    mean: float
    sd: float | None = None
    n: int | None = None
    ci95: tuple[float, float] | None = None

    @property
    def half(self) -> float | None:
        """Half the width of the interval, None without one."""
        return None if self.ci95 is None else (self.ci95[1] - self.ci95[0]) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval and zero lies outside it."""
        return self.ci95 is not None and (self.ci95[0] > 0 or self.ci95[1] < 0)


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of one value a seed, with its t-interval where there are two or more."""
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean, None, 1, None)
    sd = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return Estimate(mean, sd, n, around(mean, sd / math.sqrt(n), n - 1))


def around(mean: float, error: float, freedom: int) -> tuple[float, float]:
    """The 95 % t-interval round a mean with standard error `error`."""
    half = t_975(freedom) * error
    return (mean - half, mean + half)


def nested(grid: Sequence[Sequence[float]]) -> Estimate:
    """The mean of paired values, a row of seeds a window, with the interval of comparisons.

    From six windows on a nested bootstrap (Davison and Hinkley, *Bootstrap Methods and their
    Application*, 1997, section 3.8): windows are resampled, then seeds within them, 10,000 times
    from a fixed seed. Its percentiles are stretched about the mean until their spread is that of
    the windows' means, times the quantile of t over the normal's (Hesterberg, *What Teachers Should
    Know about the Bootstrap*, The American Statistician 69, 2015). Under six, Student's t on the
    windows' means; with one window, on its seeds.
    """
    import numpy as np

    values = np.array(grid, np.float64)
    windows, seeds = values.shape
    if windows < FEWEST_WINDOWS:
        units = values.mean(axis=1) if windows > 1 else values[0]
        return replace(estimate(units.tolist()), sd=None, n=values.size)
    random = np.random.default_rng([0xB007, 0])
    means = []
    left, some = RESAMPLES, max(1, 4_000_000 // values.size)
    while left > 0:
        count = min(some, left)
        chosen = random.integers(windows, size=(count, windows, 1))
        within = random.integers(seeds, size=(count, windows, seeds))
        means.append(values[chosen, within].mean(axis=(1, 2)))
        left -= count
    resampled = np.concatenate(means)
    mean, spread = float(values.mean()), float(resampled.std())
    error = values.mean(axis=1).var(ddof=1) / windows
    if error == 0.0 and spread > 0.0:  # windows that all agree leave the seeds' luck
        error = values.var(axis=1, ddof=1).mean() / values.size
    factor = t_975(windows - 1) / NORMAL_975 * error**0.5 / spread if spread > 0.0 else 1.0
    low, high = (mean + (q - mean) * factor for q in np.quantile(resampled, (0.025, 0.975)))
    return Estimate(mean, None, values.size, (float(low), float(high)))


def difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> tuple[Estimate, bool]:
    """Ours less theirs, both one value a seed, and whether it is paired.

    Paired where both ran on the same seeds. Otherwise Welch's interval, its degrees of freedom
    rounded down; none where either side has one seed.
    """
    if set(ours) == set(theirs):
        return estimate([ours[seed] - theirs[seed] for seed in sorted(ours)]), True
    a, b = estimate(list(ours.values())), estimate(list(theirs.values()))
    mean = a.mean - b.mean
    if a.sd is None or b.sd is None or a.n is None or b.n is None:
        return Estimate(mean, None, 1, None), False
    va, vb = a.sd**2 / a.n, b.sd**2 / b.n
    n = min(a.n, b.n)
    if va + vb == 0:
        return Estimate(mean, 0.0, n, (mean, mean)), False
    freedom = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    return Estimate(mean, None, n, around(mean, math.sqrt(va + vb), int(freedom))), False


def read_estimate(fields: Fields) -> Estimate:
    """An estimate as summaries hold it: `mean`, and `sd`, `n`, `ci95` where they are known.

    Raises ReportError where `mean` is no finite number or `ci95` no pair of them.
    """
    mean = fields.number("mean")
    count = fields.optional_number("n")
    n = None if count is None else int(count)
    interval = None if n == 1 else read_interval(fields, "ci95")
    if interval is None:
        return Estimate(mean, fields.optional_number("sd") if n != 1 else None, n, None)
    return Estimate(mean, fields.optional_number("sd"), n, interval)


def read_interval(fields: Fields, key: str) -> tuple[float, float] | None:
    """An interval as summaries hold it, None where there is none.

    Raises ReportError where it is no pair of numbers, the lower first.
    """
    interval = fields.values.get(key)
    if interval is None:
        return None
    if not isinstance(interval, list) or len(interval) != 2:
        raise fields.error(fields.path(key), interval, "a pair of numbers")
    ends = {"low": interval[0], "high": interval[1]}
    pair = Fields(fields.file, ends, fields.path(key))
    low, high = pair.number("low"), pair.number("high")
    if low > high:
        raise fields.error(fields.path(key), interval, "the lower end first")
    return low, high
