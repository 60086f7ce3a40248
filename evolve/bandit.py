"""Which of several ways is gone next: the likelier, the better it has paid so far."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class Bandit:
    """Shares of operators that follow what has paid (after Thompson, Biometrika 25, 1933).

    Each has a beta distribution over whether a proposal of its takes a cell; older outcomes fade.
    One is drawn in proportion to a sample of that, times the share that it began with.
    """

    FADE = 0.995

    def __init__(self, shares: Mapping[str, float]) -> None:
        self.shares = dict(shares)
        self.won = dict.fromkeys(shares, 1.0)
        self.lost = dict.fromkeys(shares, 4.0)

    def pick(self, random: np.random.Generator) -> str:
        """An operator."""
        names = list(self.shares)
        drawn = np.array([random.beta(self.won[n], self.lost[n]) * self.shares[n] for n in names])
        return str(random.choice(names, p=drawn / drawn.sum()))

    def add(self, name: str, share: float = 1.0) -> None:
        """One more way, of which nothing is known."""
        self.shares[name], self.won[name], self.lost[name] = share, 1.0, 4.0

    def drop(self, name: str) -> None:
        """One way less."""
        for counts in (self.shares, self.won, self.lost):
            counts.pop(name)

    def learn(self, name: str, won: bool) -> None:
        """Whether a proposal paid."""
        if name in self.shares:
            for counts in (self.won, self.lost):
                counts[name] = 1.0 + (counts[name] - 1.0) * self.FADE
            (self.won if won else self.lost)[name] += 1.0
