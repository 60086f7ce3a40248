"""A comparison told: who won, against what, whether goodput held, and all the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from report import goodput
from report.comparison_brief import brief
from report.comparison_facts import facts
from report.comparison_figures import WAS, Figures
from report.comparison_lines import Lines
from report.comparison_tables import Tables
from report.comparison_words import details
from report.comparisons import REJECTS, Comparison, comparison
from report.folder import Folder, varied
from report.machines import maps
from report.outcome import Outcome, capacity, outcome, warning
from report.palette import Palette
from report.phrases import (
    configuration,
    ends_text,
    joined,
    provenance,
    told_apart,
    trace_title,
)
from report.section import Brief, Figure, Part, Section, Tile
from report.swept_section import over_axes
from report.table import Cell, Column, Table, by_columns, decimal

METRICS = (
    "baseline",
    "bound",
    "goodput",
    "load",
    "marks",
    "nested_interval",
    "of_recoverable",
    "of_stranded",
    "pairs",
    "provenance",
    "queued",
    "recovered",
    "recovered_compute",
    "recovered_machines",
    "recovered_money",
    "splits",
    "start_share",
    "stranded",
    "tie_rules",
    "ties",
    "weights",
)


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each comparison."""
    found = [comparison(folder) for folder in folders]
    made = [
        _section(one, f"compare-{i + 1}" if i else "compare", title, palette)
        for i, (one, title) in enumerate(zip(found, titles(found), strict=True))
    ]
    return [*over_axes(found, palette), *made]


def overview(folders: Sequence[Folder]) -> Table | None:
    """A row a comparison: data, baseline, who is ahead, by how much; None under two."""
    if len(folders) < 2:
        return None
    found = [comparison(folder) for folder in folders]
    told = [outcome(one) for one in found]
    names = list(dict.fromkeys(row.heuristic for one in found for row in one.rows))
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Data and load", number=False), titles(found)),
        (Column("Outcome", "recovered_compute", number=False), [one.short for one in told]),
        (
            Column("Baseline", "baseline", number=False),
            [one.baseline.heuristic for one in found],
        ),
        (
            Column("Recovered, %", "recovered_compute", signed=True),
            [one.leader.recovered if one.leader else None for one in told],
        ),
        (
            Column("Of the recoverable, %", "of_recoverable", 1),
            [one.leader.of_recoverable if one.leader else None for one in told],
        ),
        (
            Column("Goodput, points", "goodput", signed=True),
            [one.leader.goodput if one.leader else None for one in told],
        ),
        (Column("Pairs", "pairs", 0), [float(one.pairs) for one in found]),
    ]
    for name in names:
        cells: list[Cell] = []
        for one in found:
            row = next((row for row in one.rows if row.heuristic == name), None)
            if row is None:
                cells.append(None)
            elif row is one.baseline:
                cells.append("baseline")
            else:
                mark = " (marked)" if row.marks else ""
                cells.append(decimal(row.recovered.mean, 2, True) + mark)
        columns.append((Column(name, "recovered_compute"), cells))
    marked = {
        i: joined(list(one.leader.marks))
        for i, one in enumerate(told)
        if one.leader is not None and one.leader.marks
    }
    return by_columns(
        "compare-overview",
        "Recovered compute of whoever is ahead, 95 % interval in brackets; then of each heuristic",
        columns,
        marked=marked,
    )


def titles(found: Sequence[Comparison]) -> list[str]:
    """What each was run on, in words; where they are the same, what a sweep set or the folder."""
    plain = []
    for one in found:
        title = trace_title(one.folder)
        if one.machines is not None:
            title += f", {one.machines:g} machines"
        if one.load is not None:
            title += f" at load {one.load:.3g}"
        plain.append(title)
    keys = varied([one.folder for one in found])
    return [
        f"{title} ({told_apart(one.folder, keys)})" if plain.count(title) > 1 else title
        for one, title in zip(found, plain, strict=True)
    ]


