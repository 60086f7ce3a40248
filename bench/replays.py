"""Replays with departures, SimPy clock included, under AlphaEvolve's function."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from simpy.events import Event

import heuristics
import sim
from bench.cells import full_cell
from bench.measure import Effort, Row, processor_seconds
from bench.plain import PlainReplay, alpha_evolve
from sim import layout
from sim.clock import CellEnvironment, CellView

HEURISTIC = "alpha_evolve"
# machines, shapes (None: no two tasks alike), arrivals after the start, target tasks/s
CASES = (
    (10_000, None, 200_000, 45_000),
    (10_000, 30, 600_000, 180_000),
    (10_000, 500, 400_000, 60_000),
    (1_213, None, 300_000, 150_000),
    (1_213, 30, 1_000_000, 150_000),
    (1_213, 500, 600_000, 150_000),
)
PLAIN_ARRIVALS = 5_000
SAMPLED_SHAPES = 32


def sampled(work: sim.Workload) -> sim.Workload:
    """The workload with the mix cut to its most frequent shapes.

    The mix is read by the samples alone here (fragmentation), whose time goes with its length: one
    over as many shapes as there are tasks would be all that is measured.
    """
    mix, n = work.mix, SAMPLED_SHAPES
    first = {
        name: np.ascontiguousarray(array[..., :n] if name in ("natural", "amounts") else array[:n])
        for name, array in mix._asdict().items()
        if name not in ("levels", "weight")
    }
    weight = np.array([mix.counts[:n].sum()])
    return dataclasses.replace(work, mix=mix._replace(**first, weight=weight))


def workload(machines: int, shapes: int | None, arrivals: int) -> sim.Workload:
    """A full cell whose trace is replayed in its own order."""
    return sampled(sim.workload(full_cell(machines, shapes, arrivals), order="trace"))


def plain_rate(work: sim.Workload, arrivals: int) -> tuple[float, int]:
    """Tasks a second of the plain reference once the cell is full, and how many it brought.

    The tasks that run at the start go where ours put them; then the placements must be the same.

    Raises:
        AssertionError: they are not.
    """
    ours = sim.replay(work, heuristics.get(HEURISTIC), samples=1, placements=True).placements
    assert ours is not None
    stream = np.concatenate(list(work.everything()), axis=1)
    machine_of = {name: i for i, name in enumerate(work.machines.ids)}
    where = np.full(stream.shape[1], -1)
    where[ours["number"]] = [machine_of[name] for name in ours["machine"].tolist()]
    begun = int(np.searchsorted(stream[layout.SUBMIT], 1))
    plain = PlainReplay(work, alpha_evolve)
    plain.begin(stream[:, :begun], where[:begun])
    rows = stream[:, begun : begun + arrivals]
    seconds = processor_seconds(lambda: plain.run(rows))
    if plain.placed != where[begun : begun + arrivals].tolist():
        raise AssertionError(f"{work.name}: the plain reference places otherwise")
    return rows.shape[1] / seconds, rows.shape[1]


def our_rate(work: sim.Workload, repeats: int) -> tuple[float, int]:
    """Tasks a second of a replay once the start population runs, and how many came after it."""
    came = sum(int((chunk[layout.SUBMIT] > 0).sum()) for chunk in work.everything())
    rates, full = [], []

    def look(env: CellEnvironment, cell: CellView) -> Generator[Event, Any, None]:
        yield env.timeout(1)
        full.append(time.process_time())

    for _ in range(repeats):
        sim.replay(work, heuristics.get(HEURISTIC), samples=1, process=look)
        rates.append(came / (time.process_time() - full[-1]))
    return statistics.median(rates), came


def rows(effort: Effort) -> Iterator[Row]:
    our_rate(workload(50, 30, 1000), 1)  # loads the cell and compiles the rule
    for machines, shapes, arrivals, target in CASES:
        work = workload(machines, shapes, effort.some(arrivals))
        plain, brought = plain_rate(work, effort.some(PLAIN_ARRIVALS))
        ours, count = our_rate(work, effort.repeats)
        kinds = "all shapes distinct" if shapes is None else f"{shapes} shapes"
        note = f"{count} tasks; plain from the first {brought}"
        yield Row("replay", f"{machines} machines, {kinds}", "tasks/s", ours, plain, target, note)
