"""Requests drawn from a remainder: amounts by its copula, constraints by their weights."""

from __future__ import annotations

import numpy as np

from traces.fit import Fleet
from traces.fitted import copula
from traces.fitted.lots import Floats, Ints
from traces.fitted.model import Remainder

TRIES = 32


def draw(
    remainder: Remainder, count: int, fleet: Fleet | None, random: np.random.Generator
) -> tuple[Floats, Ints]:
    """Amounts (count, R) and which label each has; with a fleet, some machine can take each.

    What fits none is drawn again; after 32 times it has the smallest amounts there are.
    """
    weight = np.array([label[0] for label in remainder.labels])
    label = random.choice(weight.size, size=count, p=weight / weight.sum())
    matrix = np.array(remainder.correlation)
    amounts = np.empty((count, len(remainder.values)))
    left = np.arange(count)
    for _ in range(TRIES):
        share = copula.scores(matrix, left.size, random)
        for r, values in enumerate(remainder.values):
            amounts[left, r] = copula.quantile(values, share[:, r])
        if fleet is None:
            return amounts, label
        left = left[~_fits(amounts[left], label[left], remainder, fleet)]
        if not left.size:
            return amounts, label
    amounts[left] = [values[0][0] for values in remainder.values]
    return amounts, label


def _fits(amounts: Floats, label: Ints, remainder: Remainder, fleet: Fleet) -> np.ndarray:
    """Whether some machine of a model that it may use can take each."""
    fits = np.zeros(label.size, bool)
    for code in np.unique(label):
        some = label == code
        for size in fleet.largest(remainder.labels[code][1]):
            fits[some] |= (amounts[some] <= size).all(axis=1)
    return fits
