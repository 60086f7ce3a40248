"""Scoring one source on the draws of an arena, in a worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evolve.problem import Problem
from heuristics import HeuristicError, parse
from sim.composition import composed


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


def ready(problem: Problem) -> Problem:
    """What a worker keeps."""
    return problem


def evaluate(problem: Problem, job: Job) -> Verdict:
    """Run a source through check, compilation and simulation."""
    arena = problem.arenas()[job.arena]
    values: list[float] = []
    gained: list[float] = []
    try:
        composition = composed(parse(job.source, filename=f"{job.name}.py", name=job.name))
        for key in arena.keys:
            found = arena.score(composition, key, job.ties)
            values.append(found.value)
            gained.append(found.goodput)
            first = problem.worth(values, gained)
            if len(values) == 1 and first < job.floor:
                return Verdict(
                    tuple(values), tuple(gained), "below", f"{first:.2f} on its first draw"
                )
    except HeuristicError as error:
        return Verdict((), (), error.reason, error.message)
    return Verdict(tuple(values), tuple(gained))
