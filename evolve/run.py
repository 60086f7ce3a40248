"""A whole search: the loop, the champion, the verdict; begun, or gone on with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evolve.afar import afar
from evolve.champion import champion
from evolve.evaluate import Evaluators, Scores
from evolve.journal import Journal
from evolve.problem import Problem
from evolve.search import Loop, Writer
from evolve.settings import Budget, Progress, Settings
from evolve.verdict import results
from sim.contain.nursery import Limits
from sim.errors import SimError
from sim.workers import Hire


@dataclass(frozen=True)
class Search:
    """What a search found. results: the summary's entry."""

    source: str
    results: dict[str, Any]


@contextmanager
def opened(
    problem: Problem,
    folder: Path,
    *,
    settings: Settings | None = None,
    about: Mapping[str, Any] | None = None,
    workers: int = 2,
    hire: Hire | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    writer: Writer | None = None,
) -> Iterator[Loop]:
    """The loop of a search on the journal in a folder, begun or to be gone on with.

    about: what the journal is to keep of the run besides. hire: who scores candidates in place of
    workers here, `sim.far.cluster`; the search is the same. limits: what a candidate may use, and
    whether its process is locked (it is). writer: makes another proposer than the embedded one.

    Raises:
        JournalError: the journal can't be opened or written.
        Unlockable: this machine can't lock a process, and `limits` ask for it.
    """
    given = problem.arenas(), limits or Limits(), workers
    scoring: AbstractContextManager[Scores] = (
        afar(hire, *given) if hire else closing(Evaluators(*given))
    )
    with closing(Journal(folder)) as journal, scoring as evaluators:
        for name, value in (about or {}).items():
            journal.setting(name, value)
        loop = Loop(problem, settings or Settings(), evaluators, journal, progress, writer)
        with closing(loop.proposer):
            yield loop


def ended(loop: Loop) -> Search:
    """The champion of what a loop has taken in, and the verdict on it.

    Raises:
        SimError: no candidate may be a champion.
    """
    found = champion(loop)
    return Search(found.source, results(loop, found))


def search(
    problem: Problem,
    *,
    minutes: float | None = None,
    candidates: int | None = None,
    cpu_minutes: float | None = None,
    folder: Path | None = None,
    **asked: Any,
) -> Search:
    """Search until the budget is used: `candidates`, `minutes` of proposals, or of processors.

    folder: where the journal is, which a search that was begun there goes on from (none: it is
    not kept). asked: the rest of what `opened` takes, and raises.

    Raises:
        SimError: no budget, or nothing that can be scored.
    """
    budget = Budget(candidates, minutes, cpu_minutes)
    if budget == Budget():
        raise SimError("a search needs a budget: minutes, candidates or cpu_minutes")
    with TemporaryDirectory() as own, opened(problem, folder or Path(own), **asked) as loop:
        loop.run(budget)
        return ended(loop)
