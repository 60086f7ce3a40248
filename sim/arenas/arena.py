"""Where a candidate is scored: one cell, one split, some draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sim.composition import Composition
from sim.kernel import Kernel, compile_kernel

if TYPE_CHECKING:
    from sim.arenas.behaviour import Watch
    from sim.arenas.insight import Insight
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
    def names(self) -> tuple[str, ...]:
        """The trace's resources."""

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

    def insight(self, composition: Composition, tapes: Sequence[Tape]) -> Insight:
        """What is to be told of runs, one a draw, that are followed; nothing where nothing is.

        Raises:
            TapeError: a tape that can't be followed.
        """


class Compiling:
    """What is the same for every arena: how it warms up, and how it prepares."""

    @property
    def names(self) -> tuple[str, ...]:
        """The trace's resources."""
        raise NotImplementedError

    def insight(self, composition: Composition, tapes: Sequence[Tape]) -> Insight:
        """Nothing is told but the score."""
        return {}

    def warm(self: Arena, composition: Composition, ties: str | None) -> None:
        """Ask all that is asked."""
        self.watch.behaviour(composition)
        for key in self.keys:
            self.score(composition, key, ties)

    def prepare(self, composition: Composition) -> None:
        """Compile the kernels."""
        self.kernels(composition)

    def kernels(self, composition: Composition) -> list[Kernel]:
        """Compiled where they are not yet."""
        return [compile_kernel(level, self.names) for level in composition.levels]
