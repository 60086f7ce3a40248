"""The canonical folder: tasks, machines, trace.json (docs/traces.md).

Tables are Parquet or CSV, plain or gzipped. Parquet is scanned and never held whole; CSV is held
as typed columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path

import polars as pl

from traces import card, parquet, tables
from traces.admit import Label, admit
from traces.columns import Column, as_kind, refuse, require, typed
from traces.errors import TraceError
from traces.places import there
from traces.rows import Origin, Rows, enforce
from traces.schema import (
    EVENT_FIXED,
    MACHINE_FIXED,
    end_rules,
    event_columns,
    in_order,
    is_resource,
    machine_columns,
    task_columns,
)
from traces.trace import Advice, Trace

_END = Column("end", "number", optional=True, blank=True)


def read(*, path: str | PathLike[str]) -> Trace:
    """Reads a canonical folder. Raises TraceError."""
    folder = there(Path(path))
    if not folder.is_dir():
        raise TraceError(
            file=folder, found="a file", expected="a folder with tables of tasks and of machines"
        )
    about = card.read(folder / card.FILE)
    machine_table, table = tables.find(folder, "machines"), tables.find(folder, "tasks")
    resources = _resources(tables.head(machine_table))
    units = card.units(about, resources, folder / card.FILE)
    advice = card.advice(about, resources, folder / card.FILE)
    machines = typed(tables.whole(machine_table, least=0), machine_columns(resources))
    head = tables.head(table)
    columns = _columns(head, resources)
    return admit(
        _label(about, advice, folder, head.frame.columns, machines.frame.height),
        tasks=(_tasks(rows, columns) for rows in tables.batches(table)),
        machines=machines,
        resources=resources,
        units=units,
        scan=_scan(table, columns) if tables.is_lazy(table) else None,
        events=_events(folder, resources),
    )


def write(trace: Trace, folder: str | PathLike[str]) -> None:
    """Writes tasks, machines, events where there are any, and trace.json. Raises TraceError.

    The folder must be new or empty; it is made whole or not at all.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise TraceError(
            file=target, found="something there already", expected="a new or empty folder"
        )
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.mkdir(parents=True)
        try:
            trace.tasks.sink_parquet(partial / "tasks.parquet")
            trace.machines.sink_parquet(partial / "machines.parquet")
            if trace.events is not None:
                trace.events.write_parquet(partial / "events.parquet")
            card.write(partial / card.FILE, _card(trace))
            partial.replace(target)
        except BaseException:
            for item in partial.iterdir():
                item.unlink()
            partial.rmdir()
            raise
    except OSError as error:
        raise TraceError(
            file=target, found=error.strerror or str(error), expected="a folder to write to"
        ) from None


def _card(trace: Trace) -> card.Card:
    return card.Card(
        name=trace.name,
        units=trace.units,
        replayed=trace.replayed,
        assumed=trace.assumed,
        ordered=trace.ordered,
        unplaceable=trace.unplaceable,
        advice=asdict(trace.advice),
        snapshot=trace.snapshot,
    )


def _resources(head: Rows) -> tuple[str, ...]:
    """Every column of machines that has no other meaning is a resource."""
    require(head, MACHINE_FIXED)
    fixed = {column.name for column in (*task_columns(()), *EVENT_FIXED, _END)}
    own = {column.name for column in MACHINE_FIXED}
    names = [name for name in head.frame.columns if name not in own]
    for name in names:
        found = "a column of tasks" if name in fixed else "a name that no heuristic could use"
        if name in fixed or not is_resource(name):
            raise TraceError(
                file=head.file,
                row=head.header_row,
                field=name,
                found=found,
                expected="id, model, rack, and resources named by letters, digits and _",
            )
    if not names:
        raise TraceError(
            file=head.file,
            row=head.header_row,
            found="no resource among the columns",
            expected="one column a resource, such as cpu, mem, gpu",
        )
    return in_order(names)


def _columns(head: Rows, resources: Sequence[str]) -> tuple[Column, ...]:
    columns = (*task_columns(resources), _END)
    require(head, columns)
    refuse(head, [column.name for column in columns])
    if {"end", "lifetime"} <= {*head.frame.columns}:
        raise TraceError(
            file=head.file,
            row=head.header_row,
            field="end",
            found="both end and lifetime",
            expected="one of them",
        )
    return columns


def _tasks(rows: Rows, columns: Sequence[Column]) -> Rows:
    cast = typed(rows, columns)
    names = cast.frame.columns
    if "end" not in names:
        return cast
    enforce(cast, end_rules("end", "submit" if "submit" in names else None))
    lived = cast.frame.with_columns(_lifetime(names)).drop("end")
    return Rows(cast.file, cast.first, lived, cast.text, {"lifetime": Origin("end")})


def _events(folder: Path, resources: Sequence[str]) -> Rows | None:
    if not any((folder / f"events{suffix}").exists() for suffix in tables.SUFFIXES):
        return None
    rows, columns = tables.whole(tables.find(folder, "events"), least=0), event_columns(resources)
    refuse(rows, [column.name for column in columns])
    return typed(rows, columns)


def _scan(path: Path, columns: Sequence[Column]) -> pl.LazyFrame:
    frame = parquet.scan(path)
    schema = frame.collect_schema()
    cast = frame.select(as_kind(c, schema[c.name]) for c in columns if c.name in schema)
    if "end" not in schema:
        return cast
    return cast.with_columns(_lifetime(schema.names())).drop("end")


def _lifetime(names: Sequence[str]) -> pl.Expr:
    submit = pl.col("submit") if "submit" in names else pl.lit(0.0)
    return (pl.col("end") - submit).alias("lifetime")


def _label(
    about: card.Card, advice: Advice, folder: Path, names: Sequence[str], machines: int
) -> Label:
    timed, ended = "submit" in names, "lifetime" in names or "end" in names
    replayed = ["requests", "machines"] if machines else ["requests"]
    replayed += ["arrival times"] if timed else []
    replayed += ["lifetimes"] if ended else []
    assumed = [] if timed else ["all tasks submitted at 0"]
    assumed += [] if ended else ["lifetimes unknown"]
    return Label(
        about.name or folder.resolve().name,
        "canonical",
        replayed=tuple(about.replayed) or tuple(replayed),
        assumed=tuple(about.assumed) or tuple(assumed),
        ordered=about.ordered,
        unplaceable=about.unplaceable > 0,
        oversized=about.unplaceable > 0,
        advice=advice,
        snapshot=about.snapshot,
    )
