"""Mixtures of log-normals for lifetimes of which some are only known to be longer than watched.

Expectation–maximisation (Dempster, Laird, Rubin, JRSS B 39, 1977) with right-censored values
(Chauveau, J. Statist. Plann. Inference 46, 1995) and a share that never ends (a cure model:
Maller and Zhou, *Survival Analysis with Long-Term Survivors*, 1996). How many components there
are is chosen by BIC (Schwarz, Ann. Statist. 6, 1978). VM lifetimes in clouds were modelled by
mixtures before: Bergsma et al., SOSP 2021, and Hadary et al., OSDI 2020, whose bins these replace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from traces.fitted.model import Component, Law

Floats = NDArray[np.float64]

COMPONENTS_MAX = 6
STEPS_MAX = 200
SIGMA_MIN = 0.01
BINS_PER_E = 48
"""Values are put into bins of 1/48 of the logarithm: 2 %, finer than a component can be told."""
_CONVERGED = 1e-7
_WEIGHT_MIN = 1e-4
_TABLE = 8192


@dataclass(frozen=True)
class Sample:
    """Logarithms of lifetimes with weights: those that ended, and those watched no longer."""

    ended: Floats
    weight: Floats
    censored: Floats
    censored_weight: Floats

    @classmethod
    def of(cls, life_s: Floats, watched_s: Floats, least_s: float) -> Sample:
        """From lifetimes, infinite where not known, and how long each was watched, seconds."""
        known = np.isfinite(life_s)
        ended = _binned(np.log(np.maximum(life_s[known], least_s)))
        censored = _binned(np.log(np.maximum(watched_s[~known], least_s)))
        return cls(*ended, *censored)

    @property
    def total(self) -> float:
        """How many there are."""
        return float(self.weight.sum() + self.censored_weight.sum())


def _binned(logs: Floats) -> tuple[Floats, Floats]:
    """Distinct logarithms and their counts, of bins where there are many; a bin by its mean."""
    values, counts = np.unique(logs, return_counts=True)
    if values.size <= 256:
        return values, counts.astype(np.float64)
    codes = np.floor(logs * BINS_PER_E).astype(np.int64)
    codes -= codes.min()
    counts = np.bincount(codes)
    sums = np.bincount(codes, weights=logs)
    used = counts > 0
    return sums[used] / counts[used], counts[used].astype(np.float64)


def fit(sample: Sample) -> tuple[tuple[Component, ...], float]:
    """The components, longest last, and the share that never ends."""
    if not sample.weight.size:
        return (), 1.0
    best, least = None, np.inf
    for count in range(1, COMPONENTS_MAX + 1):
        found = _fit(sample, count)
        parameters = 3 * count - (0 if sample.censored.size else 1)
        criterion = parameters * np.log(max(sample.total, 2.0)) - 2 * found.likelihood
        if criterion < least:
            best, least = found, criterion
        elif count > 2:  # one more that does not pay may be followed by one that does, once
            break
    assert best is not None
    order = np.argsort(best.mean)
    return tuple(
        Component(float(best.share[k]), float(np.exp(best.mean[k])), float(best.sigma[k]))
        for k in order
        if best.share[k] > 0
    ), float(best.never)


@dataclass(frozen=True)
class _Found:
    share: Floats
    mean: Floats
    sigma: Floats
    never: float
    likelihood: float


def _fit(sample: Sample, count: int) -> _Found:
    """One run of EM. Shares and `never` sum to one."""
    y, w = sample.ended, sample.weight
    c, cw = sample.censored, sample.censored_weight
    share, mean, sigma = _begin(sample, count)
    never = 0.5 * float(cw.sum()) / sample.total
    share *= 1.0 - never
    last = -np.inf
    for _ in range(STEPS_MAX):
        with np.errstate(divide="ignore"):
            log_share = np.log(share)
        scores = (y[:, None] - mean) / sigma
        density = log_share - 0.5 * scores**2 - np.log(sigma) - 0.9189385332046727
        over = _log_sum(density)
        part = np.exp(density - over[:, None]) * w[:, None]
        likelihood = float((over * w).sum())
        amount, first = part.sum(axis=0), part.T @ y
        second = part.T @ y**2
        if c.size:
            bound = (c[:, None] - mean) / sigma
            tail = log_ndtr(-bound)
            survival = log_share + tail
            with np.errstate(divide="ignore"):
                whole = np.logaddexp(_log_sum(survival), np.log(never))
            held = np.exp(survival - whole[:, None]) * cw[:, None]
            likelihood += float((whole * cw).sum())
            hazard = np.exp(-0.5 * bound**2 - 0.9189385332046727 - tail)
            beyond = mean + sigma * hazard
            square = mean**2 + sigma**2 + sigma * hazard * (c[:, None] + mean)
            amount = amount + held.sum(axis=0)
            first = first + (held * beyond).sum(axis=0)
            second = second + (held * square).sum(axis=0)
            never = max(1.0 - float(amount.sum()) / sample.total, 0.0)
        share = amount / sample.total
        safe = np.maximum(amount, 1e-12)
        mean = np.where(amount > 1e-12, first / safe, mean)
        sigma = np.sqrt(np.maximum(second / safe - mean**2, SIGMA_MIN**2))
        if likelihood - last < _CONVERGED * abs(likelihood):
            break
        last = likelihood
    share = np.where(share < _WEIGHT_MIN, 0.0, share)
    total = share.sum() + never
    return _Found(share / total, mean, sigma, never / total, likelihood)


def _begin(sample: Sample, count: int) -> tuple[Floats, Floats, Floats]:
    """Equal shares of the sorted values, each by its mean and spread."""
    order = np.argsort(sample.ended)
    y, w = sample.ended[order], sample.weight[order]
    middle = (np.cumsum(w) - 0.5 * w) / w.sum()
    group = np.minimum((middle * count).astype(np.int64), count - 1)
    total = np.bincount(group, weights=w, minlength=count)
    safe = np.maximum(total, 1e-12)
    mean = np.bincount(group, weights=w * y, minlength=count) / safe
    mean = np.where(total > 0, mean, y[np.searchsorted(middle, (np.arange(count) + 0.5) / count) - 1])
    spread = np.bincount(group, weights=w * (y - mean[group]) ** 2, minlength=count) / safe
    return np.full(count, 1.0 / count), mean, np.sqrt(spread + 0.05)


def _log_sum(logs: Floats) -> Floats:
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


class Quantiles:
    """A law's distribution by a table: seconds at a share, and shares at seconds."""

    def __init__(self, law: Law) -> None:
        parts = law.components
        self.never = law.never
        self._log, self._share = np.zeros(2), np.array([0.0, 1.0 - law.never])
        if parts:
            mean = np.log([one.median_s for one in parts])
            sigma = np.array([one.sigma for one in parts])
            weight = np.array([one.weight for one in parts])
            near = mean + sigma * np.linspace(-5.0, 5.0, _TABLE // len(parts))[:, None]
            self._log = np.unique(near)
            self._share = (weight * ndtr((self._log[:, None] - mean) / sigma)).sum(axis=1)

    def seconds(self, share: Floats) -> Floats:
        """The lifetime at each share of the tasks, infinite for those that never end."""
        life = np.exp(np.interp(share, self._share, self._log))
        return np.where(share >= 1.0 - self.never, np.inf, life)

    def shares(self, seconds: Floats) -> Floats:
        """The share of tasks that live no longer."""
        found = np.interp(np.log(np.maximum(seconds, 1e-9)), self._log, self._share)
        return np.where(np.isfinite(seconds), found, 1.0)
