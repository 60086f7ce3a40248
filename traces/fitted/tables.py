"""The tables of a model file: laws, sizes, kinds and remainders, each entry checked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from traces.fitted.fields import Fields
from traces.fitted.model import Cell, Component, Kind, Law, Remainder, Requested, Sizes
from traces.fitted.profiles import SHARES

TASKS_MAX, BATCH_MAX, PRIORITY_MAX = 10**9, 10**6, 2**31 - 1
_COMPONENT = ("weight", "never", "median_s", "sigma", "profiles", "drift")
_LABEL = ("models", "max_per_machine", "priority")


def profiles(top: Fields) -> tuple[tuple[float, ...], ...]:
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


def components(fields: Fields, name: str, profiles: int) -> list[Component]:
    made = []
    for row in fields.rows(name, _COMPONENT):
        within = row.pairs("profiles") if row.has("profiles") else ()
        for number, weight in within:
            if number not in range(profiles) or not weight:
                expected = f"[a profile from 0 to {profiles - 1}, weight above 0]"
                raise row.wrong("profiles", [number, weight], expected)
        never = row.flag("never")
        if never and (row.has("median_s") or row.has("sigma")):
            raise row.wrong("never", "it beside median_s or sigma", "one of them")
        made.append(
            Component(
                row.number("weight", most=1),
                math.inf if never else row.number("median_s", above=True, most=1e30),
                0.0 if never else row.number("sigma", above=True, most=50),
                tuple((int(number), weight) for number, weight in within),
                row.numbers("drift", most=1e9),
            )
        )
    return made


def law(row: Fields, profiles: int) -> Law:
    lives = components(row, "lives", profiles)
    total = sum(one.weight for one in lives)
    if abs(total - 1) > 1e-3:
        raise row.wrong("lives", f"weights that make {total:g}", "1")
    wish = None
    if row.has("requested"):
        inner = row.fields("requested", ("share", "rho", "kept", "values"))
        wish = Requested(
            inner.number("share", most=1),
            inner.steps("values", least=1e-3),
            inner.number("rho", least=-1, most=1),
            inner.flag("kept"),
        )
    return Law(tuple(lives), wish)


def sizes(top: Fields, name: str) -> list[Sizes]:
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


def remainder(row: Fields, resources: Sequence[str]) -> Remainder:
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
    return Remainder(tuple(row.steps(name) for name in resources), tuple(matrix), tuple(labels))


def _label(row: Fields) -> tuple[str | None, int | None, int]:
    return (
        row.text("models") if row.has("models") else None,
        row.whole("max_per_machine", least=1, most=PRIORITY_MAX)
        if row.has("max_per_machine")
        else None,
        row.whole("priority", 0, least=-PRIORITY_MAX, most=PRIORITY_MAX),
    )


def kinds(top: Fields, resources: Sequence[str], laws: int, remainder: int) -> list[Kind]:
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
