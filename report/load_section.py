"""Several comparisons over loads: what each heuristic recovers as the cell fills, data by data."""

from __future__ import annotations

from collections.abc import Sequence
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

Place = tuple[str, float]


def over_loads(found: Sequence[Comparison], palette: Palette) -> Section | None:
    """One section over comparisons that differ in load; None where no data was run at two."""
    laid = _laid(found)
    loads: dict[str, set[float]] = {}
    for data, load in laid:
        loads.setdefault(data, set()).add(load)
    if all(len(of) < 2 for of in loads.values()):
        return None
    folders = [one.folder for one in found]
    several = f"{len(loads)} sets of data" if len(loads) > 1 else next(iter(loads))
    every = sorted({load for _, load in laid})
    said = joined([f"{load:.3g}" for load in every])
    return Section(
        name="compare-loads",
        kind="sweep",
        title="Recovered compute by load",
        headline=f"{len(found)} comparisons of {several}, at loads {said}",
        details=(),
        facts=(("Folders", ", ".join(folder.name for folder in folders)),),
        provenance=provenance(folders),
        tables=(_table(laid),),
        figures=tuple(_figure(laid, data, palette) for data in loads if len(loads[data]) > 1),
        metrics=("recovered_compute", "load", "baseline", "nested_interval", "provenance"),
    )


def _laid(found: Sequence[Comparison]) -> dict[Place, dict[str, Entry]]:
    """Each heuristic's entry by data and load; what else differs is part of what data is called."""
    keys = [key for key in varied([one.folder for one in found]) if key.split(".")[0] not in SAID]
    baselines = {one.baseline.heuristic for one in found}
    laid: dict[Place, dict[str, Entry]] = {}
    for one in found:
        data = trace_title(one.folder)
        if len(baselines) > 1:
            data += f", against {one.baseline.said}"
        if keys and one.folder.overrides:
            data += f", {told_apart(one.folder, keys)}"
        entries = {row.heuristic: row for row in one.candidates}
        load = round(one.load or 0.0, 6)
        if set(laid.get((data, load), {})) & set(entries):
            data += f" ({one.folder.name})"
        laid.setdefault((data, load), {}).update(entries)
    return dict(sorted(laid.items(), key=lambda item: item[0]))


def _names(laid: dict[Place, dict[str, Entry]]) -> list[str]:
    return list(dict.fromkeys(name for entries in laid.values() for name in entries))


def _table(laid: dict[Place, dict[str, Entry]]) -> Table:
    places = list(laid)
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Data and load", number=False), [f"{data} at {load:.3g}" for data, load in places]),
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
    caption = "Recovered compute of each heuristic by load, %, 95 % interval in brackets"
    return by_columns("compare-loads", caption, columns, marked=marked)


def _figure(laid: dict[Place, dict[str, Entry]], data: str, palette: Palette) -> Figure:
    shown = _names(laid)[: AT_ONCE - 1]
    places = [place for place in laid if place[0] == data]
    values: list[dict[str, Any]] = [
        {"label": name, "x": f"{place[1]:.3g}", **interval_ends(laid[place][name].recovered)}
        for name in shown
        for place in places
        if name in laid[place]
    ]
    styles = palette.styles([name for name in shown if any(v["label"] == name for v in values)])
    said = "; ".join(
        f"{value['label']} at {value['x']}: {decimal(value['mean'], 2, True)}" for value in values
    )
    return Figure(
        f"compare-loads-{slug(data)}",
        f"{data}: recovered by load",
        f"{data}: {said}",
        "Dot: mean over pairs. Bar: 95 % interval. Above zero the heuristic is better than the "
        "baseline.",
        lambda page: windows_chart(values, "Load", "Recovered, %", styles, page),
        styles,
        "recovered_compute",
    )
