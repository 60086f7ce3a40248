"""A model file, checked field by field: what is wrong is told by file and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path

import polars as pl

from traces import card
from traces.errors import TraceError
from traces.fitted import tables
from traces.fitted.fields import Fields
from traces.fitted.model import Arrivals, Burst, Kind, Machines, Model
from traces.places import there
from traces.rows import Rows, Rule, enforce
from traces.schema import (
    SECONDS_MAX,
    absent_machine,
    absent_task,
    in_order,
    is_resource,
    machine_rules,
    task_rules,
)
from traces.trace import Advice
from traces.yamlfile import Book

BYTES_MAX = 1 << 20
_FILE = (
    *("schema", "name", "sha256", "tasks", "start_tasks", "units", "advice", "ordered"),
    *(
        "snapshot",
        "unplaceable",
        "closed",
        "assumed",
        "end_s",
        "steps_s",
        "machines",
        "arrivals",
        "sizes",
    ),
    *("start_sizes", "services", "ages", "profiles", "laws", "remainder", "kinds"),
)


def read(path: str | PathLike[str]) -> Model:
    """Reads a model file. Raises TraceError."""
    place = there(Path(path))
    book = Book(place, BYTES_MAX)
    top = Fields(book, "", book.read(), _FILE)
    if top.raw("schema") != 1:
        raise top.wrong("schema", top.raw("schema"), "1")
    resources, units = _units(top, place)
    profiles = tables.profiles(top)
    laws = tuple(tables.law(row, len(profiles)) for row in top.rows("laws", ("lives", "requested")))
    if not laws:
        raise top.wrong("laws", "none", "at least one")
    remainder = tuple(
        tables.remainder(row, resources)
        for row in top.rows("remainder", (*resources, "correlation", "labels"))
    )
    kinds = tuple(tables.kinds(top, resources, len(laws), len(remainder)))
    machines = tuple(
        Machines(
            row.whole("count", least=1, most=10**6),
            tuple(row.number(name, 0) for name in resources),
            row.text("model") if row.has("model") else None,
        )
        for row in top.rows("machines", ("count", *resources, "model"))
    )
    _check_rows(top, kinds, machines, resources, units)
    steps = top.fields("steps_s", ("submit", "lifetime"))
    model = Model(
        name=top.text("name"),
        sha256=top.text("sha256", "-"),
        tasks=top.whole("tasks", least=1, most=tables.TASKS_MAX),
        start_tasks=top.whole("start_tasks", 0, most=tables.TASKS_MAX),
        resources=resources,
        units=units,
        machines=machines,
        arrivals=_arrivals(top),
        end_s=top.number("end_s", most=SECONDS_MAX),
        steps_s=(
            steps.number("submit", least=1e-4, most=3600),
            steps.number("lifetime", least=1e-4, most=3600),
        ),
        sizes=tuple(tables.sizes(top, "sizes")),
        start_sizes=tuple(tables.sizes(top, "start_sizes")),
        profiles=profiles,
        laws=laws,
        kinds=kinds,
        remainder=remainder,
        services=top.numbers("services"),
        ages=tuple(tables.components(top, "ages", 0)),
        advice=_advice(top, resources, place),
        ordered=top.flag("ordered"),
        snapshot=top.flag("snapshot"),
        unplaceable=top.flag("unplaceable"),
        closed=top.flag("closed"),
        assumed=top.texts("assumed"),
    )
    _check_whole(top, model)
    return model


def _units(top: Fields, place: Path) -> tuple[tuple[str, ...], dict[str, float]]:
    given = top.raw("units")
    if not isinstance(given, Mapping) or not given:
        raise top.wrong("units", given, "the unit of each resource, such as {cpu: 0.001}")
    for name in given:
        if not isinstance(name, str) or not is_resource(name):
            raise top.wrong("units", name, "resources named by letters, digits and _")
    fields = top.fields("units", tuple(given))
    units = {name: fields.number(name, least=1e-12, most=1e12) for name in given}
    resources = in_order(given)
    return resources, card.units(card.Card(units=units), resources, place)


def _advice(top: Fields, resources: Sequence[str], place: Path) -> Advice:
    given = top.raw("advice", {})
    if not isinstance(given, Mapping):
        raise top.wrong("advice", given, "an object of fields")
    return card.advice(card.Card(advice=given), resources, place)


def _arrivals(top: Fields) -> Arrivals:
    row = top.fields("arrivals", ("span_s", "level_days", "levels", "hours", "bursts"))
    levels, hours = row.numbers("levels"), row.numbers("hours")
    if not levels or not any(levels):
        raise row.wrong("levels", list(levels), "numbers from 0, one at least above")
    if len(hours) != 24 or not any(hours):
        raise row.wrong("hours", f"{len(hours)} numbers", "24 from 0, one at least above")
    return Arrivals(
        row.number("span_s", most=SECONDS_MAX),
        row.whole("level_days", 1, least=1, most=10**6),
        levels,
        hours,
        tuple(
            Burst(one.number("hours", above=True, most=1e6), one.number("variance", most=25))
            for one in row.rows("bursts", ("hours", "variance"))
        ),
    )


def _check_rows(
    top: Fields,
    kinds: Sequence[Kind],
    machines: Sequence[Machines],
    resources: Sequence[str],
    units: Mapping[str, float],
) -> None:
    """Amounts and constraints keep the rules of the schema, told by the entry."""
    listed = [(number, kind) for number, kind in enumerate(kinds) if kind.amounts is not None]
    amounts = dict.fromkeys(resources, pl.Float64)
    labels = {"models": pl.String, "max_per_machine": pl.Int64, "priority": pl.Int64}
    _enforce(
        top,
        "kinds",
        [number for number, _ in listed],
        pl.DataFrame(
            [(*k.amounts, k.models, k.max_per_machine, k.priority) for _, k in listed],  # type: ignore[misc]
            schema={**amounts, **labels},
            orient="row",
        ),
        absent_task,
        task_rules(resources, units),
    )
    _enforce(
        top,
        "machines",
        list(range(len(machines))),
        pl.DataFrame(
            [(*one.amounts, one.model) for one in machines],
            schema={**amounts, "model": pl.String},
            orient="row",
        ),
        absent_machine,
        machine_rules(resources, units),
    )


def _enforce(
    top: Fields,
    name: str,
    numbers: list[int],
    frame: pl.DataFrame,
    absent: Callable[[Collection[str]], list[pl.Expr]],
    rules: Sequence[Rule],
) -> None:
    if frame.is_empty():
        return
    frame = frame.with_columns(pl.lit("").alias("id"))
    try:
        enforce(Rows("", 0, frame.with_columns(absent(frame.columns)), text=False), rules)
    except TraceError as error:
        where = f"{name}[{numbers[error.row or 0]}].{error.field}"
        raise top.wrong(where, error.found or "", error.expected or "") from None


def _check_whole(top: Fields, model: Model) -> None:
    """What one part says of another."""
    if model.start_tasks > model.tasks:
        raise top.wrong("start_tasks", model.start_tasks, f"at most tasks, {model.tasks}")
    for name, some, sizes, tasks in (
        ("batches", [k.arrivals for k in model.kinds], "sizes", model.tasks - model.start_tasks),
        ("start", [k.start for k in model.kinds], "start_sizes", model.start_tasks),
    ):
        if tasks and not any(some):
            raise top.wrong(f"kinds[0].{name}", "no batches of any kind", "at least one")
        tables = {one.size for one in getattr(model, sizes)}
        for number, cells in enumerate(some):
            for cell in cells:
                if cell.size not in tables:
                    raise top.wrong(
                        f"kinds[{number}].{name}", f"size {cell.size}", f"one that {sizes} has"
                    )
