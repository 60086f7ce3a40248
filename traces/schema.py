"""The canonical schema: columns, units, the rules that every row keeps, and its tidy form."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from traces.columns import Column
from traces.errors import shown
from traces.rows import Rows, Rule

UNITS = {"cpu": 0.001, "mem": 1 / 1024, "gpu": 0.001}
UNIT_OTHER = 1e-9
UNITS_MAX = 1e15
SECONDS_MAX = 9.2e12
GPUS_MAX = 64
MODELS_MAX = 61
_INT32_MAX = 2**31 - 1
_NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")
# A unit's millionth, and what float64 can't tell apart where there are very many units.
_OFF_UNITS, _OFF_RELATIVE = 1e-6, 2.0**-51

MACHINE_FIXED = (
    Column("id", "text"),
    Column("model", "text", optional=True, blank=True),
    Column("rack", "text", optional=True, blank=True),
)
TASK_BEFORE = (
    Column("id", "text"),
    Column("job", "text", optional=True),
    Column("submit", "number", optional=True),
    Column("lifetime", "number", optional=True, blank=True),
)
TASK_AFTER = (
    Column("priority", "integer", optional=True),
    Column("models", "text", optional=True, blank=True),
    Column("max_per_machine", "integer", optional=True, blank=True),
    Column("alive_at_start", "truth", optional=True),
    Column("machine", "text", optional=True, blank=True),
    Column("requested", "number", optional=True, blank=True),
    Column("gang", "truth", optional=True),
)
EVENT_KINDS = ("add", "remove", "update")
EVENT_FIXED = (Column("time", "number"), Column("machine", "text"), Column("kind", "text"))
LATER = ("requested", "gang", "rack")
"""Columns that enter a content hash only where a row says something in them."""
_DEFAULTS: Mapping[str, pl.Expr] = {
    "job": pl.col("id"),
    "submit": pl.lit(0.0),
    "lifetime": pl.lit(None, pl.Float64),
    "priority": pl.lit(0),
    "models": pl.lit(None, pl.String),
    "max_per_machine": pl.lit(None, pl.Int32),
    "alive_at_start": pl.lit(False),
    "machine": pl.lit(None, pl.String),
    "requested": pl.lit(None, pl.Float64),
    "gang": pl.lit(False),
    "rack": pl.lit(None, pl.String),
    "model": pl.lit(None, pl.String),
}


def is_resource(name: str) -> bool:
    """Whether a heuristic could use the name."""
    return bool(_NAME.fullmatch(name)) and not keyword.iskeyword(name)


def in_order(resources: Iterable[str]) -> tuple[str, ...]:
    """Resource names, cpu, mem, gpu first, the others as they come."""
    names = list(resources)
    return (*(n for n in UNITS if n in names), *(n for n in names if n not in UNITS))


def task_columns(resources: Sequence[str]) -> tuple[Column, ...]:
    """The columns of tasks, in canonical order."""
    return (*TASK_BEFORE, *(Column(name, "number") for name in resources), *TASK_AFTER)


def machine_columns(resources: Sequence[str]) -> tuple[Column, ...]:
    """The columns of machines, in canonical order."""
    first, *after = MACHINE_FIXED
    return (first, *(Column(name, "number") for name in resources), *after)


def event_columns(resources: Sequence[str]) -> tuple[Column, ...]:
    """The columns of events of machines, in canonical order."""
    amounts = (Column(name, "number", optional=True, blank=True) for name in resources)
    return (*EVENT_FIXED, *amounts)


def whole_units(resource: str, unit: float) -> pl.Expr:
    """An amount as a count of units, Float64, rounded to whole ones."""
    return _in_units(resource, unit).round()


def task_rules(resources: Sequence[str], units: Mapping[str, float]) -> list[Rule]:
    """What every task keeps by itself."""
    submit, lifetime = pl.col("submit"), pl.col("lifetime")
    rules = [
        _finite("submit", "a finite number of seconds"),
        _most("submit", SECONDS_MAX, "seconds"),
        Rule(
            "submit",
            (submit < 0) & ~pl.col("alive_at_start"),
            "0 or more where alive_at_start is false",
        ),
        _finite("lifetime", "a finite number of seconds, or a blank where the end is not known"),
        Rule("lifetime", lifetime < 0, "0 or more"),
        _most("lifetime", SECONDS_MAX, "seconds"),
        _finite("requested", "a finite number of seconds, or a blank where none was asked for"),
        Rule("requested", pl.col("requested") <= 0, "above 0"),
        _most("requested", SECONDS_MAX, "seconds"),
    ]
    for resource in resources:
        rules += _amount_rules(resource, units[resource])
    if "gpu" in resources:
        gpu = pl.col("gpu")
        rules.append(
            Rule(
                "gpu",
                (gpu > 1) & ((gpu - gpu.round()).abs() > _OFF_UNITS),
                "a share in (0, 1) or a whole number of devices",
            )
        )
    part = pl.col("models").str.split("|").list
    rules += [
        # Not by abs(), which leaves the least number of 64 bits below 0.
        Rule(
            "priority",
            ~pl.col("priority").is_between(-_INT32_MAX, _INT32_MAX),
            "a 32-bit whole number",
        ),
        Rule("models", part.contains(""), "model names parted by single |"),
        Rule("max_per_machine", pl.col("max_per_machine") < 1, "1 or more, or blank for no limit"),
        Rule("max_per_machine", pl.col("max_per_machine") > _INT32_MAX, "a 32-bit whole number"),
    ]
    return rules


def snapshot_rules() -> list[Rule]:
    """What every task of a snapshot keeps: it has begun, and its end is not known."""
    return [
        Rule("submit", pl.col("submit") > 0, "0 or less, the age of a task, in a snapshot"),
        Rule("lifetime", pl.col("lifetime").is_not_null(), "a blank in a snapshot"),
    ]


def end_rules(end: str, start: str | None) -> list[Rule]:
    """What the time of an end keeps, in seconds; start is the column of the submit, None for 0."""
    begin = pl.col(start) if start else pl.lit(0.0)
    return [
        _finite(end, "a finite number of seconds, or a blank where it is not known"),
        Rule(end, pl.col(end) < begin, f"no earlier than {start or 0}"),
        _most(end, SECONDS_MAX, "seconds"),
    ]


def machine_rules(resources: Sequence[str], units: Mapping[str, float]) -> list[Rule]:
    """What every machine keeps by itself."""
    rules = []
    for resource in resources:
        rules += _amount_rules(resource, units[resource])
    if "gpu" in resources:
        gpu = pl.col("gpu")
        whole = (gpu - gpu.round()).abs() <= _OFF_UNITS
        rules += [
            Rule("gpu", ~whole, "a whole number of devices"),
            Rule("gpu", gpu > GPUS_MAX, f"at most {GPUS_MAX} devices"),
        ]
    rules.append(Rule("model", pl.col("model").str.contains("|", literal=True), "one model's name"))
    return rules


def absent_task(columns: Collection[str]) -> list[pl.Expr]:
    """Expressions that add to a frame of tasks the columns that its file doesn't have."""
    return _absent((*TASK_BEFORE, *TASK_AFTER), columns)


