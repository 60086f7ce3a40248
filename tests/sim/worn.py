"""Small random cells worn by churn, all of one seed: trace, history, window, probes, rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

import heuristics
import sim
from heuristics import Heuristic
from sim.workloads import Workload
from tests.sim.agreement import EVERYWHERE, RESOURCES, reads_some
from tests.sim.cells import Settings, random_trace
from traces import Advice, Trace

MOST_TASKS = 1500

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
