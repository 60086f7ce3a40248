"""What a champion is worth: measured anew, and compared once, on what the search never saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

import heuristics
from evolve.candidate import Candidate
from evolve.champion import Champion
from evolve.evaluate import Job
from evolve.journal import RUN
from evolve.search import Loop
from heuristics.tree import program_of, size
from sim.errors import SimError
from sim.kernel import readable
from sim.metrics.marks import rejects
from sim.statistics import Interval, described


def results(loop: Loop, found: Champion) -> dict[str, Any]:
    """The summary's entry. The test pool is opened here, and the journal says when."""
    problem, state = loop.problem, loop.state
    loop.now("measuring anew, and opening the test pool")
    lead = (
        _compared(loop, found.source, problem.baselines, "fresh", None)[0]
        if problem.fresh
        else None
    )
    loop.journal.note(RUN, "opened", {"arena": "test", "candidates": state.tried})
    published = readable(heuristics.names(), problem.resources) if problem.shipped else ()
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
        "operations": loop.screen.operations(program_of(found.source)),
        "candidates": state.tried,
        "kept": dict(sorted(state.kept.items())),
        "rejected": rejected,
        "operators": _operators(loop),
        "proposer": {"name": loop.proposer.name, **loop.proposer.told()},
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
        "judgement": found.judgement,
        "ancestry": [_ancestor(loop, c) for c in ancestry(loop, candidate)],
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


def _ancestor(loop: Loop, candidate: Candidate) -> dict[str, Any]:
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
        kept[name] += loop.past.status[number] in ("new", "improved")
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
