"""Searches small enough for a test; as a program: one that is killed and gone on with.

``python -m tests.evolve.tiny FOLDER WORKERS CANDIDATES`` writes FOLDER/found.json at its end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import evolve
import traces
from evolve.candidate import Candidate
from evolve.journal import Journal


@contextmanager
def quick() -> Iterator[None]:
    """The end of a search made short: few cuts, and on test the baselines alone."""
    with (
        patch("evolve.verdict.readable", lambda *_: []),
        patch("evolve.minimise.MOST_TRIED", 6),
    ):
        yield


def search(problem: evolve.Problem, folder: Path, workers: int, **asked: Any) -> evolve.Search:
    """A search whose end is short. asked: candidates, and settings by name."""
    count = asked.pop("candidates")
    settings = evolve.Settings(**{"seed": 3, "finalists": 3, **asked})
    folder.mkdir(exist_ok=True)
    with quick():
        return evolve.search(
            problem, candidates=count, settings=settings, folder=folder, workers=workers
        )


def candidates(folder: Path) -> list[Candidate]:
    """What a search proposed."""
    with closing(Journal(folder)) as journal:
        return [journal.candidates[number] for number in sorted(journal.candidates)]


def saturation() -> evolve.Problem:
    """A problem of a few machines."""
    trace = traces.load("synthetic", machines=12, tasks=200)
    parents = ("best_fit", "balance")
    return evolve.saturation_problem(
        trace,
        baselines=("best_fit",),
        parents=parents,
        train_seeds=2,
        validation_seeds=2,
        test_seeds=2,
    )


if __name__ == "__main__":
    place, threads, number = sys.argv[1:]
    found = search(saturation(), Path(place), int(threads), candidates=int(number))
    whole = {"source": found.source, "results": found.results}
    (Path(place) / "found.json").write_text(json.dumps(whole, sort_keys=True))
