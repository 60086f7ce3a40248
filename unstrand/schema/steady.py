"""What happens in a cell that runs: lifetimes, outages, gangs, preemption, the queue; replays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key
from unstrand.schema.run import Run

MOST_PROBES = 10_000
QUEUES = (
    *("reject", "fifo", "skip", "easy", "easy_sjbf"),
    *("easy_clairvoyant", "easy_sjbf_clairvoyant"),
)


@dataclass
class Lifetimes:
    """What a drawn workload assumes of lifetimes."""

    lifetimes: str | None = key(
        None,
        "drawn with the shape or apart from it; null: as the trace advises",
        choices=("joint", "independent"),
    )
    lifetime_cap: float | None = key(
        None, "the longest, in hours; null: as the trace advises", above=0, at_most=1e9
    )
    predicted: str = key(
        "oracle",
        "what a heuristic is told of them: the truth, a guess, nothing",
        choices=("oracle", "noisy", "none"),
    )
    sigma: float = key(1.0, "noisy: of the logarithm of the error", at_least=0, at_most=10)


@dataclass
class OutageModel:
    """Group ``outages``: failures and maintenance, in place of the trace's own events."""

    mtbf_h: float | None = key(None, "hours between failures of a machine", above=0, at_most=1e7)
    mttr_h: float = key(1.0, "hours until it is mended", at_least=0, at_most=1e7)
    rack_mtbf_h: float | None = key(None, "hours between failures of a rack", above=0, at_most=1e7)
    rack_mttr_h: float = key(1.0, "hours until it is mended", at_least=0, at_most=1e7)
    rack_machines: int = key(
        40, "machines a rack, in order, where the trace names none", at_least=1, at_most=10**6
    )
    maintenance_every_h: float | None = key(
        None, "hours between two maintenances of a machine", above=0, at_most=1e7
    )
    maintenance_h: float = key(1.0, "hours of one", at_least=0, at_most=1e7)
    maintenance_share: float = key(0.05, "share of the fleet in a wave", above=0, at_most=1)
    drain_h: float = key(
        0.0, "hours before one in which no task comes to a machine", at_least=0, at_most=1e7
    )


@dataclass
class GangRule:
    """Group ``gangs``: how tasks of a trace that start together are placed."""

    topology: str = key("any", "machines that one may take", choices=("any", "machine", "rack"))
    timeout_h: float | None = key(
        None, "hours that one waits before it is given up", at_least=0, at_most=1e7
    )


@dataclass
class MigrationRule:
    """Group ``migration``: running tasks move to where the heuristic would put them now."""

    moves_per_hour: float | None = key(None, "the budget", above=0, at_most=3.6e6)
    looks: int = key(8, "tasks drawn at most before one moves", at_least=1, at_most=1000)


@dataclass
class StaleViews:
    """Group ``stale``: schedulers that decide at once on what they know of the cell."""

    schedulers: int = key(1, "how many take tasks in turn", at_least=1, at_most=100)
    decisions: int = key(
        0, "placements of the others that each does not know of", at_least=0, at_most=100_000
    )


@dataclass
class PreemptionRule:
    """Group ``preemption``: tasks of higher priority take the place of others."""

    enabled: bool = key(False, "whether they do")
    bands: list[Any] = key([], "priorities that spare each other: [[9,11]]")


@dataclass
class Steady(Run):
    """What the commands that replay arrivals and departures can be told."""

    load: float | None = key(
        None,
        "load of the scarcest weighted resource; null: 0.9, what a snapshot runs, the trace's own",
        above=0,
        at_most=10,
    )
    machines: int | None = key(
        None, "how many, drawn by the seed; null: all, or as load asks", at_least=1, at_most=10**7
    )
    hours: float | None = key(
        None, "the window; null: 48, the split's period with order=trace", above=0, at_most=1e6
    )
    history: float | None = key(
        None,
        "hours replayed before the window; null: until a fifth of the start is left",
        at_least=0,
        at_most=1e6,
    )
    order: str | None = key(
        None,
        "arrivals drawn or the trace's; null: as the trace advises",
        choices=("drawn", "trace"),
    )
    periods: dict[str, Any] = key(
        {}, "with order=trace, first and last day of a split: periods.test=[16,31]", open=True
    )
    workload: Lifetimes = key(Lifetimes, "what is assumed of lifetimes")
    weights: dict[str, float] = key(
        {}, "what the fleet is sold by, weights.gpu=1; {}: as the trace advises", open=True
    )
    queue: str = key("reject", "what becomes of work that does not fit", choices=QUEUES)
    outages: OutageModel = key(OutageModel, "failures and maintenance of machines")
    oversubscribe: dict[str, float] = key(
        {}, "times that a resource of machines is counted, oversubscribe.cpu=1.5", open=True
    )
    gangs: GangRule = key(GangRule, "tasks that start together")
    migration: MigrationRule = key(MigrationRule, "running tasks that move")
    preemption: PreemptionRule = key(PreemptionRule, "higher priorities take the place of lower")
    shake: float | None = key(
        None,
        "order=trace: seconds by which jobs come earlier or later at most, by the seed; compare "
        "does so besides, and marks what vanishes",
        above=0,
        at_most=1e6,
    )
    stale: StaleViews = key(StaleViews, "schedulers that decide on views of some age")
    recorded: str = key("best_fit", "places what heuristic recorded finds no place of in the trace")


@dataclass
class Probe:
    """The inflation probe, by which stranding is measured."""

    count: int = key(
        8, "probes a window, at random times of the seed's", at_least=0, at_most=MOST_PROBES
    )
    stop: float = key(
        0.05, "ends where shapes of less of the pool's weight still fit", above=0, at_most=1
    )


@dataclass
class Decisions:
    """Decisions of a replay that are taken apart."""

    count: int = key(0, "of how many of the window's tasks, evenly spread", at_least=0)
    baseline: str | None = key("best_fit", "who else is asked about the same cell; null: nobody")
    top: int = key(10, "machines that are kept, the best first", at_least=1, at_most=100_000)


@dataclass
class Replay(Steady):
    """Keys of ``unstrand replay``."""

    probe: Probe = key(Probe, "the inflation probe")
    samples: int = key(100, "how many samples over the window", at_least=1, at_most=1_000_000)
    placements: bool = key(False, "also write placements.parquet")
    decisions: Decisions = key(Decisions, "decisions taken apart, in decisions.parquet")
    process: str | None = key(None, "your SimPy process, as module:function")


@dataclass
class Explain(Steady):
    """Keys of ``unstrand explain``."""

    task: int | None = key(
        None,
        "its number, as a replay's placements have it; null: the first of the window's second half",
        at_least=0,
    )
    baseline: str | None = key("best_fit", "who else is asked about the same cell; null: nobody")
    top: int = key(10, "machines that are kept, the best first", at_least=1, at_most=100_000)
