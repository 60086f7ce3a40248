"""What passes between a child, its holder and the parent: a message of fixed size, then tapes."""

from __future__ import annotations

import math
import os
import pickle
import struct
from dataclasses import dataclass
from typing import Any

from heuristics import REASONS
from sim.arenas.behaviour import MARKS, Behaviour

MOST_DRAWS = 256
MOST_TEXT = 240  # bytes of what an error says
ANSWER = struct.Struct(f"<Bi{MOST_TEXT}sHqB2d{2 * MOST_DRAWS}d")
"""Reason, line, text; draws; signature, mark, emptier, balance; values and goodputs."""
READY = struct.Struct("<i")  # threads
LENGTH = struct.Struct("<q")  # of a tape, which follows
MOST_READ = 1 << 20  # bytes at a time
COMPILED = b"C"  # said before the message
SCORED, NO_LOCK, SEEN, OUTSIDE = 255, 254, 253, 252  # besides indices of REASONS
UNLOCKED = "unlocked"  # no rejection: the process could not be locked, and nothing was run
KNOWN = "known"  # no rejection: another text for choices that were paid for
KILLED = "killed"  # no rejection: somebody else has ended the process
CODES = {"": SCORED, UNLOCKED: NO_LOCK, KNOWN: SEEN, KILLED: OUTSIDE}


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


def unpacked(message: bytes) -> Answer:
    """A child's message, as far as it is one that a child may send."""
    code, line, text, count, signature, mark, emptier, balance, *numbers = ANSWER.unpack(message)
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


def packed(answer: Answer) -> bytes:
    """The message of an answer, tapes apart."""
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


def frame(requests: int) -> Any:
    """One frame of the parent's, who is trusted; None at the end, where it may be half of one."""
    size = int.from_bytes(_exactly(requests, 8), "little")
    body = _exactly(requests, size)
    return pickle.loads(body) if body else None


def send(requests: int, what: object) -> None:
    """One frame."""
    body = pickle.dumps(what, protocol=5)
    write(requests, len(body).to_bytes(8, "little") + body)


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


def write(answers: int, said: bytes) -> None:
    """All of it."""
    left = memoryview(said)
    while left:
        left = left[os.write(answers, left) :]
