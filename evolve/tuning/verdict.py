"""Whether tuned values beat those as written, on pairs that neither was chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.metrics.marks import rejects
from sim.recovery import Recovered
from sim.statistics import Interval, interval


@dataclass(frozen=True)
class Verdict:
    """Tuned less written, paired: points recovered, points of goodput.

    better: it is shown, by an interval above zero without work that was turned away.
    """

    recovered: Interval
    goodput: Interval
    better: bool

    def result(self) -> dict[str, Any]:
        """As a summary holds it."""
        return {
            "recovered_points": self.recovered.mean,
            "recovered_ci95": self.recovered.ci95,
            "goodput_points": self.goodput.mean,
            "goodput_ci95": self.goodput.ci95,
            "better": self.better,
        }


def verdict(tuned: Recovered, written: Recovered) -> Verdict:
    """What tuning was worth, from two heuristics compared with one baseline on the same pairs."""
    gained = interval(tuned.points() - written.points())
    held = interval(tuned.goodput() - written.goodput())
    shown = gained.ci95 is not None and gained.ci95[0] > 0.0
    return Verdict(gained, held, shown and not tuned.marks() and not rejects(held))
