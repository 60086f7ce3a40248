"""The tables on a terminal; plain aligned text where there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from report.build import told
from report.folder import read_all
from report.narrow import narrow
from report.section import Brief, Section
from report.table import Table, shown

if TYPE_CHECKING:
    from rich.console import Console


PLAIN_WIDTH = 80  # columns where there is no terminal
NAME = 32  # longest name that stays on one line


def terminal(folders: Sequence[Path], console: Console | None = None) -> None:
    """Print each comparison: its answer, its data, its main table.

    What has a brief form is told in it; where there is no terminal within 80 columns, sentences
    folded with later lines set in. The others are written whole there. To standard output unless a
    console is given. Raises ReportError where a folder can't be read.
    """
    sections, overviews = told(read_all(folders))
    from rich.console import Console as RichConsole

    console = console or RichConsole()
    for section in sections:
        if section.brief is None:
            _print(console, section)
        else:
            _print_brief(console, section, section.brief)
        if not console.is_terminal:
            _line(console, "")
    for overview in overviews:
        _print_table(console, overview)


def _print(console: Console, section: Section) -> None:
    _line(console, section.headline, "bold")
    for sentence in section.details:
        _line(console, sentence)
    for term, text in (*section.facts, *section.provenance):
        _line(console, f"{term}: {text}", "dim")
    _print_table(console, section.tables[0])


def _print_brief(console: Console, section: Section, brief: Brief) -> None:
    _folded(console, f"{section.headline}.", "bold")
    if section.warning is not None:
        _folded(console, f"Marked {section.warning}", "bold yellow")
    _folded(console, section.title, "dim")
    for sentence in brief.details:
        _folded(console, sentence)
    for table in brief.tables:
        _folded(console, "")
        _folded(console, f"{table.caption}:")
        _print_narrow(console, table)
    _folded(console, "")
    said = [f"{term}: {text}" for term, text in section.provenance]
    _folded(console, "; ".join(said), "dim")


def _print_narrow(console: Console, table: Table) -> None:
    from rich.text import Text

    width = console.width if console.is_terminal else PLAIN_WIDTH
    for line, row in narrow(table, width):
        style = "bold" if row is not None and row == table.first else ""
        style = "yellow" if row in table.marked else style
        console.print(Text(line, style=style), soft_wrap=True)


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    plain = not console.is_terminal
    console.print(Text(text, style=style), soft_wrap=plain)


def _folded(console: Console, text: str, style: str = "") -> None:
    """A sentence that folds at 80 columns where there is no terminal."""
    if console.is_terminal:
        _line(console, text, style)
        return
    lines = textwrap.wrap(
        text, PLAIN_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    for line in lines or [""]:
        _line(console, line)


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


def _rich(table: Table, count: int) -> object:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    out = RichTable(
        title=Text(table.caption),
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for i, column in enumerate(table.columns[:count]):
        out.add_column(
            Text(column.title),
            justify="right" if column.number else "left",
            no_wrap=i == 0 and all(len(shown(row[0], column)) <= NAME for row in table.rows),
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
