"""What a search is asked for, how long it may go on, and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from evolve.judging.constitution import Constitution
from sim.arenas.behaviour import Grid

SEARCHING = "searching"


@dataclass(frozen=True)
class Settings:
    """How a search goes about it.

    islands: archives apart; pressure: the mean rank of parents; migrate: candidates between
    migrations; lag: proposals that are out at a time; grid: how the archive tells behaviours apart;
    null: an arm without cleverness in the loop's place; start: `shipped` heuristics or `none`;
    finalists: how many validation sees; constitution: rules that a champion is held against.
    """

    seed: int = 0
    islands: int = 3
    pressure: int = 3
    migrate: int = 60
    lag: int = 16
    grid: Grid = field(default_factory=Grid)
    null: str | None = None
    start: str = "shipped"
    finalists: int = 12
    constitution: Constitution | None = None


@dataclass(frozen=True)
class Budget:
    """When proposals end."""

    candidates: int | None = None
    minutes: float | None = None
    cpu_minutes: float | None = None

    def over(self, proposed: int, elapsed_s: float, cpu_s: float) -> bool:
        """Whether there is to be no other."""
        if self.candidates is not None and proposed >= self.candidates:
            return True
        if self.cpu_minutes is not None and cpu_s >= 60 * self.cpu_minutes:
            return True
        return self.minutes is not None and elapsed_s >= 60 * self.minutes


@dataclass
class State:
    """How far a search is.

    best: on the train split; validation: of what was chosen there, once it was; at: what it is at;
    judged: what was scored since, apart from the search itself. elapsed_s: of the budget; spent:
    the proposer's own budget that has ended it.
    """

    at: str = SEARCHING
    judged: int = 0
    elapsed_s: float = 0.0
    tried: int = 0
    generation: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    best: float = float("nan")
    validation: float = float("nan")
    spent: str = ""


Progress = Callable[[State], None]
