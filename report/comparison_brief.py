"""The answer of a comparison for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from report.comparison_tables import Columns, Tables
from report.comparisons import FREE, FRESH, REJECTS, VANISHES, Comparison, Entry
from report.phrases import slug
from report.table import Cell, Column, Table, by_columns, decimal, resource_name

LETTERS = {REJECTS: "R", FRESH: "F", FREE: "C", VANISHES: "V"}
OTHER = "*"  # a mark that is none of these
ACROSS = 4  # resources beside one another


def brief(tables: Tables) -> tuple[Table, ...]:
    """The answer, then stranded a resource; marks as letters, which the caption explains."""
    found = tables.found
    return (_answer(tables, found), *_stranded(tables, found), *_events(tables, found))


def _answer(tables: Tables, found: Comparison) -> Table:
    rows, base = found.rows, found.baseline
    columns: Columns = [
        tables.names(),
        (
            Column("Recov-\nered %", "recovered_compute", signed=True),
            ["baseline" if row is base else row.recovered.mean for row in rows],
        ),
        (Column("95 %\ninterval", "nested_interval"), [_interval(row) for row in rows]),
        (
            Column("Shaken\n%", "shaken", signed=True),
            [None if row is base or row.shaken is None else row.shaken.mean for row in rows],
        ),
        (
            Column("Of re-\ncover-\nable %", "of_recoverable", 1),
            [None if row is base else row.of_recoverable for row in rows],
        ),
        (
            Column("Goodput\npoints", "goodput", signed=True),
            [None if row is base else row.goodput.mean for row in rows],
        ),
        (
            Column("Mark", "marks", number=False),
            ["".join(map(_letter, row.marks)) if row.marks else _nothing(rows) for row in rows],
        ),
    ]
    caption = f"Recovered compute against {base.said}"
    marks = dict.fromkeys(mark for row in rows for mark in row.marks)
    if marks:
        caption += f" (marks: {', '.join(f'{_letter(mark)} {mark}' for mark in marks)})"
    name = f"{tables.name}-brief"
    return by_columns(name, caption, columns, tables.first, tables.marked, tables.apart)


def _letter(mark: str) -> str:
    return LETTERS.get(mark, OTHER)


def _nothing(rows: Sequence[Entry]) -> str | None:
    """An empty cell where some row has a mark; None where none has, so that the column goes."""
    return "" if any(row.marks for row in rows) else None


def _stranded(tables: Tables, found: Comparison) -> list[Table]:
    out = []
    for i in range(0, len(found.resources), ACROSS):
        columns: Columns = [tables.names()]
        for resource in found.resources[i : i + ACROSS]:
            cells: list[Cell] = [_cell(row, resource, found.baseline) for row in found.rows]
            columns.append((Column(resource_name(resource), "stranded"), cells))
        out.append(
            by_columns(
                f"{tables.name}-brief-{slug(found.resources[i])}",
                "Stranded % of each resource (and points recovered)",
                columns,
                tables.first,
                tables.marked,
                tables.apart,
            )
        )
    return out


def _events(tables: Tables, found: Comparison) -> list[Table]:
    """What became of the work where the cell's rules let more happen to it; none else."""
    shown = tables.events()
    if not shown:
        return []
    first = (
        ("placed", Column("Placed", "placed", 0)),
        ("rejected", Column("Rejected", "rejected", 0)),
    )
    columns: Columns = [tables.names()]
    columns += [(column, [row.counts.get(key) for row in found.rows]) for key, column in first]
    columns += [(column, [row.counts.get(key) for row in found.rows]) for key, column in shown]
    caption = "What became of tasks, summed over pairs"
    name = f"{tables.name}-brief-events"
    return [by_columns(name, caption, columns, tables.first, tables.marked, tables.apart)]


def _interval(row: Entry) -> str | None:
    if row.recovered.ci95 is None or row.recovered.ci95 == (0.0, 0.0):
        return None
    low, high = (decimal(end, 2, signed=True) for end in row.recovered.ci95)
    return f"{low} to {high}"


def _cell(row: Entry, resource: str, baseline: Entry) -> str:
    part = row.resources[resource]
    text = decimal(part.stranded, 2)
    return text if row is baseline else f"{text} ({decimal(part.recovered.mean, 2, signed=True)})"
