"""What a search may spend on models, and what it has spent.

Decided from what was taken in, in the order of candidates: for what is out as yet the most that it
may cost is set aside. So a search stops at the same candidate, however fast answers come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evolve.llm.models import Model, tokens


@dataclass(frozen=True)
class Caps:
    """Most of each; None: no limit."""

    tokens: int | None = None
    usd: float | None = None


@dataclass(frozen=True)
class Cost:
    """Of some requests."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.requests + other.requests,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
        )

    @classmethod
    def of(cls, plain: Mapping[str, float]) -> Cost:
        """From a candidate's costs."""
        requests, inside, outside = (
            int(plain[name]) for name in ("requests", "tokens_in", "tokens_out")
        )
        return cls(requests, inside, outside, float(plain["usd"]))

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.tokens_in + self.tokens_out


@dataclass
class Ledger:
    """What was spent on candidates that were taken in; aside: for those that are out, by number."""

    caps: Caps
    spent: Cost = field(default_factory=Cost)
    aside: dict[int, Cost] = field(default_factory=dict)

    def over(self, most: Cost) -> str:
        """The cap that one more of this cost might break, in words; nothing where none."""
        out = sum(self.aside.values(), Cost())
        total = self.spent + out + most
        if self.caps.tokens is not None and total.tokens > self.caps.tokens:
            return f"llm.budget.tokens: {self.spent.tokens:,} of {self.caps.tokens:,} spent"
        if self.caps.usd is not None and total.usd > self.caps.usd:
            return f"llm.budget.usd: {self.spent.usd:.4f} of {self.caps.usd:g} spent"
        return ""

    def reserve(self, number: int, most: Cost) -> None:
        """Set aside what a candidate may cost."""
        self.aside[number] = most

    def settle(self, number: int, cost: Cost) -> None:
        """What a candidate has cost, which was taken in."""
        self.aside.pop(number, None)
        self.spent += cost


def most_of(model: Model, prompt: str, rounds: int) -> Cost:
    """The most that so many rounds with a prompt may cost: each later one holds those before."""
    inside = sum(tokens(prompt) + turn * model.most_tokens for turn in range(rounds))
    outside = rounds * model.most_tokens
    return Cost(rounds, inside, outside, model.prices.of(inside, outside))
