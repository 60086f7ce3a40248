"""Rules, and what was found of a program by each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

HELD, BROKEN, NOT_JUDGED = "held", "broken", "not judged"


@dataclass(frozen=True)
class Rule:
    """One rule. check: the name of what checks it by execution, '' where nothing does."""

    name: str
    rule: str
    check: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found: held, broken or not judged; by whom; and the evidence, or a quotation."""

    rule: str
    by: str
    verdict: str
    evidence: str

    def plain(self) -> dict[str, str]:
        """In JSON's types."""
        return asdict(self)


def share_held(findings: Sequence[Finding]) -> float | None:
    """Of the rules that were judged, those that nobody found broken; None where none was."""
    judged = {one.rule for one in findings if one.verdict != NOT_JUDGED}
    broken = {one.rule for one in findings if one.verdict == BROKEN}
    return 1.0 - len(broken & judged) / len(judged) if judged else None


def agreement(each: Sequence[Sequence[Finding]], by: tuple[str, str]) -> Mapping[str, Any]:
    """How often two judges found the same of a rule of a program that both judged."""
    same, both = 0, 0
    for findings in each:
        for rule in {one.rule for one in findings}:
            said = {one.by: one.verdict for one in findings if one.rule == rule}
            pair = [said.get(judge, NOT_JUDGED) for judge in by]
            if NOT_JUDGED not in pair:
                both += 1
                same += pair[0] == pair[1]
    return {"judged_by_both": both, "same": same}
