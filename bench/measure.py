"""Measuring: medians of processor time, rows of the table, children and what they used."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ours, plain: in `unit`; plain is None where there is nothing to compare with. target: what ours
    should be at most (at least, where `unit` is a rate), or None. note: how it was taken.
    """

    item: str
    what: str
    unit: str
    ours: float | None
    plain: float | None = None
    target: float | None = None
    note: str = ""

    @property
    def is_rate(self) -> bool:
        return self.unit.endswith(("/s", "/min"))

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        if self.ours is None or self.plain is None:
            return None
        return self.ours / self.plain if self.is_rate else self.plain / self.ours

    @property
    def met(self) -> bool | None:
        if self.ours is None or self.target is None:
            return None
        return self.ours >= self.target if self.is_rate else self.ours <= self.target

    def record(self) -> dict[str, Any]:
        """The row for a JSON file."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Effort:
    """What one bench run spends: repeats of a measurement, and a factor on the work."""

    repeats: int
    scale: float

    def some(self, count: int) -> int:
        return max(1, round(count * self.scale))


FULL = Effort(repeats=5, scale=1.0)
QUICK = Effort(repeats=1, scale=0.1)


def processor_seconds(call: Callable[[], Any], repeats: int = 1) -> float:
    """The median of the processor time that a call takes: neighbours on the machine don't count."""
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def child_seconds(arguments: Callable[[int], list[str]], repeats: int) -> float:
    """The median wall time of a Python child, after one run that warms the caches.

    arguments: from the number of the run, so that each can have a folder of its own.
    """
    taken = []
    for k in range(repeats + 1):
        command = [sys.executable, *arguments(k)]
        began = time.perf_counter()
        finished(command)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def child_answer(arguments: list[str]) -> Any:
    """What a Python child prints as its last line, in JSON."""
    return json.loads(finished([sys.executable, *arguments]).splitlines()[-1])


def finished(command: list[str]) -> str:
    """What a command prints.

    Raises:
        RuntimeError: it failed, with the end of what it said.
    """
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
