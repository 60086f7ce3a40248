"""A whole search: the loop, the champion, the verdict; begun, or gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evolve.candidate import Verdict
from evolve.champion import champion, results
from evolve.evaluate import Evaluators, Job
from evolve.journal import Journal
from evolve.problem import Problem
from evolve.search import Loop
from evolve.settings import Budget, Progress, Settings
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race, each
from sim.contain.nursery import Limits
from sim.errors import SimError
from sim.statistics import described


@dataclass(frozen=True)
class Search:
    """What a search found. results: the summary's entry."""

    source: str
    results: dict[str, Any]


def search(
    problem: Problem,
    *,
    minutes: float | None = None,
    candidates: int | None = None,
    settings: Settings | None = None,
    folder: Path | None = None,
    about: Mapping[str, Any] | None = None,
    workers: int = 2,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Search:
    """Search until the budget is used: `candidates`, or `minutes` of proposals.

    folder: where the journal is, which a search that was begun there goes on from (none: it is
    not kept). about: what the journal is to keep of the run besides. limits: what a candidate may
    use, and whether its process is locked (it is).

    Raises:
        SimError: no budget, or nothing that can be scored.
        JournalError: the journal can't be opened or written.
        Unlockable: this machine can't lock a process, and `limits` ask for it.
    """
    if minutes is None and candidates is None:
        raise SimError("a search needs a budget: minutes or candidates")
    if folder is None:
        with TemporaryDirectory() as own:
            return search(
                problem,
                minutes=minutes,
                candidates=candidates,
                settings=settings,
                folder=Path(own),
                about=about,
                workers=workers,
                limits=limits,
                progress=progress,
            )
    with (
        closing(Journal(folder)) as journal,
        closing(Evaluators(problem.arenas(), limits or Limits(), workers)) as evaluators,
    ):
        for name, value in (about or {}).items():
            journal.setting(name, value)
        loop = Loop(problem, settings or Settings(), evaluators, journal, progress)
        loop.run(Budget(candidates, minutes))
        found = champion(loop)
        return Search(found.source, results(loop, found))


@dataclass(frozen=True)
class Trial:
    """What came of one source: its verdicts on train and validation, or why it is rejected."""

    train: Verdict
    validation: Verdict | None = None
    reason: str = ""
    message: str = ""


def tried(problem: Problem, source: str, name: str, limits: Limits | None = None) -> Trial:
    """One source through a problem's whole path: check, containment, cascade, audit, marks.

    Raises:
        Unlockable: this machine can't lock a process, and `limits` ask for it.
    """
    verdicts: list[Verdict] = []
    with closing(Evaluators(problem.arenas(), limits or Limits(), 1)) as evaluators:
        for arena in ("train", "validation"):
            race = Race(Grid(), size=0, margin=problem.margin)
            found = evaluators.evaluate(Job(source, name, arena, race=race, audit=True))
            mark = found.behaviour.mark if found.behaviour else ""
            if found.reason or mark:
                said = found.message or f"{MARKED[mark]} ({arena} split)"
                return Trial(found, None, found.reason or mark, said)
            verdicts.append(found)
    train, validation = verdicts
    if problem.margin is not None and _gap(problem, train, validation):
        said = "recovers on the train split and loses on the validation split, both clear of 0"
        return Trial(train, validation, "degenerate", said)
    return Trial(train, validation)


MARKED = {
    "degenerate": "chooses as if it had no opinion",
    "lookup": "chooses otherwise when all amounts are shown a millionth larger, or smaller",
}


def _gap(problem: Problem, train: Verdict, validation: Verdict) -> bool:
    """Whether it wins what it may have been made for, and loses elsewhere."""
    first = problem.first
    ends = [
        described(each(v.values[start:], v.goodput[start:], problem.margin))["ci95"]
        for v, start in ((train, first), (validation, 0))
    ]
    return None not in ends and ends[0][0] > 0.0 > ends[1][1]
