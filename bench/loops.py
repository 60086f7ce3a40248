"""What a loop costs beside its evaluator: ours, openevolve's and shinka's, a candidate.

One evaluator at a time, which answers at once; the others' model is `bench.stub`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from bench.measure import Effort, Row
from bench.own_loop import ours
from bench.rivals import RIVALS, Absent

COUNTS = (100, 1000)
LEAST = 50
WINDOW = 100
WORKERS = 1


def marginal_ms(times: list[float], count: int) -> float:
    """Milliseconds a candidate as the archive nears `count`: over its last half, or last 100."""
    window = min(count // 2, WINDOW)
    return 1000 * (times[count - 1] - times[count - 1 - window]) / window


def timed(loop: Callable[[int, int], list[float]], count: int) -> tuple[list[float], float]:
    """A loop's times, and the milliseconds of processor time a candidate, its start and end too."""
    before = sum(os.times()[:4])
    times = loop(count, WORKERS)
    return times, 1000 * (sum(os.times()[:4]) - before) / count


def rows(effort: Effort) -> Iterator[Row]:
    counts = [max(LEAST, effort.some(count)) for count in COUNTS]
    mine, my_work = timed(ours, counts[-1])
    for rival in RIVALS:
        theirs, their_work, note = None, None, "one run"
        try:
            theirs, their_work = timed(rival.times, counts[-1])
        except Absent as reason:
            note = f"absent: {reason}"
        for count in counts:
            plain = None if theirs is None else marginal_ms(theirs, count)
            what = f"wall time of the {count:,}th candidate, {rival}"
            yield Row("loop", what, "ms", marginal_ms(mine, count), plain, note=note)
        what = f"processor time of one of {counts[-1]:,}, {rival}"
        yield Row("loop", what, "ms", my_work, their_work, note=note)
