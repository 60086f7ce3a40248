"""The parent's side of a nursery: start it, ask it, replace it when it is gone."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from types import TracebackType
from typing import Self

from evolve.arena import Arena
from evolve.lock import Unlockable, missing
from evolve.nursery import ANSWER, SCORED, Answer, Limits, Request
from heuristics import REASONS

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
START = (
    "import sys; sys.path[:0] = {path!r}; "
    "from evolve import nursery; nursery.serve(sys.stdin.buffer, sys.stdout.buffer)"
)


class Nursery:
    """Scores sources on one arena, each in a locked process of its own.

    Raises:
        Unlockable: this machine lacks what the lock is made of, and `limits.locked` asks for it.
    """

    def __init__(self, arena: Arena, limits: Limits | None = None) -> None:
        self.arena, self.limits = arena, limits or Limits()
        lacks = missing() if self.limits.locked else []
        if lacks:
            raise Unlockable(
                f"candidates can't be contained: this machine lacks {' and '.join(lacks)}; "
                "contain=process goes on in a process of its own that is not locked"
            )
        self.process: subprocess.Popen[bytes] | None = None

    def score(self, request: Request) -> Answer:
        """Score a source; a nursery that is gone is replaced, and the source said to crash."""
        process = self._started()
        try:
            self._send(process, request)
            return self._answer(process)
        except (BrokenPipeError, EOFError):
            self.close()
            return Answer(reason="crash")

    def close(self) -> None:
        """End the nursery, and whatever it waits for with it."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.process.poll() is None:
            return self.process
        self.close()
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        command = [sys.executable, "-I", "-c", START.format(path=[here])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
        )
        self._send(self.process, (self.arena, self.limits))
        threads = int.from_bytes(self._read(self.process, 4), "little")
        if threads != 1:
            self.close()
            raise Unlockable(f"the nursery keeps {threads} threads, expected 1")
        return self.process

    def _send(self, process: subprocess.Popen[bytes], what: object) -> None:
        body = pickle.dumps(what, protocol=5)
        assert process.stdin is not None
        process.stdin.write(len(body).to_bytes(8, "little"))
        process.stdin.write(body)
        process.stdin.flush()

    def _read(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        assert process.stdout is not None
        said = process.stdout.read(size)
        if len(said) < size:
            raise EOFError
        return said

    def _answer(self, process: subprocess.Popen[bytes]) -> Answer:
        reason, line, count, *numbers = ANSWER.unpack(self._read(process, ANSWER.size))
        if reason == SCORED:
            half = len(numbers) // 2
            return Answer(tuple(numbers[:count]), tuple(numbers[half : half + count]))
        return Answer(reason=REASONS[reason], line=line or None)
