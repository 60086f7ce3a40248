"""Comparisons over loads, or over what a sweep set: what each heuristic recovers, data by data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from report.comparison_charts import windows_chart
from report.comparisons import AT_ONCE, Comparison, Entry
from report.folder import varied
from report.palette import Palette
from report.phrases import interval_ends, joined, provenance, slug, told_apart, trace_title
from report.section import Figure, Section
from report.table import Cell, Column, Table, by_columns, decimal

SAID = ("load", "trace", "heuristic", "heuristics", "json", "workers", "cell", "experiment")
"""Keys of a sweep that need not be said beside data and load."""
LOAD = "load"
DRAWS = "seed"
"""Another draw of the same is no place on an axis."""

Place = tuple[str, float]


@dataclass(frozen=True)
class Axis:
    """What comparisons differ in: the load of the cell, or a number that a sweep set."""

    key: str

    @property
    def name(self) -> str:
        """What tables, figures and the section are called."""
        return "compare-loads" if self.key == LOAD else f"compare-over-{slug(self.key)}"

    @property
    def title(self) -> str:
        """What stands beside the axis of a figure."""
        return "Load" if self.key == LOAD else self.key

    def value(self, one: Comparison) -> float | None:
        """Where a comparison stands on it; None where it does not."""
        if self.key == LOAD:
            return round(one.load or 0.0, 6)
        return _number(one.folder.overrides.get(self.key, ""))


def over_axes(found: Sequence[Comparison], palette: Palette) -> list[Section]:
    """A section for the load, and for each number that a sweep set, where data was run at two."""
    keys = [key for key in varied([one.folder for one in found]) if key.split(".")[0] not in SAID]
    numbers = [
        key
        for key in keys
        if key != DRAWS and any(Axis(key).value(one) is not None for one in found)
    ]
    made = (_over(Axis(key), found, keys, palette) for key in (LOAD, *numbers))
    return [section for section in made if section is not None]


def plain(value: float) -> str:
    """A place on an axis in full, without what binary fractions add."""
    return f"{value:,.12g}"


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _over(
    axis: Axis, found: Sequence[Comparison], keys: Sequence[str], palette: Palette
) -> Section | None:
    """One section over comparisons that differ along an axis; None where no data was run at two."""
    laid = _laid(axis, found, keys)
    at: dict[str, set[float]] = {}
    for data, value in laid:
        at.setdefault(data, set()).add(value)
    if all(len(of) < 2 for of in at.values()):
        return None
    folders = [one.folder for one in found]
    several = f"{len(at)} sets of data" if len(at) > 1 else next(iter(at))
    said = joined([plain(value) for value in sorted({value for _, value in laid})])
    where = f"at loads {said}" if axis.key == LOAD else f"with {axis.key} {said}"
    metrics = ("recovered_compute", "load", "baseline", "nested_interval", "provenance")
    return Section(
        name=axis.name,
        kind="sweep",
        title=f"Recovered compute by {axis.key}",
        headline=f"{len(found)} comparisons of {several}, {where}",
        details=(),
        facts=(("Folders", ", ".join(folder.name for folder in folders)),),
        provenance=provenance(folders),
        tables=(_table(axis, laid),),
        figures=tuple(_figure(axis, laid, data, palette) for data in at if len(at[data]) > 1),
        metrics=metrics,
    )


def _laid(
    axis: Axis, found: Sequence[Comparison], keys: Sequence[str]
) -> dict[Place, dict[str, Entry]]:
    """Each heuristic's entry by data and place; what else differs is said of the data."""
    others = [key for key in keys if key != axis.key]
    baselines = {one.baseline.heuristic for one in found}
    loads = {one.load for one in found}
    laid: dict[Place, dict[str, Entry]] = {}
    for one in found:
        value = axis.value(one)
        if value is None:
            continue
        data = trace_title(one.folder)
        if axis.key != LOAD and len(loads) > 1 and one.load is not None:
            data += f" at load {plain(one.load)}"
        if len(baselines) > 1:
            data += f", against {one.baseline.said}"
        if others and one.folder.overrides:
            data += f", {told_apart(one.folder, others)}"
        entries = {row.heuristic: row for row in one.candidates}
        if set(laid.get((data, value), {})) & set(entries):
            data += f" ({one.folder.name})"
        laid.setdefault((data, value), {}).update(entries)
    return dict(sorted(laid.items(), key=lambda item: item[0]))


def _names(laid: dict[Place, dict[str, Entry]]) -> list[str]:
    return list(dict.fromkeys(name for entries in laid.values() for name in entries))


def _table(axis: Axis, laid: dict[Place, dict[str, Entry]]) -> Table:
    places = list(laid)
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (
            Column(f"Data and {axis.key}", number=False),
            [f"{data} at {plain(value)}" for data, value in places],
        ),
    ]
    for name in _names(laid):
        entries = [laid[place].get(name) for place in places]
        cells = [None if entry is None else entry.recovered for entry in entries]
        columns.append((Column(name, "recovered_compute", signed=True), cells))
    marked = {
        i: "; ".join(f"{e.heuristic} {joined(list(e.marks))}" for e in of if e.marks)
        for i, of in enumerate(list(entries.values()) for entries in laid.values())
        if any(e.marks for e in of)
    }
    caption = f"Recovered compute of each heuristic by {axis.key}, %, 95 % interval in brackets"
    return by_columns(axis.name, caption, columns, marked=marked)


def _figure(axis: Axis, laid: dict[Place, dict[str, Entry]], data: str, palette: Palette) -> Figure:
    shown = _names(laid)[: AT_ONCE - 1]
    places = [place for place in laid if place[0] == data]
    values: list[dict[str, Any]] = [
        {"label": name, "x": plain(place[1]), **interval_ends(laid[place][name].recovered)}
        for name in shown
        for place in places
        if name in laid[place]
    ]
    styles = palette.styles([name for name in shown if any(v["label"] == name for v in values)])
    said = "; ".join(
        f"{value['label']} at {value['x']}: {decimal(value['mean'], 2, True)}" for value in values
    )
    return Figure(
        f"{axis.name}-{slug(data)}",
        f"{data}: recovered by {axis.key}",
        f"{data}: {said}",
        "Dot: mean over pairs. Bar: 95 % interval. Above zero the heuristic is better than the "
        "baseline.",
        lambda page: windows_chart(values, axis.title, "Recovered, %", styles, page),
        styles,
        "recovered_compute",
    )
