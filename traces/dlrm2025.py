"""Alibaba's disaggregated recommendation inference of 2025: one CSV of instances, no machines.

An instance has a role: CN, which computes, or HN, which has the GPU. Amounts are cores, devices,
GiB and points of the network card, times seconds from the window's start (alibaba/clusterdata,
cluster-trace-gpu-v2025).
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.errors import TraceError, nearest, shown
from traces.places import the_file
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import UNITS, end_rules
from traces.trace import Advice, Trace

NAMES = ("disaggregated_DLRM_trace.csv",)
ROLES = ("CN", "HN")

_ADVICE = Advice(order="trace")
_REQUESTS = {
    "cpu": "cpu_request",
    "mem": "memory_request",
    "gpu": "gpu_request",
    "disk": "disk_request",
    "rdma": "rdma_request",
}
_UNITS = {**UNITS, "disk": 1 / 1024, "rdma": 1.0}
_COLUMNS = (
    Column("instance_sn", "text"),
    Column("role", "text"),
    Column("app_name", "text"),
    *(Column(name, "number") for name in _REQUESTS.values()),
    Column("max_instance_per_node", "integer"),
    Column("creation_time", "number", blank=True),
    Column("deletion_time", "number", blank=True),
)
_LIMIT, _CREATED, _DELETED = (
    pl.col(name) for name in ("max_instance_per_node", "creation_time", "deletion_time")
)
_RULES = (
    Rule("role", ~pl.col("role").is_in(ROLES), f"one of {', '.join(ROLES)}"),
    Rule("creation_time", _CREATED < 0, "0 or more, or a blank where it was there before"),
    Rule("deletion_time", _CREATED.is_null() & (_DELETED < 0), "0 or more"),
    *end_rules("deletion_time", "creation_time"),
    Rule(
        "max_instance_per_node",
        (_LIMIT < 1) & (_LIMIT != -1),
        "1 or more, or -1 for no limit",
    ),
)
_ORIGINS = {
    "id": Origin("instance_sn"),
    "job": Origin("app_name"),
    "submit": Origin("creation_time"),
    "lifetime": Origin("deletion_time"),
    "max_per_machine": Origin("max_instance_per_node"),
    **{name: Origin(column) for name, column in _REQUESTS.items()},
}


def read(*, path: str | PathLike[str] | None = None, role: str | None = None) -> Trace:
    """Reads the instances, of one role or of both; a job is an app. Raises TraceError.

    A blank creation is there from the start, a blank deletion outlives the window. Resources that
    the role never asks for are left out.
    """
    if role is not None and role not in ROLES:
        raise TraceError(
            field="trace.role",
            found=shown(role),
            expected=f"one of {', '.join(ROLES)}, or null for both",
            hint=nearest(str(role).upper(), ROLES),
        )
    rows = typed(csvfile.whole(the_file("dlrm2025", path, NAMES)), _COLUMNS)
    enforce(rows, _RULES)
    instances = rows if role is None else _of_role(rows, role)
    asked = [name for name, column in _REQUESTS.items() if (instances.frame[column] != 0).any()]
    others = rows.frame.height - instances.frame.height
    return admit(
        Label(
            "dlrm2025" if role is None else f"dlrm2025/{role}",
            "dlrm2025",
            replayed=(
                "requests",
                "limits a machine",
                "arrival times",
                "lifetimes",
                "start population",
            ),
            assumed=(
                "instances without a creation started at 0, those without a deletion outlive",
            ),
            advice=_ADVICE,
            dropped={f"of another role than {role}": others} if others else {},
        ),
        tasks=[_tasks(instances, asked)],
        machines=None,
        resources=asked,
        units=_UNITS,
    )


def _of_role(rows: Rows, role: str) -> Rows:
    chosen = rows.picked((rows.frame["role"] == role).arg_true())
    if chosen.frame.is_empty():
        raise TraceError(
            file=Path(rows.file), field="role", found=f"no instance of {role}", expected="some"
        )
    return chosen


def _tasks(rows: Rows, resources: list[str]) -> Rows:
    start = _CREATED.fill_null(0.0)
    tidy = rows.frame.select(
        pl.col("instance_sn").alias("id"),
        pl.col("app_name").alias("job"),
        start.alias("submit"),
        (_DELETED - start).alias("lifetime"),
        *(pl.col(_REQUESTS[name]).alias(name) for name in resources),
        pl.when(_LIMIT > 0).then(_LIMIT).alias("max_per_machine"),
        _CREATED.is_null().alias("alive_at_start"),
    )
    return Rows(rows.file, rows.first, tidy, origins=_ORIGINS, numbers=rows.numbers)
