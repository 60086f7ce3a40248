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
from dataclasses import dataclass, replace

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
PART_MIN = 5
"""The fewest values that are fitted by themselves."""
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


def fit(sample: Sample) -> tuple[Component, ...]:
    """The components, longest last; that which never ends, if there is one, has median infinity.

    Values that together last as long as all shorter ones are fitted by themselves first, so that
    the few that hold half of the time count as much as the many; then all together.
    """
    if not sample.weight.size:
        return (Component(1.0, np.inf, 0.0),)
    begin = _joined(
        [_chosen(some.ended, some.weight, sample.total) for some in _halves(sample)],
    )
    found = _run(sample, begin, 0.5 * float(sample.censored_weight.sum()) / sample.total)
    made = [
        Component(float(found.share[k]), float(np.exp(found.mean[k])), float(found.sigma[k]))
        for k in np.argsort(found.mean)
        if found.share[k] > 0
    ]
    never = [Component(found.never, np.inf, 0.0)] if found.never > 0 else []
    return (*made, *never)


def _halves(sample: Sample) -> list[Sample]:
    """The values that ended in two parts of about equal time; one where a part has too few."""
    order = np.argsort(sample.ended)
    y, w = sample.ended[order], sample.weight[order]
    held = np.cumsum(w * np.exp(y - y[-1]))
    cut = int(np.searchsorted(held, 0.5 * held[-1]))
    none = np.zeros(0)
    parts = [Sample(y[:cut], w[:cut], none, none), Sample(y[cut:], w[cut:], none, none)]
    return parts if min(one.total for one in parts) >= PART_MIN else [sample]


@dataclass(frozen=True)
class _Found:
    """Shares, means and sigmas of the logarithms; prior: variances that components are drawn to."""

    share: Floats
    mean: Floats
    sigma: Floats
    prior: Floats
    never: float = 0.0
    likelihood: float = 0.0


def _joined(found: Sequence[_Found]) -> _Found:
    return _Found(
        np.concatenate([one.share for one in found]),
        np.concatenate([one.mean for one in found]),
        np.concatenate([one.sigma for one in found]),
        np.concatenate([one.prior for one in found]),
    )


