"""Candidates a minute of a search on the openb problem, with one worker and with two.

The proposals are the same for both, since a search does not depend on its workers.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import Effort, Row
from bench.own_loop import taken
from bench.problem import problem_of
from bench.saturations import NO_DATA, openb

WORDS = ["problem=openb", "problem.parents=[fgd,best_fit,cosine]"]
CANDIDATES = 200
LEAST = 40
WARM = 20  # candidates before the first that counts: seeds, and what is compiled once


def rows(effort: Effort) -> Iterator[Row]:
    if openb() is None:
        yield Row("search", "openb", "candidates/min", None, note=NO_DATA)
        return
    problem = problem_of(*WORDS)
    count = max(LEAST, effort.some(CANDIDATES))
    for workers in (1, 2):
        times = taken(problem, count, workers)
        rate = 60.0 * (count - WARM) / (times[-1] - times[WARM - 1])
        what = f"openb, candidates {WARM + 1} to {count}, workers={workers}"
        yield Row("search", what, "candidates/min", rate, note="one run, contained and audited")
