"""The nursery: processes that fork one child for each candidate, and wait for its numbers.

It is exec'd with an empty environment, has compiled and loaded what no candidate should have to,
and keeps one thread. For each arena it forks a holder, which has that one and nothing else of the
run, and forks a child for each candidate, one ahead. The child locks itself in before it is given
the candidate's source; what it may say is a message of fixed size, and tapes where they are asked
for.
"""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol

from heuristics import HeuristicError, parse
from sim.arenas.arena import Held
from sim.composition import TIES, Composition, composed
from sim.contain.lock import die_with_parent, lock
from sim.contain.message import (
    ANSWER,
    COMPILED,
    KILLED,
    LENGTH,
    MOST_READ,
    READY,
    UNLOCKED,
    Answer,
    frame,
    packed,
    send,
    unpacked,
    write,
)

WARM = """
import math


def score(required, free, total, gpus, slot, frag, mix, task, machine, cell):
    x = 0.0
    for share in gpus:
        x = x + math.log(share + 1.0) + math.exp(-share) ** 2
    for m in range(len(mix.cpu)):
        if mix.gpu[m] > 0:
            x += mix.weight[m] * int(free.cpu / max(mix.cpu[m], 1.0)) // 2
        else:
            return x
    return x - frag.gain.cpu if slot >= 0 and machine.tasks > 2 else float(min(x, 3.0) % 3)
"""
PLAIN = "def score(free):\n    return -free[0]\n"
ARRAY = "import numpy as np\n\n\ndef scores(free):\n    return np.sqrt(np.abs(free[0]))\n"
FAILING = (
    "def score(free):\n    return (free.cpu - free.cpu) / 0.0\n",
    "def score(gpus, mix):\n    return mix.weight[99999]\n",
)


@dataclass(frozen=True)
class Limits:
    """What a candidate may use. memory_mib: beyond what the nursery holds; tape_mib: of tapes."""

    compile_s: float = 15.0
    run_s: float = 60.0
    memory_mib: int = 1024
    tape_mib: int = 256
    locked: bool = True

    def told(self, reason: str) -> str:
        """What a reason says of what was done, '' where the limits don't tell."""
        return {
            "timeout": f"took more than {self.run_s:g} s to decide a run",
            "compile_timeout": f"took more than {self.compile_s:g} s to compile",
            "memory": f"asked for more than {self.memory_mib} MiB of memory",
            "crash": "ended the process that it ran in",
        }.get(reason, "")


class Errand(Protocol):
    """What a child is forked for."""

    def tapes(self, values: int) -> int:
        """How many tapes come with an answer of so many values."""

    def compose(self) -> Composition:
        """What is to be asked. Raises HeuristicError."""

    def answer(self, held: Any, composition: Composition) -> Answer:
        """Ask it. Raises HeuristicError."""


def serve(control: int, parent: int) -> None:
    """Warm up, then fork a holder for each pair of pipes that comes, until the socket is closed.

    A holder holds one arena and serves its requests until its pipe is closed, so that no other's
    data is in its memory. The frames: of the socket, a warm-up's arena; of a pipe, (arena, limits),
    then requests.
    """
    die_with_parent(parent)
    own = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked decides, and ends this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # holders that end are no one's business
    if (rehearsal := frame(control)) is None:
        return
    _warm(rehearsal)
    with socket.socket(fileno=control) as wire:
        while True:
            said, pipes, *_ = socket.recv_fds(wire, 1, 2)
            if not said:
                return
            if os.fork() == 0:
                wire.close()
                _hold(own, *pipes)
            for pipe in pipes:
                os.close(pipe)


def _hold(parent: int, requests: int, answers: int) -> NoReturn:
    """Serve one arena's requests."""
    die_with_parent(parent)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if (held := frame(requests)) is None:
        os._exit(0)
    arena, limits = held
    arena.warm(composed(parse(PLAIN, filename="warm.py", name="warm")), None)
    write(answers, READY.pack(len(os.listdir("/proc/self/task"))))
    spare = None  # forked while the one before it is at work, as forking takes its time
    while (request := frame(requests)) is not None:
        child = spare or _Child(arena, limits)
        child.ask(request)
        spare = _Child(arena, limits)
        answer = child.answer(request.tapes)
        write(answers, packed(answer))
        for tape in answer.tapes:
            write(answers, LENGTH.pack(len(tape)) + tape)
        child.end()
    os._exit(0)


