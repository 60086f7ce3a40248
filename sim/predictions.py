"""What a heuristic is told of how long a task will live: the truth, nothing, or a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim import layout
from sim.errors import SimError
from sim.state import Ints

SEEDED = 0x9ED1C7
KINDS = ("oracle", "noisy", "none")
MOST_SIGMA = 10.0


@dataclass(frozen=True)
class Predictions:
    """How lifetimes are predicted.

    oracle: as they are. noisy: times a log-normal factor of median 1 and this sigma, drawn once a
    task (LAVA, Ling et al., MLSys 2025, looks at how placements bear such errors). none: never.
    """

    kind: str = "oracle"
    sigma: float = 1.0

    def check(self) -> None:
        """Raise SimError for what can't be."""
        if self.kind not in KINDS:
            raise SimError(f"predictions={self.kind}: expected one of {', '.join(KINDS)}")
        if not 0 <= self.sigma <= MOST_SIGMA:
            raise SimError(f"sigma={self.sigma}: expected 0 to {MOST_SIGMA:g}")

    @property
    def assumed(self) -> str:
        """What to say of it beside a result."""
        if self.kind == "noisy":
            return f"lifetimes guessed for the heuristic, log-normal error of sigma {self.sigma:g}"
        known = "known" if self.kind == "oracle" else "not known"
        return f"lifetimes {known} to the heuristic"

    def of(self, life: Ints, key: Sequence[int]) -> Ints:
        """Predicted lifetimes in ticks, layout.FOREVER for none; the same for the same key."""
        if self.kind == "none":
            return np.full_like(life, layout.FOREVER)
        if self.kind == "oracle" or self.sigma == 0:
            return life
        factor = np.exp(
            self.sigma * np.random.default_rng([SEEDED, *key]).standard_normal(life.size)
        )
        known = life < layout.FOREVER
        guess = np.where(known, life, 0) * factor
        whole = np.clip(np.rint(guess), 1, float(layout.FOREVER >> 1)).astype(np.int64)
        return np.where(known, whole, layout.FOREVER)


ORACLE = Predictions()
