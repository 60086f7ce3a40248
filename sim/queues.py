"""What becomes of a task that no machine can take when it comes: the queue policies by name."""

from __future__ import annotations

from dataclasses import dataclass

from sim import layout


@dataclass(frozen=True)
class Queue:
    """A policy.

    rule: what the compiled cell goes by. shortest: whoever is planned to be shortest passes the
    head first. clairvoyant: plans are made with actual run times, not with requested ones.
    """

    rule: int
    shortest: bool = False
    clairvoyant: bool = False


QUEUES = {
    "reject": Queue(layout.REJECT),
    "fifo": Queue(layout.FIFO),
    "skip": Queue(layout.SKIP),
    "easy": Queue(layout.EASY),
    "easy_sjbf": Queue(layout.EASY, shortest=True),
    "easy_clairvoyant": Queue(layout.EASY, clairvoyant=True),
    "easy_sjbf_clairvoyant": Queue(layout.EASY, shortest=True, clairvoyant=True),
}


def simulated(queue: str) -> tuple[str, ...]:
    """What a policy makes up beside a trace: nothing where nobody waits."""
    return () if QUEUES[queue].rule == layout.REJECT else (f"queue ({queue})",)
