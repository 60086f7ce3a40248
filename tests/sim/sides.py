"""Both sides of a small worn cell: the compiled cell's workload, and the oracle of the same.

The oracle reads the trace's frames again, and of a drawn stream which task comes when and for how
long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

import sim
from sim import layout
from sim.inflation import PROBE_NUMBERS
from sim.pace import pace_for
from sim.population import machines_of as fleet_of
from sim.population import population_of
from sim.probes import Probe
from sim.replaying import stratified
from sim.split import pool
from sim.workloads import Workload
from tests.sim.oracle import Machine, Oracle, Task
from tests.sim.oracle_metrics import measure, offered_load, without_trace
from tests.sim.worn import Case, heuristic, trace_of, workload_of
from traces import Trace

SHARES = {"all": (0.0, 1.0), "train": (0.0, 0.5), "validation": (0.5, 0.75), "test": (0.75, 1.0)}


def tasks_of(trace: Trace) -> list[Task]:
    """The trace's tasks as they are in its frame, ticks of the trace."""
    names, code = list(trace.resources), {name: k for k, name in enumerate(trace.models)}
    per = [round(1 / trace.units[r]) for r in names]
    tasks = []
    for number, row in enumerate(trace.tasks.collect().iter_rows(named=True)):
        wanted = row["models"].split("|") if row["models"] else []
        mask = sum(1 << code[m] for m in wanted if m in code)
        tasks.append(
            Task(
                number=number,
                row=number,
                request=tuple(round(row[r] * p) for r, p in zip(names, per, strict=True)),
                submit=round(row["submit"] * 1000),
                life=None if row["lifetime"] is None else max(1, round(row["lifetime"] * 1000)),
                models=1 << 61 if wanted and not mask else mask,
                limit=row["max_per_machine"] or 0,
                job=int(row["job"][1:]),
                priority=row["priority"],
            )
        )
    return tasks


def pace_of(case: Case, trace: Trace, work: Workload) -> float:
    """How many times as fast the trace's tasks come where load and machines are both given.

    (That this offers the load is tested by itself.)
    """
    if case.order == "drawn" or not {"load", "machines"} <= set(case.asked):
        return 1.0
    population = population_of(trace)
    period = ticks_of(trace, case.split, 1.0)
    total = fleet_of(trace).total.mean(axis=0) * case.asked["machines"]
    return pace_for(population, period, total, work.weight, case.asked["load"])


def ticks_of(trace: Trace, split: str, pace: float) -> tuple[int, int]:
    """Where a split begins and ends."""
    span = max(1, round(trace.span_s * 1000))
    first, last = (round(round(part * span) / pace) for part in SHARES[split])
    return first, last


def machines_of(trace: Trace, work: Workload) -> list[Machine]:
    """The workload's machines, by their names."""
    names, code = list(trace.resources), {name: k for k, name in enumerate(trace.models)}
    per = [round(1 / trace.units[r]) for r in names]
    fleet = {row["id"]: row for row in trace.machines.collect().iter_rows(named=True)}
    machines = []
    for k, name in enumerate(work.machines.ids):
        row = fleet[name]
        whole = [round(row[r] * p) for r, p in zip(names, per, strict=True)]
        devices = [1000] * int(row.get("gpu") or 0)
        machines.append(Machine(k, whole, list(whole), devices, code.get(row["model"], 62)))
    return machines


@dataclass(frozen=True)
class Stream:
    """Tasks by number; `start` of them run at the beginning."""

    tasks: list[Task]
    start: int


def recorded_stream(all_tasks: list[Task], alive: list[bool], begin: int, work: Workload) -> Stream:
    """Who ran at a tick of the trace, and who came from then on, by ticks since."""
    window_begins, end = work.history, work.history + work.window
    start, came = [], []
    for task, was_alive in zip(all_tasks, alive, strict=True):
        ends = None if task.life is None else min(task.submit, 0) + task.life
        if not was_alive:
            ends = None if task.life is None else task.submit + task.life
        inside = task.submit < begin and (ends is None or ends > begin)
        if was_alive if begin == 0 else inside:
            left = None if ends is None else max(1, ends - begin)
            start.append(replace(task, submit=0, life=left))
        elif not was_alive and begin <= task.submit < begin + end:
            came.append(replace(task, submit=task.submit - begin))
    came = [task for task in came if not without_trace(task, window_begins)]
    came.sort(key=lambda task: task.submit)
    return Stream([replace(t, number=k) for k, t in enumerate(start + came)], len(start))


def drawn_stream(all_tasks: list[Task], work: Workload) -> Stream:
    """What the workload drew: which task comes when, for how long."""
    rows = np.concatenate(list(work.everything()), axis=1)
    tasks = [
        replace(
            all_tasks[row[layout.SOURCE]],
            number=int(row[layout.NUMBER]),
            submit=int(row[layout.SUBMIT]),
            life=int(row[layout.LIFE]),
        )
        for row in rows.T
    ]
    return Stream(tasks, work.start().shape[1])


