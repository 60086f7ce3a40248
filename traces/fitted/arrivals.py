"""When batches come: an intensity with levels, a daily cycle and bursts, fitted and drawn.

A log-Gaussian Cox process (Møller, Syversveen, Waagepetersen, Scand. J. Statist. 25, 1998): the
intensity is level × hour of the day × the exponential of a Gaussian process, whose covariance is
matched to the pair correlation of the counts. The process is a sum of Ornstein-Uhlenbeck parts of
given durations, their variances found by non-negative least squares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls
from scipy.signal import lfilter

from traces.fitted.mixture import Floats
from traces.fitted.model import Arrivals, Burst
from traces.fitted.observed import Ints

BIN_S = 300.0
BINS_MAX = 1 << 20
LEVELS_MAX = 64
DAY_S, HOUR_S = 86400.0, 3600.0
DURATIONS_H = (0.1, 0.5, 2.0, 8.0, 24.0)
_LAGS = 256
_VARIANCE_MIN = 0.005
_ROUNDS = 20


def fit(submit: Floats, step_s: float) -> Arrivals:
    """The intensity of batches that come at these seconds, the first at 0."""
    span = float(submit.max()) if submit.size else 0.0
    if span <= 0:
        return Arrivals(0.0)
    span += step_s  # what comes last comes within its step
    days = max(1, int(np.ceil(span / DAY_S / LEVELS_MAX)))
    width = _width(span, step_s)
    counts = np.bincount((submit / width).astype(np.int64), minlength=_bins(span, width))
    hour, level = _hours(counts.size, width), _level(counts.size, width, days)
    hours, levels = _cycle(counts, hour, level, span)
    mean = levels[level] * hours[hour]
    mean *= counts.sum() / mean.sum()
    return Arrivals(
        span,
        days,
        tuple(np.round(levels, 4).tolist()),
        tuple(np.round(hours, 4).tolist()),
        _bursts(counts.astype(np.float64), mean, width),
    )


def _width(span: float, step_s: float) -> float:
    return max(BIN_S, step_s, span / BINS_MAX)


def _bins(span: float, width: float) -> int:
    return max(1, int(np.ceil(span / width - 1e-9)))


def _hours(bins: int, width: float) -> Ints:
    return (((np.arange(bins) + 0.5) * width % DAY_S) / HOUR_S).astype(np.int64)


def _level(bins: int, width: float, days: int) -> Ints:
    return ((np.arange(bins) + 0.5) * width / (days * DAY_S)).astype(np.int64)


def _cycle(counts: Ints, hour: Ints, level: Ints, span: float) -> tuple[Floats, Floats]:
    """Hours of the day and levels by turns, each of mean one: the maximum of the likelihood."""
    hours, levels = np.ones(24), np.ones(int(level.max()) + 1)
    for _ in range(_ROUNDS):
        expected = np.bincount(level, weights=hours[hour], minlength=levels.size)
        levels = np.bincount(level, weights=counts, minlength=levels.size) / expected
        if span < DAY_S:
            break  # no hour comes twice, so none is told from its level
        expected = np.bincount(hour, weights=levels[level], minlength=24)
        hours = np.bincount(hour, weights=counts, minlength=24) / np.maximum(expected, 1e-300)
        hours /= hours.mean()
    return hours, levels / max(levels.mean(), 1e-300)


def _bursts(counts: Floats, mean: Floats, width: float) -> tuple[Burst, ...]:
    """The parts whose covariance gives the pair correlation of the counts, lag by lag."""
    lags = np.unique(np.r_[0, np.geomspace(1, min(_LAGS, counts.size // 3), 24)].astype(np.int64))
    rest = counts - mean
    size = 1 << int(np.ceil(np.log2(2 * counts.size)))
    both = np.fft.irfft(np.abs(np.fft.rfft(rest, size)) ** 2, size)[lags]
    base = np.fft.irfft(np.abs(np.fft.rfft(mean, size)) ** 2, size)[lags]
    both[0] -= counts.sum()  # what chance alone makes of a count
    covariance = np.log1p(np.maximum(both / np.maximum(base, 1e-300), 0.0))
    durations = np.array(DURATIONS_H)
    shape = np.exp(-lags[:, None] * width / HOUR_S / durations)
    variance, _ = nnls(shape, covariance)
    return tuple(
        Burst(hours, round(float(value), 4))
        for hours, value in zip(DURATIONS_H, variance, strict=True)
        if value >= _VARIANCE_MIN
    )


def draw(
    arrivals: Arrivals,
    group: Ints,
    drift: Sequence[Sequence[float]],
    span_s: float,
    step_s: float,
    random: np.random.Generator,
) -> Floats:
    """When each batch of these groups comes, seconds within a span, not yet on the grid.

    drift: of each group, its share in equal parts of the fitted span over that of all. Levels and
    parts begin anew where the span is longer than the fitted one.
    """
    if span_s <= 0 or arrivals.span_s <= 0:
        return np.zeros(group.size)
    width = max(BIN_S, step_s, span_s / BINS_MAX)
    bins = _bins(span_s, width)
    rate = _intensity(arrivals, bins, width, random)
    rate[-1] *= span_s / width - (bins - 1)  # the last bin ends with the span
    place = (np.arange(bins) + 0.5) * width / arrivals.span_s % 1.0
    lot, times = random.random(group.size), np.empty(group.size)
    for number, shares in enumerate(drift):
        some = np.flatnonzero(group == number)
        if not some.size:
            continue
        own = rate
        if len(shares):
            own = rate * np.array(shares)[(place * len(shares)).astype(np.int64)]
            own = own if own.sum() > 0 else rate
        upto = np.cumsum(own)
        at = lot[some] * upto[-1]
        bin_ = np.minimum(np.searchsorted(upto, at, side="right"), bins - 1)
        within = (at - (upto[bin_] - own[bin_])) / np.maximum(own[bin_], 1e-300)
        times[some] = np.minimum((bin_ + np.clip(within, 0.0, 1.0)) * width, span_s)
    return times


def on_grid(times: Floats, span_s: float, step_s: float) -> Floats:
    """Times on the grid: the begin of their step, the last one within the span."""
    last = max(np.ceil(span_s / step_s - 1e-9) - 1, 0)
    return np.asarray(np.minimum(np.floor(times / step_s + 1e-9), last) * step_s)


def _intensity(arrivals: Arrivals, bins: int, width: float, random: np.random.Generator) -> Floats:
    """Of each bin, relative: level × hour of the day × one path of the process."""
    level = _level(bins, width, arrivals.level_days) % len(arrivals.levels)
    rate = np.array(arrivals.levels)[level] * np.array(arrivals.hours)[_hours(bins, width)]
    log = np.zeros(bins)
    for burst in arrivals.bursts:
        keep = np.exp(-width / HOUR_S / burst.hours)
        noise = random.standard_normal(bins) * np.sqrt(burst.variance * (1.0 - keep**2))
        noise[0] /= np.sqrt(1.0 - keep**2)
        log += lfilter([1.0], [1.0, -keep], noise)
    rate = rate * np.exp(log - log.max())
    return rate if rate.sum() > 0 else np.ones(bins)
