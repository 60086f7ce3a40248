"""Compactions told: how few machines hold what runs, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from report.compactions import Compactions, compactions
from report.folder import Folder
from report.palette import Palette
from report.phrases import (
    configuration,
    facts_of_runs,
    provenance,
    trace_fact,
    trace_title,
    verdict,
)
from report.section import Section
from report.table import Cell, Column, Table, by_columns, decimal


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each workload among compaction folders."""
    return [
        _section(found, f"compact-{i + 1}" if i else "compact")
        for i, found in enumerate(compactions(folders))
    ]


def _section(found: Compactions, name: str) -> Section:
    folder = found.folders[0]
    facts = [
        ("Data", trace_fact(folder)),
        ("Cell", f"{found.machines:,} machines at load {found.load:.3g}, {found.tasks:,} tasks"),
        ("Trials", f"{len(found.rows[0].needed)} a heuristic, the same orders for each"),
        *facts_of_runs(found.folders),
    ]
    return Section(
        name=name,
        kind="compaction",
        title=f"Compaction of {trace_title(folder)}",
        headline=_headline(found),
        details=tuple(_details(found)),
        facts=tuple(facts),
        provenance=provenance(found.folders),
        tables=(_table(found, name),),
        figures=(),
        configs=tuple((f.name, configuration(f)) for f in found.folders),
        metrics=("interval", "provenance", "load", "compaction"),
    )


def _headline(found: Compactions) -> str:
    best, baseline = found.rows[0], found.baseline
    said = f"{best.label} needs {_machines(best.median)} % of the machines"
    return said if baseline is None else f"{said}, {baseline.label} {_machines(baseline.median)} %"


def _details(found: Compactions) -> list[str]:
    best, baseline = found.rows[0], found.baseline
    out = [
        f"In nine of ten orders of the machines {best.label} needs at most "
        f"{_machines(best.p90)} % of the {found.machines:,} machines."
    ]
    gain = None if baseline is None else found.against(best, baseline)
    if gain is not None:
        out.append(verdict(*gain))
    if not all(row.held for row in found.rows):
        out.append(
            "Over 400 %: in some orders not even four times the machines, of the same kinds, hold "
            "the work under that heuristic."
        )
    return out


def _machines(value: float) -> str:
    return decimal(value, 2) if math.isfinite(value) else "over 400"


def _cell(value: float) -> Cell:
    return value if math.isfinite(value) else _machines(value)


def _table(found: Compactions, name: str) -> Table:
    rows, baseline = found.rows, found.baseline
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Heuristic", number=False), [row.label for row in rows]),
        (Column("Machines needed, %, median", "compaction"), [_cell(row.median) for row in rows]),
        (Column("90th percentile", "compaction"), [_cell(row.p90) for row in rows]),
    ]
    if baseline is not None:
        gains: list[Cell] = []
        for row in rows:
            gain = found.against(row, baseline)
            gains.append("baseline" if row is baseline else gain[0] if gain else None)
        title = f"Against {baseline.label}, points"
        columns.append((Column(title, "difference", signed=True), gains))
    columns.append((Column("Ties", "ties", number=False), [row.ties for row in rows]))
    caption = f"Machines that hold what runs of {trace_title(found.folders[0])}, of the fleet"
    if baseline is not None:
        caption += ": differences by trial, 95 % interval in brackets"
    return by_columns(name, caption, columns, first=0)
