"""Small random cells worn by churn: start population, history, window, probes, for both sides.

What a cell is drawn from comes of one seed; the oracle reads the trace's frames again, and of a
drawn stream which task comes when and for how long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

import heuristics
import sim
from heuristics import Heuristic
from sim import layout
from sim.inflation import PROBE_NUMBERS
from sim.pace import pace_for
from sim.population import machines_of as fleet_of
from sim.population import population_of
from sim.probes import Probe
from sim.replaying import stratified
from sim.split import pool
from sim.workloads import Workload
from tests.sim.agreement import EVERYWHERE, RESOURCES, reads_some
from tests.sim.cells import Settings, random_trace
from tests.sim.oracle import Machine, Oracle, Task
from tests.sim.oracle_metrics import measure, without_trace
from traces import Advice, Trace

MOST_TASKS = 1500
SHARES = {"all": (0.0, 1.0), "train": (0.0, 0.5), "validation": (0.5, 0.75), "test": (0.75, 1.0)}

PENDING = '''"""Reads what waits, the clock and the day."""


def score(required, free, cell, task, machine):
    left = machine.exit if machine.exit < 1000.0 else 1000.0
    odd = (7.0 * cell.pending + task.waited + left / 3.0 + cell.hour) % 5.0
    return odd * free.cpu - 3.0 * machine.tasks
'''
ARRAY = '''"""The array form."""


def scores(required, free, total, cell, task, machine):
    return (cell.pending % 3 - 1.0) * free.cpu + task.waited - machine.tasks
'''
OWN = {
    "pending": heuristics.parse(PENDING, filename="pending.py", name="pending"),
    "uncontained": heuristics.parse(
        PENDING, filename="uncontained.py", name="uncontained", check=False
    ),
    "array": heuristics.parse(ARRAY, filename="array.py", name="array"),
}


def heuristic(name: str) -> Heuristic:
    """A shipped heuristic, or one of those above."""
    return OWN[name] if name in OWN else heuristics.get(name)


@dataclass(frozen=True)
class Case:
    """What one seed draws."""

    seed: int
    settings: Settings
    names: tuple[str, ...]
    steps: tuple[float, ...]
    ties: str
    queue: str
    order: str
    split: str
    recorded: bool
    probes: int
    stop: float
    asked: dict[str, Any]
    advice: Advice
    snapshot: bool


def drawn(seed: int) -> Case:
    """A case from one seed."""
    random = np.random.default_rng([seed, 0xC0])
    resources = RESOURCES[str(random.choice(list(RESOURCES)))]
    names = [name for name in EVERYWHERE if reads_some(name, resources)] + list(OWN)
    levels = 1 if random.random() < 0.85 else 2
    order = str(random.choice(["trace", "drawn"]))
    recorded = order == "trace" and bool(random.random() < 0.4)
    snapshot = order == "drawn" and bool(random.random() < 0.15)
    weights = {r: float(random.integers(0, 4)) for r in resources}
    hours = float(random.integers(10, 60)) / 3600
    asked: dict[str, Any] = {
        "weights": weights if random.random() < 0.5 and any(weights.values()) else None,
        "windows": int(random.integers(1, 4)),
        "history_h": float(random.integers(0, 90)) / 3600 if random.random() < 0.5 else None,
    }
    if order == "drawn":
        asked |= {"hours": hours, "load": float(random.uniform(0.5, 1.6))}
        asked |= {"machines": int(random.integers(1, 8))} if random.random() < 0.3 else {}
        if not snapshot and random.random() < 0.4:
            asked |= {"lifetimes": "independent"}
        asked |= {"lifetime_cap_h": 20 / 3600} if random.random() < 0.3 else {}
    else:
        given = str(random.choice(["load", "machines", "both", "neither"]))
        given = "neither" if recorded else given  # which needs all of the trace's machines
        asked |= {"load": float(random.uniform(0.5, 1.6))} if given in ("load", "both") else {}
        asked |= {"machines": int(random.integers(1, 8))} if given in ("machines", "both") else {}
        asked |= {"hours": float(random.integers(3, 15)) / 3600} if random.random() < 0.5 else {}
    return Case(
        seed=seed,
        settings=Settings(
            resources=resources,
            machines=int(random.integers(1, 9)),
            tasks=int(random.integers(8, 90)),
            span_s=int(random.integers(20, 90)),
            shapes=int(random.integers(1, 9)),
            limits=bool(random.random() < 0.3),
        ),
        names=tuple(str(n) for n in random.choice(names, size=levels, replace=False)),
        steps=tuple(float(random.choice([0.0, 0.5, 10.0])) for _ in range(levels)),
        ties=str(random.choice(["first", "random", "rounded"])),
        queue=str(random.choice(["reject", "fifo", "skip"])),
        order=order,
        split=str(random.choice(["all", "all", "train", "validation", "test"])),
        recorded=recorded,
        probes=int(random.integers(1, 5)),
        stop=float(random.choice([0.05, 0.05, 0.2, 0.5])),
        asked=asked,
        advice=Advice(together=bool(random.random() < 0.4)),
        snapshot=snapshot,
    )


def trace_of(case: Case) -> Trace:
    """A random trace with who ran at its start, and who ran where."""
    random = np.random.default_rng([case.seed, 0xC1])
    trace = random_trace(random, case.settings)
    tasks = trace.tasks.collect()
    count, span = tasks.height, case.settings.span_s
    submit = tasks["submit"].to_numpy().copy()
    if random.random() < 0.5:  # else whole seconds, so that much happens at one instant
        submit = np.sort(np.rint(1000 * random.uniform(0, span, count)) / 1000)
    life = tasks["lifetime"].to_list()
    alive = np.full(count, True) if case.snapshot else random.random(count) < 0.25
    for k in range(count):
        if case.snapshot:
            submit[k], life[k] = -float(random.integers(0, span)), None
        elif alive[k]:
            left = float(random.integers(1, span))
            age = float(random.integers(0, span))
            submit[k], life[k] = -age, None if life[k] is None else age + left
    names = [*trace.machines.collect()["id"].to_list(), "elsewhere", None]
    ran_on = [names[int(k)] for k in random.integers(len(names), size=count)]
    changed = tasks.with_columns(
        submit=pl.Series(submit),
        lifetime=pl.Series(life, dtype=pl.Float64),
        alive_at_start=pl.Series(alive),
        machine=pl.Series(ran_on, dtype=pl.String),
    )
    return replace(
        trace,
        tasks=changed.lazy(),
        recorded=case.recorded,
        ordered=bool(random.random() < 0.3),
        advice=case.advice,
        snapshot=case.snapshot,
    )


def workload_of(case: Case, trace: Trace) -> Workload | None:
    """One of the windows; None where the cell can't offer what was asked for, or offers a crowd."""
    try:
        works = sim.series(
            trace, seeds=[case.seed], order=case.order, split=case.split, **case.asked
        )
    except sim.SimError:
        return None
    work = works[case.seed % len(works)]
    if case.recorded and (work.population.ran_on < 0).all():
        return None  # which is an error of its own
    if sum(chunk.shape[1] for chunk in work.everything()) > MOST_TASKS:
        return None
    return work


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


@dataclass(frozen=True)
class Cell:
    """A case laid out for both sides. measured: what the oracle says of it."""

    trace: Trace
    work: Workload
    composition: sim.Composition
    oracle: Oracle
    stream: Stream
    measured: dict[str, Any]


def laid_out(case: Case) -> Cell | None:
    """Both sides of a case, the oracle's worked out; None where there is no such cell."""
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
    measured = measure(
        oracle,
        stream.tasks,
        start=frozenset(range(stream.start)),
        history_ticks=work.history,
        window_ticks=work.window,
        sample_times=stratified(work, case.probes),
        probe_sequences=probe_sequences(work, all_tasks, case.probes),
        pool=[all_tasks[k] for k in tasks],
        stop=Fraction(str(case.stop)),
        weights=[Fraction(float(weight)) for weight in work.weight],
    )
    return Cell(trace, work, composition, oracle, stream, measured)
