"""How the lives of one batch differ: a few profiles, which are clusters of sorted curves.

A batch's curve holds its tasks' lives as multiples of their median, at certain shares of the
tasks. Curves are clustered by their logarithms (Lloyd, IEEE Trans. Inf. Theory 28, 1982), the
first centres as far apart as can be (Gonzalez, Theor. Comput. Sci. 38, 1985). So stragglers come
as the trace has them, where a correlation alone would make many of them or none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traces.fitted.lots import Floats, Ints

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 1.0)
PROFILES_MAX = 32
_ROUNDS = 50
_SPREAD_MIN = 1e-3


def curves(batch: Ints, log_s: Floats, count: int) -> tuple[Floats, Floats]:
    """Of each of `count` batches the logarithm of its median, and its curve (count, shares)."""
    order = np.lexsort((log_s, batch))
    values = log_s[order]
    size = np.bincount(batch, minlength=count)
    ends = np.cumsum(size)
    begins = ends - size
    made = np.empty((count, len(SHARES)))
    for place, share in enumerate(SHARES):
        at = np.clip(share * size - 0.5, 0.0, size - 1.0)  # the i-th of n stands at (i + 1/2) / n
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, size - 1)
        part = at - low
        made[:, place] = (1.0 - part) * values[begins + low] + part * values[begins + high]
    median = made[:, SHARES.index(0.5)].copy()
    return median, made - median[:, None]


def cluster(curve: Floats, weight: Floats, most: int = PROFILES_MAX) -> tuple[Floats, Ints]:
    """Centres (K, shares), and which each curve (N, shares) is of; no more than differ."""
    if not len(curve):
        return np.zeros((0, len(SHARES))), np.zeros(0, np.int64)
    centres = [np.average(curve, axis=0, weights=weight)]
    away = ((curve - centres[0]) ** 2).mean(axis=1)
    while len(centres) < most and (away * weight).max() > _SPREAD_MIN**2 * weight.max():
        centres.append(curve[int((away * weight).argmax())])
        away = np.minimum(away, ((curve - centres[-1]) ** 2).mean(axis=1))
    table = np.array(centres)
    of = np.full(len(curve), -1)
    for _ in range(_ROUNDS):
        nearest = np.array([((curve - centre) ** 2).mean(axis=1) for centre in table]).argmin(
            axis=0
        )
        if (nearest == of).all():
            break
        of = nearest
        total = np.bincount(of, weights=weight, minlength=len(table))
        for place in range(len(SHARES)):
            sums = np.bincount(of, weights=weight * curve[:, place], minlength=len(table))
            table[:, place] = np.where(total > 0, sums / np.maximum(total, 1e-300), table[:, place])
    # A profile holds the mean of its curves, so that what batches hold is kept.
    total = np.bincount(of, weights=weight, minlength=len(table))
    for place in range(len(SHARES)):
        sums = np.bincount(of, weights=weight * np.exp(curve[:, place]), minlength=len(table))
        table[:, place] = np.log(np.maximum(sums / np.maximum(total, 1e-300), 1e-300))
    used, number = np.unique(of, return_inverse=True)
    return table[used], number.reshape(-1).astype(np.int64)


def ratios(
    profiles: Sequence[Sequence[float]],
    profile: Ints,
    size: Ints,
    random: np.random.Generator,
) -> Floats:
    """What the life of each task is of its batch's median, batch by batch, in random order.

    profile: of each batch, −1 where its tasks live alike.
    """
    of = np.repeat(np.arange(size.size), size)
    within = np.arange(of.size) - np.repeat(np.cumsum(size) - size, size)
    share = (within + 0.5) / size[of]
    logs = np.zeros(of.size)
    for number, one in enumerate(profiles):
        some = np.flatnonzero(profile[of] == number)
        logs[some] = np.interp(share[some], SHARES, np.log(one))
    shuffled = np.lexsort((random.random(of.size), of))
    return np.asarray(np.exp(logs[shuffled]))
