"""What a mapping file says: which column of a table is which of ours, and in what unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from traces import measures
from traces.columns import Column, Kind
from traces.errors import nearest, shown
from traces.measures import Measure
from traces.schema import MACHINE_FIXED, TASK_AFTER, TASK_BEFORE, in_order, is_resource
from traces.yamlfile import Book

DATETIME = "datetime"
_TIMED = ("submit", "lifetime", "end", "requested")
_TASK = (*TASK_BEFORE, Column("end", "number", optional=True, blank=True), *TASK_AFTER)
_ENTRY = ("column", "value", "unit", "blank", "default", "round")
_TOP = ("name", "header", "keep", "drop", "start", "sort", "split", "advice", "tasks", "machines")


@dataclass(frozen=True)
class Source:
    """Where one of our columns comes from: a column of the file, or one value for every row.

    measure: what its numbers are in; instants: they are times as text. blank: what stands for no
    value; default: what a blank means; up: amounts are rounded up to whole units.
    """

    name: str
    kind: Kind
    column: str | None = None
    value: Any = None
    measure: Measure = field(default_factory=lambda: Measure(Fraction(1)))
    instants: bool = False
    blank: tuple[str | float, ...] = ()
    default: float | None = None
    up: bool = False


@dataclass(frozen=True)
class Table:
    """The columns of one table, and of these the resources."""

    sources: Mapping[str, Source]
    resources: tuple[str, ...]
    file: Path | None = None


@dataclass(frozen=True)
class Plan:
    """A mapping file, checked. docs/traces.md says what each key means."""

    path: Path
    name: str
    tasks: Table
    machines: Table | None
    header: tuple[str, ...] | None
    keep: Mapping[str, tuple[str | float, ...]]
    distinct: bool
    start: float | str | None
    sort: bool
    split: Mapping[str, float]
    units: Mapping[str, float]
    advice: Mapping[str, Any]


def read(path: Path) -> Plan:
    """Reads and checks a mapping file. Raises TraceError that names its field."""
    book = Book(path)
    content = book.section(book.read(), "", _TOP)
    tasks = _tasks(book, content)
    machines = _machines(book, content, tasks)
    tables = [tasks] if machines is None else [tasks, machines]
    units = {
        name: measures.finest(name, [table.sources[name].measure for table in tables])
        for name in tasks.resources
    }
    sort = book.one_of(content.get("sort"), "sort", ("submit",))
    if sort and "submit" not in tasks.sources:
        raise book.wrong("sort", "submit", "it mapped under tasks")
    advice = content.get("advice") or {}
    return Plan(
        path=path,
        name=book.text(content.get("name", path.stem), "name"),
        tasks=tasks,
        machines=machines,
        header=_header(book, content.get("header")),
        keep=_keep(book, content.get("keep")),
        distinct=book.one_of(content.get("drop"), "drop", ("duplicates",)) is not None,
        start=_start(book, content.get("start"), tasks.sources.get("submit")),
        sort=sort is not None,
        split=_split(book, content.get("split"), tasks.resources),
        units=units,
        advice=book.section(advice, "advice", None),
    )


def _tasks(book: Book, content: Mapping[str, Any]) -> Table:
    if "tasks" not in content:
        raise book.wrong("tasks", "nothing", "columns of the tasks, such as cpu: num_cpus")
    table = _table(book, content["tasks"], "tasks", _TASK, ())
    if not table.resources:
        raise book.wrong("tasks", "no resource", "one at least, such as cpu, mem or gpu")
    sources = table.sources
    if "end" in sources and "lifetime" in sources:
        raise book.wrong("tasks.end", "both end and lifetime", "one of them")
    if "end" in sources and "submit" not in sources:
        raise book.wrong("tasks.end", "it without submit", "both, or lifetime")
    if "end" in sources and sources["end"].instants != sources["submit"].instants:
        raise book.wrong("tasks.end.unit", "another kind of time than submit's", "the same")
    return table


def _machines(book: Book, content: Mapping[str, Any], tasks: Table) -> Table | None:
    section = content.get("machines")
    if section is None:
        return None
    table = _table(book, section, "machines", MACHINE_FIXED, ("file",))
    for name in (*tasks.resources, *table.resources):
        if name not in table.resources:
            raise book.wrong(f"machines.{name}", "nothing", "it mapped, since tasks ask for it")
        if name not in tasks.resources:
            raise book.wrong(f"tasks.{name}", "nothing", "it mapped, since machines have it")
    if "file" not in section:
        raise book.wrong("machines.file", "nothing", "the table of machines")
    file = Path(book.text(section["file"], "machines.file"))
    return Table(table.sources, tasks.resources, book.beside(file))


def _table(
    book: Book, section: object, where: str, fixed: Sequence[Column], extra: Sequence[str]
) -> Table:
    kinds = {column.name: column.kind for column in fixed}
    names = book.section(section, where, None)
    sources = {}
    for name, entry in names.items():
        if name in extra:
            continue
        if name not in kinds and not is_resource(name):
            raise book.wrong(f"{where}.{name}", "a name that no heuristic could use", "another")
        sources[name] = _source(book, entry, f"{where}.{name}", name, kinds.get(name))
    resources = in_order(name for name in sources if name not in kinds)
    for name in resources:
        # A misspelt column of ours would pass as a resource.
        if sources[name].column is not None and (near := nearest(name, kinds)):
            raise book.wrong(f"{where}.{name}", "a resource of that name", "another name", near)
    return Table(sources, resources)


def _source(book: Book, entry: object, where: str, name: str, kind: Kind | None) -> Source:
    given = {"column": entry} if isinstance(entry, str) else entry
    if isinstance(entry, (int, float)) and not isinstance(entry, bool):
        given = {"value": entry}
    given = book.section(given, where, _ENTRY)
    if ("column" in given) == ("value" in given):
        raise book.wrong(where, "neither or both of column and value", "one of them")
    resource = kind is None
    measure, instants = _measure(book, given.get("unit"), f"{where}.unit", name, resource)
    value = given.get("value")
    if "value" in given:
        value = _value(book, value, f"{where}.value", name, kind)
    rounding = book.one_of(given.get("round"), f"{where}.round", ("up",))
    if rounding and not resource:
        raise book.wrong(f"{where}.round", "up", "it for resources only")
    default = given.get("default")
    if default is not None:
        if not resource:
            raise book.wrong(f"{where}.default", shown(default), "it for resources only")
        default = book.number(default, f"{where}.default", 0.0, "a number from 0")
    column = book.text(given["column"], f"{where}.column") if "column" in given else None
    blank = book.values(given["blank"], f"{where}.blank") if "blank" in given else ()
    return Source(
        name, kind or "number", column, value, measure, instants, blank, default, bool(rounding)
    )


def _measure(
    book: Book, unit: object, where: str, name: str, resource: bool
) -> tuple[Measure, bool]:
    """What a column's numbers are in, and whether they are times as text instead."""
    own = Measure(Fraction(1))
    if name in ("submit", "end") and unit == DATETIME:
        return own, True
    if name in _TIMED:
        known, standing = measures.TIMES, "s"
    elif resource:
        known, standing = measures.of(name), measures.default(name)
    elif unit is None:
        return own, False
    else:
        raise book.wrong(where, shown(unit), "no unit")
    if unit is None:
        return known.get(standing, own), False
    measure = measures.named(unit, known)
    if measure is None:
        words = [*known, *([DATETIME] if name in ("submit", "end") else [])]
        expected = f"one of {', '.join(words)}, or how many of ours one is"
        raise book.wrong(where, shown(unit), expected, measures.hint(unit, known))
    return measure, False