def _chosen(y: Floats, w: Floats, total: float) -> _Found:
    """Components of values that ended, as many as BIC says; shares are of `total`."""
    none = np.zeros(0)
    sample = Sample(y, w, none, none)
    best, least = None, np.inf
    for count in range(1, 1 + min(COMPONENTS_MAX, max(1, int(w.sum()) // FEWEST))):
        found = _run(sample, _begin(y, w, count), 0.0)
        criterion = (3 * count - 1) * np.log(max(sample.total, 2.0)) - 2 * found.likelihood
        if criterion < least:
            best, least = found, criterion
        elif count > 2:  # one more that does not pay may be followed by one that does, once
            break
    assert best is not None
    return replace(best, share=best.share * sample.total / total)


def _run(sample: Sample, begin: _Found, never: float) -> _Found:
    """EM from a beginning. Shares and `never` sum to one."""
    y, w = sample.ended, sample.weight
    c, cw = sample.censored, sample.censored_weight
    share, mean, sigma = begin.share * (1.0 - never) / begin.share.sum(), begin.mean, begin.sigma
    likelihood, last = 0.0, -np.inf
    for _ in range(STEPS_MAX):
        with np.errstate(divide="ignore"):
            log_share = np.log(share)
        density = log_share - 0.5 * ((y[:, None] - mean) / sigma) ** 2 - np.log(sigma) - _ROOT
        over = _log_sum(density)
        part = np.exp(density - over[:, None]) * w[:, None]
        likelihood = float((over * w).sum())
        amount, first, second = part.sum(axis=0), part.T @ y, part.T @ y**2
        if c.size:
            more = _of_censored(c, cw, log_share, mean, sigma, never)
            amount, first, second = amount + more[0], first + more[1], second + more[2]
            likelihood += more[3]
            never = max(1.0 - float(amount.sum()) / sample.total, 0.0)
        share = amount / sample.total
        safe = np.maximum(amount, 1e-12)
        mean = np.where(amount > 1e-12, first / safe, mean)
        spread = np.maximum(second - amount * mean**2, 0.0) + PRIOR * begin.prior
        sigma = np.sqrt(np.maximum(spread / (amount + PRIOR), SIGMA_MIN**2))
        if likelihood - last < _CONVERGED * abs(likelihood):
            break
        last = likelihood
    share, never = np.where(share < _WEIGHT_MIN, 0.0, share), never * (never >= _WEIGHT_MIN)
    total = float(share.sum() + never)
    return _Found(share / total, mean, sigma, begin.prior, never / total, likelihood)


def _of_censored(
    c: Floats, weight: Floats, log_share: Floats, mean: Floats, sigma: Floats, never: float
) -> tuple[Floats, Floats, Floats, float]:
    """What values known to be larger than c add: expected amounts, sums, squares; likelihood."""
    bound = (c[:, None] - mean) / sigma
    tail = log_ndtr(-bound)
    survival = log_share + tail
    with np.errstate(divide="ignore"):
        whole = np.logaddexp(_log_sum(survival), np.log(never))
    held = np.exp(survival - whole[:, None]) * weight[:, None]
    hazard = np.exp(-0.5 * bound**2 - _ROOT - tail)
    first = held * (mean + sigma * hazard)
    second = held * (mean**2 + sigma**2 + sigma * hazard * (c[:, None] + mean))
    return held.sum(axis=0), first.sum(axis=0), second.sum(axis=0), float((whole * weight).sum())


def _begin(y: Floats, w: Floats, count: int) -> _Found:
    """Equal shares of the sorted values, each by its mean and spread."""
    order = np.argsort(y)
    y, w = y[order], w[order]
    middle = (np.cumsum(w) - 0.5 * w) / w.sum()
    group = np.minimum((middle * count).astype(np.int64), count - 1)
    total = np.bincount(group, weights=w, minlength=count)
    safe = np.maximum(total, 1e-12)
    mean = np.bincount(group, weights=w * y, minlength=count) / safe
    place = np.searchsorted(middle, (np.arange(count) + 0.5) / count).clip(max=y.size - 1)
    mean = np.where(total > 0, mean, y[place])
    spread = np.bincount(group, weights=w * (y - mean[group]) ** 2, minlength=count) / safe
    variance = float(np.average((y - np.average(y, weights=w)) ** 2, weights=w))
    prior = np.full(count, variance / count**2)
    return _Found(np.full(count, 1.0 / count), mean, np.sqrt(spread + 0.1 * prior + 1e-4), prior)


def _log_sum(logs: Floats) -> Floats:
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


def parts(components: Sequence[Component], log_s: Floats, known: Bools) -> Floats:
    """(N, K) how likely each value is of each component.

    log_s: logarithms of lifetimes, or where not `known` of how long they were watched.
    """
    weight, mean, sigma, ends = _arrays(components)
    score = (log_s[:, None] - mean) / sigma
    ended = np.where(ends, -0.5 * score**2 - np.log(sigma) - _ROOT, -np.inf)
    longer = np.where(ends, log_ndtr(-score), 0.0)
    with np.errstate(divide="ignore"):
        logs = np.log(weight) + np.where(known[:, None], ended, longer)
    return np.asarray(np.exp(logs - _log_sum(logs)[:, None]))


def shares(components: Sequence[Component], log_s: Floats) -> Floats:
    """The share of batches that live no longer."""
    weight, mean, sigma, ends = _arrays(components)
    return np.asarray((weight * ends * ndtr((log_s[:, None] - mean) / sigma)).sum(axis=1))


def drawn(components: Sequence[Component], lot: Floats) -> tuple[Floats, Ints]:
    """Lifetimes at lots in (0, 1), seconds, infinite where never; and the component of each."""
    weight, mean, sigma, ends = _arrays(components)
    edges = np.concatenate([[0.0], np.cumsum(weight)])
    places = lot * edges[-1]
    of = np.minimum(np.searchsorted(edges[1:], places, side="right"), weight.size - 1)
    within = (places - edges[of]) / np.maximum(weight[of], 1e-300)
    life = np.exp(mean[of] + sigma[of] * ndtri(np.clip(within, _EDGE, 1.0 - _EDGE)))
    return np.where(ends[of], life, np.inf), of


def _arrays(components: Sequence[Component]) -> tuple[Floats, Floats, Floats, Bools]:
    """Weights, means and sigmas of the logarithms, and whether they end."""
    weight = np.array([one.weight for one in components])
    ends = np.array([np.isfinite(one.median_s) for one in components])
    mean = np.log([one.median_s if end else 1.0 for one, end in zip(components, ends, strict=True)])
    sigma = [one.sigma if end else 1.0 for one, end in zip(components, ends, strict=True)]
    return weight, mean, np.array(sigma), ends
