"""What a search has taken in so far, which is all that a proposer may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evolve.archive import Archive
from evolve.candidate import Candidate, Verdict


@dataclass(frozen=True)
class Past:
    """The archive; and candidates by number, in the order in which they were taken in.

    status: what became of each; verdicts: what it scored (of its double, where it has one).
    """

    archive: Archive
    candidates: dict[int, Candidate] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    gains: dict[int, float | None] = field(default_factory=dict)

    def scores(self) -> Mapping[int, float]:
        """What each that stands in the archive is worth on train."""
        return {number: entry.score for number, entry in self.archive.entries.items()}
