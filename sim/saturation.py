"""The saturation experiment: offer a cell more than it has, without departures.

Tasks come in random order, all of the pool and then more, drawn again until the offered ratio of
the cell's capacity would be passed; what is allocated is read as the offered load grows (Weng et
al., USENIX ATC 2023, section 6).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import layout
from sim.composition import Composition
from sim.engine import Engine
from sim.errors import SimError
from sim.fragmentation import cell_fragmentation
from sim.inflation import inflate
from sim.kernel import Kernel, quiet
from sim.population import Machines, Population, machines_of, mix_of, population_of
from sim.split import pool
from sim.state import Floats, Ints, Mix
from sim.tape import Tape

if TYPE_CHECKING:
    from traces import Trace

FRAG_EVERY = 5
MOST_TASKS = 20_000_000
SEEDED = 0x5A7  # the purpose of this experiment's random numbers


@dataclass(frozen=True)
class Experiment:
    """One cell and one pool to saturate: plain arrays, so that workers can be handed it."""

    machines: Machines
    population: Population
    tasks: Ints
    mix: Mix
    primary: int
    offered: float
    ordered: bool

    @property
    def resources(self) -> tuple[str, ...]:
        """Names of the trace's resources."""
        return self.population.resources


def experiment(
    trace: Trace,
    *,
    offered: float = 1.3,
    coverage: float = 0.95,
    resources: tuple[str, ...] | None = ("cpu", "gpu"),
    split: str = "all",
) -> Experiment:
    """Set up the experiment on a trace.

    The load offered is counted in GPUs where the trace has them, else in the resource of which
    the pool asks the largest share.

    Raises:
        SimError: `offered` is no positive number, the split is unknown or empty.
    """
    if not 0 < offered <= 10:
        raise SimError(f"offered={offered}: expected a ratio of capacity above 0, at most 10")
    population, machines = population_of(trace), machines_of(trace)
    tasks = pool(population, split)
    train = tasks if split == "all" else pool(population, "train")
    asked = population.shapes.whole[population.shape[tasks]].sum(axis=0)
    total = machines.total.sum(axis=0)
    share = np.divide(asked, total, out=np.zeros(len(asked)), where=total > 0)
    primary = population.gpu if population.gpu >= 0 and share[population.gpu] > 0 else -1
    if primary < 0:
        primary = int(np.argmax(share))
    if not share[primary] > 0:
        raise SimError(f"the {split} pool of {trace.name} asks for nothing: no load to offer")
    seen = None if resources is None else tuple(r for r in resources if r in trace.resources)
    mix = mix_of(population, train, coverage=coverage, resources=seen or None)
    return Experiment(machines, population, tasks, mix, primary, offered, trace.ordered)


def sequence(setup: Experiment, seed: int) -> tuple[Ints, Ints]:
    """The order of the machines and of the tasks for one seed."""
    random = np.random.default_rng([SEEDED, seed])
    count = len(setup.machines)
    order = np.arange(count) if setup.ordered else random.permutation(count)
    amount = setup.population.shapes.whole[:, setup.primary]
    capacity = setup.offered * setup.machines.total[:, setup.primary].sum()
    tasks = setup.tasks
    asked = amount[setup.population.shape[tasks]].cumsum()
    if asked[-1] > capacity:
        tasks = random.permutation(tasks)
        asked = amount[setup.population.shape[tasks]].cumsum()
        return order, tasks[: int(np.searchsorted(asked, capacity, side="right"))]
    chosen, total = [tasks], asked[-1]
    mean = float(amount[setup.population.shape[setup.tasks]].mean())
    if capacity > MOST_TASKS * mean:
        raise SimError(
            f"offered={setup.offered}: about {capacity / mean:.3g} tasks would be offered; "
            f"at most {MOST_TASKS:,}"
        )
    while True:
        more = random.choice(setup.tasks, size=len(setup.tasks))
        asked = total + amount[setup.population.shape[more]].cumsum()
        kept = int(np.searchsorted(asked, capacity, side="right"))
        chosen.append(more[:kept])
        if kept < len(more):
            break
        total = asked[-1]
    drawn = np.concatenate(chosen)
    return order, drawn if setup.ordered else random.permutation(drawn)


