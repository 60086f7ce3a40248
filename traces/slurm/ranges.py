"""Array tasks that have not started stand in one row: `123_[1-9%2]`, `123_[0-8:4,11]`."""

from __future__ import annotations

import re

_PART = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?", re.ASCII)
TASKS_MAX = 4_000_001  # the most that MaxArraySize can be


def indices(text: str) -> range | list[int] | None:
    """The tasks of `[1-9%2]`, without the limit after %, None where it is no such text.

    Where sacct cut a long list short (`...`), those that it names; None where it names none.
    """
    body = text.strip("[]").split("%", 1)[0]
    found: list[int] = []
    for piece in body.split(","):
        if piece == "...":
            continue
        part = _PART.fullmatch(piece)
        if part is None:
            return None
        first, last, step = int(part[1]), int(part[2] or part[1]), int(part[3] or 1)
        more = range(first, last + 1, step) if step else range(0)
        if not more or len(found) + len(more) > TASKS_MAX:
            return None
        found += more
    return found or None
