"""One decision taken apart: what each machine scored, by what parts, and what another would do.

The run is gone through to the moment at which the task comes; then the heuristic decides as it
would, and is asked in Python about every machine that can take the task. Another heuristic is
asked about the same cell, in a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from heuristics.parts import parts
from sim import layout
from sim.composition import Composition
from sim.decide import settle
from sim.engine import Engine
from sim.errors import SimError
from sim.feasible import feasible, within_limit
from sim.kernel import compile_kernel, quiet
from sim.queues import QUEUES
from sim.replaying import Replaying
from sim.replays import engine_of
from sim.state import Floats, Ints
from sim.twins import Other, twin
from sim.workloads import Workload

HEAD = 7
"""Numbers in front: options kept, machines that can take the task, of these with the best score,
machine and slot, the other's."""


Task = tuple[int, ...]
"""The row of a task (layout.TASK_FIELDS,)."""


@dataclass(frozen=True)
class Until:
    """A stream up to the task of a number, which does not come any more."""

    stream: Any
    number: int

    def start(self) -> Ints:
        """Those before it of the start population."""
        rows = self.stream.start()
        return np.ascontiguousarray(rows[:, rows[layout.NUMBER] < self.number])

    def arrivals(self, number: int) -> Iterator[Ints]:
        """Those before it that came."""
        for chunk in self.stream.arrivals(number):
            before = chunk[layout.NUMBER] < self.number
            yield np.ascontiguousarray(chunk[:, before])
            if not before.all():
                return


@dataclass(frozen=True)
class Question:
    """Whose decision about which task is to be taken apart, and who else is to be asked.

    most: options that are kept, the best first.
    """

    composition: Composition
    ties: str
    queue: str
    task: Task
    other: Composition | None = None
    most: int = 10


def find(work: Workload, number: int | None) -> Task:
    """A task by its number; of a gang its first.

    None: the first that comes in the second half of the window. Raises SimError for no such task.
    """
    middle, seen = work.history + work.window // 2, 0
    for chunk in work.everything():
        if number is None:
            at = np.flatnonzero(chunk[layout.SUBMIT] >= middle)
        else:
            at = np.flatnonzero(chunk[layout.NUMBER] == number)
        if at.size:
            row = tuple(chunk[:, at[0]].tolist())
            first = row[layout.GANG_OF]
            return row if first in (-1, row[layout.NUMBER]) else find(work, first)
        seen += chunk.shape[1]
    if number is None:
        raise SimError(f"{work.name}: found no task that comes in the second half of the window")
    raise SimError(f"task={number}: expected a number from 0 to {seen - 1:,} of this workload")


def spread_out(work: Workload, count: int) -> list[Task]:
    """So many tasks of those that come in the window, evenly spread over them, or all of them.

    Of a gang its first alone.
    """
    came = sum(chunk.shape[1] for chunk in _leading(work))
    wanted = np.unique(np.linspace(0, came - 1, min(count, came)).astype(np.int64))
    tasks, seen = list[Task](), 0
    for chunk in _leading(work):  # again, as a workload may be larger than memory
        at = wanted[(wanted >= seen) & (wanted < seen + chunk.shape[1])] - seen
        tasks += [tuple(row) for row in chunk[:, at].T.tolist()]
        seen += chunk.shape[1]
    return tasks


def _leading(work: Workload) -> Iterator[Ints]:
    """Tasks that come in the window, chunk by chunk, of gangs the first."""
    for chunk in work.everything():
        first = chunk[layout.GANG_OF]
        leads = (first == -1) | (first == chunk[layout.NUMBER])
        yield chunk[:, leads & (chunk[layout.SUBMIT] >= work.history)]


def expect_explained(work: Workload, composition: Composition) -> None:
    """Raise SimError for a run of which no decision can be taken apart."""
    if composition.recorded:
        raise SimError("heuristic: found recorded, which scores nothing; expected a rule")
    if work.rules.stale:
        raise SimError(
            "stale: found several views of the cell, expected one where a decision is explained: "
            "leave out stale.schedulers and stale.decisions"
        )


