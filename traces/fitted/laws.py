"""Lifetimes by clusters of shape and size of batch, each with one law.

Cells, batches of one kind and about one size, are merged by Ward's rule (JASA 58, 1963) as long as
they differ no more than cells dealt by lot. They are compared by quantiles of the logarithm of
life, which is by Wasserstein distances of order two, and of the times at which they come; of
batches by count, and by what they hold, since the few that live long hold most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from traces.fitted import copula, mixture, profiles
from traces.fitted.lots import Floats, Ints
from traces.fitted.mixture import Bools, Sample
from traces.fitted.model import Cell, Component, Law, Requested
from traces.fitted.observed import Tasks

LAWS_MAX = 64
POINTS = 16
CELLS_MAX = 600
FEWEST = 10
"""Cells of fewer batches are put to the others of their size before any is merged."""
BY_LOT = 0.8
"""Groups are merged where that costs less than four of five merges of groups dealt by lot."""
PRIOR = 1.0
"""Batches' worth of its law's profiles and times that a component has besides its own."""
PARTS = 24
"""Of the arrivals' span, in which the mix of laws may differ."""
_EDGE = 1e-6
_PART_MIN = 0.002


@dataclass(frozen=True)
class Lives:
    """Batches as their law sees them.

    log_s: the logarithm of the median life, or of how long it was watched where not `known`.
    told: whether some of its lives ended, so that they are known to differ or not.
    held: what they ask for times how long. asked: the time requested, NaN without.
    """

    log_s: Floats
    known: Bools
    told: Bools
    curve: Floats
    held: Floats
    asked: Floats
    kept: Bools


@dataclass(frozen=True)
class Laws:
    """cells: (kind, its cells); laws, numbered from `first`."""

    cells: dict[int, tuple[Cell, ...]]
    laws: tuple[Law, ...]


def band(size: Ints) -> Ints:
    """The largest power of two that is no larger."""
    return np.left_shift(np.int64(1), np.frexp(size.astype(np.float64))[1].astype(np.int64) - 1)


def lives_of(tasks: Tasks, held: Floats, step_s: float) -> Lives:
    """The batches of some tasks. held: what each task asks for, of what all do."""
    count, batch = len(tasks.batches), tasks.batch
    ended = np.isfinite(tasks.life_s)
    seen = np.where(ended, tasks.life_s, tasks.watched_s)
    log_s = np.log(np.maximum(seen, 0.5 * step_s))
    still = np.bincount(batch[~ended], minlength=count)
    known = still * 2 < tasks.batches.size
    median, curve = profiles.curves(batch, log_s + _to_come(batch, ended, still), count)
    watched = profiles.curves(batch, log_s, count)[0]
    asks = ~np.isnan(tasks.requested_s)
    asked = np.full(count, np.nan)
    asked[batch[asks]] = tasks.requested_s[asks]
    kept = np.ones(count, bool)
    kept[batch[asks & ended & (tasks.life_s > tasks.requested_s)]] = False
    return Lives(
        np.where(known, median, watched),
        known,
        still < tasks.batches.size,
        curve,
        np.bincount(batch, weights=held * seen, minlength=count).astype(np.float64),
        asked,
        kept,
    )


def _to_come(batch: Ints, ended: Bools, still: Ints) -> Floats:
    """By how much the logarithm of a life exceeds that of what was watched of it.

    Of those of a batch that still run, as a Pareto law of index one has it: half live twice as
    long, a quarter four times (Harchol-Balter and Downey, ACM TOCS 15, 1997: lives of processes
    beyond a second).
    """
    more = np.zeros(batch.size)
    some = np.flatnonzero(~ended)
    some = some[np.argsort(batch[some], kind="stable")]
    of = batch[some]
    begins = np.cumsum(still) - still
    place = np.arange(some.size) - begins[of]
    more[some] = -np.log1p(-(place + 0.5) / still[of])
    return more


