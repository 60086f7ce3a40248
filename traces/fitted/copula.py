"""Gaussian copulas: dependence apart from the marginals, whose atoms are kept.

Nelsen, *An Introduction to Copulas*, 2nd ed., 2006: a joint law is its marginals and a copula
(Sklar's theorem, section 2.3). The correlation of normal scores is told from Spearman's rho,
rho = 2 sin(pi/6 · rho_S) (Kruskal, JASA 53, 1958), with ranks in the middle of ties.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ATOM_MIN = 0.005
QUANTILES = 64


def ranks(values: Floats) -> Floats:
    """Ranks as shares in (0, 1), the middle one for ties."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - 0.5 * counts
    return np.asarray(middle[which.reshape(-1)] / values.size)


def correlation(values: Floats) -> Floats:
    """Correlations (R, R) of the normal scores of columns (N, R); a constant one has none."""
    ranked = np.column_stack([ranks(column) for column in values.T])
    ranked = ranked - ranked.mean(axis=0)
    scale = np.sqrt((ranked**2).sum(axis=0))
    safe = np.where(scale > 0, scale, 1.0)
    spearman = np.clip((ranked / safe).T @ (ranked / safe), -1.0, 1.0)
    return nearest(2.0 * np.sin(np.pi / 6.0 * spearman))


def nearest(matrix: Floats) -> Floats:
    """A correlation matrix near one that may be none: eigenvalues cut at 0, the diagonal at 1."""
    matrix = 0.5 * (matrix + matrix.T)
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh(matrix)
    fixed = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diag(fixed))
    return np.asarray(fixed * scale * scale[:, None])


def scores(matrix: Floats, count: int, random: np.random.Generator) -> Floats:
    """Correlated shares (count, R), each uniform."""
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(ndtr(random.standard_normal((count, len(matrix))) @ root.T))


def marginal(values: Floats, most: int = QUANTILES) -> tuple[tuple[float, float], ...]:
    """(value, share up to it): each value that is frequent, groups of the others.

    A group stands at the value of it that is nearest to its mean, so only values that occur are
    named, and a draw by steps gives none that does not.
    """
    distinct, counts = np.unique(values, return_counts=True)
    upto = np.cumsum(counts) / values.size
    if distinct.size > most:
        atom = counts >= max(ATOM_MIN * values.size, 2)
        step = np.floor((upto - 0.5 * counts / values.size) * most)
        begins = np.r_[True, (step[1:] != step[:-1]) | atom[1:] | atom[:-1]]
        group = np.cumsum(begins) - 1
        amount = np.bincount(group, weights=counts)
        mean = np.bincount(group, weights=counts * distinct) / amount
        off = np.abs(distinct - mean[group])
        order = np.lexsort((off, group))
        first = np.r_[True, group[order][1:] != group[order][:-1]]
        distinct, upto = distinct[order[first]], np.cumsum(amount) / values.size
    upto[-1] = 1.0
    return tuple(zip(distinct.tolist(), upto.tolist(), strict=True))


def quantile(values: tuple[tuple[float, float], ...], share: Floats) -> Floats:
    """The value at each share: the first up to which there is as much."""
    amounts, upto = np.array(values).T
    return np.asarray(amounts[np.minimum(np.searchsorted(upto, share), amounts.size - 1)])
