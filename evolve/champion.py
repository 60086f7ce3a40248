"""From an archive to a champion: chosen on validation, cut down, measured anew, compared once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import heuristics
from evolve.candidate import Candidate, Entry, Verdict
from evolve.evaluate import Job
from evolve.minimise import minimised, terms
from evolve.search import Loop
from heuristics.tree import program_of, size
from sim.arenas.racing import Race, each
from sim.errors import SimError
from sim.kernel import readable
from sim.metrics.marks import rejects
from sim.statistics import Interval, described

TOLERANCE = 0.01
"""Points of worth within which two programs score alike: a cut may cost so much on each split."""
CUT_SLACK = {1: 0.5, 3: 0.2}


@dataclass(frozen=True)
class Champion:
    """entry: as the archive has it; source: cut down; validation: what each draw adds to its worth;
    ablation: what the removal of each term costs."""

    entry: Entry
    source: str
    validation: tuple[float, ...]
    finalists: int
    ablation: Sequence[dict[str, Any]]


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
    best, verdict = max(judged, key=lambda one: _worth(loop, one[1]))
    loop.state.validation = _worth(loop, verdict)
    loop.now("cutting down")
    held = _Held(loop, best, loop.state.validation)
    source = minimised(best.candidate.source, held.keeps)
    (verdict,) = loop.judged([Job(source, "finalist", "validation")])
    scored = each(verdict.values, verdict.goodput, problem.margin)
    return Champion(best, source, tuple(scored), len(finalists), held.ablation(source))


def _worth(loop: Loop, verdict: Verdict) -> float:
    return loop.problem.worth(verdict.values, verdict.goodput)


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


def results(loop: Loop, found: Champion) -> dict[str, Any]:
    """The summary's entry. The test pool is opened here, and the journal says when."""
    problem, state = loop.problem, loop.state
    loop.now("measuring anew, and opening the test pool")
    lead = (
        _compared(loop, found.source, problem.baselines, "fresh", None)[0]
        if problem.fresh
        else None
    )
    loop.journal.note(-1, "opened", {"arena": "test", "candidates": state.tried})
    published = readable(heuristics.names(), problem.resources)
    shipped = tuple(dict.fromkeys((*problem.baselines, *published)))
    test, goodput = _compared(loop, found.source, shipped, "test", None)
    rest = [name for name in shipped if name in test]
    fair = [name for name in rest if not _rejects(goodput[name])] or rest
    best = max(fair, key=lambda name: float(test[name]["mean"]))
    few = tuple(dict.fromkeys((*problem.baselines, best)))
    places = {name: f"held out: {name}" for name in problem.held_out}
    others = {name: _compared(loop, found.source, few, at, None) for name, at in places.items()}
    entry, candidate = found.entry, found.entry.candidate
    rejected = dict(sorted(state.rejected.items()))
    return {
        "heuristic": "champion",
        "measured": problem.measured,
        "resource": problem.resource,
        "baseline": problem.baseline,
        "best_shipped": best,
        "null": loop.settings.null,
        "source": found.source,
        "candidate": candidate.number,
        "generation": candidate.generation,
        "nodes": {"found": candidate.size, "kept": size(program_of(found.source))},
        "operations": loop.operations(program_of(found.source)),
        "candidates": state.tried,
        "kept": dict(sorted(state.kept.items())),
        "rejected": rejected,
        "operators": _operators(loop),
        "train": {"mean": entry.score, "seeds": list(problem.train.seeds)},
        "validation": described(found.validation)
        | {"finalists": found.finalists, "seeds": list(problem.validation.seeds)},
        "fresh": lead,
        "test_seeds": list(problem.test.seeds),
        "test": {"default": test, **{name: one for name, (one, _) in others.items()}},
        "goodput_delta_points": {"default": goodput, **{n: g for n, (_, g) in others.items()}}
        if problem.margin is not None
        else None,
        **{
            f"test_ties_{rule}": {"default": _compared(loop, found.source, few, "test", rule)[0]}
            for rule in ("random", "rounded")
        },
        "ablation": list(found.ablation),
        "ancestry": [_told(loop, c) for c in ancestry(loop, candidate)],
        "archive": [
            {
                "candidate": e.candidate.number,
                "island": e.candidate.island,
                "score": e.score,
                **dict(zip(loop.settings.grid.measures, e.measured, strict=True)),
            }
            for e in loop.archive.ranked()
        ],
    }


def _rejects(held: dict[str, Any]) -> bool:
    """Whether it is shown to turn work away (`sim.metrics.marks`)."""
    ends = held["ci95"]
    return rejects(Interval(float(held["mean"]), None if ends is None else (ends[0], ends[1])))


def ancestry(loop: Loop, candidate: Candidate) -> list[Candidate]:
    """A candidate and all that it comes from, youngest first."""
    found: dict[int, Candidate] = {}
    left = [candidate.number]
    while left:
        number = left.pop()
        if number not in found:
            found[number] = loop.journal.candidates[number]
            left += found[number].parents
    return [found[number] for number in sorted(found, reverse=True)]


def _told(loop: Loop, candidate: Candidate) -> dict[str, Any]:
    said = loop.journal.noted(candidate.number, "taken") or {}
    return {
        "candidate": candidate.number,
        "parents": list(candidate.parents),
        "generation": candidate.generation,
        "operator": candidate.operator,
        "score": said.get("score"),
    }


def _operators(loop: Loop) -> dict[str, dict[str, int]]:
    """How often each operator was tried, and took a cell."""
    tried: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for number in range(loop.state.tried):
        candidate = loop.journal.candidates[number]
        name = "seed" if candidate.proposer == "shipped" else candidate.operator
        tried[name] += 1
        kept[name] += loop.status[number] in ("new", "improved")
    return {name: {"tried": tried[name], "kept": kept[name]} for name in sorted(tried)}


def _compared(
    loop: Loop, source: str, names: Sequence[str], arena: str, ties: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Champion and others in one arena: values with their paired differences, and goodput."""
    sources = {"champion": source, **{name: heuristics.get(name).source for name in names}}
    jobs = [
        Job(text, name, arena, ties=ties, audit=name == "champion")
        for name, text in sources.items()
    ]
    verdicts = dict(zip(sources, loop.judged(jobs), strict=True))
    if verdicts["champion"].reason:
        raise SimError(f"the champion failed on {arena}: {verdicts['champion'].message}")
    good = {name: verdict for name, verdict in verdicts.items() if not verdict.reason}
    entry: dict[str, Any] = {name: described(v.values) for name, v in good.items()}
    mine = np.array(good["champion"].values)
    for name, verdict in good.items():
        if name != "champion":
            entry[f"champion_minus_{name}"] = described(mine - np.array(verdict.values))
    return entry, {name: described(verdict.goodput) for name, verdict in good.items()}
