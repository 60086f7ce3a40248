"""Valid tables in forms of our own: canonical, by a mapping, bin packing, a model file."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from bench.mutated.accounts import Counts, counted, dropped, happened, tasks_and_machines
from bench.mutated.forms import ABSENT, Delimited, Form, Model, Parquet
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import Trace
from traces.fitted import read_model

_COMMAS = Delimited()
_TEXT, _NUMBER, _WHOLE, _TRUTH = pl.String, pl.Float64, pl.Int64, pl.Boolean


def _canonical(random: Random, count: int, *, typed: bool = False) -> Case:
    columns = (
        *("id", "job", "submit", "lifetime", "cpu", "mem", "gpu", "priority", "models"),
        *("max_per_machine", "alive_at_start", "machine", "requested", "gang"),
    )
    table: list[list[Any]] = []
    for n in range(count):
        alive = random.random() < 0.2
        table.append(
            [
                *(
                    f"t{n}",
                    f"j{n // 3}",
                    -5.0 if alive else n * 1.5,
                    random.choice((None, 10.0, 0.5)),
                ),
                *(
                    random.choice((1.0, 2.5)),
                    4.0,
                    random.choice((0.0, 0.5, 1.0)),
                    random.randrange(3),
                ),
                *(random.choice((None, "T4", "A10|T4")), random.choice((None, 2)), alive),
                *(random.choice((None, "m0")), random.choice((None, 60.0)), random.random() < 0.1),
            ]
        )
    machines: list[list[Any]] = [
        [f"m{n}", 64.0, 256.0, 2.0, ("T4", "A10")[n % 2], f"r{n % 3}"]
        for n in range(max(count // 10, 4))
    ]
    events: list[list[Any]] = [
        [5.0, "m1", "remove", None, None, None],
        [9.0, "m1", "add", 32.0, None, 2.0],
    ]
    events += [[float(n), "m2", "update", 32.0, 128.0, 1.0] for n in range(count // 10)]
    end = ".parquet" if typed else ".csv"
    forms: list[Form] = [_COMMAS] * 3
    if typed:
        forms = [
            Parquet(
                (
                    _TEXT,
                    _TEXT,
                    *[_NUMBER] * 5,
                    _WHOLE,
                    _TEXT,
                    _WHOLE,
                    _TRUTH,
                    _TEXT,
                    _NUMBER,
                    _TRUTH,
                )
            ),
            Parquet((_TEXT, *[_NUMBER] * 3, _TEXT, _TEXT)),
            Parquet((_NUMBER, _TEXT, _TEXT, _NUMBER, _NUMBER, _NUMBER)),
        ]
    else:
        table, machines, events = (
            [
                [
                    "" if v is None else str(v).lower() if isinstance(v, bool) else str(v)
                    for v in row
                ]
                for row in t
            ]
            for t in (table, machines, events)
        )
    odd = {
        "models": ("T4|T4", "K80", "T4|"),
        "kind": ("Add", "update ", "gone"),
        "gang": ("yes", "1"),
    }
    sheets = [
        Sheet(f"tasks{end}", forms[0], columns, rows(table), odd=odd),
        Sheet(
            f"machines{end}",
            forms[1],
            ("id", "cpu", "mem", "gpu", "model", "rack"),
            rows(machines),
            "machines",
        ),
        Sheet(
            f"events{end}",
            forms[2],
            ("time", "machine", "kind", "cpu", "mem", "gpu"),
            rows(events),
            "events",
            odd=odd,
        ),
    ]
    return Case(sheets, lambda folder: {"path": folder}, _of_canonical)


def _of_canonical(trace: Trace, folder: Path) -> Counts:
    return {**tasks_and_machines(trace, folder), "events": (happened(trace), 0)}


def _canonical_parquet(random: Random, count: int) -> Case:
    return _canonical(random, count, typed=True)


_MAP = """\
tasks:
  submit: {column: came, unit: datetime}
  lifetime: {column: lived, unit: min, blank: [-1, Unknown]}
  cpu: {column: cores, default: 1}
  mem: {column: bytes, unit: B, round: up}
  gpu: devices
  priority: rank
