"""When a candidate has lost: draws are paid for as long as it may still win its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.special  # noqa: F401 - what `described` needs; a locked process can load nothing

from sim.arenas.behaviour import Behaviour, Grid
from sim.metrics import goodput
from sim.statistics import Interval, described

FEWEST = 3
"""Draws from which on an interval of differences says something."""


def worth(values: Sequence[float], held: Sequence[float], margin: float | None) -> float:
    """What a search maximises: the mean value, less the goodput that is missing in the mean."""
    mean = float(np.mean(values))
    return mean if margin is None else goodput.worth(mean, float(np.mean(held)), margin)


def each(values: Sequence[float], held: Sequence[float], margin: float | None) -> list[float]:
    """What each draw adds to the worth, whose mean they have.

    Goodput counts in every draw where it is missing in the mean, and in none where it is not: so
    the luck of single draws, which is large, is no penalty.
    """
    if margin is None or not held or float(np.mean(held)) >= margin:
        return list(values)
    return [v - goodput.PENALTY * (margin - h) for v, h in zip(values, held, strict=True)]


@dataclass(frozen=True)
class Standing:
    """What a candidate runs against: its score, and all its draws."""

    score: float
    values: tuple[float, ...]
    goodput: tuple[float, ...]


@dataclass(frozen=True)
class Race:
    """What was known when a candidate was proposed.

    size: its nodes. first: draws before those that its score counts. slack: after so many draws,
    how far its estimate may lie under `best`, its island's. rivals: what stands in each cell. seen:
    signatures that were paid for, 8 bytes each.
    """

    grid: Grid
    size: int
    margin: float | None = None
    first: int = 0
    slack: Mapping[int, float] = field(default_factory=dict)
    best: Standing | None = None
    rivals: Mapping[tuple[int, ...], Standing] = field(default_factory=dict)
    seen: bytes = b""

    def knows(self, signature: int) -> bool:
        """Whether these choices were paid for before."""
        return bool((np.frombuffer(self.seen, np.int64) == signature).any())

    def cell(self, behaviour: Behaviour) -> tuple[int, ...]:
        """The cell of the archive that it would stand in."""
        return self.grid.cell(self.grid.of(behaviour, self.size))

    def lost(self, values: Sequence[float], held: Sequence[float], behaviour: Behaviour) -> bool:
        """Whether another draw would be wasted."""
        count = len(values)
        slack = self.slack.get(count) if self.best else None
        if self.best and slack is not None:
            doubt = self.lead(self.best, values, held, doubt=True)
            if doubt.mean < -slack:
                return True
        rival = self.rivals.get(self.cell(behaviour))
        if rival is None or count < self.first + FEWEST:
            return False
        ends = self.lead(rival, values, held).ci95
        return ends is not None and ends[1] < 0.0

    def won(self, values: Sequence[float], held: Sequence[float], behaviour: Behaviour) -> bool:
        """Whether it would take its cell, all draws done."""
        rival = self.rivals.get(self.cell(behaviour))
        score = worth(values[self.first :], held[self.first :], self.margin)
        return rival is None or score > rival.score

    def lead(
        self,
        over: Standing,
        values: Sequence[float],
        held: Sequence[float],
        *,
        doubt: bool = False,
    ) -> Interval:
        """The worth over a standing's, from the draws of the stage that has begun.

        Draws are luck, and both have the same: where the standing ended is known, so the
        candidate's end is estimated as that plus the mean difference so far. doubt: of goodput,
        whose luck in single draws is large and whose lack costs much, the candidate is given the
        benefit: a standard error as the standing's own draws scatter.
        """
        count = len(values)
        here = slice(0, self.first) if count <= self.first else slice(self.first, None)
        gain = np.subtract(values[here], over.values[: len(values)][here])
        kept = np.subtract(held[here], over.goodput[: len(held)][here])
        value, base = float(np.mean(over.values[here])), float(np.mean(over.goodput[here]))
        held_on = base + float(kept.mean())
        if doubt:
            held_on += float(np.std(over.goodput[self.first :])) / float(np.sqrt(kept.size))
        ends = worth([value + float(gain.mean())], [held_on], self.margin)
        mean = ends - worth([value], [base], self.margin)
        scatter = gain
        if self.margin is not None and base + kept.mean() < self.margin:
            scatter = gain + goodput.PENALTY * kept
        said = described(scatter - scatter.mean() + mean)["ci95"]
        return Interval(float(mean), None if said is None else (said[0], said[1]))
