"""Where a candidate is scored: one cell, one split, some draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sim.composition import Composition

if TYPE_CHECKING:
    from sim.arenas.behaviour import Watch
    from sim.tape import Tape


@dataclass(frozen=True)
class Outcome:
    """One draw. value: what is maximised; goodput: points of work held over the baseline's."""

    value: float
    goodput: float = 0.0


class Held(Protocol):
    """What a holder holds, and asks heuristics about."""

    def warm(self, composition: Composition, ties: str | None) -> None:
        """Load and compile what is the same for every heuristic. Raises HeuristicError."""

    def prepare(self, composition: Composition) -> None:
        """Compile what is to be asked. Raises HeuristicError for what can't be."""


class Arena(Held, Protocol):
    """Scores a heuristic on each of its draws, by their keys."""

    @property
    def keys(self) -> tuple[int, ...]:
        """What the draws are asked for by, first those that tell most."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each draw."""

    @property
    def watch(self) -> Watch:
        """Where programs are watched before they are scored."""

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """One draw; its decisions are put on a tape, or taken from one.

        Raises:
            HeuristicError: a score that can't be used.
            TapeError: a tape that can't be followed.
        """


def go_through(arena: Arena, composition: Composition, ties: str | None) -> None:
    """Ask a heuristic all that an arena asks. Raises HeuristicError."""
    arena.watch.behaviour(composition)
    for key in arena.keys:
        arena.score(composition, key, ties)
