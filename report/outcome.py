"""Who won a comparison, said no louder than its intervals and marks allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report.comparisons import REJECTS, Comparison, Entry
from report.phrases import joined, opened, percent, points_text
from report.table import decimal, resource_name

LEVEL = "no difference shown"


@dataclass(frozen=True)
class Outcome:
    """What a comparison shows.

    `kind` is one of ahead, level (the interval covers zero), open (there is no interval), behind
    (nothing beats the baseline) and marked (what is ahead carries a mark). `leader` is the
    candidate that it speaks of, None where the baseline stands alone.
    """

    kind: str
    leader: Entry | None
    headline: str
    short: str

    @property
    def won(self) -> bool:
        """Whether the leader may be called the winner without a second word."""
        return self.kind == "ahead"


def capacity(found: Comparison) -> str:
    """What the fleet is sold by, in a word."""
    weighted = found.weighted
    return resource_name(weighted[0]) if len(weighted) == 1 else "compute"


def outcome(found: Comparison) -> Outcome:
    """Who is ahead of the baseline, of the rows without a mark where one is ahead at all."""
    base = found.baseline.said
    candidates = found.candidates
    if not candidates:
        return Outcome(
            "behind",
            None,
            f"{opened(base)} strands {percent(found.baseline.stranded)} of {capacity(found)}; "
            "nothing was compared with it",
            "baseline alone",
        )
    fair = [entry for entry in candidates if not entry.doubtful]
    clear = [entry for entry in fair if (ends := entry.recovered.ci95) and ends[0] > 0]
    best = next(iter(clear or fair), None)  # one that may be told by luck hides none that can't
    if best is not None and best.recovered.mean > 0:
        return _ahead(found, best)
    # A caveat of the start is milder than work turned away.
    marked = [entry for entry in candidates if entry.doubtful and entry.recovered.mean > 0]
    marked.sort(key=lambda entry: REJECTS in entry.marks)
    if marked:
        return _marked(found, marked[0])
    return _behind(found, best or candidates[0])


def _marked(found: Comparison, best: Entry) -> Outcome:
    said = quoted(best.marks)
    return Outcome(
        "marked",
        best,
        f"No clear winner: {best.said} shows {points_text(best.recovered, True)} over "
        f"{found.baseline.said}, but is marked {said}",
        "no clear winner",
    )


def _ahead(found: Comparison, best: Entry) -> Outcome:
    base, gain = found.baseline.said, best.recovered
    if gain.ci95 is None:
        return Outcome(
            "open",
            best,
            f"{opened(best.said)} stands {decimal(gain.mean, 2)} points ahead of {base} on "
            f"{counted(found.pairs, 'pair')}, without an interval",
            f"{best.said} ahead, no interval",
        )
    low, high = (decimal(end, 2, signed=gain.ci95[0] <= 0) for end in gain.ci95)
    if gain.ci95[0] <= 0:
        return Outcome(
            "level",
            best,
            f"No difference shown: {best.said} against {base} {decimal(gain.mean, 2, True)} "
            f"points, 95 % interval {low} to {high}",
            LEVEL,
        )
    return Outcome(
        "ahead",
        best,
        f"{opened(best.said)} recovers {percent(gain.mean)} of the fleet's {capacity(found)} over "
        f"{base}, 95 % interval {low} to {high}",
        f"{best.said} ahead",
    )


def _behind(found: Comparison, best: Entry) -> Outcome:
    base, gain = found.baseline.said, best.recovered
    nearest = f"the nearest is {best.said}, {points_text(gain, True)}"
    if gain.ci95 is not None and gain.ci95[1] >= 0:
        return Outcome(
            "level", best, f"No difference shown: no heuristic beats {base}; {nearest}", LEVEL
        )
    return Outcome("behind", best, f"No heuristic beats {base}; {nearest}", f"{base} not beaten")


def quoted(marks: Sequence[str]) -> str:
    """Marks as a sentence names them."""
    return joined([f"“{mark}”" for mark in marks])


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def warning(found: Comparison, told: Outcome) -> str | None:
    """What must stand beside the headline: a mark on the leader or on the baseline."""
    if told.leader is not None and told.leader.marks:
        return f"{told.leader.heuristic}: {quoted(told.leader.marks)}"
    if found.baseline.marks:
        return f"baseline {found.baseline.heuristic}: {quoted(found.baseline.marks)}"
    return None
