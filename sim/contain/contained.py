"""The parent's side of a nursery: start it, have arenas held, ask, replace what is gone."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import heuristics
from sim.arenas.arena import Held
from sim.arenas.recovering import Recovering
from sim.composition import composed
from sim.contain.lock import Unlockable, missing
from sim.contain.message import (
    ANSWER,
    KILLED,
    LENGTH,
    MOST_READ,
    READY,
    UNLOCKED,
    Answer,
    send,
    unpacked,
)
from sim.contain.nursery import Errand, Limits
from sim.errors import SimError
from sim.scored import Measure
from sim.workloads import series

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
TRIES = 3  # of what is done again where its process was killed
GONE = BrokenPipeError, ConnectionResetError, EOFError
START = """
import sys
sys.path[:0] = {path!r}
from sim.contain import nursery, request
nursery.serve({fd}, {own})
"""


class Nursery:
    """A warm process, of which arenas are held by forks. rehearsal: what it warms up with.

    Raises:
        Unlockable: this machine lacks what the lock is made of, and `limits.locked` asks for it.
    """

    def __init__(
        self, limits: Limits | None = None, hash_seed: int = 0, rehearsal: Held | None = None
    ) -> None:
        self.limits, self.hash_seed = limits or Limits(), hash_seed
        self.rehearsal = rehearsal
        lacks = missing() if self.limits.locked else []
        if lacks:
            raise Unlockable(
                f"candidates can't be contained: this machine lacks {' and '.join(lacks)}; "
                "contain=process goes on in a process of its own that is not locked"
            )
        self.process: subprocess.Popen[bytes] | None = None
        self.wire: socket.socket | None = None
        self.starting, self.closed = threading.RLock(), False

    def start(self) -> None:
        """Start it before it is needed, from a thread that lasts: it ends with that.

        Raises:
            RuntimeError: it is closed.
        """
        with self.starting:
            if self.closed:
                raise RuntimeError("this nursery is closed")
            if self.process is None or self.process.poll() is not None:
                self._start()

    def hold(self, arena: Held) -> tuple[int, int]:
        """Have a fork hold an arena: the pipe to ask by, and the one to hear by.

        Raises:
            BrokenPipeError: a process was killed meanwhile; the next call starts another.
        """
        theirs, ask = os.pipe()
        hear, answers = os.pipe()
        try:
            try:
                self._handed(theirs, answers)
            finally:  # before anything is sent, so that nobody writes to a pipe that none will read
                os.close(theirs)
                os.close(answers)
            send(ask, (arena, self.limits))
        except BaseException:
            os.close(ask)
            os.close(hear)
            raise
        return ask, hear

    def close(self) -> None:
        """End the process for good, and with it all that it has forked."""
        with self.starting:
            self.closed = True
            self._end()

    def _handed(self, *pipes: int) -> None:
        """Give the process a holder's ends, started anew where it is gone."""
        with self.starting:
            self.start()
            assert self.wire is not None
            try:
                socket.send_fds(self.wire, [b"H"], pipes)
            except GONE:
                self._end()
                raise

    def _end(self) -> None:
        if self.wire is not None:
            self.wire.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self.wire = None

    def _start(self) -> None:
        self._end()
        self.wire, theirs = socket.socketpair()
        here = str(Path(__file__).resolve().parents[2])
        with theirs:
            start = START.format(path=[here], fd=theirs.fileno(), own=os.getpid())
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", start],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**ENVIRONMENT, "PYTHONHASHSEED": str(self.hash_seed)},
                pass_fds=[theirs.fileno()],
                process_group=0,  # what a terminal interrupts is the command, which ends this
            )
        send(self.wire.fileno(), self.rehearsal or warming())


class Holder:
    """Scores sources in one arena, each in a locked process of its own."""

    def __init__(self, nursery: Nursery, arena: Held) -> None:
        self.nursery, self.arena = nursery, arena
        self.pipes: tuple[int, int] | None = None

    def score(self, request: Errand) -> Answer:
        """Score a source; what is killed from outside is done again, then the source's crash.

        Raises:
            Unlockable: the source's process could not be locked, and nothing was run.
            SimError: no process comes up that could hold the arena.
        """
        for _ in range(TRIES):
            ask, hear = self.pipes or self._held()
            try:
                answer = _answered(ask, hear, request)
            except GONE:
                self.close()
                continue
            if answer.reason == UNLOCKED:
                raise Unlockable("a candidate's process could not be locked, so it was not run")
            if answer.reason != KILLED:
                return answer
        return Answer(reason="crash")

    def close(self) -> None:
        """Let the arena go."""
        pipes, self.pipes = self.pipes, None
        for pipe in pipes or ():
            os.close(pipe)

    def _held(self) -> tuple[int, int]:
        for _ in range(TRIES):
            with suppress(*GONE):
                self.pipes = self.nursery.hold(self.arena)
                (threads,) = READY.unpack(_read(self.pipes[1], READY.size))
                if threads != 1:
                    self.close()
                    raise Unlockable(f"the nursery keeps {threads} threads, expected 1")
                return self.pipes
            self.close()
        raise SimError(
            f"the process that scores candidates ended before it was ready, {TRIES} times"
        )


def _answered(ask: int, hear: int, request: Errand) -> Answer:
    send(ask, request)
    answer = unpacked(_read(hear, ANSWER.size))
    count = 0 if answer.reason else request.tapes(len(answer.values))
    sizes = (LENGTH.unpack(_read(hear, LENGTH.size))[0] for _ in range(count))
    return replace(answer, tapes=tuple(_read(hear, size) for size in sizes))


def _read(pipe: int, size: int) -> bytes:
    said, heard = bytearray(), select.poll()
    heard.register(pipe, select.POLLIN)
    while len(said) < size:
        heard.poll()  # polars has reads go on after an interruption, which this does not
        more = os.read(pipe, min(size - len(said), MOST_READ))
        if not more:
            raise EOFError
        said += more
    return bytes(said)


@cache
def warming() -> Held:
    """A tiny arena of no one's data, to warm up with."""
    import traces

    trace = traces.load("synthetic", machines=8, tasks=200)
    works = series(trace, load=0.9, hours=0.5, history_h=0.5)
    return Recovering(works, Measure(probes=1, bound="none"), composed(heuristics.get("best_fit")))
