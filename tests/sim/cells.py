"""Small random cells, as traces: for the compiled cell and for the oracle alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from sim import layout
from sim.rules import Rules
from sim.workloads import Workload, workload
from tests.sim.oracle import Machine, Oracle, Task
from traces import Trace

UNITS = {"cpu": 1e-3, "mem": 1 / 1024, "gpu": 1e-3, "disk": 1e-9}


@dataclass(frozen=True)
class Settings:
    """What a cell is drawn from."""

    resources: tuple[str, ...] = ("cpu", "mem", "gpu")
    machines: int = 5
    tasks: int = 40
    span_s: int = 60
    shapes: int = 6
    limits: bool = False
    models: bool = True
    gangs: bool = False


def random_trace(random: np.random.Generator, settings: Settings) -> Trace:
    """A trace with few shapes, many ties, tight machines and equal instants."""
    names = settings.resources
    kinds = [
        {
            "cpu": float(random.integers(4, 17)),
            "mem": float(random.integers(8, 33)),
            "gpu": float(random.integers(0, 5)),
            "disk": float(random.integers(1, 4)) / 4,
            "model": ["A", "B", None][int(random.integers(3))] if settings.models else None,
        }
        for _ in range(3)
    ]
    machines = [dict(kinds[int(random.integers(3))]) for _ in range(settings.machines)]
    shapes = [
        {
            "cpu": float(random.integers(0, 9)) / 2,
            "mem": float(random.integers(0, 17)) / 4,
            "gpu": float(random.choice([0, 0, 0.1, 0.25, 0.46, 0.5, 1, 1, 2])),
            "disk": float(random.integers(0, 5)) / 16,
            "models": random.choice([None, None, None, "A", "A|B"]) if settings.models else None,
            "max_per_machine": int(random.integers(1, 3))
            if settings.limits and random.random() < 0.5
            else None,
        }
        for _ in range(settings.shapes)
    ]
    chosen = random.integers(settings.shapes, size=settings.tasks)
    submit = np.sort(random.integers(0, settings.span_s, size=settings.tasks)).astype(float)
    life = random.integers(0, settings.span_s, size=settings.tasks).astype(float)
    forever = random.random(settings.tasks) < 0.1
    jobs = random.integers(1 + settings.tasks // 4, size=settings.tasks)
    tasks = pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(settings.tasks)],
            "job": [f"j{int(j)}" for j in jobs],
            "submit": submit,
            "lifetime": pl.Series(
                [None if f else v for f, v in zip(forever, life, strict=True)], dtype=pl.Float64
            ),
            **{r: [shapes[k][r] for k in chosen] for r in names},
            "priority": pl.Series([int(k) % 3 for k in chosen], dtype=pl.Int32),
            "models": pl.Series([shapes[k]["models"] for k in chosen], dtype=pl.String),
            "max_per_machine": pl.Series(
                [shapes[k]["max_per_machine"] for k in chosen], dtype=pl.Int32
            ),
            "alive_at_start": pl.Series([False] * settings.tasks, dtype=pl.Boolean),
            "machine": pl.Series([None] * settings.tasks, dtype=pl.String),
            "requested": _requested(random, life),
            "gang": [settings.gangs and int(j) % 2 == 0 for j in jobs],
        }
    )
    fleet = pl.DataFrame(
        {
            "id": [f"m{i}" for i in range(settings.machines)],
            **{r: [m[r] for m in machines] for r in names},
            "model": pl.Series([m["model"] for m in machines], dtype=pl.String),
            "rack": [f"r{n % 3}" for n in range(settings.machines)],
        }
    )
    return Trace(
        name="random",
        format="canonical",
        tasks=tasks.lazy(),
        machines=fleet.lazy(),
        resources=names,
        units={r: UNITS[r] for r in names},
        models=tuple(sorted({m["model"] for m in machines if m["model"]})),
        sha256="",
        task_count=settings.tasks,
        machine_count=settings.machines,
        span_s=float(settings.span_s),
        replayed=("requests",),
        assumed=(),
        ordered=True,
    )


def _requested(random: np.random.Generator, life: np.ndarray) -> pl.Series:
    """Run times asked for: mostly longer than the tasks', some shorter, some unknown."""
    asked = np.ceil((life + 1) * random.choice([0.5, 1.0, 1.0, 2.0, 5.0], size=life.size))
    unknown = random.random(life.size) < 0.1
    values = [None if u else v for u, v in zip(unknown, asked, strict=True)]
    return pl.Series(values, dtype=pl.Float64)