def laws_of(tasks: Tasks, lives: Lives, profile: Ints, *, first: int, span_s: float) -> Laws:
    """The cells of some tasks and their laws.

    profile: of each batch, −1 for none. span_s: of the arrivals; 0 where they are no matter.
    """
    if not len(tasks):
        return Laws({}, ())
    batches = tasks.batches
    pairs, cell = np.unique(
        np.column_stack([batches.kind, band(batches.size)]), axis=0, return_inverse=True
    )
    cell = cell.reshape(-1).astype(np.int64)
    come = batches.submit / span_s if span_s > 0 else np.zeros(len(batches))
    law_of_cell = _clusters(lives, come, cell, pairs[:, 1])
    law = law_of_cell[cell]
    part = np.clip((come * PARTS).astype(np.int64), 0, PARTS - 1) if span_s > 0 else None
    laws = [_law(lives, profile, part, np.flatnonzero(law == n)) for n in range(law.max() + 1)]
    counts = np.bincount(cell, minlength=len(pairs))
    cells: dict[int, list[Cell]] = {}
    rows = zip(pairs.tolist(), counts.tolist(), law_of_cell.tolist(), strict=True)
    for (kind, size), count, number in rows:
        cells.setdefault(kind, []).append(Cell(size, count, first + number))
    return Laws({kind: tuple(some) for kind, some in cells.items()}, tuple(laws))


def _law(lives: Lives, profile: Ints, part: Ints | None, some: Ints) -> Law:
    """The law of some batches. part: of the span, in which each comes."""
    log_s, known = lives.log_s[some], lives.known[some]
    components = mixture.fit(Sample.of(log_s, known))
    of = mixture.parts(components, log_s, known)
    told = lives.told[some]
    every = told * PRIOR / max(float(told.sum()), 1.0)
    made = []
    for k, one in enumerate(components):
        drift = () if part is None else _drift(part, some, of[:, k])
        made.append(
            replace(one, profiles=_profiles(profile[some], of[:, k] * told + every), drift=drift)
        )
    return Law(tuple(made), _requested(lives, components, some))


def _drift(part: Ints, some: Ints, weight: Floats) -> tuple[float, ...]:
    """The share of some batches in each part, by weight, over that of all."""
    every = np.bincount(part, minlength=PARTS).astype(np.float64)
    every /= every.sum()
    law = np.bincount(part[some], minlength=PARTS).astype(np.float64)
    law = law / law.sum() * PRIOR
    own = np.bincount(part[some], weights=weight, minlength=PARTS) + law
    made = np.where(every > 0, own / own.sum() / np.maximum(every, 1e-300), 1.0)
    return tuple(float(f"{value:.3g}") for value in made)


def _profiles(profile: Ints, part: Floats) -> tuple[tuple[int, float], ...]:
    """How often each profile is met in a component, of its batches of several tasks."""
    several = profile >= 0
    weight = np.bincount(profile[several], weights=part[several]).astype(np.float64)
    if not weight.sum() > 0:
        return ()
    weight = weight / weight.sum()
    kept = np.flatnonzero(weight >= _PART_MIN)
    return tuple((int(n), float(weight[n] / weight[kept].sum())) for n in kept)


def _requested(lives: Lives, components: tuple[Component, ...], some: Ints) -> Requested | None:
    asked = lives.asked[some]
    given = ~np.isnan(asked)
    if not given.any():
        return None
    asked, ended = asked[given], lives.known[some][given]
    rho = 0.0
    if ended.sum() > 2:
        share = mixture.shares(components, lives.log_s[some][given][ended])
        z = ndtri(np.clip(share, _EDGE, 1.0 - _EDGE))
        rho = float(copula.correlation(np.column_stack([asked[ended], z]))[0, 1])
    kept = bool(lives.kept[some].all())
    return Requested(float(given.mean()), copula.marginal(asked), rho, kept)


