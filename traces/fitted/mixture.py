"""Mixtures of log-normals for lifetimes of which some are only known to be longer than watched.

Expectation–maximisation (Dempster, Laird, Rubin, JRSS B 39, 1977) with right-censored values
(Chauveau, J. Statist. Plann. Inference 46, 1995) and a share that never ends (a cure model:
Maller and Zhou, *Survival Analysis with Long-Term Survivors*, 1996). How many components there
are is chosen by BIC (Schwarz, Ann. Statist. 6, 1978), their variances have a weak prior (Fraley and
Raftery, J. Classification 24, 2007). VM lifetimes in clouds were modelled by
mixtures before: Bergsma et al., SOSP 2021, and Hadary et al., OSDI 2020, whose bins these replace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from traces.fitted.model import Component

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COMPONENTS_MAX = 6
STEPS_MAX = 200
SIGMA_MIN = 0.01
BINS_PER_E = 48
"""Values are put into bins of 1/48 of the logarithm: 2 %, finer than a component can be told."""
FEWEST = 15
"""A component more for so many values that ended."""
PRIOR = 3.0
"""Values' worth of a prior on each variance, so that no component shrinks to one value."""
_CONVERGED = 1e-7
_WEIGHT_MIN = 1e-4
_EDGE = 1e-9
_ROOT = 0.5 * float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Sample:
    """Logarithms of lifetimes with weights: those that ended, and those watched no longer."""

    ended: Floats
    weight: Floats
    censored: Floats
    censored_weight: Floats

    @classmethod
    def of(cls, log_s: Floats, known: Bools) -> Sample:
        """From logarithms, of lifetimes where they are known, else of how long each was watched."""
        return cls(*_binned(log_s[known]), *_binned(log_s[~known]))

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
    for count in range(1, 1 + min(COMPONENTS_MAX, max(1, int(sample.weight.sum()) // FEWEST))):
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
    middle = np.average(y, weights=w)
    prior = float(np.average((y - middle) ** 2, weights=w)) / count**2
    last = -np.inf
    for _ in range(STEPS_MAX):
        with np.errstate(divide="ignore"):
            log_share = np.log(share)
        scores = (y[:, None] - mean) / sigma
        density = log_share - 0.5 * scores**2 - np.log(sigma) - _ROOT
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
            hazard = np.exp(-0.5 * bound**2 - _ROOT - tail)
            beyond = mean + sigma * hazard
            square = mean**2 + sigma**2 + sigma * hazard * (c[:, None] + mean)
            amount = amount + held.sum(axis=0)
            first = first + (held * beyond).sum(axis=0)
            second = second + (held * square).sum(axis=0)
            never = max(1.0 - float(amount.sum()) / sample.total, 0.0)
        share = amount / sample.total
        safe = np.maximum(amount, 1e-12)
        mean = np.where(amount > 1e-12, first / safe, mean)
        spread = np.maximum(second - amount * mean**2, 0.0) + PRIOR * prior
        sigma = np.sqrt(np.maximum(spread / (amount + PRIOR), SIGMA_MIN**2))
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
    mean = np.where(
        total > 0, mean, y[np.searchsorted(middle, (np.arange(count) + 0.5) / count) - 1]
    )
    spread = np.bincount(group, weights=w * (y - mean[group]) ** 2, minlength=count) / safe
    return np.full(count, 1.0 / count), mean, np.sqrt(spread + 0.05)


def _log_sum(logs: Floats) -> Floats:
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


def parts(components: Sequence[Component], never: float, log_s: Floats, known: Bools) -> Floats:
    """(N, K + 1) how likely each value is of each component, of none last.

    log_s: logarithms of lifetimes, or where not `known` of how long they were watched.
    """
    weight, mean, sigma = _arrays(components)
    score = (log_s[:, None] - mean) / sigma
    with np.errstate(divide="ignore"):
        logs = np.log(weight) + np.where(
            known[:, None], -0.5 * score**2 - np.log(sigma) - _ROOT, log_ndtr(-score)
        )
        last = np.where(known, -np.inf, np.log(never))
    logs = np.column_stack([logs, last])
    made = np.exp(logs - _log_sum(logs)[:, None])
    return np.asarray(made)


def shares(components: Sequence[Component], log_s: Floats) -> Floats:
    """The share of batches that live no longer."""
    weight, mean, sigma = _arrays(components)
    return np.asarray((weight * ndtr((log_s[:, None] - mean) / sigma)).sum(axis=1))


def drawn(components: Sequence[Component], never: float, lot: Floats) -> tuple[Floats, Ints]:
    """Lifetimes at lots in (0, 1), seconds, infinite where never; and of which component, −1."""
    if not components:
        return np.full(lot.size, np.inf), np.full(lot.size, -1)
    weight, mean, sigma = _arrays(components)
    edges = np.concatenate([[0.0], np.cumsum(weight)])
    scaled = lot * (edges[-1] + never)
    of = np.searchsorted(edges[1:], scaled, side="right")
    ends = of == weight.size
    k = np.minimum(of, weight.size - 1)
    within = (scaled - edges[k]) / np.maximum(weight[k], 1e-300)
    life = np.exp(mean[k] + sigma[k] * ndtri(np.clip(within, _EDGE, 1.0 - _EDGE)))
    return np.where(ends, np.inf, life), np.where(ends, -1, of)


def _arrays(components: Sequence[Component]) -> tuple[Floats, Floats, Floats]:
    """Weights, means and sigmas of the logarithms."""
    weight = np.array([one.weight for one in components])
    mean = np.log([one.median_s for one in components]) if components else np.zeros(0)
    return weight, mean, np.array([one.sigma for one in components])
