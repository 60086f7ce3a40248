"""The least that any heuristic can strand: what a linear or an integer programme leaves unused.

At a snapshot of a cell, tasks are counted, not placed: how many of each shape go to each *type* of
machine (equal total, model and devices), no more of a shape than are offered, and no more of a
resource than the machines of a type have between them. That drops what a machine apart can hold,
so no placement uses more than the programme finds, and none strands less than it leaves.

- `lp`: what runs stays where it is; the capacity of a type is what its machines have free.
- `milp`: what runs may be packed anew; the capacity of a type is what its machines have in total,
  all that runs has to be placed, and counts are whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import SimError
from sim.programmes import SOLVED, WORST_LAST, Programme

if TYPE_CHECKING:
    from sim.state import Floats, Ints, Shapes

METHODS = ("lp", "milp")
MOST_TYPES = 64
FIRST_STEP = 1 / 128
MERGED = ", similar machines as one type"


@dataclass(frozen=True)
class Snapshot:
    """A cell at one instant. N machines, R resources, S shapes; amounts in whole units.

    free, total (N, R); model (N,) code, its bit in masks; devices (N,) GPUs a machine;
    running (S,) how many tasks of each shape run.
    """

    free: Floats
    total: Floats
    model: Ints
    devices: Ints
    running: Ints


@dataclass(frozen=True)
class Bound:
    """The least that can be stranded, per cent of the fleet.

    headline_pct: weighted mean over the resources that the fleet has. by_resource (R,): each
    with its own optimum, so each is a bound by itself, and together they need not be reached.
    status: `optimal`, or how the worst of the programmes ended; and whether machines that are not
    equal were counted as one type.
    """

    headline_pct: float
    by_resource: Floats
    status: str


def bound(
    snapshot: Snapshot,
    shapes: Shapes,
    counts: Ints,
    weights: Floats,
    *,
    method: str = "lp",
    time_limit_s: float = 10.0,
) -> Bound:
    """The least that can be stranded once no more than `counts` (S,) of each shape are offered.

    counts are all that a probe may place: what is pending and its whole sequence of draws.
    weights (R,) say what the fleet is sold by. A shape may use a type of machine where it fits an
    empty one: amounts, devices, models. With `milp`, the solver's time is shared out equally
    between the objectives; one that it ends before is the same on every computer.

    Raises:
        SimError: an unknown method; running tasks that fit no machine, or not all at once.

    Source: Verma, Korupolu, Wilkes, CLUSTER 2014 (stranding by inflation), relaxed to counts a
    type as in the configuration programmes of vector bin packing; bounds by weak duality.
    """
    if method not in METHODS:
        raise SimError(f"bound={method}: expected one of {', '.join(METHODS)}")
    fleet = snapshot.total.sum(axis=0)
    each = np.divide(1.0, fleet, out=np.zeros(len(fleet)), where=fleet > 0)
    repack = method == "milp"
    there = (snapshot.total if repack else snapshot.free).sum(axis=0)
    objectives = [_normalised(one * (fleet > 0)) for one in (weights, *np.eye(len(fleet)))]
    distinct = {one.tobytes(): one for one in objectives if (one * there).any()}
    programme, merged = _programme(snapshot, shapes, counts, repack)
    left, ended = {}, {SOLVED}
    for key, objective in distinct.items():
        used, status = programme.most_used(objective * each)
        if repack and status == SOLVED:
            limit = time_limit_s / len(distinct)
            used, status = programme.most_used_whole(objective * each, used, limit)
        ended.add(status)
        left[key] = 100.0 * float(np.clip((objective * each) @ there - used, 0.0, 1.0))
    parts = np.array([left.get(one.tobytes(), 0.0) for one in objectives])
    status = max(ended, key=WORST_LAST.index) + (MERGED if merged else "")
    return Bound(float(parts[0]), parts[1:], status)


def _normalised(objective: Floats) -> Floats:
    """Weights that sum to 1, or are all 0."""
    return objective / (objective.sum() or 1.0)


def _programme(
    snapshot: Snapshot, shapes: Shapes, counts: Ints, repack: bool
) -> tuple[Programme, bool]:
    """Equal machines become a type, equal shapes one, in an order that is that of their values.

    With it, whether unequal machines are counted as one type.
    """
    key = np.column_stack([snapshot.total, snapshot.model, snapshot.devices])
    types, of = np.unique(key, axis=0, return_inverse=True)
    total, model, devices = types[:, :-2], types[:, -2].astype(np.int64), types[:, -1]
    fits = (
        (shapes.whole[:, None, :] <= total).all(axis=2)
        & (shapes.devices[:, None] <= devices)
        & ((shapes.share[:, None] == 0) | (devices >= 1))
        & ((shapes.models[:, None] == 0) | ((shapes.models[:, None] >> model) & 1 == 1))
    )
    similar = _similar(types)
    fits = np.stack([fits[:, similar == k].any(axis=1) for k in np.unique(similar)], axis=1)
    capacity = np.zeros((fits.shape[1], total.shape[1]))
    np.add.at(capacity, similar[of.reshape(-1)], snapshot.total if repack else snapshot.free)
    low = snapshot.running if repack else np.zeros_like(counts)
    lost = np.flatnonzero((low > 0) & ~fits.any(axis=1))
    if lost.size:
        raise SimError(f"shape {lost[0]}: {low[lost[0]]} run and it fits no machine")
    used = fits.any(axis=1) & (low + counts > 0) & shapes.whole.any(axis=1)
    alike = np.column_stack([shapes.whole, fits])[used]
    distinct, same = np.unique(alike, axis=0, return_inverse=True)
    fewest, offered = np.zeros((2, len(distinct)))
    np.add.at(fewest, same.reshape(-1), low[used])
    np.add.at(offered, same.reshape(-1), counts[used])

    need, may = distinct[:, : total.shape[1]], distinct[:, total.shape[1] :] > 0
    held = _held(need, capacity)
    shape, where = np.nonzero(may & (held > 0))
    most = held[shape, where]
    alone = np.bincount(shape, weights=most, minlength=len(need))
    if (alone < fewest).any() or (fewest @ need > capacity.sum(axis=0)).any():
        raise SimError("snapshot: more runs than its machines hold")
    high = np.minimum(fewest + offered, alone)
    most = np.minimum(most, high[shape])
    return Programme(need, capacity, fewest, high, where, shape, most), len(capacity) < len(types)


def _similar(types: Floats) -> Ints:
    """(T,) which types are counted as one: each its own, unless they are too many to solve for.

    Then those of the same model and devices whose totals are close, by steps of the logarithm.
    That is a weaker bound, and still one: together they hold what they hold, and a shape may use
    all of them where it may use one.
    """
    kind, size = types[:, -2:], np.log1p(types[:, :-2])
    similar, step = np.arange(len(types)), FIRST_STEP
    while similar.max(initial=0) >= MOST_TYPES and step < size.max() * 2:
        key = np.column_stack([kind, np.floor(size / step)])
        similar = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)
        step *= 2
    return similar


def _held(need: Floats, capacity: Floats) -> Floats:
    """(M, T) how many tasks of a shape a type's capacity holds, of that shape alone."""
    asked = need.astype(np.int64)[:, None, :]
    there = capacity.astype(np.int64)[None, :, :]
    whole = np.where(asked > 0, there // np.maximum(asked, 1), np.iinfo(np.int64).max)
    return whole.min(axis=2).astype(np.float64)
