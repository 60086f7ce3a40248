"""Means over seeds with 95 % t-intervals, and differences between two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from report.fields import Fields


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
