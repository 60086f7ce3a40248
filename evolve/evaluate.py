"""Scoring sources, several at a time: each worker is a thread that has nurseries of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from evolve.contained import Nursery
from evolve.nursery import Limits, Request
from evolve.problem import Problem
from heuristics import HeuristicError, parse

BELOW = "below"
"""No rejection: a first draw so far under the archive that no other is paid for."""


@dataclass(frozen=True)
class Job:
    """A source and the arena that it is scored in; below `floor` after one draw it stops."""

    source: str
    name: str
    arena: str
    floor: float = -np.inf
    ties: str | None = None


@dataclass(frozen=True)
class Verdict:
    """A value and a goodput a draw, or the reason why there is none."""

    scores: tuple[float, ...]
    goodput: tuple[float, ...] = ()
    reason: str = ""
    message: str = ""


class Evaluators:
    """Workers of a search, each with a nursery that is started where it is first needed."""

    def __init__(self, problem: Problem, limits: Limits, workers: int) -> None:
        self.problem, self.limits = problem, limits
        self.arenas = problem.arenas()
        self.threads = ThreadPoolExecutor(max(1, workers))
        self.own = threading.local()
        self.started: list[Nursery] = []

    def scored(self, jobs: Sequence[Job]) -> list[Verdict]:
        """All verdicts, in the order of the jobs."""
        return list(self.threads.map(self.evaluate, jobs))

    def evaluate(self, job: Job) -> Verdict:
        """Check a source here, which only reads it, then score it contained."""
        name = f"{job.name}.py"
        try:
            parse(job.source, filename=name, name=job.name)
        except HeuristicError as error:
            return Verdict((), (), error.reason, error.message)
        request = Request(job.source, name, job.ties, job.floor, self.problem.margin)
        answer = self._nursery().score(job.arena, request)
        if answer.reason:
            where = "" if answer.line is None else f" at line {answer.line}"
            return Verdict((), (), answer.reason, f"{answer.reason}{where}")
        stopped = len(answer.values) < len(self.arenas[job.arena].keys)
        return Verdict(answer.values, answer.goodput, BELOW if stopped else "")

    def _nursery(self) -> Nursery:
        if not hasattr(self.own, "nursery"):
            self.own.nursery = Nursery(self.arenas, self.limits)
            self.started.append(self.own.nursery)
        found: Nursery = self.own.nursery
        return found

    def close(self) -> None:
        """End the workers."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for nursery in self.started:
            nursery.close()
