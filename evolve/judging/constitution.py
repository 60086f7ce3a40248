"""A constitution: the rules that a champion should hold, who judges them, and whether they gate it.

What is found stands beside the score and never in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evolve.evaluate import Looks
from evolve.judging.checks import checked
from evolve.judging.judge import Ask, judged
from evolve.judging.rules import Finding, Rule, share_held
from evolve.llm.prompt import Templates


@dataclass(frozen=True)
class Constitution:
    """gate: the least share of judged rules that a champion must hold; None: none is needed.

    judge: whether a model judges too; templates: of its questions.
    """

    rules: tuple[Rule, ...]
    templates: Templates
    gate: float | None = None
    judge: bool = False

    def findings(self, source: str, evaluators: Looks, ask: Ask | None) -> list[Finding]:
        """What is found of a program, by execution and, where it may be asked, by a model."""
        found = checked(source, self.rules, evaluators)
        if self.judge and ask is not None:
            found += judged(source, self.rules, ask, self.templates)
        return found

    def passes(self, findings: Sequence[Finding]) -> bool:
        """Whether a program may be champion."""
        share = share_held(findings)
        return self.gate is None or share is None or share >= self.gate
