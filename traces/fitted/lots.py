"""Lots that are spread evenly: so many draws have little luck in them.

A twin of the same size should differ from its trace by what the model misses, not by which of
few, heavy batches came up. So mixes are drawn by systematic sampling, and what goes with a draw by
Kronecker's sequence, whose neighbours lie apart (Weyl 1916; Niederreiter, *Random Number Generation
and Quasi-Monte Carlo Methods*, 1992, chapter 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]

_ROOTS = (2.0**0.5, 3.0**0.5, 5.0**0.5, 7.0**0.5)


def chosen(weight: Floats, count: int, random: np.random.Generator) -> tuple[Ints, Floats]:
    """`count` indices in order, each as often as its weight says, give or take one; and where in
    the index each lies, in [0, 1)."""
    edges = np.cumsum(weight, dtype=np.float64)
    places = (np.arange(count) + random.random()) / max(count, 1) * edges[-1]
    index = np.minimum(np.searchsorted(edges, places, side="right"), weight.size - 1)
    within = (places - (edges[index] - weight[index])) / np.maximum(weight[index], 1e-300)
    return index, np.clip(within, 0.0, np.nextafter(1.0, 0.0))


def even(count: int, which: int, random: np.random.Generator) -> Floats:
    """`count` shares in (0, 1) of which any run of neighbours is spread evenly."""
    return np.asarray(
        np.clip((np.arange(count) * _ROOTS[which] + random.random()) % 1.0, 1e-9, 1.0 - 1e-9)
    )
