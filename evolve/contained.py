"""The parent's side of a nursery: start it, ask it, replace it when it is gone."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from functools import cache

import heuristics
from evolve.arena import Arena
from evolve.lock import Unlockable, missing
from evolve.nursery import ANSWER, NO_LOCK, READY, SCORED, Answer, Limits, Request
from evolve.recovering import Recovering
from heuristics import REASONS
from sim.composition import composed
from sim.scored import Measure
from sim.workloads import series

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
START = "import sys; sys.path[:0] = {path!r}; from evolve import nursery; nursery.serve(0, 1)"


class Nursery:
    """Scores sources in some arenas, each source in a locked process of its own.

    Raises:
        Unlockable: this machine lacks what the lock is made of, and `limits.locked` asks for it.
    """

    def __init__(self, arenas: Mapping[str, Arena], limits: Limits | None = None) -> None:
        self.arenas, self.limits = arenas, limits or Limits()
        lacks = missing() if self.limits.locked else []
        if lacks:
            raise Unlockable(
                f"candidates can't be contained: this machine lacks {' and '.join(lacks)}; "
                "contain=process goes on in a process of its own that is not locked"
            )
        self.process: subprocess.Popen[bytes] | None = None
        self.held: str | None = None

    def score(self, arena: str, request: Request) -> Answer:
        """Score a source; a nursery that is gone is replaced, and the source said to crash."""
        try:
            process = self._holding(arena)
            self._send(process, request)
            return self._answer(process)
        except (BrokenPipeError, EOFError):
            self.close()
            return Answer(reason="crash")

    def close(self) -> None:
        """End the nursery, and whatever it waits for with it."""
        process, self.process, self.held = self.process, None, None
        if process is not None:
            process.kill()
            process.communicate()

    def _holding(self, arena: str) -> subprocess.Popen[bytes]:
        """The process, holding an arena."""
        if self.process is not None and self.process.poll() is not None:
            self.close()
        process = self.process or self._started()
        if self.held == arena:
            return process
        if self.held is not None:
            self._end(process)
        self._send(process, (self.arenas[arena], self.limits))
        (threads,) = READY.unpack(self._read(process, READY.size))
        if threads != 1:
            self.close()
            raise Unlockable(f"the nursery keeps {threads} threads, expected 1")
        self.held = arena
        return process

    def _started(self) -> subprocess.Popen[bytes]:
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        command = [sys.executable, "-I", "-c", START.format(path=[here])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, bufsize=0
        )
        self._send(self.process, warming())
        return self.process

    def _send(self, process: subprocess.Popen[bytes], what: object) -> None:
        body = pickle.dumps(what, protocol=5)
        self._write(process, len(body).to_bytes(8, "little") + body)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        self._write(process, (0).to_bytes(8, "little"))

    def _write(self, process: subprocess.Popen[bytes], said: bytes) -> None:
        assert process.stdin is not None
        left = memoryview(said)
        while left:
            left = left[process.stdin.write(left) :]

    def _read(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        assert process.stdout is not None
        said = b""
        while len(said) < size:
            more = process.stdout.read(size - len(said))
            if not more:
                raise EOFError
            said += more
        return said

    def _answer(self, process: subprocess.Popen[bytes]) -> Answer:
        reason, line, count, *numbers = ANSWER.unpack(self._read(process, ANSWER.size))
        if reason == SCORED:
            half = len(numbers) // 2
            return Answer(tuple(numbers[:count]), tuple(numbers[half : half + count]))
        if reason == NO_LOCK:
            raise Unlockable("a candidate's process could not be locked, so it was not run")
        return Answer(reason=REASONS[reason], line=line or None)


@cache
def warming() -> Arena:
    """A tiny arena of no one's data, to warm up with."""
    import traces

    trace = traces.load("synthetic", machines=8, tasks=200)
    works = series(trace, load=0.9, hours=0.5, history_h=0.5)
    return Recovering(works, Measure(probes=1, bound="none"), composed(heuristics.get("best_fit")))
