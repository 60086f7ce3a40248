"""Searches small enough for a test; as a program: one that is killed and gone on with.

``python -m tests.evolve.tiny FOLDER WORKERS CANDIDATES`` writes FOLDER/found.json at its end.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import evolve
import traces
from evolve.candidate import Candidate
from evolve.journal import Journal


def search(problem: evolve.Problem, folder: Path, workers: int, **asked: Any) -> evolve.Search:
    """A search whose end is short. asked: candidates, who scores and who listens, and settings."""
    count = asked.pop("candidates")
    how = {name: asked.pop(name) for name in ("hire", "progress") if name in asked}
    settings = evolve.Settings(**{"seed": 3, "finalists": 3, **asked})
    folder.mkdir(exist_ok=True)
    short = replace(problem, shipped=False, cuts=6)
    how |= {"settings": settings, "folder": folder, "workers": workers}
    return evolve.search(short, candidates=count, **how)


def candidates(folder: Path) -> list[Candidate]:
    """What a search proposed."""
    with closing(Journal(folder)) as journal:
        return [journal.candidates[number] for number in sorted(journal.candidates)]


def saturation() -> evolve.Problem:
    """A problem of a few machines, with a short end."""
    trace = traces.load("synthetic", machines=12, tasks=200)
    parents = ("best_fit", "balance")
    made = evolve.saturation_problem(
        trace,
        baselines=("best_fit",),
        parents=parents,
        train_seeds=2,
        validation_seeds=2,
        test_seeds=2,
    )
    return replace(made, shipped=False, cuts=6)


def found(folder: Path, workers: int, count: int) -> None:
    """Search, and write down what was found."""
    said = search(saturation(), folder, workers, candidates=count)
    whole = {"source": said.source, "results": said.results}
    (folder / "found.json").write_text(json.dumps(whole, sort_keys=True))


if __name__ == "__main__":
    place, threads, number = sys.argv[1:]
    found(Path(place), int(threads), int(number))
