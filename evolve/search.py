"""The loop: parents, a change, a score, and the best are kept.

Candidates are made in rounds of a fixed size from what the archive held when the round began, and
enter it in the order in which they were made: the same seed finds the same champion whatever the
number of workers. Selection sees train seeds alone; the champion is chosen among the best on
validation seeds; test seeds and held-out lists are opened once, after that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import heuristics
from evolve.evaluate import Evaluators, Job, Verdict
from evolve.nursery import Limits
from evolve.operators import OPERATORS
from evolve.problem import Problem
from evolve.tree import Program, identity, read, size, write
from heuristics import HeuristicError
from sim.errors import SimError
from sim.statistics import described

ROUND = 16
KEPT = 24
FINALISTS = 8
MOST_NODES = 160
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Candidate:
    """One program that was tried."""

    number: int
    parent: int  # −1: shipped
    generation: int
    operator: str
    source: str
    score: float  # on the train split, NaN where there is none
    reason: str
    elapsed_s: float


@dataclass
class Search:
    """What a search found. `results` is the summary's entry; `candidates` the journal."""

    champion: Candidate
    candidates: list[Candidate]
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """The journal as columns."""
        rows = self.candidates
        best = -np.inf
        accepted = []
        for row in rows:
            accepted.append(bool(row.score > best))
            best = max(best, row.score) if np.isfinite(row.score) else best
        return {
            "candidate": [row.number for row in rows],
            "parent": [row.parent for row in rows],
            "generation": [row.generation for row in rows],
            "operator": [row.operator for row in rows],
            "score": [row.score if np.isfinite(row.score) else None for row in rows],
            "reason": [row.reason for row in rows],
            "accepted": accepted,
            "elapsed_s": [row.elapsed_s for row in rows],
            "source": [row.source for row in rows],
        }


class _Loop:
    def __init__(self, problem: Problem, seed: int, evaluators: Evaluators) -> None:
        self.problem, self.scored = problem, evaluators.scored
        self.random = np.random.default_rng([0xE701, seed])
        self.began = time.monotonic()
        self.archive: list[Candidate] = []
        self.programs: dict[int, Program] = {}
        self.tried: list[Candidate] = []
        self.known: set[str] = set()

    def worth(self, verdict: Verdict) -> float:
        """What the search maximises, −inf where there is no score."""
        if verdict.reason:
            return -np.inf
        return self.problem.worth(verdict.scores, verdict.goodput)

    def enter(self, made: list[tuple[Program, int, int, str]]) -> None:
        """Score programs (with parent, generation, operator) and keep the best."""
        full = len(self.archive) == KEPT
        floor = self.archive[-1].score - self.problem.slack if full else -np.inf
        sources = [write(program) for program, *_ in made]
        jobs = [Job(source, "candidate", "train", floor=floor) for source in sources]
        for (program, parent, generation, operator), source, verdict in zip(
            made, sources, self.scored(jobs), strict=True
        ):
            whole = not verdict.reason
            candidate = Candidate(
                number=len(self.tried),
                parent=parent,
                generation=generation,
                operator=operator,
                source=source,
                score=self.worth(verdict) if whole else float("nan"),
                reason=verdict.reason,
                elapsed_s=round(time.monotonic() - self.began, 3),
            )
            self.tried.append(candidate)
            if whole:
                self.programs[candidate.number] = program
                self.archive.append(candidate)
        self.archive.sort(key=lambda c: (-c.score, c.number))
        for dropped in self.archive[KEPT:]:
            del self.programs[dropped.number]
        del self.archive[KEPT:]

    def start(self) -> None:
        """The shipped heuristics, as far as they read what the trace has."""
        names = self.problem.parents or heuristics.names()
        made = []
        for name in names:
            heuristic = heuristics.get(name)
            if heuristic.form == "score" and heuristic.ties is None:
                program = read(heuristic)
                self.known.add(identity(write(program)))
                made.append((program, -1, 0, name))
        self.enter(made)
        if not self.archive:
            raise SimError("none of the parents could be scored on this problem")

    def pick(self) -> Candidate:
        """The best of a few drawn from the archive."""
        drawn = self.random.integers(len(self.archive), size=3)
        return self.archive[int(drawn.min())]

    def propose(self) -> tuple[Program, int, int, str] | None:
        """One new program, or None where the draw gave none."""
        parents = [self.pick(), self.pick()]
        shares = np.array([share for _, share in OPERATORS.values()])
        name = str(self.random.choice(list(OPERATORS), p=shares / shares.sum()))
        operator = OPERATORS[name][0]
        program: Program | None = self.programs[parents[0].number]
        for _ in range(1 + int(self.random.random() < 0.3)):
            assert program is not None
            some = [program, self.programs[parents[1].number]]
            program = operator(some, self.problem.resources, self.random)
            if program is None:
                return None
        assert program is not None
        if size(program) > MOST_NODES:
            return None
        source = write(program)
        try:
            heuristics.parse(source, filename="candidate.py", name="candidate")
        except HeuristicError:
            return None
        mark = identity(source)
        if mark in self.known:
            return None
        self.known.add(mark)
        return program, parents[0].number, parents[0].generation + 1, name

    def round(self, count: int) -> None:
        """One round of candidates."""
        made: list[tuple[Program, int, int, str]] = []
        draws = 0
        while len(made) < count and draws < 200 * count:
            draws += 1
            proposed = self.propose()
            if proposed is not None:
                made.append(proposed)
        self.enter(made)


