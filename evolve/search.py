"""The loop: parents, a change, a score, and the best are kept.

Candidates are made in rounds of a fixed size from what the archive held when the round began, and
enter it in the order in which they were made: the same seed finds the same champion whatever the
number of workers. Selection sees train seeds alone; the champion is chosen among the best on
validation seeds; test seeds and held-out lists are opened once, after that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import heuristics
from evolve.evaluate import Job, Verdict, evaluate, ready
from evolve.operators import OPERATORS
from evolve.problem import Problem
from evolve.tree import Program, identity, read, size, write
from heuristics import HeuristicError
from sim.errors import SimError
from sim.statistics import described
from sim.workers import pool, submit

ROUND = 16
KEPT = 24
FINALISTS = 8
MARGIN = 2.0  # points below the archive's last at which a candidate stops after one seed
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
    score: float  # mean over train seeds, NaN where there is none
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
    def __init__(self, problem: Problem, seed: int, executor: ProcessPoolExecutor) -> None:
        self.problem, self.executor = problem, executor
        self.random = np.random.default_rng([0xE701, seed])
        self.began = time.monotonic()
        self.archive: list[Candidate] = []
        self.programs: dict[int, Program] = {}
        self.tried: list[Candidate] = []
        self.known: set[str] = set()

    def scored(self, jobs: list[Job]) -> list[Verdict]:
        futures = [submit(self.executor, evaluate, job) for job in jobs]
        return [future.result() for future in futures]

    def enter(self, made: list[tuple[Program, int, int, str]]) -> None:
        """Score programs (with parent, generation, operator) and keep the best."""
        floor = self.archive[-1].score - MARGIN if len(self.archive) == KEPT else -np.inf
        sources = [write(program) for program, *_ in made]
        jobs = [Job(source, "candidate", self.problem.train, floor=floor) for source in sources]
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
                score=float(np.mean(verdict.scores)) if whole else float("nan"),
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
    progress: Progress | None = None,
) -> Search:
    """Search until the budget is used: `candidates`, or `minutes` of rounds.

    progress: told (candidates tried, budget), or (seconds, seconds) where the budget is time.

    Raises:
        SimError: no budget, or no parent that can be scored.
    """
    if minutes is None and candidates is None:
        raise SimError("a search needs a budget: minutes or candidates")
    setups = {"": problem.setup, **problem.held_out}
    with pool(ready, (setups, problem.resource), workers=max(1, workers)) as executor:
        loop = _Loop(problem, seed, executor)
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
    """The best finalist on validation seeds."""
    finalists = loop.archive[:FINALISTS]
    jobs = [Job(c.source, "champion", loop.problem.validation) for c in finalists]
    verdicts = loop.scored(jobs)
    means = [float(np.mean(v.scores)) if not v.reason else -np.inf for v in verdicts]
    best = int(np.argmax(means))
    scores = list(verdicts[best].scores)
    return finalists[best], {**described(scores), "finalists": len(finalists)}


def _verdict(loop: _Loop, champion: Candidate, validation: dict[str, Any]) -> dict[str, Any]:
    """The comparison with the baselines on test seeds, on the list searched and those held out."""
    problem = loop.problem
    sources = {"champion": champion.source}
    sources |= {name: heuristics.get(name).source for name in problem.baselines}
    test = {
        place or "default": _compared(loop, sources, place, None)
        for place in ("", *problem.held_out)
    }
    rejected = [c.reason for c in loop.tried if c.reason]
    return {
        "heuristic": "champion",
        "resource": problem.resources[problem.resource],
        "source": champion.source,
        "candidates": len(loop.tried),
        "rejected": {reason: rejected.count(reason) for reason in sorted(set(rejected))},
        "train": {"mean": champion.score, "seeds": list(problem.train)},
        "validation": validation | {"seeds": list(problem.validation)},
        "test_seeds": list(problem.test),
        "test": test,
        "test_ties_random": {"default": _compared(loop, sources, "", "random")},
    }


def _compared(loop: _Loop, sources: dict[str, str], place: str, ties: str | None) -> dict[str, Any]:
    """Champion and baselines on one list, test seeds, and their paired differences."""
    problem = loop.problem
    jobs = [Job(s, name, problem.test, place, ties=ties) for name, s in sources.items()]
    verdicts = dict(zip(sources, loop.scored(jobs), strict=True))
    entry: dict[str, Any] = {}
    for name, verdict in verdicts.items():
        if verdict.reason:
            raise SimError(f"{name} failed on test seeds: {verdict.message}")
        entry[name] = described(verdict.scores)
    mine = np.array(verdicts["champion"].scores)
    for name in problem.baselines:
        entry[f"champion_minus_{name}"] = described(mine - np.array(verdicts[name].scores))
    return entry
