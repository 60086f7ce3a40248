"""What is measured over a window, and what a comparison makes of it, in the plainest Python.

Exact, slow, and to be read by eye: whole units, ticks, fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.sim.oracle import Machine, Oracle, Task
from tests.sim.oracle_stranding import (
    empty_machines,
    exhausted,
    fragmentation,
    free_part,
    inflate,
    percent,
    shape_fits,
)


def overlap(first: int, last: int | None, begin: int, end: int) -> int:
    """Ticks of [first, last) within [begin, end); `last` None is never."""
    until = end if last is None else min(last, end)
    return max(0, until - max(first, begin))


def goodput(placed: list[Task], r: int, begin: int, end: int) -> int:
    """Resource-time allocated within [begin, end): whole units times ticks."""
    return sum(task.request[r] * overlap(task.started, task.end, begin, end) for task in placed)


def holding(placed: list[Task], tick: int) -> list[Task]:
    """The tasks that run at a tick, those that start then included, those that end then not."""
    return [
        task for task in placed if task.started <= tick and (task.end is None or task.end > tick)
    ]


def start_share(
    placed: list[Task],
    start: frozenset[int],
    machines: list[Machine],
    weights: list[Fraction],
    tick: int,
) -> Fraction:
    """What tasks of the start population hold of all that is allocated at a tick, per cent.

    Of the weighted resource of which the largest part of the fleet is allocated.
    """
    running = holding(placed, tick)
    allocated = {
        r: percent(Fraction(sum(t.request[r] for t in running)), machines, r)
        for r in range(len(weights))
        if weights[r] > 0
    }
    scarcest = max(allocated, key=lambda r: allocated[r])  # the first of equals
    if not allocated[scarcest]:
        return Fraction(0)
    old = sum(task.request[scarcest] for task in running if task.number in start)
    return 100 * percent(Fraction(old), machines, scarcest) / allocated[scarcest]


def nearest_rank(values: list[int], q: Fraction) -> int:
    """The smallest value that at least a share `q` of the values don't exceed; 0 of none."""
    ordered = sorted(values)
    for k, value in enumerate(ordered):
        if k + 1 >= q * len(ordered):
            return value
    return 0


def offered_load(
    tasks: list[Task], machines: list[Machine], weights: list[Fraction], begin: int, end: int
) -> Fraction:
    """Σ request · (lifetime within the window) / (total · window), the scarcest weighted resource.

    A task is thought to start when it comes.
    """
    loads = []
    for r in range(len(weights)):
        total = sum(machine.total[r] for machine in machines)
        if weights[r] > 0 and total > 0:
            asked = sum(
                t.request[r]
                * overlap(t.submit, None if t.life is None else t.submit + t.life, begin, end)
                for t in tasks
            )
            loads.append(Fraction(asked, total * (end - begin)))
    return max(loads, default=Fraction(0))


def without_trace(task: Task, begin: int) -> bool:
    """Whether a task comes so long before the window, and is so short, that it may be skipped."""
    before = begin - task.submit
    return before > 0 and task.life is not None and task.life < Fraction(2, 100) * before


def weighted(values: Sequence[Fraction], machines: list[Machine], weights: list[Fraction]) -> Any:
    """The weighted mean over the resources that the fleet has."""
    sold = [r for r in range(len(weights)) if sum(machine.total[r] for machine in machines) > 0]
    mean = sum((weights[r] * values[r] for r in sold), Fraction(0))
    return mean / sum(weights[r] for r in sold)


