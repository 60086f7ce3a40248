"""Searches whose model is the embedded mutator behind `unstrand serve-proposer fresh=true`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import evolve
from evolve.journal import Journal
from evolve.llm.models import Model
from evolve.llm.proposer import Asking, Writer
from evolve.llm.serving import Server
from evolve.run import opened
from evolve.search import Loop
from evolve.settings import Budget, Progress
from sim.contain.lock import missing
from unstrand import asking


@contextmanager
def proposing(seed: int, *, fresh: bool = True) -> Iterator[str]:
    """The address of the mutator as a model that samples, or as one that does not."""
    with Server(0, seed, fresh=fresh) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def searched(
    problem: evolve.Problem,
    url: str,
    *,
    seed: int,
    candidates: int,
    workers: int,
    progress: Progress | None = None,
    **how: Any,
) -> Iterator[Loop]:
    """The loop of a search that asked for so many candidates, how else `Asking` tells."""

    def writer(problem: evolve.Problem, seeds: Any, journal: Journal) -> Writer:
        said: dict[str, Any] = {
            "models": (Model("stub", base_url=url),),
            "templates": asking.templates(),
            "instructions": asking.instructions(),
        }
        return Writer(problem, seeds, Asking(**{**said, **how}), journal)

    with (
        tempfile.TemporaryDirectory() as folder,
        opened(
            problem,
            Path(folder),
            settings=evolve.Settings(seed=seed),
            workers=workers,
            limits=evolve.Limits(locked=not missing()),
            progress=progress,
            writer=writer,
        ) as loop,
    ):
        loop.run(Budget(candidates + len(loop.seeds)))
        yield loop
