"""Where train, validation and test lie in a trace that is replayed in its own order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.errors import SimError
from sim.population import TICKS_A_SECOND, Population
from sim.split import SPLITS
from sim.state import Ints

SHARES = {"train": (0.0, 0.5), "validation": (0.5, 0.75), "test": (0.75, 1.0), "all": (0.0, 1.0)}
TICKS_A_DAY = 86_400 * TICKS_A_SECOND

Periods = Mapping[str, Sequence[float]]


def period(split: str, span: int, periods: Periods | None = None) -> tuple[int, int]:
    """Begin and end of a split, ticks: the days given, else shares of the span.

    Raises:
        SimError: an unknown split, or days that are not two, in order and within the trace.
    """
    for name in (split, *(periods or {})):
        if name not in SHARES:
            where = f"split={name}" if name == split else f"periods.{name}"
            raise SimError(f"{where}: expected one of all, {', '.join(SPLITS)}")
    given = (periods or {}).get(split)
    if given is None:
        first, last = SHARES[split]
        return round(first * span), round(last * span)
    days = span / TICKS_A_DAY
    if not _are_two_days(given) or not 0 <= given[0] < given[1] or given[0] >= days:
        raise SimError(
            f"periods.{split}={given}: expected two days in order, within the trace's {days:.4g}"
        )
    return round(given[0] * TICKS_A_DAY), min(round(given[1] * TICKS_A_DAY), span)


def _are_two_days(given: object) -> bool:
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        return False
    return all(isinstance(day, int | float) and not isinstance(day, bool) for day in given)


def pool_between(population: Population, first: int, last: int, *, whole: bool) -> Ints:
    """Tasks that were submitted in [first, last); with `whole` the earlier ones too.

    (Train holds what ran when the trace began.)
    """
    submit = population.submit
    inside = (submit < last) & ((submit >= first) | whole)
    return np.flatnonzero(inside | (population.alive & (whole or first == 0)))


def windows_in(first: int, last: int, count: int, length: int | None, name: str) -> list[int]:
    """Begins of the windows: one in the middle of each of `count` equal stretches of the period.

    Raises:
        SimError: the period is shorter than the windows.
    """
    stretch = (last - first) / count
    if length is None:
        return [first + round(k * stretch) for k in range(count)]
    if length > stretch + 1:
        hour = 3600 * TICKS_A_SECOND
        raise SimError(
            f"hours={length / hour:g}: {count} windows do not fit into the "
            f"{(last - first) / hour:.4g} h of {name}"
        )
    return [first + round(k * stretch + (stretch - length) / 2) for k in range(count)]
