"""Valid tables of Google's cells of 2011 and 2019: events of tasks and of machines, and more."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from bench.mutated.accounts import Counts, dropped, happened, said
from bench.mutated.forms import ABSENT, Delimited, Objects, Parquet
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import Trace, google2011

_START = 600_000_000
_AFTER = 2**63 - 1
_BARE = Delimited(header=False)
MORE = "rows of machine_events that tell what machines are, or nothing of them later"


def _of_google(trace: Trace, folder: Path) -> Counts:
    """An event of a task is one task's, or counted; one of a machine is a change, or said."""
    return {
        "tasks": (trace.task_count, dropped(trace)),
        "machines": (happened(trace), said(trace, MORE)),
    }


def _lives(random: Random, count: int) -> list[tuple[int, int, int, int]]:
    """Events as (time, job, index, what): what is 0 submit, 1 schedule, 2 an end, 3 an update."""
    events: list[tuple[int, int, int, int]] = []
    while len(events) < count:
        job, at = 10 + len(events), random.choice((0, _START + random.randrange(3_000) * 10**6))
        steps = random.choice(((0, 1, 2), (0, 1), (0,), (0, 3, 1, 2, 0, 1), (0, 2), (1, 2), (2,)))
        for step in steps:
            events.append((at, job, job % 3, step))
            at = max(at, _START) + random.randrange(400) * 10**6
    return sorted(events, key=lambda event: event[0])


