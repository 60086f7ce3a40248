"""What holds for all tests: an example may take as long as a busy machine makes it.

Searches of one test process share their nurseries, the processes that fork one for each candidate:
to start and warm up one takes seconds.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings

from sim.contain import contained
from sim.contain.apart import Rehearsal
from sim.contain.contained import Nursery
from sim.contain.nursery import Limits
from tests.shares import EXAMPLES
from unstrand import main

settings.register_profile("patient", deadline=None, max_examples=EXAMPLES)
settings.load_profile("patient")
Say = Callable[..., tuple[int, str, str]]


class Lasting(Nursery):
    """A nursery that outlives the search that closes it."""

    def close(self) -> None:
        """It goes on."""


@pytest.fixture(scope="session", autouse=True)
def _shared_nurseries() -> Iterator[None]:
    made: dict[tuple[Limits, int, bool | None], Lasting] = {}

    def nursery(
        limits: Limits | None = None, hash_seed: int = 0, rehearsal: Rehearsal | None = None
    ) -> Nursery:
        if contained.missing():  # as a test may say
            return Nursery(limits, hash_seed, rehearsal)
        key = limits or Limits(), hash_seed, rehearsal and rehearsal.explains
        if key not in made:
            made[key] = Lasting(*key[:2], rehearsal)
            made[key].start()  # from here, since it ends with the thread that starts it
        return made[key]

    here = patch("evolve.evaluate.Nursery", nursery), patch("sim.contain.apart.Nursery", nursery)
    with here[0], here[1]:
        yield
    for one in made.values():
        Nursery.close(one)


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """Runs ``unstrand WORDS…`` here, in ``tmp_path``: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSTRAND_DEBUG", raising=False)
    before, hook = signal.getsignal(signal.SIGTERM), sys.unraisablehook

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.main(words)
        return code, *capsys.readouterr()

    yield run
    signal.signal(signal.SIGTERM, before)
    sys.unraisablehook = hook
