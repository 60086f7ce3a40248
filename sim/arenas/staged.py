"""A cascade: arenas one after another, cheap ones first; what a score counts is the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.arenas.arena import Arena, Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.arenas.insight import Insight
from sim.composition import Composition
from sim.tape import Tape


@dataclass(frozen=True)
class Staged(Compiling):
    """Some arenas as one; the keys run through all of them."""

    parts: Sequence[Arena]

    @property
    def keys(self) -> tuple[int, ...]:
        """One a draw, those of cheap stages first."""
        return tuple(range(sum(len(part.keys) for part in self.parts)))

    @property
    def first(self) -> int:
        """How many draws come before those that count."""
        return len(self.keys) - len(self.parts[-1].keys)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of what counts."""
        return self.parts[-1].seeds

    @property
    def watch(self) -> Watch:
        """Where programs are watched, as in what counts."""
        return self.parts[-1].watch

    @property
    def names(self) -> tuple[str, ...]:
        """The trace's resources, the same in all stages."""
        return self.parts[-1].names

    def insight(self, composition: Composition, tapes: Sequence[Tape]) -> Insight:
        """Of what counts."""
        return self.parts[-1].insight(composition, tapes[self.first :])

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """One draw of the stage that it belongs to."""
        for part in self.parts:
            if key < len(part.keys):
                return part.score(composition, part.keys[key], ties, tape)
            key -= len(part.keys)
        raise IndexError(f"draw {key}: the stages have no more")
