"""The nursery: processes that fork one child for each candidate, and wait for its numbers.

It is exec'd with an empty environment, has compiled and loaded what no candidate should have to,
and keeps one thread. For each arena it forks a holder, which has that one and nothing else of the
run, and forks a child for each candidate. The child locks itself
in before it looks at the candidate's source; what it may say is a message of fixed size,
and tapes where they are asked for.
"""

from __future__ import annotations

import math
import os
import pickle
import select
import signal
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol

from heuristics import REASONS, HeuristicError, parse
from sim.arenas.arena import Arena, Held
from sim.arenas.behaviour import MARKS, Behaviour
from sim.arenas.racing import Race
from sim.composition import TIES, Composition, composed
from sim.contain.lock import die_with_parent, lock
from sim.tape import Tape

MOST_DRAWS = 256
MOST_TEXT = 240  # bytes of what an error says
ANSWER = struct.Struct(f"<Bi{MOST_TEXT}sHqB2d{2 * MOST_DRAWS}d")
"""Reason, line, text; draws; signature, mark, emptier, balance; values and goodputs."""
READY = struct.Struct("<i")  # threads
LENGTH = struct.Struct("<q")  # of a tape, which follows
MOST_READ = 1 << 20  # bytes at a time
COMPILED = b"C"
SCORED, NO_LOCK, SEEN, OUTSIDE = 255, 254, 253, 252  # besides indices of REASONS
UNLOCKED = "unlocked"  # no rejection: the process could not be locked, and nothing was run
KNOWN = "known"  # no rejection: another text for choices that were paid for
KILLED = "killed"  # no rejection: somebody else has ended the process
CODES = {"": SCORED, UNLOCKED: NO_LOCK, KNOWN: SEEN, KILLED: OUTSIDE}
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


class Errand(Protocol):
    """What a child is forked for."""

    @property
    def audit(self) -> bool:
        """Whether tapes come with the answer, one a value."""

    def compose(self) -> Composition:
        """What is to be asked. Raises HeuristicError."""

    def answer(self, held: Any, composition: Composition) -> Answer:
        """Ask it. Raises HeuristicError."""


@dataclass(frozen=True)
class Request:
    """A source to be scored on all draws of the arena; in a race, until it is lost.

    audit: whether it says what it decided, a tape (`sim.tape`) a draw.
    """

    source: str
    name: str
    ties: str | None = None
    race: Race | None = None
    audit: bool = False

    def compose(self) -> Composition:
        """The source, read."""
        name = self.name.removesuffix(".py")
        return composed(parse(self.source, filename=self.name, name=name))

    def answer(self, held: Arena, composition: Composition) -> Answer:
        """Its scores."""
        return _raced(held, composition, self)


@dataclass(frozen=True)
class Answer:
    """Values and goodputs, fewer than draws where it stopped; or a reason, its line and text."""

    values: tuple[float, ...] = ()
    goodput: tuple[float, ...] = ()
    reason: str = ""
    line: int | None = None
    text: str = ""
    behaviour: Behaviour | None = None
    tapes: tuple[bytes, ...] = ()


def serve(control: int) -> None:
    """Warm up, then fork a holder for each pair of pipes that comes, until the socket is closed.

    A holder holds one arena and serves its requests until its pipe is closed, so that no other's
    data is in its memory. The frames: of the socket, a warm-up's arena; of a pipe, (arena, limits),
    then requests.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked decides, and ends this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # holders that end are no one's business
    _warm(_frame(control))
    with socket.socket(fileno=control) as wire:
        while True:
            said, pipes, *_ = socket.recv_fds(wire, 1, 2)
            if not said:
                return
            if os.fork() == 0:
                wire.close()
                _hold(*pipes)
            for pipe in pipes:
                os.close(pipe)


def _hold(requests: int, answers: int) -> NoReturn:
    """Serve one arena's requests."""
    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    arena, limits = _frame(requests)
    arena.warm(composed(parse(PLAIN, filename="warm.py", name="warm")), None)
    _write(answers, READY.pack(len(os.listdir("/proc/self/task"))))
    while (request := _frame(requests)) is not None:
        answer = _scored(arena, request, limits)
        _write(answers, _packed(answer))
        for tape in answer.tapes:
            _write(answers, LENGTH.pack(len(tape)) + tape)
    os._exit(0)


def _warm(arena: Held) -> None:
    """Load and compile what is the same for every candidate, errors and their lines too."""
    for source in (WARM, ARRAY, *FAILING):
        composition = composed(parse(source, filename="warm.py", name="warm"))
        for ties in TIES:
            with suppress(HeuristicError):
                arena.warm(composition, ties)


