"""Processor time of this process and of all that it started, as Linux tells it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
OF_A_TIME = slice(11, 15)  # of /proc/PID/stat behind its name: own, system, and of those waited for
BEGAN = 19
EVERY_S = 1.0


class Processor:
    """Seconds so far; what ended unwaited for counts as it was last seen.

    Where `/proc` tells nothing, this process and those that it has waited for.
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[int, str], float] = {}
        self.due, self.last = 0.0, 0.0

    def spent_s(self, every_s: float = EVERY_S) -> float:
        """Of all, since they began; looked up anew where the last look is so old."""
        if time.monotonic() >= self.due:
            self.last = self._looked_up()
            self.due = time.monotonic() + every_s
        return self.last

    def _looked_up(self) -> float:
        for pid in _family(os.getpid()):
            try:
                said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            fields = said.rpartition(")")[2].split()
            self.seen[pid, fields[BEGAN]] = sum(map(int, fields[OF_A_TIME])) / TICKS
        if self.seen:
            return sum(self.seen.values())
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)


def _family(pid: int) -> Iterator[int]:
    """A process and what descends from it."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = file.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))
