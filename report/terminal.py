"""The tables on a terminal; plain aligned text where there is none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from report.build import told
from report.folder import read_all
from report.section import Section
from report.table import Table, shown

if TYPE_CHECKING:
    from rich.console import Console


PLAIN_WIDTH = 80  # columns where there is no terminal
NAME = 32  # longest name that stays on one line


def terminal(folders: Sequence[Path], console: Console | None = None) -> None:
    """Print each comparison: its answer, its data, its main table.

    What compare left is told shorter, within 80 columns where there is no terminal: its answer,
    its tables, one line of provenance. To standard output unless a console is given. Raises
    ReportError where a folder can't be read.
    """
    sections, overviews = told(read_all(folders))
    from rich.console import Console as RichConsole

    console = console or RichConsole()
    for section in sections:
        if section.brief is None:
            _print(console, section)
        else:
            _print_brief(console, section, section.brief)
    for overview in overviews:
        _print_table(console, overview)


def _print(console: Console, section: Section) -> None:
    _line(console, section.headline, "bold")
    for sentence in section.details:
        _line(console, sentence)
    for term, text in (*section.facts, *section.provenance):
        _line(console, f"{term}: {text}", "dim")
    _print_table(console, section.tables[0])
    if not console.is_terminal:
        _line(console, "")


def _print_brief(console: Console, section: Section, tables: Sequence[Table]) -> None:
    _line(console, f"{section.headline}.", "bold")
    if section.warning is not None:
        _line(console, f"Marked {section.warning}", "bold yellow")
    _line(console, section.title, "dim")
    width = console.width if console.is_terminal else PLAIN_WIDTH
    for table in tables:
        _line(console, "")
        _line(console, f"{table.caption}:")
        _print_narrow(console, table, width)
    _line(console, "")
    said = [f"{term}: {text}" for term, text in section.provenance]
    _line(console, "; ".join(said), "dim")
    if not console.is_terminal:
        _line(console, "")


def _print_narrow(console: Console, table: Table, width: int) -> None:
    """The table within that many columns; words fold where they must, numbers never."""
    from rich.console import Console as RichConsole

    made = _rich(table, len(table.columns), brief=True)
    if console.is_terminal:
        console.print(made)
        return
    lines = io.StringIO()
    RichConsole(file=lines, width=width, color_system=None).print(made)
    for line in lines.getvalue().splitlines():
        _line(console, line.rstrip())


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    plain = not console.is_terminal
    console.print(Text(text, style=style), soft_wrap=plain)


def _print_table(console: Console, table: Table) -> None:
    if console.is_terminal:
        shown_columns = _fitting(table, console.width)
        console.print(_rich(table, shown_columns))
        left_out = [column.title for column in table.columns[shown_columns:]]
        if left_out:
            _line(console, f"Not shown for want of room: {', '.join(left_out)}", "dim")
        return
    for line in plain(table):
        _line(console, line)


def _fitting(table: Table, width: int) -> int:
    """How many columns stand beside one another in that width, at least one."""
    used, count = 0, 0
    for i, column in enumerate(table.columns):
        cells = [shown(row[i], column).replace(" [", "\n[") for row in table.rows]
        pieces = [*column.title.split(), *(part for cell in cells for part in cell.split("\n"))]
        used += max(map(len, pieces), default=0) + 2
        if used > width:
            break
        count += 1
    return max(count, 1)


def _rich(table: Table, count: int, brief: bool = False) -> object:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    out = RichTable(
        title=None if brief else Text(table.caption),
        title_justify="left",
        box=None if brief else box.SIMPLE_HEAD,
        pad_edge=not brief,
    )
    for i, column in enumerate(table.columns[:count]):
        out.add_column(
            Text(column.title),
            justify="right" if column.number else "left",
            no_wrap=(brief and column.number)
            or (i == 0 and all(len(shown(row[0], column)) <= NAME for row in table.rows)),
            overflow="fold",
        )
    for i, row in enumerate(table.rows):
        cells = [
            Text(shown(c, column).replace(" [", "\n["))
            for c, column in zip(row[:count], table.columns[:count], strict=True)
        ]
        style = "bold" if i == table.first else "yellow" if i in table.marked else ""
        out.add_row(*cells, style=style)
    return out


def plain(table: Table) -> list[str]:
    """The table as lines of aligned text, nothing cut: for pipes, logs and files."""
    grid = [[column.title for column in table.columns]]
    for cells in table.rows:
        grid.append([shown(c, column) for c, column in zip(cells, table.columns, strict=True)])
    widths = [max(len(row[i]) for row in grid) for i in range(len(table.columns))]
    lines = [table.caption]
    for row in grid:
        aligned = [
            cell.rjust(width) if column.number else cell.ljust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        lines.append("  ".join(aligned).rstrip())
    return lines