def _clusters(lives: Lives, come: Floats, cell: Ints, sizes: Ints) -> Ints:
    """The law of each cell. come: when batches do, as a share of the span."""
    count = len(sizes)
    if not lives.known.any():
        return np.zeros(count, np.int64)
    # What did not end within the trace is the longest there is, since how long is not known.
    logs = np.where(lives.known, lives.log_s, lives.log_s.max())
    when = come * (float(logs.std()) / max(float(come.std()), 1e-300))
    number = np.bincount(cell, minlength=count).astype(np.float64)
    held = np.bincount(cell, weights=lives.held, minlength=count)
    weight = 0.5 * number + 0.5 * number.sum() * held / max(held.sum(), 1e-300)
    group_of_cell = _grouped(number, weight, sizes)
    group = group_of_cell[cell]
    # Were the batches dealt to the cells by lot, none would be told apart: what merging these
    # costs, luck alone makes.
    lots = np.random.default_rng(0xDEA1).permutation(logs.size)
    dealt = _Groups.of(group, logs[lots], when[lots], lives.held[lots])
    costs = ward(dealt.points, dealt.weight, 1, 0.0)[1]
    apart = float(np.quantile(costs, BY_LOT)) if costs.size else 0.0
    found = _Groups.of(group, logs, when, lives.held)
    return ward(found.points, found.weight, LAWS_MAX, apart)[0][group_of_cell]


@dataclass(frozen=True)
class _Groups:
    """points: quantiles of each group, of lives and of times, by count and by what is held."""

    points: Floats
    weight: Floats

    @classmethod
    def of(cls, group: Ints, logs: Floats, when: Floats, held: Floats) -> _Groups:
        number = np.bincount(group).astype(np.float64)
        share = np.bincount(group, weights=held) / max(float(held.sum()), 1e-300)
        points = [
            _points(group, values, by)
            for values in (logs, when)
            for by in (np.ones(logs.size), held + 1e-300)
        ]
        return cls(np.hstack(points), 0.5 * number + 0.5 * number.sum() * share)


def _grouped(number: Floats, weight: Floats, sizes: Ints) -> Ints:
    """Cells that stand alone, and the rare ones of each size together."""
    alone = number >= FEWEST
    if alone.sum() > CELLS_MAX:
        alone = weight >= np.sort(weight)[-CELLS_MAX]
    key = np.where(alone, np.arange(number.size), -sizes)
    return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _points(group: Ints, logs: Floats, weight: Floats) -> Floats:
    """Quantiles of each group (groups, POINTS), of values by their weights."""
    order = np.lexsort((logs, group))
    upto = np.cumsum(weight[order])
    ends = upto[np.cumsum(np.bincount(group)) - 1]
    begins = np.concatenate([[0.0], ends[:-1]])
    share = (np.arange(POINTS) + 0.5) / POINTS
    at = np.searchsorted(upto, begins[:, None] + share * (ends - begins)[:, None])
    return np.asarray(logs[order][np.minimum(at, logs.size - 1)])


def ward(points: Floats, weight: Floats, most: int, apart: float) -> tuple[Ints, Floats]:
    """Clusters of points (N, D) with weights: the two that cost least are merged, until there are
    no more than `most` and no two cost as little as `apart`. Their numbers, the heaviest first; and
    what each merge cost."""
    points, weight = points.copy(), np.maximum(weight, 1e-12)
    member = np.arange(len(points))
    alive = np.ones(len(points), bool)
    paid = []
    cost = np.full((len(points), len(points)), np.inf)
    for i in range(1, len(points)):
        cost[i, :i] = _cost(points[i], weight[i], points[:i], weight[:i])
    for left in range(len(points), 1, -1):
        i, j = divmod(int(cost.argmin()), len(points))
        if left <= most and cost[i, j] > apart:
            break
        paid.append(float(cost[i, j]))
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
    return rank[place.reshape(-1)], np.array(paid)


def _cost(point: Floats, heavy: float, points: Floats, weight: Floats) -> Floats:
    return np.asarray(heavy * weight / (heavy + weight) * ((points - point) ** 2).mean(axis=1))
