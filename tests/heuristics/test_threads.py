"""Programs are read by several threads at once, as answers of models are."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import heuristics

DEEP = "def score(required, free):\n    return " + "(" * 14 + "free.cpu" + " + 1.0)" * 14 + "\n"


class Litter:
    """What is in the way of whoever cleans up, and lets another thread go on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def busy() -> Iterator[None]:
    """Threads that take turns all the time, also in the middle of building a tree."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


def read(_: int) -> str:
    for _ in range(5):
        Litter()
    return heuristics.parse(DEEP, filename="deep.py", name="deep").source


def test_threads_that_read_at_once_read_what_one_alone_does(busy: None) -> None:
    """CPython 3.11 raises SystemError where two threads build trees at once (gh-106905)."""
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(200))) == {DEEP}
