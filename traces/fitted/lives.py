"""The lifetimes of a synthetic trace, batch by batch, and the run times that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from traces.fitted import copula, mixture, profiles
from traces.fitted.batches import Batches
from traces.fitted.lots import Floats, Ints
from traces.fitted.model import Component, Model, Requested


def draw(
    model: Model, some: Batches, end_s: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """The life of each task of some batches, one batch after another, and what each batch asks for.

    Seconds, on the grid; NaN where nothing is asked for. What never ends lives longer than the
    trace, `end_s`: half of it twice as long, as `laws` takes it.
    """
    count, step = len(some), model.steps_s[1]
    median, asked = np.empty(count), np.full(count, np.nan)
    profile = np.full(count, -1, np.int64)
    for number, law in enumerate(model.laws):
        these = np.flatnonzero(some.law == number)
        if not these.size:
            continue
        median[these], part = mixture.drawn(law.components, some.lot[these])
        profile[these] = _profiles(law.components, part, some.profile[these])
        if law.requested is not None:
            asked[these] = _asked(law.requested, some.lot[these], random)
    never = np.flatnonzero(np.isinf(median))
    median[never] = (end_s + 1.0) / (1.0 - random.random(never.size))
    ratio = profiles.ratios(model.profiles, profile, some.size, random)
    of = np.repeat(np.arange(count), some.size)
    life = np.rint(median[of] * ratio / step) * step
    longest = np.zeros(count)
    np.maximum.at(longest, of, np.where(life <= end_s, life, 0.0))
    for number, law in enumerate(model.laws):
        if law.requested is not None and law.requested.kept:
            these = np.flatnonzero((some.law == number) & (asked < longest))
            asked[these] = _raised(law.requested, longest[these])
    return life, asked


def _profiles(components: Sequence[Component], part: Ints, lot: Floats) -> Ints:
    """The profile of each batch of these components, −1 without."""
    profile = np.full(part.size, -1, np.int64)
    for number, one in enumerate(components):
        some = np.flatnonzero(part == number)
        if one.profiles and some.size:
            values, weight = np.array(one.profiles).T
            upto = np.cumsum(weight) / weight.sum()
            at = np.searchsorted(upto, lot[some])
            profile[some] = values[np.minimum(at, values.size - 1)].astype(np.int64)
    return profile


def _asked(wish: Requested, lot: Floats, random: np.random.Generator) -> Floats:
    """What batches that stand at these lots of their law ask for."""
    noise = random.standard_normal(lot.size) * np.sqrt(1.0 - wish.rho**2)
    times = copula.quantile(wish.values, ndtr(wish.rho * ndtri(lot) + noise))
    return np.where(random.random(lot.size) < wish.share, times, np.nan)


def _raised(wish: Requested, longest: Floats) -> Floats:
    """The least that others ask for and that is enough, else just what is."""
    values = np.array([value for value, _ in wish.values])
    at = np.searchsorted(values, longest)
    return np.where(at < values.size, values[np.minimum(at, values.size - 1)], longest)
