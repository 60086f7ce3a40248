"""Whether as much work was run as under the baseline: the sentence and the word for it."""

from __future__ import annotations

from report.intervals import Estimate
from report.phrases import points_text

MARGIN = 0.1  # points of goodput that may be lost before a row is said to reject work


def lost(delta: Estimate) -> bool:
    """Whether work was turned away: the interval's upper end, or a lone mean, is below −0.1."""
    return (delta.mean if delta.ci95 is None else delta.ci95[1]) < -MARGIN


def said(delta: Estimate, baseline: str, rejects: bool) -> str:
    """Whether a heuristic is shown to have run as much work as the baseline.

    `rejects`: it is marked so, which with a queue may be for what waits.
    """
    against = f"allocated resource-time {points_text(delta, True)} against {baseline}"
    if rejects and not lost(delta):
        return (
            f"Work waits longer, or more of it at the end, than under {baseline} "
            f"({against}). Room that waiting work leaves is no packing."
        )
    if rejects:
        return f"Goodput did not hold: {against}. Room that work turned away leaves is no packing."
    if delta.ci95 is None:
        return f"Whether goodput held is open, without an interval: {against}."
    if delta.ci95[0] < -MARGIN:
        return (
            f"Whether goodput held is open: {against}, which does not rule out a loss beyond "
            f"{MARGIN:g} points."
        )
    return f"Goodput held: {against}, no loss beyond {MARGIN:g} points."


def held(delta: Estimate, rejects: bool) -> str:
    """The same in a word or two."""
    if rejects:
        return "did not hold" if lost(delta) else "held, but work waits"
    return "open" if delta.ci95 is None or delta.ci95[0] < -MARGIN else "held"