def _warm(arena: Held) -> None:
    """Load and compile what is the same for every candidate, errors and their lines too."""
    for source in (WARM, ARRAY, *FAILING):
        composition = composed(parse(source, filename="warm.py", name="warm"))
        for ties in TIES:
            with suppress(HeuristicError):
                arena.warm(composition, ties)


class _Child:
    """A child that waits, locked, for what it is asked; heard out in time, then ended."""

    def __init__(self, arena: Held, limits: Limits) -> None:
        self.limits = limits
        asked, self.outlet = os.pipe()
        self.inlet, said = os.pipe()
        own, self.pid = os.getpid(), os.fork()
        if self.pid == 0:
            _live(own, arena, limits, asked, said)
        os.close(asked)
        os.close(said)

    def ask(self, request: Errand) -> None:
        """Begin, and the time that it has with it."""
        self.late, self.deadline = "compile_timeout", time.monotonic() + self.limits.compile_s
        with suppress(BrokenPipeError):  # it has ended: its answer, or that there is none, says how
            send(self.outlet, request)
        os.close(self.outlet)

    def answer(self, tapes: Callable[[int], int]) -> Answer:
        """What it says, with so many tapes as come with its values."""
        try:
            said = self._read(len(COMPILED))
            if said == COMPILED:
                self.late, self.deadline = "timeout", time.monotonic() + self.limits.run_s
                said = b""
            answer = unpacked(said + self._read(ANSWER.size - len(said)))
            if answer.reason == UNLOCKED and self.late == "timeout":
                return Answer(reason="crash")  # it was locked before it compiled anything
            count = 0 if answer.reason else tapes(len(answer.values))
            return replace(answer, tapes=self._tapes(count))
        except TimeoutError:
            return Answer(reason=self.late)
        except EOFError:
            status = self.end()
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return Answer(
            reason={int(signal.SIGXCPU): self.late, int(signal.SIGKILL): KILLED}.get(ended, "crash")
        )

    def end(self) -> int:
        """See that it is gone, whatever it said: how it ended."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitpid(self.pid, 0)[1]
            os.close(self.inlet)
            self.pid = 0
        return self.status

    def _tapes(self, count: int) -> tuple[bytes, ...]:
        tapes, left = [], self.limits.tape_mib << 20
        for _ in range(count):
            (size,) = LENGTH.unpack(self._read(LENGTH.size))
            left -= size
            if size < 0 or left < 0:
                raise EOFError
            tapes.append(self._read(size))
        return tuple(tapes)

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.inlet], [], [], left)[0]:
                raise TimeoutError
            part = os.read(self.inlet, min(size, MOST_READ))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _live(parent: int, arena: Held, limits: Limits, asked: int, outlet: int) -> NoReturn:
    """A child's whole life. asked: of which it reads one request, and which it closes then."""
    try:
        os.dup2(outlet, 0)
        os.dup2(asked, 1)
        os.closerange(2, os.sysconf("SC_OPEN_MAX"))
        die_with_parent(parent)
        if limits.locked:
            seconds = math.ceil(limits.compile_s + limits.run_s)
            lock(memory_bytes=limits.memory_mib << 20, processor_s=seconds)
    except BaseException:
        _tell(Answer(reason=UNLOCKED))
    if (request := frame(1)) is None:
        os._exit(0)
    os.close(1)
    try:
        composition = request.compose()
        arena.prepare(composition)
        os.write(0, COMPILED)
        answer = request.answer(arena, composition)
    except HeuristicError as error:
        answer = Answer(reason=error.reason, line=error.line, text=error.message)
    except MemoryError:
        answer = Answer(reason="memory")
    except BaseException:
        answer = Answer(reason="raised")
    _tell(answer)


def _tell(answer: Answer) -> NoReturn:
    """Write the message, and end."""
    try:
        write(0, packed(answer))
        for tape in answer.tapes:
            write(0, LENGTH.pack(len(tape)) + tape)
    finally:
        os._exit(0)