def absent_machine(columns: Collection[str]) -> list[pl.Expr]:
    """Expressions that add to a frame of machines the columns that its file doesn't have."""
    return _absent(MACHINE_FIXED, columns)


def _absent(known: Iterable[Column], columns: Collection[str]) -> list[pl.Expr]:
    return [_DEFAULTS[c.name].alias(c.name) for c in known if c.name not in columns]


def tidy_tasks(resources: Sequence[str], units: Mapping[str, float]) -> list[pl.Expr]:
    """Tasks in canonical order and types: amounts exact, a task's models sorted, each once."""
    return [
        *(pl.col(column.name) for column in TASK_BEFORE),
        *(exact(name, units[name]) for name in resources),
        pl.col("priority").cast(pl.Int32),
        pl.col("models").str.split("|").list.unique().list.sort().list.join("|"),
        pl.col("max_per_machine").cast(pl.Int32),
        pl.col("alive_at_start"),
        pl.col("machine"),
        pl.col("requested"),
        pl.col("gang"),
    ]


def tidy_machines(resources: Sequence[str], units: Mapping[str, float]) -> list[pl.Expr]:
    """Machines in canonical order and types."""
    amounts = (exact(name, units[name]) for name in resources)
    return [pl.col("id"), *amounts, pl.col("model"), pl.col("rack")]


