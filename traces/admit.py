"""Admission: rows from any reader, checked and tidied, become a Trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.digest import Digest, content_hash
from traces.errors import TraceError, shown
from traces.fit import Fleet
from traces.rows import Rows, Rule, enforce
from traces.schema import (
    MODELS_MAX,
    absent_machine,
    absent_task,
    event_columns,
    event_rules,
    machine_rules,
    snapshot_rules,
    task_rules,
    tidy_events,
    tidy_machines,
    tidy_tasks,
)
from traces.trace import Advice, Trace


@dataclass(frozen=True)
class Label:
    """What a reader says of its trace.

    unplaceable: tasks whose GPU models leave no machine that is large enough are kept and counted
    (openb's constrained list has one), not refused. oversized: so are tasks that are larger than
    every machine (in a cell of the user's own). dropped, rows: as Trace has them.
    """

    name: str
    format: str
    replayed: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    ordered: bool = False
    unplaceable: bool = False
    oversized: bool = False
    advice: Advice = field(default_factory=Advice)
    snapshot: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0


def admit(
    label: Label,
    *,
    tasks: Iterable[Rows],
    machines: Rows | None,
    resources: Sequence[str],
    units: Mapping[str, float],
    scan: pl.LazyFrame | None = None,
    events: Rows | None = None,
) -> Trace:
    """Checks every row against the schema and the other file, and makes the Trace.

    tasks, machines: typed columns under their canonical names; columns that have a default may be
    absent. machines may be None or have no rows: then nothing is checked against them. scan: the
    same tasks as a lazy frame, where they are too many to be held; without it the rows are kept in
    memory. events: of machines, in any order; amounts may be absent. Raises TraceError.
    """
    units = {name: units[name] for name in resources}
    fleet = _machines(_none(resources) if machines is None else machines, resources, units)
    intake = _Intake(fleet, resources, units, label, keep=scan is None)
    for rows in tasks:
        intake.take(rows)
    frame = intake.kept() if scan is None else intake.tidied(scan)
    intake.check_ids(frame)
    digest = Digest(resources, units)
    digest.update(fleet.frame)
    happened = _events(events, fleet, resources, units)
    hashed = None
    if happened is not None:
        hashed = Digest(resources, units)
        hashed.update(happened)
    return Trace(
        name=label.name,
        format=label.format,
        tasks=frame.lazy(),
        machines=fleet.frame.lazy(),
        resources=tuple(resources),
        units=units,
        models=tuple(_models(fleet)),
        sha256=content_hash(intake.digest, digest, units, label.ordered, hashed),
        task_count=intake.count,
        machine_count=fleet.frame.height,
        span_s=intake.span(),
        replayed=label.replayed,
        assumed=label.assumed,
        ordered=label.ordered,
        unplaceable=intake.unplaceable,
        advice=label.advice,
        snapshot=label.snapshot,
        recorded=intake.placed > 0,
        dropped=label.dropped,
        rows=label.rows,
        events=happened,
    )


def _events(
    rows: Rows | None, fleet: Rows, resources: Sequence[str], units: Mapping[str, float]
) -> pl.DataFrame | None:
    """The events, checked, tidy, sorted by time; None where there is none."""
    if rows is None or rows.frame.is_empty():
        return None
    absent = [
        pl.lit(None, pl.Float64).alias(column.name)
        for column in event_columns(resources)
        if column.name not in rows.frame.columns
    ]
    rows = rows.with_frame(rows.frame.with_columns(absent))
    enforce(rows, event_rules(resources, units, fleet.frame["id"]))
    tidy = rows.frame.select(tidy_events(resources, units))
    return tidy.sort("time", maintain_order=True)


def _none(resources: Sequence[str]) -> Rows:
    """A table of machines without rows."""
    amounts = dict.fromkeys(resources, pl.Float64)
    return Rows("no machines", 1, pl.DataFrame(schema={"id": pl.String, **amounts}), text=False)


def _machines(rows: Rows, resources: Sequence[str], units: Mapping[str, float]) -> Rows:
    rows = rows.with_frame(rows.frame.with_columns(absent_machine(rows.frame.columns)))
    enforce(rows, machine_rules(resources, units))
    _check_unique(rows, rows.frame["id"])
    tidy = rows.with_frame(rows.frame.select(tidy_machines(resources, units)))
    models = _models(tidy)
    if len(models) > MODELS_MAX:
        raise TraceError(
            file=rows.file,
            field="model",
            found=f"{len(models)} GPU models",
            expected=f"at most {MODELS_MAX}",
        )
    return tidy


def _models(machines: Rows) -> list[str]:
    return machines.frame["model"].drop_nulls().unique().sort().to_list()


class _Intake:
    """Takes tasks a run at a time and keeps of each only what the whole needs."""

    def __init__(
        self,
        machines: Rows,
        resources: Sequence[str],
        units: Mapping[str, float],
        label: Label,
        *,
        keep: bool,
    ) -> None:
        self._machines = machines
        self._models = _models(machines)
        self._fleet = Fleet(machines.frame, resources)
        self._resources, self._units = resources, units
        self._rules = [*task_rules(resources, units), *(snapshot_rules() if label.snapshot else ())]
        self._keep, self._label = keep, label
        self._frames: list[pl.DataFrame] = []
        self._hashes: list[np.ndarray] = []
        self._start, self._end = np.inf, -np.inf
        self._head: Rows | None = None
        self._numbers: list[NDArray[np.int64]] = []
        self.digest = Digest(resources, units)
        self.count = self.unplaceable = self.placed = 0

    def take(self, rows: Rows) -> None:
        """Checks the next run of rows. Raises TraceError for the first that breaks a rule."""
        self._head = self._head or rows
        if rows.numbers is not None:
            self._numbers.append(rows.numbers)
        rows = rows.with_frame(rows.frame.with_columns(absent_task(rows.frame.columns)))
        enforce(rows, self._rules)
        if self._machines.frame.height:
            self._check_names(rows)
        rows = rows.with_frame(rows.frame.select(tidy_tasks(self._resources, self._units)))
        frame = rows.frame
        if self._machines.frame.height:
            self._check_fit(rows)
            self.placed += frame["machine"].count()
        self.digest.update(frame)
        self._hashes.append(frame["id"].hash().to_numpy())
        submit, end = frame["submit"], (frame["submit"] + frame["lifetime"]).max()
        arrivals = submit.filter(~frame["alive_at_start"]).min()
        self._start = min(self._start, _or(arrivals, np.inf))
        self._end = max(self._end, _or(submit.max(), -np.inf), _or(end, -np.inf))
        self.count += frame.height
        if self._keep:
            self._frames.append(frame)

    def tidied(self, scan: pl.LazyFrame) -> pl.LazyFrame:
        """A lazy frame of typed tasks, in canonical columns."""
        names = scan.collect_schema().names()
        return scan.with_columns(absent_task(names)).select(
            tidy_tasks(self._resources, self._units)
        )

    def kept(self) -> pl.LazyFrame:
        """The rows taken, as one lazy frame."""
        return pl.concat(self._frames).lazy()

    def span(self) -> float:
        """Seconds from the first arrival to the last arrival or end that is known."""
        return float(max(self._end - min(self._start, max(self._end, 0.0)), 0.0))

    def check_ids(self, tasks: pl.LazyFrame) -> None:
        """Raises TraceError where two tasks have one id. Looks at texts only if hashes meet."""
        hashes = np.empty(self.count, np.uint64)
        end = self.count
        while self._hashes:
            run = self._hashes.pop()
            hashes[end - run.size : end] = run
            end -= run.size
        hashes.sort()
        if self._head and (hashes[1:] == hashes[:-1]).any():
            numbers = np.concatenate(self._numbers) if self._numbers else None
            ids = tasks.select("id").collect()["id"]
            _check_unique(replace(self._head, numbers=numbers), ids)

    def _check_fit(self, rows: Rows) -> None:
        misfits = self._fleet.check(rows, oversized=self._label.oversized)
        if misfits.size and not (self._label.unplaceable or self._label.oversized):
            index = int(misfits[0])
            raise self._fleet.error(rows, index, rows.frame["models"][index])
        self.unplaceable += misfits.size

    def _check_names(self, rows: Rows) -> None:
        models = rows.frame["models"].drop_nulls().unique()
        unknown = [m for m in models if not set(m.split("|")) & set(self._models)]
        known = f"a model of the machines: {', '.join(self._models) or 'they name none'}"
        machine = pl.col("machine")
        rules = [
            Rule("models", pl.col("models").is_in([] if self._label.oversized else unknown), known),
            Rule(
                "machine",
                machine.is_not_null() & ~machine.is_in(self._machines.frame["id"].implode()),
                f"the id of a machine in {Path(self._machines.file).name}",
            ),
        ]
        enforce(rows, rules)


def _or(value: object, other: float) -> float:
    return float(value) if isinstance(value, (int, float)) else other


def _check_unique(rows: Rows, ids: pl.Series) -> None:
    again = ~ids.is_first_distinct()
    if not again.any():
        return
    index = again.arg_max()
    assert index is not None
    original = (ids == ids[index]).arg_max()
    assert original is not None
    found = f"{shown(ids[index])} again (first in row {rows.number(original)})"
    raise rows.error(index, "id", found, "each id once")
