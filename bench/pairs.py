"""One pair of a comparison on the openb problem: history, window, eight probes; where time goes.

300 machines at load 0.9, the train pool. A pair is the candidate's run and the baseline's; a
search makes the baseline's once and keeps it, so both are given.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import heuristics
import sim
from bench.measure import Effort, Row, processor_seconds
from bench.saturations import NO_DATA, openb
from sim.scored import Measure, Scorer

BASELINE = "best_fit"
CANDIDATES = {"alpha_evolve": 0.5, "fgd": 1.5}
PROBES = 8
SEED = 1_000_000


def rows(effort: Effort) -> Iterator[Row]:
    trace = openb()
    if trace is None:
        for name, target in CANDIDATES.items():
            yield Row("pair", name, "s", None, target=target, note=NO_DATA)
        return
    count = max(1, effort.repeats)
    works = sim.series(
        trace, load=0.9, machines=300, split="train", seeds=range(SEED, SEED + count)
    )
    base = seconds(works, BASELINE, PROBES)
    for name, target in CANDIDATES.items():
        own = seconds(works, name, PROBES)
        pair = base["all"] + own["all"]
        note = f"{name} {own['all']:.3f} s, {BASELINE} {base['all']:.3f} s"
        yield Row("pair", f"{name} over {BASELINE}", "s", pair, target=target, note=note)
        for part in ("stream", "events and decisions", "probes", "looks", "bound"):
            yield Row("pair", f"{name}: {part}", "s", own[part])


def seconds(works: list[sim.Workload], name: str, probes: int) -> dict[str, float]:
    """Processor time of one run, and of its parts, told by what a run without them takes."""
    heuristic = sim.compose([heuristics.get(name)], [0.0])
    rule = heuristic.ties(None)
    scorer = Scorer(works, Measure(probes=probes))
    scorer.score(0, heuristic, rule)  # compiles, and loads the cell

    def median(call: Callable[[int], object]) -> float:
        taken = [processor_seconds(lambda at=at: call(at)) for at in range(len(works))]
        return statistics.median(taken)

    runs = [scorer.score(at, heuristic, rule, snapshots=True) for at in range(len(works))]
    whole = median(lambda at: scorer.score(at, heuristic, rule))
    stream = median(lambda at: list(works[at].everything()))
    bare = median(lambda at: sim.replay(works[at], heuristic, samples=0))
    looks = max(median(lambda at: sim.replay(works[at], heuristic, samples=probes)) - bare, 0.0)
    return {
        "all": whole,
        "stream": stream,
        "events and decisions": bare - stream,
        "looks": looks,
        "probes": max(whole - bare - looks, 0.0),
        "bound": median(lambda at: scorer.bound(at, runs[at].snapshots, runs[at].draws)),
    }