def taken_apart(work: Workload, question: Question) -> Floats:
    """A decision as numbers alone: HEAD of them, then a row an option.

    A row: rank, machine, slot, scores of the levels, parts of the levels, free amounts.

    Raises:
        SimError: no such task; stale views, of which there is more than one cell.
        HeuristicError: a score that can't be used.
    """
    expect_explained(work, question.composition)
    row = np.array(question.task, np.int64)
    engine = _until(work, question, row)
    machine, slot = _decided(engine, row)
    fitting, slots, scores, rounded = _options(engine, row, question.composition)
    other = (-1, -1)
    if question.other is not None:
        kernels = _kernels(work, question.other)
        beside = twin(engine, work, Other(question.other, kernels, question.other.ties(None)))
        other = _decided(beside, row)
    taken = (fitting == machine) & (slots == slot)
    order = np.lexsort((np.arange(fitting.size), ~taken, *(-one for one in rounded[::-1])))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(1, order.size + 1)
    kept = taken | (fitting == other[0]) | (rank <= question.most)
    at = np.flatnonzero(kept)
    at = at[np.argsort(rank[at])]
    best = (rounded == rounded[:, order[:1]]).all(axis=0)
    tied = np.unique(fitting[best]).size
    rows = np.column_stack(
        [
            rank[at],
            fitting[at],
            slots[at],
            *scores[:, at],
            *_parts(engine, row, question.composition, fitting[at], slots[at]),
            *(engine.run.cell.columns[r, fitting[at]] for r in range(len(work.machines.total.T))),
        ]
    )
    head = [at.size, np.unique(fitting).size, tied, machine, slot, *other]
    return np.concatenate(
        [np.array(head, np.float64), np.ascontiguousarray(rows, np.float64).reshape(-1)]
    )


def _until(work: Workload, question: Question, row: Ints) -> Engine:
    """The cell as the task finds it."""
    tick = int(row[layout.SUBMIT])
    before = replace(
        work,
        stream=Until(work.stream, int(row[layout.NUMBER])),
        history=max(tick - 1, 0),
        window=1,
    )
    kernels = _kernels(work, question.composition)
    engine = engine_of(before, question.composition, kernels, question.queue, question.ties)
    queue = QUEUES[question.queue]
    run = Replaying(before, engine, queue, [], None, [], snapshots=False, others=(), progress=None)
    run.go(None)
    engine.run.registers.at[layout.CLOCK] = tick
    return engine


def _kernels(work: Workload, composition: Composition) -> Sequence[Any]:
    return [compile_kernel(level, work.population.resources) for level in composition.levels]


def _decided(engine: Engine, row: Ints) -> tuple[int, int]:
    """The machine and slot that a task is given, −1 where none can take it."""
    at = engine.run.registers.at
    engine.run.flow.current[:] = row
    at[layout.PHASE] = 0
    with quiet():
        machine = int(settle(engine.view))
    if machine == -10 - layout.DECIDE:
        engine.asker.answer()
        machine = int(at[layout.DECIDED_MACHINE])
    elif machine <= -10:
        raise engine.asker.failure()
    at[layout.PHASE] = 0
    return machine, int(at[layout.DECIDED_SLOT]) if machine >= 0 else -1


def _options(
    engine: Engine, row: Ints, composition: Composition
) -> tuple[Ints, Ints, Floats, Floats]:
    """Machines and slots that can take a task; (levels, options) scores, and these rounded."""
    shape, asker = int(row[layout.SHAPE]), engine.asker
    count = feasible(engine.view, shape)
    count = int(within_limit(engine.view, count, shape, int(row[layout.GROUP])))
    found = engine.run.scratch.machine[:count].copy()
    if not count:
        nothing, none = np.zeros(0, np.int64), np.zeros((len(composition.levels), 0))
        return nothing, nothing, none, none
    machines, slots = asker.options(shape, found)
    scores = np.array(
        [asker.scores(k, shape, machines, slots) for k in range(len(composition.levels))]
    )
    rounded = np.array(
        [
            np.rint(one / step) * step if step > 0 else one
            for one, step in zip(scores, composition.steps, strict=True)
        ]
    )
    return machines, slots, scores, rounded


def _parts(
    engine: Engine, row: Ints, composition: Composition, machines: Ints, slots: Ints
) -> Floats:
    """The parts of some options' scores, (labels, options)."""
    shape, given = int(row[layout.SHAPE]), engine.asker.given
    fixed, columns = given.fixed(shape), list[list[float]]()
    apart = [parts(level) for level in composition.levels]
    for machine, slot in zip(machines.tolist(), slots.tolist(), strict=True):
        known = {**fixed, **given.of_machines(shape, machine, slot)}
        values = list[float]()
        for level, one in zip(composition.levels, apart, strict=True):
            if one.labels:
                values += one.function(**{name: known[name] for name in level.arguments})[1]
        columns.append(values)
    return np.array(columns, np.float64).reshape(machines.size, sum(len(p.labels) for p in apart)).T
