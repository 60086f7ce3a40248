"""Where a candidate is scored: one cell, one split, some draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sim.composition import Composition


@dataclass(frozen=True)
class Outcome:
    """One draw. value: what is maximised; goodput: points of work held over the baseline's."""

    value: float
    goodput: float = 0.0


class Arena(Protocol):
    """Scores a heuristic on each of its draws, by their keys."""

    @property
    def keys(self) -> tuple[int, ...]:
        """What the draws are asked for by, first those that tell most."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each draw."""

    def prepare(self, composition: Composition) -> None:
        """Compile what is to be scored. Raises HeuristicError for what can't be."""

    def score(self, composition: Composition, key: int, ties: str | None) -> Outcome:
        """One draw. Raises HeuristicError for a score that can't be used."""
