"""Commands that fill a cell: saturation experiments and compaction."""

from __future__ import annotations

from dataclasses import dataclass

from unstrand.keys import key
from unstrand.schema.run import Mix, Run


@dataclass
class Saturate(Run):
    """Keys of ``unstrand saturate``."""

    offered: float = key(1.3, "offered work, as a ratio of capacity", above=0, at_most=10)
    seeds: int = key(10, "how many seeds, from seed on", at_least=1, at_most=100_000)
    mix: Mix = key(Mix, "the reference shapes")
    workers: int = key(1, "processes", at_least=1, at_most=1024, outcome=False)


@dataclass
class Compact(Run):
    """Keys of ``unstrand compact``."""

    load: float | None = key(
        None,
        "load of the scarcest weighted resource; null: 0.9, what a snapshot runs",
        above=0,
        at_most=10,
    )
    machines: int | None = key(
        None, "the fleet, drawn by the seed; null: all, or as load asks", at_least=1, at_most=10**7
    )
    weights: dict[str, float] = key(
        {}, "what the fleet is sold by, weights.gpu=1; {}: as the trace advises", open=True
    )
    oversubscribe: dict[str, float] = key(
        {}, "times that a resource of machines is counted, oversubscribe.cpu=1.5", open=True
    )
    put: str = key(
        "best_fit",
        "who has put what runs on the whole fleet, a shipped heuristic; of a snapshot all runs",
    )
    trials: int = key(11, "random orders of the machines", at_least=1, at_most=10_000)
    left_over: float = key(
        0.002, "share of tasks that may find no machine", at_least=0, at_most=0.5
    )
