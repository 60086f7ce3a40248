"""What a program does, told from its choices: the same as another, nothing, or a table looked up.

All programs are asked about the same states (`sim.choices`). Their choices are a program's second
identity beside its text, and say what is to be known of it before it is paid for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.choices import NOTHING, Course
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.state import Floats, Ints

SHIFT = 1e-6  # of every amount, as a program is shown it, up and down
ALIKE = 0.98  # choices in common with no opinion at all, from which on a program has none
STEADY = 0.8  # choices that must stay under one shift at least: else it knows sizes by heart
FEWEST = 20  # choices from which on a share of them is one
LARGEST = 320.0  # nodes of a program
MOST_CELLS = 100_000

MARKS = ("", "degenerate", "lookup")
RANGES = {"emptier": (0.0, 1.0), "balance": (0.0, 0.5), "complexity": (0.0, LARGEST)}
"""What an archive may be laid out by.

emptier: share of choices that fall on machines with more free than the mean; balance: mean spread
over resources of what is used on the machine chosen; complexity: nodes.
"""


@dataclass(frozen=True)
class Behaviour:
    """signature: of the choices, 64 bits; mark: `degenerate`, `lookup` or nothing."""

    signature: int = 0
    emptier: float = 0.0
    balance: float = 0.0
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """How behaviours are told apart in an archive: measures and cells of each."""

    measures: tuple[str, ...] = ("emptier", "complexity")
    cells: tuple[int, ...] = (8, 8)

    def __post_init__(self) -> None:
        """Raise SimError for measures that are none, and cells that are no archive's."""
        fit = bool(self.measures) and len({*self.measures} & {*RANGES}) == len(self.measures)
        if not fit:
            raise SimError(
                f"archive.measures: found [{', '.join(self.measures)}], expected some of "
                f"{', '.join(RANGES)}, each once"
            )
        count = len(self.cells)
        if count != len(self.measures) or min(self.cells) < 1 or math.prod(self.cells) > MOST_CELLS:
            raise SimError(
                f"archive.cells: found {list(self.cells)}, expected a number of cells, 1 or more, "
                f"for each of {len(self.measures)} measures, and at most {MOST_CELLS:,} in all"
            )

    @property
    def ranges(self) -> list[tuple[float, float]]:
        """Low and high of each measure."""
        return [RANGES[name] for name in self.measures]

    def of(self, behaviour: Behaviour, size: int) -> tuple[float, ...]:
        """The measures, within their ranges."""
        known = {"emptier": behaviour.emptier, "balance": behaviour.balance, "complexity": size}
        return tuple(min(max(float(known[m]), RANGES[m][0]), RANGES[m][1]) for m in self.measures)

    def centre(self, cell: Sequence[int]) -> tuple[float, ...]:
        """The measures in the middle of a cell."""
        return tuple(
            low + (high - low) * (at + 0.5) / count
            for at, (low, high), count in zip(cell, self.ranges, self.cells, strict=True)
        )

    def cell(self, measured: Sequence[float]) -> tuple[int, ...]:
        """The cell that measures fall into."""
        return tuple(
            min(int((value - low) / (high - low) * count), count - 1)
            for value, (low, high), count in zip(measured, self.ranges, self.cells, strict=True)
        )


@dataclass(frozen=True)
class Watch:
    """Watches programs on a course."""

    course: Course

    @cached_property
    def plain(self) -> Ints:
        """(n,) what is chosen without any opinion."""
        chosen: Ints = self.course.choices(composed(NOTHING))[0]
        return chosen

    def behaviour(self, composition: Composition) -> Behaviour:
        """What a program does, whether it looks sizes up apart (see `looks_up`, which is dearer).

        Raises:
            HeuristicError: a score that can't be used.
        """
        course = self.course
        chosen = course.choices(composition)
        made = chosen[0] >= 0
        used, mean = course.used(chosen[0])
        told = self._told(chosen)
        none = told.sum() >= FEWEST and _mean((chosen[0] == self.plain)[told]) >= ALIKE
        digest = hashlib.blake2b(chosen.astype(np.int32).tobytes(), digest_size=8).digest()
        return Behaviour(
            signature=int.from_bytes(digest, "little", signed=True),
            emptier=_mean((used.mean(axis=1) < mean)[made]),
            balance=_mean(used.std(axis=1)[made]),
            mark="degenerate" if none else "",
        )

    def looks_up(self, composition: Composition) -> bool:
        """Whether it knows sizes by heart. Raises as `behaviour` does."""
        chosen = self.course.choices(composition)
        shifted = [self.course.choices(composition, shift=shift) for shift in (SHIFT, -SHIFT)]
        told = self._told(chosen)
        same = max(_mean((chosen == other).all(axis=0)[told]) for other in shifted)
        return bool(told.sum() >= FEWEST and same < STEADY)

    def _told(self, chosen: Ints) -> np.ndarray:
        """(n,) where something was chosen, and there was something to choose."""
        return (chosen[0] >= 0) & (self.course.places != self.plain)


def _mean(values: Floats | np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
