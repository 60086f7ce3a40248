"""Scoring one source on some seeds, in a worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heuristics import HeuristicError, parse
from sim.composition import composed, tie_code
from sim.kernel import compile_kernel
from sim.saturation import Experiment, saturate_once


@dataclass(frozen=True)
class Job:
    """A source, the list and seeds that it is scored on; below `floor` after one seed it stops."""

    source: str
    name: str
    seeds: tuple[int, ...]
    place: str = ""
    floor: float = -np.inf
    ties: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Allocated per cent a seed, or the reason why there is none."""

    scores: tuple[float, ...]
    reason: str = ""
    message: str = ""


def ready(setups: dict[str, Experiment], resource: int) -> tuple[dict[str, Experiment], int]:
    """What a worker keeps."""
    return setups, resource


def evaluate(state: tuple[dict[str, Experiment], int], job: Job) -> Verdict:
    """Run a source through check, compilation and simulation."""
    setups, resource = state
    setup = setups[job.place]
    try:
        heuristic = parse(job.source, filename=f"{job.name}.py", name=job.name)
        kernels = [compile_kernel(heuristic, setup.population.resources)]
        composition = composed(heuristic)
        ties = tie_code(composition.ties(job.ties))
        scores: list[float] = []
        for seed in job.seeds:
            run = saturate_once(setup, composition, kernels, seed, ties=ties)
            scores.append(float(run.allocated[-1, resource]))
            if scores[0] < job.floor:
                return Verdict(tuple(scores), "below", f"{scores[0]:.2f} on its first seed")
    except HeuristicError as error:
        return Verdict((), error.reason, error.message)
    return Verdict(tuple(scores))
