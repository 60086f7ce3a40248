"""What is tried, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sim.arenas.behaviour import Behaviour
from sim.arenas.racing import Standing


@dataclass(frozen=True)
class Candidate:
    """One program, as it was proposed.

    identity: of the syntax tree, names and layout aside (`heuristics.tree`). parents: numbers
    of candidates, none for what is shipped. prompt: what a proposer was asked, where one was.
    costs: what the proposal cost, by name. note: what its proposer wants to know of it again.
    """

    number: int
    island: int
    generation: int
    parents: tuple[int, ...]
    operator: str
    proposer: str
    source: str
    identity: str
    size: int
    prompt: str = ""
    costs: Mapping[str, float] = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """In JSON's types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Candidate:
        """What `plain` gave."""
        return cls(**{**plain, "parents": tuple(plain["parents"])})


@dataclass(frozen=True)
class Verdict:
    """A value and a goodput a draw, fewer than all where the race was lost; or a reason.

    reason: of the closed list; or `known`, another text for choices paid for before. insight: what
    is to be told of it beside its score (`sim.arenas.insight`), and what it chose on the course.
    """

    values: tuple[float, ...] = ()
    goodput: tuple[float, ...] = ()
    reason: str = ""
    message: str = ""
    behaviour: Behaviour | None = None
    whole: bool = False
    insight: Mapping[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """In JSON's types."""
        return {name: said for name, said in asdict(self).items() if name != "insight" or said}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Verdict:
        """What `plain` gave."""
        seen = plain["behaviour"]
        return cls(
            tuple(plain["values"]),
            tuple(plain["goodput"]),
            plain["reason"],
            plain["message"],
            None if seen is None else Behaviour(**seen),
            plain["whole"],
            plain.get("insight"),
        )


@dataclass(frozen=True)
class Entry:
    """What an archive keeps: a candidate, its score and draws, and where it stands."""

    candidate: Candidate
    standing: Standing
    measured: tuple[float, ...]

    @property
    def score(self) -> float:
        """Its worth on train."""
        return self.standing.score
