"""Traces written by hand, a few numbers a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tests.sim.cells import UNITS
from traces import Trace

TASK = {
    "submit": 0.0,
    "lifetime": None,
    "priority": 0,
    "models": None,
    "max_per_machine": None,
    "alive_at_start": False,
    "machine": None,
}
KINDS = {
    "id": pl.String,
    "job": pl.String,
    "submit": pl.Float64,
    "lifetime": pl.Float64,
    "priority": pl.Int32,
    "models": pl.String,
    "max_per_machine": pl.Int32,
    "alive_at_start": pl.Boolean,
    "machine": pl.String,
    "model": pl.String,
}


def written(
    machines: Sequence[Mapping[str, Any]],
    tasks: Sequence[Mapping[str, Any]],
    *,
    span_s: float = 100.0,
    ordered: bool = False,
    **more: Any,
) -> Trace:
    """A trace of machines m0, m1, … and tasks t0, t1, …, each a job j0, j1, … of its own.

    What a machine or a task does not name is 0 of a resource, and as in `TASK`.
    """
    named = {name for row in (*machines, *tasks) for name in row}
    resources = tuple(r for r in UNITS if r in named)
    nothing = dict.fromkeys(resources, 0.0)
    rows = [
        {"id": f"t{k}", "job": f"j{k}", **TASK, **nothing, **task} for k, task in enumerate(tasks)
    ]
    fleet = [
        {"id": f"m{k}", "model": None, **nothing, **machine} for k, machine in enumerate(machines)
    ]
    kinds = {**KINDS, **dict.fromkeys(resources, pl.Float64)}
    return Trace(
        name="by hand",
        format="canonical",
        tasks=pl.DataFrame(rows, schema={name: kinds[name] for name in rows[0]}).lazy(),
        machines=pl.DataFrame(fleet, schema={name: kinds[name] for name in fleet[0]}).lazy(),
        resources=resources,
        units={r: UNITS[r] for r in resources},
        models=tuple(sorted({row["model"] for row in fleet if row["model"]})),
        sha256="",
        task_count=len(rows),
        machine_count=len(fleet),
        span_s=span_s,
        replayed=("requests",),
        assumed=(),
        ordered=ordered,
        recorded=any(row["machine"] for row in rows),
        **more,
    )