def _machines_of(count: int) -> list[tuple[int, int, int, float | None]]:
    """Events as (time, machine, kind from 0, CPUs)."""
    told: list[tuple[int, int, int, float | None]] = []
    for n in range(1, max(count // 10, 4)):
        told.append((0, n, 0, 0.5))
        if n % 4 == 1:
            told.append((_START + n * 10**6, n, 1, None))
            told.append((_START + (n + 9) * 10**6, n, 0, 0.5))
        if n % 4 == 2:
            told.append((_START + n * 10**6, n, 2, random_size(n)))
    return sorted(told, key=lambda event: event[0])


def random_size(n: int) -> float:
    """A size of a machine, of a few."""
    return (0.25, 0.5, 1.0)[n % 3]


def _google2011(random: Random, count: int) -> Case:
    kinds = {0: "0", 1: "1", 3: "8"}
    table = [
        [
            *(
                str(at),
                "",
                str(job),
                str(index),
                "3" if step else "",
                kinds.get(step) or random.choice("23456"),
            ),
            *("user", "2", "9", "0.0625", "0.03125", "0.0001", random.choice(("0", "1", ""))),
        ]
        for at, job, index, step in _lives(random, count)
    ]
    fleet = [
        [
            str(at),
            str(n),
            str(kind),
            f"p{n % 2}",
            "" if size is None else str(size),
            "" if size is None else "0.5",
        ]
        for at, n, kind, size in _machines_of(count)
    ]
    some = sorted({(int(row[2]), row[3]) for row in table if int(row[0]) <= _START})[:5]
    demands = [["0", str(job), index, "0", "disk", "ssd"] for job, index in some]
    told = [["0", str(n), "disk", "ssd" if n % 2 else "", "0"] for n in range(1, 4)]
    odd = {"time": (str(_AFTER), "0", str(_START)), "event type": ("9", "8", "-1")}
    sheets = [
        Sheet(
            "task_events/part-00000-of-00001.csv",
            _BARE,
            google2011.TASK_EVENTS,
            rows(table),
            odd=odd,
        ),
        Sheet(
            *("machine_events/part-00000-of-00001.csv", _BARE, google2011.MACHINE_EVENTS),
            *(rows(fleet), "machines"),
            odd=odd,
        ),
        Sheet(
            *("task_constraints/part-00000-of-00001.csv", _BARE, google2011.TASK_CONSTRAINTS),
            *(rows(demands or [["0", "1", "0", "0", "disk", "ssd"]]), None),
        ),
        Sheet(
            *("machine_attributes/part-00000-of-00001.csv", _BARE, google2011.MACHINE_ATTRIBUTES),
            *(rows(told), None),
        ),
    ]
    hours = random.choice((None, None, 1.0))
    return Case(sheets, lambda folder: {"path": folder, "hours": hours}, _of_google)


_TASKS = (
    *("time", "type", "collection_id", "instance_index", "collection_type", "priority"),
    *("alloc_collection_id", "machine_id", "missing_type"),
)
_DEMAND = [{"name": "disk", "relation": "0", "value": "ssd"}]


def _google2019(random: Random, count: int, *, typed: bool = False) -> Case:
    kinds = {0: "0", 1: "SCHEDULE", 3: "10"}
    none = None if typed else ABSENT
    inside = {0: "20", 1: none}
    table: list[list[Any]] = []
    for at, job, index, step in _lives(random, count):
        values: list[Any] = [
            *(at, kinds.get(step) or random.choice("45678"), job, index or none, none, 200),
            *(inside[0] if job % 7 == 0 else none, 3 if step else none, none),
        ]
        if typed:
            values[6] = 20 if values[6] else None
            table.append([*values, 0.0625, 0.03125])
            continue
        values[0], values[2] = str(at), str(job)
        demand = _DEMAND if job % 5 == 0 else ABSENT
        table.append([*values, 0.0625, 0.03125, demand])
    random.shuffle(table)
    fleet: list[list[Any]] = [
        [
            at,
            n,
            str(kind + 1),
            f"s{n}",
            f"p{n % 2}",
            none if size is None else size,
            none if size is None else 0.5,
        ]
        for at, n, kind, size in _machines_of(count)
    ]
    collections: list[list[Any]] = [
        [job, none, none, random.choice((2, none)), none] for job in range(10, 15)
    ] + [[20, "1" if not typed else "ALLOC_SET", none, none, none]]
    told: list[list[Any]] = [[0, n, "disk", "ssd" if n % 2 else none, none] for n in range(1, 4)]
    columns = (
        "collection_id",
        "collection_type",
        "alloc_collection_id",
        "max_per_machine",
        "max_per_switch",
    )
    attributes = ("time", "machine_id", "name", "value", "deleted")
    machines = ("time", "machine_id", "type", "switch_id", "platform_id")
    odd = {
        "time": (_AFTER, str(_AFTER), 0),
        "type": ("11", "UPDATE", "submit", 3),
        "machine_id": (-1, 0),
    }
    number, text, amount = pl.Int64, pl.String, pl.Float64
    if typed:
        task_columns = (*_TASKS, "resource_request_cpus", "resource_request_memory")
        machine_columns = (*machines, "capacity_cpus", "capacity_memory")
        forms = [
            Parquet(
                (number, text, number, number, text, number, number, number, text, amount, amount)
            ),
            Parquet((number, number, text, text, text, amount, amount)),
            Parquet((number, text, number, number, number)),
            Parquet((number, number, text, text, pl.Boolean)),
        ]
    else:
        task_columns = (*_TASKS, "resource_request>cpus", "resource_request>memory", "constraint")  # type: ignore[assignment]
        machine_columns = (*machines, "capacity>cpus", "capacity>memory")
        forms = [Objects()] * 4  # type: ignore[list-item]
    end = ".parquet" if typed else random.choice((".json", ".json.gz"))
    sheets = [
        Sheet(f"instance_events-000000000000{end}", forms[0], task_columns, rows(table), odd=odd),
        Sheet(
            f"machine_events-000000000000{end}",
            forms[1],
            machine_columns,
            rows(fleet),
            "machines",
            odd=odd,
        ),
        Sheet(f"collection_events-000000000000{end}", forms[2], columns, rows(collections), None),
        Sheet(f"machine_attributes-000000000000{end}", forms[3], attributes, rows(told), None),
    ]
    hours = random.choice((None, None, 1.0))
    return Case(sheets, lambda folder: {"path": folder, "hours": hours}, _of_google)


def _google2019_parquet(random: Random, count: int) -> Case:
    return _google2019(random, count, typed=True)


FORMATS = (
    Format("google2011", "google2011", _google2011),
    Format("google2019 (JSON)", "google2019", _google2019),
    Format("google2019 (Parquet)", "google2019", _google2019_parquet),
)