machines: {file: nodes.csv, id: name, cpu: cores, mem: {column: gib}, gpu: devices}
"""
_FORMS = (
    "keep: {status: [done, failed]}\nsort: submit\nsplit: {gpu: 8}\nstart: 2024-03-01 00:05:00\n",
    "drop: duplicates\nsplit: {gpu: 4}\n",
    "keep: {rank: [0, 1]}\ndrop: duplicates\nsort: submit\n",
)


def _mapping(random: Random, count: int, *, typed: bool = False) -> Case:
    table: list[list[Any]] = [
        [
            *(f"2024-03-01 00:{n % 60:02}:{n // 60 % 60:02}", random.choice((-1.0, 2.5, 90.0))),
            *(
                random.choice((1.0, 4.5)),
                random.choice((2**30, 1_000_000_001)),
                random.choice((0.0, 0.5, 1.0, 12.0)),
            ),
            *(random.randrange(3), random.choice(("done", "failed", "waiting"))),
        ]
        for n in range(count)
    ]
    table[0][5:7] = [0, "done"]
    if not typed:
        table = [[str(value).removesuffix(".0") for value in row] for row in table]
    nodes = [[f"n{n}", "64", "256", "16"] for n in range(4)]
    form: Form = (
        Parquet((_TEXT, _NUMBER, _NUMBER, _WHOLE, _NUMBER, _WHOLE, _TEXT)) if typed else _COMMAS
    )
    file = "jobs.parquet" if typed else "jobs.csv"
    columns = ("came", "lived", "cores", "bytes", "devices", "rank", "status")
    sheets = [
        Sheet(file, form, columns, rows(table), count=("devices",)),
        Sheet("nodes.csv", _COMMAS, ("name", "cores", "gib", "devices"), rows(nodes), "machines"),
    ]
    more = {"map.yaml": _MAP + random.choice(_FORMS)}

    def options(folder: Path) -> dict[str, Path]:
        return {"path": folder / file, "mapping": folder / "map.yaml"}

    return Case(sheets, options, _of_mapping, more)


def _of_mapping(trace: Trace, folder: Path) -> Counts:
    """Tasks are named by their rows, those that are split row-7/1 and on."""
    first = ~pl.col("id").str.contains("/", literal=True) | pl.col("id").str.ends_with("/1")
    return {"tasks": (counted(trace, first), dropped(trace)), "machines": (trace.machine_count, 0)}


def _mapping_parquet(random: Random, count: int) -> Case:
    return _mapping(random, count, typed=True)


def _bin_packing(random: Random, count: int) -> Case:
    each = max(count // 3, 1)
    table = [
        [f"u{n // each}", "100", str(n % each), str(random.randrange(1, 101))] for n in range(count)
    ]
    sheet = Sheet("or.csv", _COMMAS, ("instance", "capacity", "position", "size"), rows(table))
    return Case([sheet], lambda folder: {"path": folder / "or.csv"}, _of_bin_packing)


def _of_bin_packing(trace: Trace, folder: Path) -> Counts:
    return {"tasks": (trace.task_count, dropped(trace))}


_TOP = """\
schema: 1
name: made
sha256: '-'
tasks: 40
start_tasks: 0
units: {cpu: 0.001, mem: 0.0009765625}
end_s: 9000
steps_s: {submit: 1, lifetime: 1}
arrivals:
  span_s: 8000
  levels: [1]
  hours: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
sizes:
- {size: 1, counts: [[1, 300]]}
laws:
- {lives: [{weight: 1, median_s: 500, sigma: 1.5}]}
"""


def _fitted(random: Random, count: int) -> Case:
    kinds: list[list[Any]] = [
        [
            random.choice((1, 2.5, 4)),
            random.choice((1, 8)),
            ABSENT,
            ABSENT,
            ABSENT,
            [[1, 1 + n % 9, 0]],
        ]
        for n in range(count)
    ]
    machines: list[list[Any]] = [[3, 64 + n, 256, ABSENT] for n in range(max(count // 20, 2))]
    form = Model(top=_TOP)
    columns = ("cpu", "mem", "models", "max_per_machine", "priority", "batches")
    odd = {"batches": ([[2, 1, 0]], [[1, 0, 0]], [[1, 1, 9]], [[1, 1]], [[1, 10**12, 0]])}
    sheets = [
        Sheet("model.yaml", form, columns, rows(kinds), "kinds", "kinds", odd),
        Sheet(
            "model.yaml",
            form,
            ("count", "cpu", "mem", "model"),
            rows(machines),
            "machines",
            "machines",
            {},
            ("count",),
        ),
    ]
    return Case(sheets, lambda folder: {"path": folder / "model.yaml"}, _of_fitted)


def _of_fitted(trace: Trace, folder: Path) -> Counts:
    """Every entry is in the model, which makes the tasks and machines that it says."""
    model = read_model(folder / "model.yaml")
    as_said = trace.task_count == model.tasks
    as_said &= trace.machine_count == sum(one.count for one in model.machines)
    return {"kinds": (len(model.kinds) * as_said, 0), "machines": (len(model.machines), 0)}


FORMATS = (
    Format("canonical (CSV)", "canonical", _canonical),
    Format("canonical (Parquet)", "canonical", _canonical_parquet),
    Format("mapping (CSV)", "mapping", _mapping),
    Format("mapping (Parquet)", "mapping", _mapping_parquet),
    Format("bin_packing", "bin_packing", _bin_packing),
    Format("fitted", "fitted", _fitted, rows=400, weight=0.1),
)
