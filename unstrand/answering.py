"""A run that is answered from outside, opened from its folder for one of the commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import asking, configuration, problems, runs
from unstrand.failure import ConfigurationError
from unstrand.searching import plan

if TYPE_CHECKING:
    from evolve.journal import Journal
    from evolve.llm.outside import Awaited, Outside, Told
    from evolve.problem import Problem
    from heuristics.tree import Program


def awaited(problem: Problem, seeds: Mapping[str, Program], journal: Journal) -> Awaited:
    """The proposer of such a run."""
    from evolve.llm.outside import Awaited

    return Awaited(
        problem,
        seeds,
        journal,
        templates=asking.templates(),
        instructions=asking.instructions(),
    )


def place_of(command: str, positionals: list[str]) -> Path:
    """The run's folder, which is told first. Raises ConfigurationError where there is none."""
    if not positionals:
        raise ConfigurationError(f"{command}: found no run, expected its folder")
    place = Path(positionals[0])
    if not (place / runs.JOURNAL).is_file():
        begins = f"unstrand evolve proposer=outside out={place} begins one"
        expected = "the folder of a search" if command == "export" else f"a run's folder; {begins}"
        raise ConfigurationError(
            f"{command}: found no {runs.JOURNAL} in {place}, expected {expected}"
        )
    return place


@contextmanager
def answering(place: Path, contain: str, workers: int) -> Iterator[Outside]:
    """A run, with all that was told before taken in.

    Raises:
        ConfigurationError: it is none that is answered from outside, or its data has changed.
    """
    import evolve
    from evolve.llm.outside import Outside
    from evolve.run import opened

    default = configuration.compose("evolve", [], [])
    default.resume, default.contain = str(place), contain
    _, settings = runs.resumed(default)
    if settings.proposer != "outside":
        raise ConfigurationError(
            f"{place}: found a run with proposer={settings.proposer}, expected outside"
        )
    made = problems.made(settings.problem)
    runs.expect_same_data(place, made.trace.sha256)
    with opened(
        made.problem,
        place,
        settings=plan(settings),
        workers=workers,
        limits=evolve.Limits(locked=settings.contain == "lock"),
        writer=awaited,
    ) as loop:
        yield Outside(loop)


def said(told: Told) -> dict[str, Any]:
    """What is to be told of an answer, in JSON's types."""
    return {
        "candidate": told.candidate,
        "status": told.status,
        "score": told.score,
        "behind_points": told.behind,
        "reason": told.verdict.reason or None,
        "message": told.verdict.message or None,
        "draws": list(told.verdict.values),
        "goodput_delta_points": list(told.verdict.goodput),
    }


def line(told: Told) -> str:
    """The same in one line."""
    what = {
        "new": "kept, the first of its kind",
        "improved": "kept, better than what stood in its place",
        "beaten": "not kept, what stands in its place is better",
        "lost": f"not kept, {told.behind or 0.0:.3f} points behind after "
        f"{len(told.verdict.values)} draws",
        "known": "not kept, it chooses as another did",
    }.get(told.status, f"rejected, {told.status}: {told.verdict.message}")
    score = "" if told.score is None else f"score {told.score:+.3f}, "
    return f"candidate {told.candidate}: {score}{what}"