def _section(found: Comparison, name: str, title: str, palette: Palette) -> Section:
    told = outcome(found)
    tables = Tables(found, told, name, title)
    return Section(
        name=name,
        kind="comparison",
        title=title,
        headline=told.headline,
        details=tuple(details(found, told)),
        facts=tuple(facts(found)),
        provenance=provenance([found.folder]),
        tables=(tables.answer(),),
        figures=(),
        configs=((found.folder.name, configuration(found.folder)),),
        metrics=METRICS,
        outcome=told.short,
        warning=warning(found, told),
        tiles=tuple(_tiles(found, told)),
        parts=tuple(_parts(found, tables, Figures(found, name, title, palette))),
        brief=Brief(brief(tables)),
    )


def _parts(found: Comparison, tables: Tables, figures: Figures) -> list[Part]:
    parts = _against(tables, figures) if found.candidates else []
    parts += [
        _part("Over time", [], Lines(figures).over_time()),
        _part("Machines, and what is stranded on them", [], maps(figures)),
        _part("Measures of what is left free", [tables.measures()], []),
        _part("Work, queue and machines", [tables.cell()], []),
        _part("Shapes that no longer fit", [tables.shapes()], []),
    ]
    return [part for part in parts if part.tables or part.figures]


def _against(tables: Tables, figures: Figures) -> list[Part]:
    return [
        _part(
            "Recovered by heuristic and resource",
            [tables.resources()],
            [figures.recovered(), figures.resources()],
        ),
        _part("Goodput", [], [figures.goodput()]),
        _part("By window", [tables.windows()], [Lines(figures).windows()]),
        _part(_at_all(figures), [], [figures.shares()]),
        _part("What one resource costs another", [], figures.fronts()),
        _part("Tie rules side by side", [tables.ties()], [figures.ties()]),
    ]


def _at_all(figures: Figures) -> str:
    """What stands over how much was stranded: no bound, no word of what could be recovered."""
    return WAS if figures.found.baseline.bound is None else "How much could be recovered at all"


def _part(title: str, tables: Sequence[Table | None], figures: Sequence[Figure | None]) -> Part:
    return Part(
        title,
        tuple(table for table in tables if table is not None),
        tuple(figure for figure in figures if figure is not None),
    )


def _tiles(found: Comparison, told: Outcome) -> list[Tile]:
    leader = told.leader
    if leader is None:
        return []
    gain = leader.recovered
    out = [
        Tile(
            f"Recovered {capacity(found)}",
            f"{decimal(gain.mean, 2, True)}\N{NO-BREAK SPACE}%",
            ends_text(gain),
            "recovered_compute",
        )
    ]
    # A share of a gain that is not shown would say more than there is.
    shown = told.kind in ("ahead", "open", "marked")
    for name, value, below, metric in (
        ("Of the stranded", leader.of_stranded, "of the baseline's", "of_stranded"),
        ("Of the recoverable", leader.of_recoverable, "of what a packing could", "of_recoverable"),
    ):
        if shown and value is not None:
            out.append(Tile(name, f"{decimal(value, 1)}\N{NO-BREAK SPACE}%", below, metric))
    machines = leader.counts.get("recovered_machines")
    if shown and machines is not None:
        of = "" if found.machines is None else f"of {found.machines:g}"
        out.append(Tile("Recovered machines", decimal(machines, 1, True), of, "recovered_machines"))
    money = leader.counts.get("recovered_money")
    if shown and money is not None:
        out.append(
            Tile("Recovered money", f"{money:+,.2f}", "at the price given", "recovered_money")
        )
    rejects = REJECTS in leader.marks
    out.append(
        Tile(
            f"Goodput {goodput.held(leader.goodput, rejects)}",
            f"{decimal(leader.goodput.mean, 2, True)}",
            f"points, {ends_text(leader.goodput)}",
            "goodput",
            warns=rejects,
        )
    )
    if leader.marks:
        out.append(Tile("Marks", joined(list(leader.marks)), leader.heuristic, "marks", True))
    return out
