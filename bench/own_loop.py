"""Our loop on a problem that costs nothing: the evaluator of `bench.evaluator`, no simulation.

This is all of `bench.loops` that knows `evolve`.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import evolve
from bench.evaluator import value
from evolve.evaluate import Evaluators
from evolve.journal import Journal
from evolve.search import Loop
from evolve.settings import Budget, State
from sim.arenas.arena import Outcome
from sim.arenas.behaviour import Behaviour
from sim.composition import Composition
from sim.contain.lock import missing
from sim.tape import Tape


@dataclass(frozen=True)
class Seen:
    """Tells programs apart by their text, so that the archive fills."""

    def behaviour(self, composition: Composition) -> Behaviour:
        """A place in the archive by the text's number."""
        number = value(composition.levels[0].source)
        return Behaviour(int(number * 2**40), number % 1.0, (7.0 * number) % 1.0 / 2.0)

    def looks_up(self, composition: Composition) -> bool:
        """No table is among them."""
        return False


@dataclass(frozen=True)
class Instant:
    """An arena with one draw: the number of a heuristic's text, and nothing to compile."""

    keys: tuple[int, ...] = (0,)
    seeds: tuple[int, ...] = (0,)
    names: tuple[str, ...] = ("cpu", "mem", "gpu")
    watch: Seen = Seen()

    def warm(self, composition: Composition, ties: str | None) -> None:
        """Nothing is needed."""

    def prepare(self, composition: Composition) -> None:
        """Nothing is needed."""

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """The text's number; the tape holds it, so that an audit finds the same."""
        if tape is not None and tape.follows:
            return Outcome(float(tape.entries.view(np.float64)[0, 0]))
        number = value(composition.levels[0].source)
        if tape is not None:
            tape.entries[:1] = np.array([[number]]).view(np.int32)
            tape.at[0] = 1
        return Outcome(number)


def ours(candidates: int, workers: int) -> list[float]:
    """When each candidate was taken in, in seconds; locked in where the machine can."""
    arena = Instant()
    problem = evolve.Problem(
        measured="allocated_pct",
        resource="cpu",
        resources=("cpu", "mem", "gpu"),
        train=arena,
        validation=arena,
        test=arena,
        held_out={},
        baselines=("best_fit",),
        parents=("best_fit",),
        slack={},
    )
    return taken(problem, candidates + 1, workers)[1:]  # the first is the seed


def taken(problem: evolve.Problem, candidates: int, workers: int) -> list[float]:
    """When each of a problem's candidates was taken in, in seconds."""
    limits = evolve.Limits(locked=not missing())
    began, times = time.perf_counter(), list[float]()

    def told(state: State) -> None:
        times.append(time.perf_counter() - began)

    with (
        TemporaryDirectory() as folder,
        closing(Journal(Path(folder))) as journal,
        closing(Evaluators(problem.arenas(), limits, workers)) as evaluators,
    ):
        Loop(problem, evolve.Settings(), evaluators, journal, told).run(Budget(candidates))
    return times
