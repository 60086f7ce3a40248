"""Who writes programs: one small interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from evolve.candidate import Candidate
from evolve.past import Past


@dataclass(frozen=True)
class Proposal:
    """A source with where it is from.

    note: what its proposer wants to be told with its verdict; `answered`: it is an answer that may
    be none; `fault`: why it is none, reason and message.
    """

    source: str
    operator: str
    parents: tuple[int, ...] = ()
    note: Mapping[str, Any] = field(default_factory=dict)
    proposer: str = ""
    prompt: str = ""
    costs: Mapping[str, float] = field(default_factory=dict)


class Proposer(Protocol):
    """Writes programs from what the archive holds; told what became of them, in order."""

    name: str
    insight: bool  # whether it wants to know where a heuristic strands

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal | Future[Proposal]:
        """The program of a number. What is here at once may be one that was tried: then it is
        asked again. What is to come is taken as it comes."""

    def skip(self, proposal: Proposal) -> None:
        """It was not taken: it is not in the language, too long, or was tried before."""

    def learn(self, candidate: Candidate, status: str, gain: float | None) -> None:
        """What became of a proposal: `new`, `improved`, `beaten`, `lost`, `known`, or a reason.

        gain: worth over the first parent's on the draws of both, None where there is none.
        """

    def spent(self, number: int) -> str:
        """Which budget of its own does not allow for this number; nothing where all do."""

    def judge(self, number: int, name: str, messages: Sequence[Mapping[str, str]]) -> str:
        """What a model answers to a question about a candidate; nothing where there is none."""

    def told(self) -> Mapping[str, Any]:
        """What is to be said of it in a summary, in JSON's types."""

    def close(self) -> None:
        """Let go of what it holds."""
