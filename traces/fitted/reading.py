"""A model file, checked field by field: what is wrong is told by file and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
import polars as pl

from traces import card
from traces.errors import TraceError
from traces.fitted.fields import Fields
from traces.fitted.model import (
    Arrivals,
    Burst,
    Cell,
    Component,
    Kind,
    Law,
    Machines,
    Model,
    Remainder,
    Requested,
    Sizes,
)
from traces.fitted.profiles import SHARES
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
TASKS_MAX, BATCH_MAX, PRIORITY_MAX = 10**9, 10**6, 2**31 - 1
_FILE = (
    *("schema", "name", "sha256", "tasks", "start_tasks", "units", "advice", "ordered"),
    *("snapshot", "unplaceable", "assumed", "end_s", "steps_s", "machines", "arrivals", "sizes"),
    *("start_sizes", "services", "ages", "profiles", "laws", "remainder", "kinds"),
)
_COMPONENT = ("weight", "median_s", "sigma", "profiles", "drift")
_LABEL = ("models", "max_per_machine", "priority")


def read(path: str | PathLike[str]) -> Model:
    """Reads a model file. Raises TraceError."""
    place = there(Path(path))
    book = Book(place, BYTES_MAX)
    top = Fields(book, "", book.read(), _FILE)
    if top.raw("schema") != 1:
        raise top.wrong("schema", top.raw("schema"), "1")
    resources, units = _units(top, place)
    profiles = _profiles(top)
    laws = tuple(
        _law(row, len(profiles)) for row in top.rows("laws", ("never", "lives", "requested"))
    )
    if not laws:
        raise top.wrong("laws", "none", "at least one")
    remainder = tuple(
        _remainder(row, resources)
        for row in top.rows("remainder", (*resources, "correlation", "labels"))
    )
    kinds = tuple(_kinds(top, resources, len(laws), len(remainder)))
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
        tasks=top.whole("tasks", least=1, most=TASKS_MAX),
        start_tasks=top.whole("start_tasks", 0, most=TASKS_MAX),
        resources=resources,
        units=units,
        machines=machines,
        arrivals=_arrivals(top),
        end_s=top.number("end_s", most=SECONDS_MAX),
        steps_s=(
            steps.number("submit", least=1e-4, most=3600),
            steps.number("lifetime", least=1e-4, most=3600),
        ),
        sizes=tuple(_sizes(top, "sizes")),
        start_sizes=tuple(_sizes(top, "start_sizes")),
        profiles=profiles,
        laws=laws,
        kinds=kinds,
        remainder=remainder,
        services=top.numbers("services"),
        ages=tuple(_components(top, "ages", 0)),
        advice=_advice(top, resources, place),
        ordered=top.flag("ordered"),
        snapshot=top.flag("snapshot"),
        unplaceable=top.flag("unplaceable"),
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


def _profiles(top: Fields) -> tuple[tuple[float, ...], ...]:
    made = []
    for at, value in enumerate(top.items("profiles")):
        good = isinstance(value, list) and len(value) == len(SHARES)
        if not good or not all(_is_number(v) and 1e-9 < v < 1e9 for v in value):
            where = f"profiles[{at}]"
            raise top.wrong(where, value, f"{len(SHARES)} multiples of the median, above 0")
        made.append(tuple(float(v) for v in value))
    return tuple(made)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _components(fields: Fields, name: str, profiles: int) -> list[Component]:
    made = []
    for row in fields.rows(name, _COMPONENT):
        within = row.pairs("profiles") if row.has("profiles") else ()
        for number, weight in within:
            if number not in range(profiles) or not weight:
                expected = f"[a profile from 0 to {profiles - 1}, weight above 0]"
                raise row.wrong("profiles", [number, weight], expected)
        made.append(
            Component(
                row.number("weight", most=1),
                row.number("median_s", above=True, most=1e30),
                row.number("sigma", above=True, most=50),
                tuple((int(number), weight) for number, weight in within),
                row.numbers("drift", most=1e9),
            )
        )
    return made


def _law(row: Fields, profiles: int) -> Law:
    never, lives = row.number("never", 0, most=1), _components(row, "lives", profiles)
    total = never + sum(one.weight for one in lives)
    if abs(total - 1) > 1e-3:
        raise row.wrong("lives", f"weights that make {total:g} with never", "1")
    wish = None
    if row.has("requested"):
        inner = row.fields("requested", ("share", "rho", "kept", "values"))
        wish = Requested(
            inner.number("share", most=1),
            inner.pairs("values", least=1e-3),
            inner.number("rho", least=-1, most=1),
            inner.flag("kept"),
        )
    return Law(tuple(lives), never, wish)


def _sizes(top: Fields, name: str) -> list[Sizes]:
    made = []
    for row in top.rows(name, ("size", "counts", "mixed", "away")):
        size = row.whole("size", least=1, most=BATCH_MAX)
        counts = []
        for where, (tasks, batches) in row.wholes("counts", (BATCH_MAX, TASKS_MAX)):
            if not size <= tasks < 2 * size or not batches:
                expected = f"[tasks from {size} to {2 * size - 1}, batches from 1]"
                raise row.wrong("counts", f"{[tasks, batches]} in {where}", expected)
            counts.append((tasks, batches))
        if not counts:
            raise row.wrong("counts", "none", "at least one pair")
        made.append(
            Sizes(
                size, tuple(counts), row.number("mixed", 0, most=1), row.number("away", 0, most=1)
            )
        )
    return made


def _remainder(row: Fields, resources: Sequence[str]) -> Remainder:
    count = len(resources)
    matrix = [
        tuple(float(value) for value in line)
        for line in row.items("correlation")
        if isinstance(line, list)
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in line)
    ]
    good = len(matrix) == count and all(len(line) == count for line in matrix)
    symmetric = good and all(
        abs(matrix[i][j] - matrix[j][i]) < 1e-6 and abs(matrix[i][j]) <= 1 and matrix[i][i] == 1
        for i in range(count)
        for j in range(count)
    )
    if not symmetric:
        raise row.wrong(
            "correlation", row.raw("correlation", []), f"{count} × {count} correlations, symmetric"
        )
    labels = [
        (one.number("weight", above=True), *_label(one))
        for one in row.rows("labels", ("weight", *_LABEL))
    ]
    if not labels:
        raise row.wrong("labels", "none", "at least one, such as {weight: 1}")
    return Remainder(tuple(row.pairs(name) for name in resources), tuple(matrix), tuple(labels))


def _label(row: Fields) -> tuple[str | None, int | None, int]:
    return (
        row.text("models") if row.has("models") else None,
        row.whole("max_per_machine", least=1, most=PRIORITY_MAX)
        if row.has("max_per_machine")
        else None,
        row.whole("priority", 0, least=-PRIORITY_MAX, most=PRIORITY_MAX),
    )


def _kinds(top: Fields, resources: Sequence[str], laws: int, remainder: int) -> list[Kind]:
    made = []
    known = (*resources, *_LABEL, "gang", "jobs", "beside", "batches", "start", "remainder")
    for row in top.rows("kinds", known):
        drawn = row.has("remainder")
        if drawn and any(row.has(name) for name in resources):
            raise row.wrong("remainder", "it beside amounts", "one of them")
        models, most, priority = _label(row)
        made.append(
            Kind(
                None if drawn else tuple(row.number(name) for name in resources),
                tuple(_cells(row, "batches", laws)),
                tuple(_cells(row, "start", laws)),
                models,
                most,
                priority,
                row.flag("gang"),
                row.whole("jobs", 0),
                row.whole("beside", 0),
                row.whole("remainder", most=remainder - 1) if drawn else -1,
            )
        )
    if not made:
        raise top.wrong("kinds", "none", "at least one")
    return made


def _cells(row: Fields, name: str, laws: int) -> list[Cell]:
    made = []
    for where, (size, batches, law) in row.wholes(name, (BATCH_MAX, TASKS_MAX, laws - 1)):
        if not size or size & (size - 1) or not batches:
            raise row.wrong(
                name, f"{[size, batches, law]} in {where}", "[a power of two, batches from 1, law]"
            )
        made.append(Cell(size, batches, law))
    return made


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