@dataclass(frozen=True)
class Outcome:
    """One run: a heuristic, a seed. Percentages of capacity at whole percentages offered."""

    seed: int
    marks: Ints  # (K,) offered, per cent
    allocated: Floats  # (K, R) per cent
    frag: Floats  # (K, R) per cent, NaN where it was not looked at
    placed: int
    rejected: int
    used: int
    empty: int
    seconds: float
    decisions: int
    placements: Ints | None  # (tasks,) machine in trace order, −1 rejected


def saturate_once(
    setup: Experiment,
    composition: Composition,
    kernels: Sequence[Kernel],
    seed: int,
    *,
    ties: int,
    placements: bool = False,
    tape: Tape | None = None,
) -> Outcome:
    """Run the experiment once.

    tape: of the decisions, recorded, or followed without asking the heuristic.

    Raises:
        HeuristicError: a score that can't be used.
        TapeError: a tape that can't be followed to its end.
    """
    order, tasks = sequence(setup, seed)
    population = setup.population
    machines = setup.machines.take(order)
    resources = len(population.resources)
    amount = np.ascontiguousarray(population.shapes.whole[:, setup.primary])
    shape_sequence = population.shape[tasks]
    engine = Engine(
        machines,
        population,
        setup.mix,
        composition,
        kernels,
        ties=ties,
        seed=seed,
        label=lambda task: str(tasks[task[layout.NUMBER]]),
        placements=len(tasks) if placements else 0,
        tape=tape,
    )
    run, cell = engine.run, engine.run.cell
    capacity = cell.sums[1].copy()
    count = int(np.floor(setup.offered * 100 + 1e-9))
    marks = np.arange(1, count + 1)
    thresholds = marks / 100.0 * capacity[setup.primary]
    reached = np.zeros(count, np.int64)
    free = np.zeros((count, resources))
    frag = np.full((count, resources), np.nan)
    running = np.zeros(1)
    at = run.registers.at
    done = 0
    nothing = shape_sequence[:0]
    inflate(engine.view, nothing, amount, running, thresholds, reached, free)  # loads the cell
    began = time.perf_counter()
    with quiet():
        while True:
            reply = inflate(engine.view, shape_sequence, amount, running, thresholds, reached, free)
            if reply not in (layout.DONE, layout.DRAIN):
                engine.attend(reply)
                continue
            now = int(at[layout.QUEUE_READ])
            _look(engine, done, now, frag)
            done = now
            if reply == layout.DONE:
                break
    if tape is not None:
        tape.finish()
    if done < count:
        free[done:] = cell.sums[0]
        _look(engine, done, count, frag)
    whole = np.divide(100.0, capacity, out=np.zeros(resources), where=capacity > 0)
    empty = int((cell.columns[2 * resources + layout.TASKS] == 0).sum())
    return Outcome(
        seed=seed,
        marks=marks,
        allocated=(capacity - free) * whole,
        frag=frag * population.per * whole,
        placed=int(at[layout.PLACED]),
        rejected=int(at[layout.REJECTED]),
        used=len(machines) - empty,
        empty=empty,
        seconds=tape.spent[1] if tape and tape.spent else time.perf_counter() - began,
        decisions=int(at[layout.DECISIONS]),
        placements=np.where(run.flow.placements[2] >= 0, order[run.flow.placements[2]], -1)
        if placements
        else None,
    )


def _look(engine: Engine, done: int, now: int, frag: Floats) -> None:
    """Fill the fragmentation of the marks just reached, where it is looked at."""
    wanted = [mark for mark in range(done, now) if (mark + 1) % FRAG_EVERY == 0]
    if wanted:
        view = engine.view
        frag[wanted] = cell_fragmentation(view.cell, view.shapes, view.mix, engine.run.scratch)