def _value(book: Book, value: object, where: str, name: str, kind: Kind | None) -> object:
    if kind == "text":
        return book.text(value, where)
    if kind == "truth":
        if not isinstance(value, bool):
            raise book.wrong(where, shown(value), "true or false")
        return value
    if kind == "integer":
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
            raise book.wrong(where, shown(value), "a whole number")
        return value
    return book.number(value, where, 0.0, "a number from 0")


def _header(book: Book, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise book.wrong("header", shown(value), "a list of the columns' names")
    names = tuple(book.text(name, f"header[{number}]") for number, name in enumerate(value))
    again = [name for number, name in enumerate(names) if name in names[:number]]
    if again:
        raise book.wrong("header", f"the column {again[0]} twice", "each once")
    return names


def _keep(book: Book, value: object) -> dict[str, tuple[str | float, ...]]:
    if value is None:
        return {}
    section = book.section(value, "keep", None)
    return {name: book.values(kept, f"keep.{name}") for name, kept in section.items()}


def _start(book: Book, value: object, submit: Source | None) -> float | str | None:
    if value is None:
        return None
    if submit is None:
        raise book.wrong("start", shown(value), "submit mapped under tasks")
    if submit.instants:
        return str(value)  # YAML reads a date by itself
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not abs(value) <= 1e20:  # type: ignore[arg-type]
        raise book.wrong("start", shown(value), "a number, as submit is")
    return float(value)  # type: ignore[arg-type]


def _split(book: Book, value: object, resources: Sequence[str]) -> dict[str, float]:
    if value is None:
        return {}
    section = book.section(value, "split", resources)
    if len(section) > 1:
        raise book.wrong("split", f"{len(section)} resources", "one")
    return {
        name: book.number(most, f"split.{name}", 1e-9, "the most of it that one task may ask for")
        for name, most in section.items()
    }