def pool_of(
    case: Case, trace: Trace, all_tasks: list[Task], alive: list[bool], split: str, pace: float
) -> list[int]:
    """The tasks of a split: by the job's hash where they are drawn, else by time."""
    if case.order == "drawn":
        found = pool(population_of(trace), split).tolist()
        return [k for k in found if alive[k]] if case.snapshot else found
    first, last = ticks_of(trace, split, pace)
    return [
        k
        for k, task in enumerate(all_tasks)
        if first <= task.submit < last
        or (split in ("all", "train") and task.submit < last)
        or (alive[k] and first == 0)
    ]


def probe_sequences(work: Workload, all_tasks: list[Task], count: int) -> list[list[Task]]:
    """The draws of each probe as tasks; their numbers are no others'."""
    probe, sequences = Probe(work), []
    for number in range(count):
        chosen, lives = probe.draws(number)
        sequences.append(
            [
                replace(
                    all_tasks[work.tasks[k]],
                    number=PROBE_NUMBERS + i,
                    life=None if life >= layout.FOREVER else int(life),
                )
                for i, (k, life) in enumerate(zip(chosen, lives, strict=True))
            ]
        )
    return sequences


@dataclass
class Cell:
    """A case laid out for both sides; the oracle is at tick 0, and has run once it is measured.

    everyone: the trace's tasks at its own ticks. sequences: each probe's draws.
    """

    case: Case
    trace: Trace
    work: Workload
    composition: sim.Composition
    oracle: Oracle
    stream: Stream
    everyone: list[Task]
    pool: list[Task]
    sequences: list[list[Task]]

    @cached_property
    def measured(self) -> dict[str, Any]:
        """What the oracle measures."""
        return measure(
            self.oracle,
            self.stream.tasks,
            start=frozenset(range(self.stream.start)),
            history_ticks=self.work.history,
            window_ticks=self.work.window,
            sample_times=stratified(self.work, self.case.probes),
            probe_sequences=self.sequences,
            pool=self.pool,
            stop=Fraction(str(self.case.stop)),
            weights=self.weights,
        )

    @property
    def offered(self) -> Fraction:
        """What the trace's own tasks offer in the window, were all placed when they come."""
        begin = self.work.stream.begin + self.work.history  # type: ignore[union-attr]
        return offered_load(
            self.everyone,
            self.oracle.machines,
            self.weights,
            begin,
            begin + self.work.window,
        )

    @property
    def weights(self) -> list[Fraction]:
        """What the fleet is sold by."""
        return [Fraction(float(weight)) for weight in self.work.weight]


def laid_out(case: Case) -> Cell | None:
    """Both sides of a case; None where there is no such cell."""
    trace = trace_of(case)
    work = workload_of(case, trace)
    if work is None:
        return None
    chosen = [heuristic(name) for name in case.names]
    composition = sim.compose(chosen, case.steps)
    if case.recorded:
        composition = sim.recorded(composition)
    frame = trace.tasks.collect()
    alive = frame["alive_at_start"].to_list()
    pace = pace_of(case, trace, work)
    all_tasks = [
        task if ran else replace(task, submit=int(np.rint(task.submit / pace)))
        for task, ran in zip(tasks_of(trace), alive, strict=True)
    ]
    tasks = pool_of(case, trace, all_tasks, alive, case.split, pace)
    assert work.tasks.tolist() == tasks, case
    part = "all" if case.split == "all" else "train"
    train = pool_of(case, trace, all_tasks, alive, part, pace)
    if case.order == "trace":
        stream = recorded_stream(all_tasks, alive, work.stream.begin, work)  # type: ignore[union-attr]
    else:
        stream = drawn_stream(all_tasks, work)
    if case.recorded:
        at = {name: k for k, name in enumerate(work.machines.ids)}
        where = frame["machine"].to_list()
        placed = [replace(t, place=at.get(where[t.row], -1)) for t in stream.tasks]
        stream = Stream(placed, stream.start)
    own = next((h.ties for h in chosen if h.ties), None)
    oracle = Oracle(
        list(trace.resources),
        [round(1 / trace.units[r]) for r in trace.resources],
        machines_of(trace, work),
        [all_tasks[k] for k in train],
        chosen,
        list(case.steps),
        own or case.ties,
        case.seed,
        case.queue,
        int(np.random.default_rng([case.seed, 0xDA7]).integers(layout.DAY)),
        all_tasks,
    )
    return Cell(
        case,
        trace,
        work,
        composition,
        oracle,
        stream,
        all_tasks,
        [all_tasks[k] for k in tasks],
        probe_sequences(work, all_tasks, case.probes),
    )