def measure(
    cell: Oracle,
    tasks: list[Task],
    *,
    start: frozenset[int],
    history_ticks: int,
    window_ticks: int,
    sample_times: list[int],
    probe_sequences: list[list[Task]],
    pool: list[Task],
    stop: Fraction,
    weights: list[Fraction],
) -> dict[str, Any]:
    """Everything that is measured on one cell with one stream.

    cell: empty, at tick 0, with its heuristics, tie rule, seed and queue rule.
    tasks: the start population, coming at tick 0, and all arrivals; `start` the numbers of the
    first. The window is [history, history + window); sample_times are ticks from 0, ascending, and
    see all else that happens at their instant. probe_sequences: tasks drawn, one list a sample;
    their numbers are their lots' and no others'. pool: the tasks of the scored split.
    Percentages are of the fleet's total of a resource; lists have one entry a resource.
    """
    begin, end = history_ticks, history_ticks + window_ticks
    resources = range(len(cell.names))
    machines, mix, gpu = cell.machines, cell.mix, cell.gpu
    samples = []
    before = -1
    for tick, sequence in zip(sample_times, probe_sequences, strict=True):
        cell.run([t for t in tasks if before < t.submit <= tick], tick)
        cell.now, before = tick, tick
        inflated = inflate(cell, sequence, pool, stop)
        samples.append(
            {
                "tick": tick,
                "stranded_pct": [free_part(inflated.cell.machines, r) for r in resources],
                "frag_pct": [fragmentation(machines, mix, r, gpu) for r in resources],
                "exhausted_pct": [exhausted(machines, mix, r, gpu) for r in resources],
                "allocated_pct": [
                    percent(Fraction(sum(m.total[r] - m.free[r] for m in machines)), machines, r)
                    for r in resources
                ],
                "empty_machines_pct": empty_machines(machines),
                "running": len(cell.running),
                "pending": len(cell.waiting),
                "unfit": {
                    (t.request, t.models)
                    for t in pool
                    if not any(shape_fits(m, t.request, t.models, gpu) for m in machines)
                },
                "probe_placed": inflated.placed,
                "probe_live": inflated.live,
                "probe_drawn": inflated.drawn,
            }
        )
    cell.run([t for t in tasks if before < t.submit], end)
    inside = [t for t in cell.placed if begin <= t.started]  # what departs at the end makes room
    delays = [t.started - t.submit for t in inside]
    result: dict[str, Any] = {
        "samples": samples,
        "goodput": [goodput(cell.placed, r, begin, end) for r in resources],
        "start_share_pct": start_share(cell.placed, start, machines, weights, begin),
        "load": offered_load(tasks, machines, weights, begin, end),
        "placed": len(inside),
        "rejected": sum(begin <= t.submit < end for t in cell.rejected),
        "queued": sum(
            begin <= t.submit < end for t in cell.placed + cell.waiting if t.started != t.submit
        ),
        "pending_at_end": len(cell.waiting),
        "queueing_mean": Fraction(sum(delays), max(len(delays), 1)),
        "queueing_p50": nearest_rank(delays, Fraction(1, 2)),
        "queueing_p99": nearest_rank(delays, Fraction(99, 100)),
        "used_machines": sum(bool(machine.tasks) for machine in machines),
    }
    for what in ("stranded_pct", "frag_pct", "exhausted_pct"):
        result[what] = [mean([sample[what][r] for sample in samples]) for r in resources]
    result["empty_machines_pct"] = mean([sample["empty_machines_pct"] for sample in samples])
    result["allocated_pct"] = [  # over the window, not the samples
        percent(Fraction(result["goodput"][r], window_ticks), machines, r) for r in resources
    ]
    return result


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / max(len(values), 1)


def compared(
    baseline: dict[str, Any],
    candidate: dict[str, Any],
    machines: list[Machine],
    weights: list[Fraction],
    bound_pct: Fraction | None = None,
) -> dict[str, Any]:
    """What a candidate recovers against a baseline on the same cell, stream and draws.

    bound_pct: the weighted least that can be stranded, on the baseline's population.
    """

    def gained(what: str, sign: int) -> list[Fraction]:
        pairs = zip(baseline[what], candidate[what], strict=True)
        return [sign * (after - before) for before, after in pairs]

    points = gained("stranded_pct", -1)
    recovered = weighted(points, machines, weights)
    stranded = weighted(baseline["stranded_pct"], machines, weights)
    recoverable = None if bound_pct is None else stranded - bound_pct
    return {
        "recovered_points": points,
        "recovered_pct": recovered,
        "of_stranded_pct": 100 * recovered / stranded if stranded else None,
        "of_recoverable_pct": 100 * recovered / recoverable if recoverable else None,
        "recovered_machines": recovered * len(machines) / 100,
        "goodput_delta_points": weighted(gained("allocated_pct", 1), machines, weights),
    }
