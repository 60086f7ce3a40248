"""Lifetimes by clusters of shape and size of batch, each with one law.

Cells, batches of one kind and about one size, are merged by Ward's rule (JASA 58, 1963) on the
quantiles of their tasks' logarithms of life, which is clustering by the Wasserstein distance of
order two. Half of a cell's weight is its tasks, half what they hold for how long: the few that
live long hold most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from traces.fitted import copula
from traces.fitted.mixture import Floats, Quantiles, Sample, fit
from traces.fitted.model import Cell, Law, Requested
from traces.fitted.observed import Ints, Tasks

LAWS_MAX = 16
POINTS = 32
CELLS_MAX = 600
FEWEST = 30
"""Cells of fewer tasks are put to the others of their size before any is merged."""
_EDGE = 1e-6


@dataclass(frozen=True)
class Laws:
    """cells: (kind, its cells); laws: of each law, numbered from `first`."""

    cells: dict[int, tuple[Cell, ...]]
    laws: tuple[Law, ...]


def band(size: Ints) -> Ints:
    """The largest power of two that is no larger."""
    return np.int64(1) << (np.frexp(size.astype(np.float64))[1].astype(np.int64) - 1)


def laws_of(tasks: Tasks, held: Floats, step_s: float, *, first: int, most: int) -> Laws:
    """The cells of some tasks and their laws. held: what each task asks for, of what all do."""
    if not len(tasks):
        return Laws({}, ())
    batches = tasks.batches
    bands = band(batches.size)
    pairs, cell_of_batch = np.unique(
        np.column_stack([batches.kind, bands]), axis=0, return_inverse=True
    )
    cell_of_batch = cell_of_batch.reshape(-1)
    cell = cell_of_batch[tasks.batch]
    law_of_cell = _clusters(tasks, held, cell, pairs[:, 1], step_s, most)
    law = law_of_cell[cell]
    laws = [
        _law(tasks, np.flatnonzero(law == number), step_s) for number in range(int(law.max()) + 1)
    ]
    counts = np.bincount(cell_of_batch, minlength=len(pairs))
    cells: dict[int, list[Cell]] = {}
    for (kind, size), count, number in zip(
        pairs.tolist(), counts.tolist(), law_of_cell.tolist(), strict=True
    ):
        cells.setdefault(kind, []).append(Cell(size, count, first + number))
    return Laws({kind: tuple(some) for kind, some in cells.items()}, tuple(laws))


def _law(tasks: Tasks, some: Ints, step_s: float) -> Law:
    """The law of some tasks, whole batches of them."""
    life, watched = tasks.life_s[some], tasks.watched_s[some]
    components, never = fit(Sample.of(life, watched, 0.5 * step_s))
    law = Law(components, never)
    share = _shares(law, life, watched, step_s)
    z = ndtri(np.clip(share, _EDGE, 1.0 - _EDGE))
    _, batch = np.unique(tasks.batch[some], return_inverse=True)
    alike = copula.alike(batch.reshape(-1).astype(np.int64), z)
    return Law(components, never, alike, _requested(tasks.requested_s[some], life, z))


def _shares(law: Law, life: Floats, watched: Floats, step_s: float) -> Floats:
    """Where each task stands in its law: the middle of its step of the grid; the middle of what
    is beyond where only that is known."""
    table = Quantiles(law)
    known = np.isfinite(life)
    low = table.shares(np.where(known, np.maximum(life - 0.5 * step_s, 0.0), watched))
    high = table.shares(np.where(known, life + 0.5 * step_s, np.inf))
    return np.asarray(0.5 * (low + high))


def _requested(asked: Floats, life: Floats, z: Floats) -> Requested | None:
    given = ~np.isnan(asked)
    if not given.any():
        return None
    some = asked[given]
    kept = bool((np.where(np.isfinite(life[given]), life[given], 0.0) <= some).all())
    pair = np.column_stack([some, z[given]])
    rho = float(copula.correlation(pair)[0, 1]) if some.size > 2 else 0.0
    return Requested(float(given.mean()), copula.marginal(some), rho, kept)


def _clusters(
    tasks: Tasks, held: Floats, cell: Ints, sizes: Ints, step_s: float, most: int
) -> Ints:
    """The law of each cell."""
    count = len(sizes)
    life = np.where(np.isfinite(tasks.life_s), tasks.life_s, tasks.watched_s)
    if not np.isfinite(tasks.life_s).any():
        return np.zeros(count, np.int64)
    # What did not end within the trace is the longest there is, since how long is not known.
    longest = max(float(life.max()), step_s)
    logs = np.log(np.maximum(np.where(np.isfinite(tasks.life_s), life, longest), 0.5 * step_s))
    number = np.bincount(cell, minlength=count).astype(np.float64)
    amount = np.bincount(cell, weights=held * life, minlength=count)
    weight = 0.5 * number / number.sum() + 0.5 * amount / max(amount.sum(), 1e-300)
    group = _grouped(number, weight, sizes)
    groups = int(group.max()) + 1
    order = np.lexsort((logs, group[cell]))
    ends = np.cumsum(np.bincount(group[cell], minlength=groups))
    points = np.empty((groups, POINTS))
    for code, (begin, end) in enumerate(zip(np.r_[0, ends[:-1]], ends, strict=True)):
        at = begin + ((np.arange(POINTS) + 0.5) / POINTS * (end - begin)).astype(np.int64)
        points[code] = logs[order[at]]
    total = np.bincount(group, weights=weight, minlength=groups)
    return ward(points, total, most)[group]


def _grouped(number: Floats, weight: Floats, sizes: Ints) -> Ints:
    """Cells that stand alone, and the rare ones of each size together."""
    alone = number >= FEWEST
    if alone.sum() > CELLS_MAX:
        alone = weight >= np.sort(weight)[-CELLS_MAX]
    key = np.where(alone, np.arange(number.size), -sizes)
    return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)


def ward(points: Floats, weight: Floats, most: int) -> Ints:
    """Clusters of points (N, D) with weights, `most` of them: the cheapest two are merged, again
    and again. Their numbers, the heaviest first."""
    points, weight = points.copy(), np.maximum(weight, 1e-12)
    member = np.arange(len(points))
    alive = np.ones(len(points), bool)
    cost = np.full((len(points), len(points)), np.inf)
    for i in range(1, len(points)):
        cost[i, :i] = _cost(points[i], weight[i], points[:i], weight[:i])
    while alive.sum() > most:
        i, j = divmod(int(cost.argmin()), len(points))
        both = weight[i] + weight[j]
        points[j] = (weight[i] * points[i] + weight[j] * points[j]) / both
        weight[j] = both
        member[member == i] = j
        alive[i] = False
        cost[i, :] = cost[:, i] = np.inf
        new = np.where(alive, _cost(points[j], weight[j], points, weight), np.inf)
        cost[j, :j], cost[j + 1 :, j] = new[:j], new[j + 1 :]
    names, place = np.unique(member, return_inverse=True)
    rank = np.empty(names.size, np.int64)
    rank[np.argsort(-weight[names], kind="stable")] = np.arange(names.size)
    return rank[place.reshape(-1)]


def _cost(point: Floats, heavy: float, points: Floats, weight: Floats) -> Floats:
    return np.asarray(heavy * weight / (heavy + weight) * ((points - point) ** 2).mean(axis=1))
