"""One source by itself: scored as a candidate is, without a search around it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from evolve.candidate import Verdict
from evolve.evaluate import Evaluators, Job
from evolve.problem import Problem
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race, each
from sim.contain.nursery import Limits
from sim.statistics import described


@dataclass(frozen=True)
class Trial:
    """What came of one source: its verdicts on train and validation, or why it is rejected."""

    train: Verdict
    validation: Verdict | None = None
    reason: str = ""
    message: str = ""


def tried(problem: Problem, source: str, name: str, limits: Limits | None = None) -> Trial:
    """One source through a problem's whole path: check, containment, all draws, audit, marks.

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
    "lookup": "chooses otherwise when all amounts are shown a millionth larger, and when smaller",
}


def _gap(problem: Problem, train: Verdict, validation: Verdict) -> bool:
    """Whether it wins what it may have been made for, and loses elsewhere."""
    first = problem.first
    ends = [
        described(each(v.values[start:], v.goodput[start:], problem.margin))["ci95"]
        for v, start in ((train, first), (validation, 0))
    ]
    return None not in ends and ends[0][0] > 0.0 > ends[1][1]