def search(
    problem: Problem,
    *,
    minutes: float | None = None,
    candidates: int | None = None,
    seed: int = 0,
    workers: int = 2,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Search:
    """Search until the budget is used: `candidates`, or `minutes` of rounds.

    limits: what a candidate may use, and whether its process is locked (it is).

    progress: told (candidates tried, budget), or (seconds, seconds) where the budget is time.

    Raises:
        SimError: no budget, or no parent that can be scored.
        Unlockable: this machine can't lock a process, and `limits` ask for it.
    """
    if minutes is None and candidates is None:
        raise SimError("a search needs a budget: minutes or candidates")
    with closing(Evaluators(problem, limits or Limits(), workers)) as evaluators:
        loop = _Loop(problem, seed, evaluators)
        loop.start()
        deadline = loop.began + 60 * minutes if minutes is not None else None
        while True:
            left = ROUND if candidates is None else min(ROUND, candidates - len(loop.tried))
            if left <= 0 or (deadline is not None and time.monotonic() >= deadline):
                break
            before = len(loop.tried)
            loop.round(left)
            if progress and candidates is not None:
                progress(len(loop.tried), candidates)
            elif progress and deadline is not None:
                spent = time.monotonic() - loop.began
                progress(min(round(spent), round(60 * minutes)), round(60 * minutes))  # type: ignore[operator]
            if len(loop.tried) == before:
                break
        champion, validation = _champion(loop)
        results = _verdict(loop, champion, validation)
    return Search(champion, loop.tried, results)


def _champion(loop: _Loop) -> tuple[Candidate, dict[str, Any]]:
    """The best finalist on the validation split."""
    finalists = loop.archive[:FINALISTS]
    verdicts = loop.scored([Job(c.source, "champion", "validation") for c in finalists])
    best = int(np.argmax([loop.worth(verdict) for verdict in verdicts]))
    scores = list(verdicts[best].scores)
    return finalists[best], {**described(scores), "finalists": len(finalists)}


def _verdict(loop: _Loop, champion: Candidate, validation: dict[str, Any]) -> dict[str, Any]:
    """The comparison with the baselines on the test split, and on what was held out."""
    problem = loop.problem
    sources = {"champion": champion.source}
    sources |= {name: heuristics.get(name).source for name in problem.baselines}
    places = {"default": "test", **{name: f"held out: {name}" for name in problem.held_out}}
    test, held = {}, {}
    for name, arena in places.items():
        test[name], held[name] = _compared(loop, sources, arena, None)
    rejected = [c.reason for c in loop.tried if c.reason]
    return {
        "heuristic": "champion",
        "measured": problem.measured,
        "resource": problem.resource,
        "baseline": problem.baseline,
        "source": champion.source,
        "candidates": len(loop.tried),
        "rejected": {reason: rejected.count(reason) for reason in sorted(set(rejected))},
        "train": {"mean": champion.score, "seeds": list(problem.train.seeds)},
        "validation": validation | {"seeds": list(problem.validation.seeds)},
        "test_seeds": list(problem.test.seeds),
        "test": test,
        "goodput_delta_points": held if problem.margin is not None else None,
        **{
            f"test_ties_{rule}": {"default": _compared(loop, sources, "test", rule)[0]}
            for rule in ("random", "rounded")
        },
    }


def _compared(
    loop: _Loop, sources: dict[str, str], arena: str, ties: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Champion and baselines in one arena: values with their paired differences, and goodput."""
    jobs = [Job(source, name, arena, ties=ties) for name, source in sources.items()]
    verdicts = dict(zip(sources, loop.scored(jobs), strict=True))
    entry: dict[str, Any] = {}
    for name, verdict in verdicts.items():
        if verdict.reason:
            raise SimError(f"{name} failed on the test split: {verdict.message}")
        entry[name] = described(verdict.scores)
    mine = np.array(verdicts["champion"].scores)
    for name in loop.problem.baselines:
        entry[f"champion_minus_{name}"] = described(mine - np.array(verdicts[name].scores))
    return entry, {name: described(verdict.goodput) for name, verdict in verdicts.items()}
