"""What a command says on stdout: a table for people, or one line of JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import failure, result

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN_WIDTH = 120  # columns where stdout is no terminal


def table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: bool = True
) -> None:
    """Print a table; with ``numbers``, every column but the first is set right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, name in enumerate(header):
        right = numbers and place > 0
        made.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(text(cell) for cell in row))
    out = console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = _PLAIN_WIDTH
    out.print(made)


def console(**options: Any) -> Console:
    """Rich's console on stdout, which lets it be known when whoever reads is gone."""
    from rich.console import Console

    class Told(Console):
        def on_broken_pipe(self) -> None:  # Rich's own exits with 1
            raise failure.ReaderGone

    return Told(**options)


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

    report.terminal([folder], console())
    place(folder)


def place(path: Path) -> None:
    """Print where the result stands, as the last line."""
    print(path)


def json_line(made: Any) -> None:
    """Print anything plain as one line of JSON."""
    print(result.line(result.plain(made)), flush=True)