def recorded(trace: Trace, seed: int, rules: Rules | None = None) -> Workload:
    """The trace's own order on its own machines, some tasks asking for nothing at all allowed."""
    return workload(trace, order="trace", seed=seed, rules=rules)


def changes_of(work: Workload) -> list[tuple[int, int, int, list[int], int]]:
    """What becomes of the machines of a workload, as the oracle takes it."""
    if work.changes is None:
        return []
    c = work.changes
    rows = zip(c.tick, c.kind, c.machine, c.total, c.devices, strict=True)
    return [
        (int(tick), int(kind), int(n), [int(a) for a in total], int(devices))
        for tick, kind, n, total, devices in rows
    ]


def oracle_for(
    trace: Trace,
    work: Workload,
    heuristics: list[Any],
    steps: list[float],
    *,
    ties: str,
    queue: str,
) -> tuple[Oracle, list[Task]]:
    """The oracle of the same cell, read from the trace's frames again."""
    names = list(trace.resources)
    per = [round(1 / trace.units[r]) for r in names]
    fleet = {row["id"]: row for row in trace.machines.collect().iter_rows(named=True)}
    code = {name: k for k, name in enumerate(trace.models)}

    def whole(row: dict[str, Any]) -> list[int]:
        return [round(row[r] * p) for r, p in zip(names, per, strict=True)]

    machines = []
    for k, name in enumerate(work.machines.ids):
        row = fleet[name]
        devices = [1000] * int(row.get("gpu") or 0)
        model = code.get(row["model"], 62)
        machines.append(Machine(k, whole(row), whole(row), devices, model))
    tasks = []
    for number, row in _numbered(trace):
        wanted = (row["models"] or "").split("|") if row["models"] else []
        mask = sum(1 << code[m] for m in wanted if m in code)
        if wanted and not mask:
            mask = 1 << 61
        life = None if row["lifetime"] is None else max(1, round(row["lifetime"] * 1000))
        tasks.append(
            Task(
                number=number,
                request=tuple(whole(row)),
                submit=round(row["submit"] * 1000),
                life=life,
                models=mask,
                limit=row["max_per_machine"] or 0,
                job=int(row["job"][1:]),
                priority=row["priority"],
                requested=_ticks(row["requested"]),
                gang=row["gang_of"],
                row=row["row"],
            )
        )
    offset = int(np.random.default_rng([work.seed, 0xDA7]).integers(layout.DAY))
    own = next((h.ties for h in heuristics if h.ties), None)
    oracle = Oracle(
        names, per, machines, tasks, heuristics, steps, own or ties, work.seed, queue, offset
    )
    return oracle, [replace(t) for t in tasks]


def _numbered(trace: Trace) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a trace in the order in which they come, gangs in one piece, numbered."""
    rows = list(trace.tasks.collect().with_row_index("row").iter_rows(named=True))
    gangs: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        row["with"] = [row]
        if row["gang"]:
            row["with"] = gangs.setdefault(row["job"], [])
            row["with"].append(row)
    for row in rows:
        row["comes"] = max(other["submit"] for other in row["with"])
    ordered = sorted(rows, key=lambda row: (row["comes"], row["with"][0]["row"], row["row"]))
    numbers = {row["row"]: number for number, row in enumerate(ordered)}
    for row in rows:
        alone = len(row["with"]) == 1
        row["gang_of"] = -1 if alone else min(numbers[other["row"]] for other in row["with"])
        row["submit"] = row["comes"]
    return list(enumerate(ordered))


def _ticks(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds * 1000))


def finite(value: float) -> bool:
    """A number that is one."""
    return math.isfinite(value)