def event_rules(
    resources: Sequence[str], units: Mapping[str, float], machines: pl.Series
) -> list[Rule]:
    """What every event of a machine keeps; machines: the ids that there are."""
    changes = pl.col("kind") != "remove"
    rules = [
        _finite("time", "a finite number of seconds"),
        Rule("time", pl.col("time") < 0, "0 or more"),
        _most("time", SECONDS_MAX, "seconds"),
        Rule("machine", ~pl.col("machine").is_in(machines.implode()), "the id of a machine"),
        Rule("kind", ~pl.col("kind").is_in(EVENT_KINDS), f"one of {', '.join(EVENT_KINDS)}"),
    ]
    for resource in resources:
        amount = pl.col(resource)
        rules.append(Rule(resource, (pl.col("kind") == "update") & amount.is_null(), "an amount"))
        rules.append(Rule(resource, ~changes & amount.is_not_null(), "a blank for one removed"))
        rules += _amount_rules(resource, units[resource])
    return rules


def tidy_events(resources: Sequence[str], units: Mapping[str, float]) -> list[pl.Expr]:
    """Events in canonical order and types."""
    fixed = [pl.col(column.name) for column in EVENT_FIXED]
    return [*fixed, *(exact(name, units[name]) for name in resources)]


def _per_natural(unit: float) -> float | None:
    """How many units one natural amount has, where that is a whole number (1024 MiB a GiB)."""
    per = round(1 / unit)
    return float(per) if per >= 1 and abs(1 / unit - per) < 1e-6 * per else None


def _said(unit: float) -> str:
    per = _per_natural(unit)
    return f"1/{per:.0f}" if per and 1 < per <= 1e6 else f"{unit:.12g}"


def _in_units(resource: str, unit: float) -> pl.Expr:
    per = _per_natural(unit)
    return pl.col(resource) * per if per else pl.col(resource) / unit


def exact(resource: str, unit: float) -> pl.Expr:
    """An amount as the float nearest to its whole number of units."""
    count, per = whole_units(resource, unit), _per_natural(unit)
    if per is None:
        return (count * unit + 0.0).alias(resource)
    # By a column, since polars divides by a number as it multiplies by its inverse, and 5693 / 1000
    # would be no 5.693. + 0.0 makes -0.0 the zero that it is equal to.
    column_of_per = pl.col(resource) * 0.0 + per
    return (count / column_of_per + 0.0).alias(resource)


def _finite(column: str, expected: str) -> Rule:
    return Rule(column, ~pl.col(column).is_finite(), expected)


def _most(column: str, most: float, of: str) -> Rule:
    return Rule(column, pl.col(column).abs() > most, f"at most {most:g} {of}")


def _amount_rules(resource: str, unit: float) -> list[Rule]:
    count = _in_units(resource, unit)
    off = (count - count.round()).abs()
    return [
        _finite(resource, "a finite number"),
        Rule(resource, pl.col(resource) < 0, "0 or more"),
        Rule(resource, count > UNITS_MAX, f"at most {UNITS_MAX:g} units of {_said(unit)}"),
        Rule(
            resource,
            off > _OFF_UNITS + count.abs() * _OFF_RELATIVE,
            f"a whole multiple of {_said(unit)} (units in trace.json)",
        ),
    ]


def amounts(rows: Rows, index: int, resources: Sequence[str]) -> str:
    """A row's request as an error shows it: `cpu 4, mem 16`."""
    return ", ".join(f"{name} {shown(rows.frame[name][index])}" for name in resources)
