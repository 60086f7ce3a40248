"""Scoring sources by a crew elsewhere, each worker of which contains them as would be done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from evolve.candidate import Verdict
from evolve.evaluate import Evaluators, Job, Seen
from sim.arenas.arena import Arena
from sim.contain.nursery import Limits
from sim.workers import Crew, Hire


@dataclass(frozen=True)
class Afar:
    """Evaluators, one in each worker of a crew."""

    crew: Crew

    def submit(self, job: Job) -> Future[Verdict]:
        """Have a job done."""
        return self.crew.submit(_evaluated, job)

    def look(self, source: str, shift: float = 0.0) -> Future[Seen]:
        """Have a source's choices taken on the course of train."""
        return self.crew.submit(_looked, (source, shift))


@contextmanager
def afar(hire: Hire, arenas: Mapping[str, Arena], limits: Limits, workers: int) -> Iterator[Afar]:
    """Evaluators of a crew, which raise as a run would: where a machine has no lock."""
    with hire(Evaluators, (arenas, limits, 1), workers=workers) as crew:
        yield Afar(crew)


def _evaluated(own: Evaluators, job: Job) -> Verdict:
    return own.evaluate(job)


def _looked(own: Evaluators, asked: tuple[str, float]) -> Seen:
    return own.looked(*asked)