def _scored(arena: Held, request: Errand, limits: Limits) -> Answer:
    """Fork a child for a request, wait for it, and see that it is gone."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        _live(arena, request, limits, outlet)
    os.close(outlet)
    try:
        return _Heard(inlet, limits).of(child, audit=request.audit)
    finally:
        os.close(inlet)


class _Heard:
    """Hears a child out in time; it is ended whatever it says."""

    def __init__(self, inlet: int, limits: Limits) -> None:
        self.inlet, self.limits = inlet, limits
        self.late, self.deadline = "compile_timeout", time.monotonic() + limits.compile_s

    def of(self, child: int, *, audit: bool) -> Answer:
        """Its answer."""
        answer = None
        try:
            said = self._read(len(COMPILED))
            if said == COMPILED:
                self.late, self.deadline = "timeout", time.monotonic() + self.limits.run_s
                said = b""
            answer = unpacked(said + self._read(ANSWER.size - len(said)))
            if answer.reason == UNLOCKED and self.late == "timeout":
                answer = Answer(reason="crash")  # it was locked before it compiled anything
            if audit and not answer.reason:
                answer = replace(answer, tapes=self._tapes(len(answer.values)))
        except TimeoutError:
            answer = Answer(reason=self.late)
        except EOFError:
            answer = None
        finally:
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        if answer is not None:
            return answer
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return Answer(
            reason={int(signal.SIGXCPU): self.late, int(signal.SIGKILL): KILLED}.get(ended, "crash")
        )

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


def unpacked(said: bytes) -> Answer:
    """A child's message, as far as it is one that a child may send."""
    code, line, text, count, signature, mark, emptier, balance, *numbers = ANSWER.unpack(said)
    values, goodput = numbers[:count], numbers[MOST_DRAWS : MOST_DRAWS + count]
    honest = count <= MOST_DRAWS and all(map(math.isfinite, (*numbers, emptier, balance)))
    if honest and mark < len(MARKS):
        behaviour = Behaviour(signature, emptier, balance, MARKS[mark])
        for reason, known in CODES.items():
            if code == known and (count or reason):
                return Answer(tuple(values), tuple(goodput), reason, behaviour=behaviour)
        if code < len(REASONS):
            told = text.rstrip(b"\0").decode(errors="replace")
            return Answer(reason=REASONS[code], line=line if line > 0 else None, text=told)
    return Answer(reason="crash")


def _live(arena: Held, request: Errand, limits: Limits, outlet: int) -> NoReturn:
    """A child's whole life."""
    try:
        os.dup2(outlet, 0)
        os.closerange(1, os.sysconf("SC_OPEN_MAX"))
        die_with_parent()
        if limits.locked:
            seconds = math.ceil(limits.compile_s + limits.run_s)
            lock(memory_bytes=limits.memory_mib << 20, processor_s=seconds)
    except BaseException:
        _tell(Answer(reason=UNLOCKED))
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


def _raced(arena: Arena, composition: Composition, request: Request) -> Answer:
    """Draw after draw, as long as it may win."""
    race, values, goodput = request.race, [], []
    behaviour = Behaviour()
    if race is not None:
        behaviour = arena.watch.behaviour(composition)
        if race.knows(behaviour.signature):
            return Answer(reason=KNOWN, behaviour=behaviour)
    tapes = []
    for key in arena.keys:
        tape = Tape() if request.audit else None
        found = arena.score(composition, key, request.ties, tape)
        values.append(found.value)
        goodput.append(found.goodput)
        if tape is not None:
            tapes.append(tape.decisions.tobytes())
        if race is not None and race.lost(values, goodput, behaviour):
            break
    return Answer(tuple(values), tuple(goodput), behaviour=behaviour, tapes=tuple(tapes))


def _tell(answer: Answer) -> NoReturn:
    """Write the message, and end."""
    try:
        _write(0, _packed(answer))
        for tape in answer.tapes:
            _write(0, LENGTH.pack(len(tape)) + tape)
    finally:
        os._exit(0)


def _frame(requests: int) -> Any:
    """One frame of the parent's, who is trusted; None at the end."""
    size = int.from_bytes(_exactly(requests, 8), "little")
    return pickle.loads(_exactly(requests, size)) if size else None


def _exactly(stream: int, size: int) -> bytes:
    """So many bytes and not one more, which a fork would miss; none where the parent is gone."""
    parts, left = [], size
    while left > 0:
        part = os.read(stream, left)
        if not part:
            return b""
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _write(answers: int, said: bytes) -> None:
    while said:
        said = said[os.write(answers, said) :]


def _packed(answer: Answer) -> bytes:
    reason, behaviour, count = answer.reason, answer.behaviour or Behaviour(), len(answer.values)
    numbers = [0.0] * (2 * MOST_DRAWS)
    numbers[:count] = answer.values
    numbers[MOST_DRAWS : MOST_DRAWS + count] = answer.goodput
    return ANSWER.pack(
        CODES[reason] if reason in CODES else REASONS.index(reason),
        answer.line or 0,
        answer.text.encode(errors="replace")[:MOST_TEXT],
        count,
        behaviour.signature,
        MARKS.index(behaviour.mark),
        behaviour.emptier,
        behaviour.balance,
        *numbers,
    )
