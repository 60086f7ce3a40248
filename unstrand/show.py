"""What a command says on stdout: a table for people, or one line of JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from unstrand import result

_PLAIN_WIDTH = 120  # columns where stdout is no terminal


def table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: bool = True
) -> None:
    """Print a table; with ``numbers``, every column but the first is set right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, name in enumerate(header):
        right = numbers and place > 0
        made.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(text(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not sys.stdout.isatty():
        console.width = _PLAIN_WIDTH
    console.print(made)


def text(value: Any) -> str:
    """A cell of a table: two decimals, thousands apart, a dash where there is nothing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def summary(made: dict[str, Any], folder: Path, *, as_json: bool) -> None:
    """Print a result: its tables and its folder, or with ``as_json`` its summary in one line."""
    if as_json:
        json_line(made)
        return
    import report

    report.terminal([folder])
    place(folder)


def place(path: Path) -> None:
    """Print where the result stands, as the last line."""
    print(path)


def json_line(made: Any) -> None:
    """Print anything plain as one line of JSON."""
    print(result.line(result.plain(made)), flush=True)
