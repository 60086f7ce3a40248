"""Searches that ask a model; as a program: one that is killed and gone on with.

``python -m tests.llm.searching FOLDER WORKERS CANDIDATES URL SHARE`` leaves FOLDER/found.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import evolve
from evolve.llm.models import Model
from evolve.llm.proposer import Asking, Writer
from evolve.run import ended, opened
from evolve.search import Loop
from evolve.settings import Budget
from tests.evolve import tiny
from tests.llm.server import MODEL
from unstrand import asking


def asked(url: str | None, **how: Any) -> Asking:
    """How a test asks: without back-off to wait for, and with what is told."""
    said: dict[str, Any] = {
        "models": (Model(MODEL, base_url=url),),
        "templates": asking.templates(),
        "instructions": asking.instructions(),
        "timeout_s": 5.0,
        "patience_s": 5.0,
        "every": 5,
    }
    return Asking(**{**said, **how})


@contextmanager
def looped(folder: Path, url: str | None, workers: int, count: int, **how: Any) -> Iterator[Loop]:
    """The loop of a search on a few machines, whose programs are a model's, at its budget's end."""

    def writer(problem: Any, seeds: Any, journal: Any) -> Writer:
        return Writer(problem, seeds, asked(url, **how), journal)

    folder.mkdir(exist_ok=True)
    settings = evolve.Settings(seed=3, finalists=3, lag=6)
    with opened(
        tiny.saturation(), folder, settings=settings, workers=workers, writer=writer
    ) as loop:
        loop.run(Budget(count))
        yield loop


def search(folder: Path, url: str | None, workers: int, count: int, **how: Any) -> evolve.Search:
    """Such a search to its champion."""
    with looped(folder, url, workers, count, **how) as loop:
        return ended(loop)


if __name__ == "__main__":
    place, threads, number, address, share = sys.argv[1:]
    found = search(Path(place), address, int(threads), int(number), share=float(share))
    whole = {"source": found.source, "results": found.results}
    (Path(place) / "found.json").write_text(json.dumps(whole, sort_keys=True))
