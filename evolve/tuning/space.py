"""Where a heuristic's declared constants may lie, and what a trial sets them to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heuristics import Heuristic
from heuristics.heuristic import Number, nearest
from sim.errors import SimError

WIDTH = 4.0
"""By default a constant may become so many times as large, and as small."""


@dataclass(frozen=True)
class Range:
    """One constant: its value as written, and between what it is tried.

    log: by its size, where it may be hundredfold; whole: a whole number.
    """

    name: str
    default: Number
    low: Number
    high: Number
    log: bool = False
    whole: bool = False

    @property
    def holds_default(self) -> bool:
        """Whether the value as written can be tried."""
        return self.low <= self.default <= self.high


def ranges(heuristic: Heuristic, given: Mapping[str, Any]) -> tuple[Range, ...]:
    """The ranges of a heuristic's constants, in their order.

    given: by name ``[low, high]``, with ``log`` as a third where sizes are to be drawn; None holds
    a constant. Of one that is not given, the range follows from its size: a quarter to four times,
    with its sign; zero has none, and a whole 1 is a switch: they are held.

    Raises:
        SimError: a name that is no constant, a range that is none, or nothing left to tune.
    """
    for name in given:
        if name not in heuristic.params:
            hint = nearest(name, heuristic.params)
            raise SimError(f"space.{name}: {heuristic.name} has no such constant; {hint}")
    found = []
    for name, default in heuristic.params.items():
        if name in given:
            if given[name] is not None:
                found.append(_given(name, default, given[name]))
        elif default != 0 and not (isinstance(default, int) and default == 1):
            found.append(_by_size(name, default))
    if not found:
        raise SimError(
            f"space: found nothing to tune, {heuristic.name} has "
            f"{', '.join(heuristic.params) or 'no constants'}; expected a constant with a range, "
            "space.NAME=[0.0,2.0]"
        )
    return tuple(found)


def _by_size(name: str, default: Number) -> Range:
    ends = sorted((default / WIDTH, default * WIDTH))
    whole = isinstance(default, int)
    if whole:
        ends = [math.floor(ends[0]), math.ceil(ends[1])]
        ends = [max(ends[0], 1), ends[1]] if default > 0 else [ends[0], min(ends[1], -1)]
    return Range(name, default, ends[0], ends[1], log=default > 0, whole=whole)


def _given(name: str, default: Number, told: Any) -> Range:
    said = list(told) if isinstance(told, Sequence) and not isinstance(told, str) else []
    log = said[2:] == ["log"]
    ends = said[:2] if len(said) == 2 or log else []
    right = len(ends) == 2 and all(_is_number(end) for end in ends) and ends[0] < ends[1]
    if not right or (log and ends[0] <= 0):
        expected = "[low,high], [low,high,log] above 0, or null, which holds it"
        raise SimError(f"space.{name}: found {told!r}, expected {expected}")
    whole = all(isinstance(number, int) for number in (default, *ends))
    return Range(name, default, ends[0], ends[1], log, whole)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
