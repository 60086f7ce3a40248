"""The nursery: a process that forks one child for each candidate, and waits for its numbers.

It is exec'd with an empty environment, has compiled and loaded what no candidate should have to,
keeps one thread, and holds one arena at a time and nothing else of the run. The child locks itself
in before it looks at the candidate's source; what it may say is a message of fixed size.
"""

from __future__ import annotations

import math
import os
import pickle
import select
import signal
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from evolve.arena import Arena
from evolve.lock import die_with_parent, lock
from heuristics import REASONS, HeuristicError, parse
from sim.composition import composed
from sim.metrics.goodput import worth

MOST_DRAWS = 256
ANSWER = struct.Struct(f"<BiH{2 * MOST_DRAWS}d")  # reason, line, count, values and goodputs
READY = struct.Struct("<i")  # threads
COMPILED = b"C"
SCORED, NO_LOCK = 255, 254  # besides indices of REASONS
UNLOCKED = "unlocked"  # no rejection: the process could not be locked, and nothing was run
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
PLAIN = "def score(free):\n    return -free.cpu\n"
FAILING = (
    "def score(free):\n    return (free.cpu - free.cpu) / 0.0\n",
    "def score(gpus, mix):\n    return mix.weight[99999]\n",
)


@dataclass(frozen=True)
class Limits:
    """What a candidate may use. memory_mib: beyond what the nursery holds."""

    compile_s: float = 15.0
    run_s: float = 60.0
    memory_mib: int = 1024
    locked: bool = True


@dataclass(frozen=True)
class Request:
    """A source to be scored on all draws of the arena.

    It stops after the first where that is worth less than `floor` (margin: of goodput, see
    `sim.metrics.goodput`; None where there is none to hold).
    """

    source: str
    name: str
    ties: str | None = None
    floor: float = -math.inf
    margin: float | None = None

    def goes_on(self, values: list[float], goodput: list[float]) -> bool:
        """Whether another draw is worth its time."""
        if len(values) != 1:
            return True
        first = values[0] if self.margin is None else worth(values[0], goodput[0], self.margin)
        return first >= self.floor


@dataclass(frozen=True)
class Answer:
    """Values and goodputs, fewer than draws where it stopped; or a reason, with its line."""

    values: tuple[float, ...] = ()
    goodput: tuple[float, ...] = ()
    reason: str = ""
    line: int | None = None


def serve(requests: int, answers: int) -> None:
    """Warm up, then hold one arena after another until there are no more.

    An arena is held by a fork that serves until it is told to stop, so that no other's data is
    in its memory. The frames: a warm-up's arena; then, over and over, (arena, limits), requests,
    None; at the end None.
    """
    die_with_parent()
    _warm(_frame(requests))
    while (told := _frame(requests)) is not None:
        holder = os.fork()
        if holder == 0:
            arena, limits = told
            _hold(arena, limits, requests, answers)
        if os.waitpid(holder, 0)[1] != 0:
            os._exit(1)


def _hold(arena: Arena, limits: Limits, requests: int, answers: int) -> NoReturn:
    """Serve one arena's requests."""
    die_with_parent()
    plain = composed(parse(PLAIN, filename="warm.py", name="warm"))
    for key in arena.keys:
        arena.score(plain, key, None)
    _write(answers, READY.pack(len(os.listdir("/proc/self/task"))))
    while (request := _frame(requests)) is not None:
        _say(answers, _scored(arena, request, limits))
    os._exit(0)


def _warm(arena: Arena) -> None:
    """Load and compile what is the same for every candidate, errors and their lines too."""
    for source in (WARM, *FAILING):
        with suppress(HeuristicError):
            composition = composed(parse(source, filename="warm.py", name="warm"))
            for ties in ("first", "rounded"):
                arena.score(composition, arena.keys[0], ties)


def _scored(arena: Arena, request: Request, limits: Limits) -> Answer:
    """Fork a child for a request, wait for it, and see that it is gone."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        _live(arena, request, limits, outlet)
    os.close(outlet)
    try:
        return _heard(inlet, child, limits)
    finally:
        os.close(inlet)


def _heard(inlet: int, child: int, limits: Limits) -> Answer:
    """What a child says in time; it is ended whatever it says."""
    said, late = b"", "compile_timeout"
    deadline = time.monotonic() + limits.compile_s
    whole = len(COMPILED) + ANSWER.size
    while len(said) < whole:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([inlet], [], [], left)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Answer(reason=late)
        more = os.read(inlet, whole - len(said))
        if not more:
            break
        if not said:
            late, deadline = "timeout", time.monotonic() + limits.run_s
        said += more
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if len(said) in (ANSWER.size, whole):  # without the mark where it did not compile
        return _read(said[-ANSWER.size :])
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return Answer(reason=late)
    return Answer(reason="crash")


def _read(said: bytes) -> Answer:
    """A child's message, as far as it is one that a child may send."""
    reason, line, count, *numbers = ANSWER.unpack(said)
    if reason == NO_LOCK:
        return Answer(reason=UNLOCKED)
    if reason == SCORED and 0 < count <= MOST_DRAWS:
        values, goodput = numbers[:count], numbers[MOST_DRAWS : MOST_DRAWS + count]
        if all(map(math.isfinite, [*values, *goodput])):
            return Answer(tuple(values), tuple(goodput))
    if reason < len(REASONS):
        return Answer(reason=REASONS[reason], line=line if line > 0 else None)
    return Answer(reason="crash")


def _live(arena: Arena, request: Request, limits: Limits, outlet: int) -> NoReturn:
    """A child's whole life."""
    try:
        os.dup2(outlet, 0)
        os.closerange(1, os.sysconf("SC_OPEN_MAX"))
        die_with_parent()
        if limits.locked:
            seconds = math.ceil(limits.compile_s + limits.run_s)
            lock(memory_bytes=limits.memory_mib << 20, processor_s=seconds)
    except BaseException:
        _tell(NO_LOCK)
    values: list[float] = []
    goodput: list[float] = []
    try:
        composition = composed(
            parse(request.source, filename=request.name, name=request.name.removesuffix(".py"))
        )
        arena.prepare(composition)
        os.write(0, COMPILED)
        for key in arena.keys:
            if not request.goes_on(values, goodput):
                break
            found = arena.score(composition, key, request.ties)
            values.append(found.value)
            goodput.append(found.goodput)
    except HeuristicError as error:
        _tell(REASONS.index(error.reason), line=error.line or 0)
    except MemoryError:
        _tell(REASONS.index("memory"))
    except BaseException:
        _tell(REASONS.index("raised"))
    _tell(SCORED, values=values, goodput=goodput)


def _tell(
    reason: int, *, line: int = 0, values: Sequence[float] = (), goodput: Sequence[float] = ()
) -> NoReturn:
    """Write the message, and end."""
    try:
        os.write(0, _packed(reason, line, values, goodput))
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


def _say(answers: int, answer: Answer) -> None:
    codes = {"": SCORED, UNLOCKED: NO_LOCK}
    reason = codes[answer.reason] if answer.reason in codes else REASONS.index(answer.reason)
    _write(answers, _packed(reason, answer.line or 0, answer.values, answer.goodput))


def _packed(reason: int, line: int, values: Sequence[float], goodput: Sequence[float]) -> bytes:
    numbers = [0.0] * (2 * MOST_DRAWS)
    numbers[: len(values)] = values
    numbers[MOST_DRAWS : MOST_DRAWS + len(goodput)] = goodput
    return ANSWER.pack(reason, line, len(values), *numbers)
