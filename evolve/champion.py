"""From an archive to a champion: chosen on validation, cut down, taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from evolve.candidate import Entry, Verdict
from evolve.evaluate import Job
from evolve.judging.checks import BY as BY_EXECUTION
from evolve.judging.judge import BY as BY_MODEL
from evolve.judging.rules import BROKEN, HELD, Finding, agreement, share_held
from evolve.minimise import minimised, terms
from evolve.search import Loop
from sim.arenas.racing import Race, each
from sim.errors import SimError

TOLERANCE = 0.01
"""Points of worth within which two programs score alike: a cut may cost so much on each split."""
CUT_SLACK = {1: 0.5, 3: 0.2}


@dataclass(frozen=True)
class Champion:
    """entry: as the archive has it; source: cut down; validation: what each draw adds to its worth;
    ablation: what the removal of each term costs; judgement: what was found of it by written rules.
    """

    entry: Entry
    source: str
    validation: tuple[float, ...]
    finalists: int
    ablation: Sequence[dict[str, Any]]
    judgement: dict[str, Any] | None


def champion(loop: Loop) -> Champion:
    """Choose on validation among the best of train, and cut down what is chosen.

    Raises:
        SimError: no candidate may be a champion.
    """
    problem = loop.problem
    finalists = loop.archive.ranked()[: loop.settings.finalists]
    loop.now("choosing on validation")
    jobs = [Job(e.candidate.source, "finalist", "validation") for e in finalists]
    judged = [(e, v) for e, v in zip(finalists, loop.judged(jobs), strict=True) if not v.reason]
    if not judged:
        raise SimError("no candidate held on the validation split")
    ranked = sorted(judged, key=lambda one: -_worth(loop, one[1]))
    best, verdict, judgement = _held_to_rules(loop, ranked)
    loop.state.validation = _worth(loop, verdict)
    loop.now("cutting down")
    held = _Held(loop, best, loop.state.validation)
    source = minimised(best.candidate.source, held.keeps, loop.problem.cuts)
    if judgement is not None:
        source, judgement = _cut_held_to_rules(loop, best, source, judgement)
    (verdict,) = loop.judged([Job(source, "finalist", "validation")])
    scored = each(verdict.values, verdict.goodput, problem.margin)
    return Champion(best, source, tuple(scored), len(finalists), held.ablation(source), judgement)


def _worth(loop: Loop, verdict: Verdict) -> float:
    return loop.problem.worth(verdict.values, verdict.goodput)


def _held_to_rules(
    loop: Loop, ranked: Sequence[tuple[Entry, Verdict]]
) -> tuple[Entry, Verdict, dict[str, Any] | None]:
    """The best that the constitution lets be champion, and what was found of it.

    Where a model judges, all finalists are, so that it can be told how far it and execution agree.

    Raises:
        SimError: none passes the gate.
    """
    constitution = loop.settings.constitution
    if constitution is None or not constitution.rules:
        return (*ranked[0], None)
    loop.now("judging by the constitution")
    each: dict[int, list[Finding]] = {}
    chosen: tuple[Entry, Verdict] | None = None
    for entry, verdict in ranked:
        number = entry.candidate.number
        ask = partial(loop.proposer.judge, number) if constitution.judge else None
        each[number] = constitution.findings(entry.candidate.source, loop.evaluators, ask)
        loop.journal.note(number, "judged", [one.plain() for one in each[number]])
        if chosen is None and constitution.passes(each[number]):
            chosen = entry, verdict
        if chosen is not None and not constitution.judge:
            break
    if chosen is None:
        raise SimError(
            f"constitution.gate: none of {len(ranked)} finalists holds {constitution.gate:g} of "
            "the rules"
        )
    entry, verdict = chosen
    before = [e.candidate.number for e, _ in ranked[: ranked.index(chosen)]]
    found = each[entry.candidate.number]
    judgement = {
        "findings": [one.plain() for one in found],
        "share_held": share_held(found),
        "gate": constitution.gate,
        "passed_over": before,
        "programs": len(each),
        "agreement": agreement(list(each.values()), (BY_EXECUTION, BY_MODEL))
        if constitution.judge
        else None,
    }
    return entry, verdict, judgement


def _cut_held_to_rules(
    loop: Loop, best: Entry, source: str, judgement: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The champion, and what was found of it: cut down, where that breaks no rule that it held."""
    constitution = loop.settings.constitution
    number, whole = best.candidate.number, best.candidate.source
    if constitution is None or source.strip() == whole.strip():
        return source, judgement

    def ask(name: str, messages: Sequence[Mapping[str, str]]) -> str:
        return loop.proposer.judge(number, f"{name}, cut down", messages)

    loop.now("judging by the constitution")
    found = constitution.findings(source, loop.evaluators, ask if constitution.judge else None)
    held = {(one["rule"], one["by"]) for one in judgement["findings"] if one["verdict"] == HELD}
    broken = [one for one in found if one.verdict == BROKEN and (one.rule, one.by) in held]
    if broken or not constitution.passes(found):
        return whole, judgement | {"cut_breaks": sorted({one.rule for one in broken})}
    said = {"findings": [one.plain() for one in found], "share_held": share_held(found)}
    return source, judgement | said


@dataclass(frozen=True)
class _Held:
    """What a champion scores, and whether less of it scores the same."""

    loop: Loop
    entry: Entry
    validation: float

    def keeps(self, sources: Sequence[str]) -> str | None:
        """The first that scores as the champion does on both splits, within the tolerance."""
        found = self._trained(sources)
        for source in sources:
            if found.get(source, -np.inf) >= self.entry.score - TOLERANCE:
                (verdict,) = self.loop.judged([Job(source, "cut", "validation")])
                good = not verdict.reason
                if good and _worth(self.loop, verdict) >= self.validation - TOLERANCE:
                    return source
        return None

    def _trained(self, sources: Sequence[str]) -> dict[str, float]:
        """Scores on train of what did not fall behind before the end."""
        problem, first = self.loop.problem, self.loop.problem.first
        slack = {first + draws: points for draws, points in CUT_SLACK.items()}
        race = Race(
            self.loop.settings.grid,
            self.entry.candidate.size,
            problem.margin,
            first,
            slack=slack,
            best=self.entry.standing,
        )
        verdicts = self.loop.judged([Job(s, "cut", "train", race=race) for s in sources])
        return {
            source: problem.worth(v.values[first:], v.goodput[first:])
            for source, v in zip(sources, verdicts, strict=True)
            if v.whole and not v.reason
        }

    def ablation(self, source: str) -> list[dict[str, Any]]:
        """What the removal of each term costs, in points of worth on validation."""
        parts = terms(source)
        self.loop.now("taking apart")
        verdicts = self.loop.judged(
            [Job(text, "part", "validation") for text in (source, *(cut for _, cut in parts))]
        )
        whole = _worth(self.loop, verdicts[0])
        return [
            {"term": term, "costs": None if v.reason else whole - _worth(self.loop, v)}
            for (term, _), v in zip(parts, verdicts[1:], strict=True)
        ]
