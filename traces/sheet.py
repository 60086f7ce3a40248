"""What shows itself: in one line, as a table in a terminal, and as the same table in a notebook.

The simulator's objects do it likewise; what they show is theirs to say.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Group

# C0 and C1 controls, and what turns the direction of a line: names come from users' files.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LONGEST = 200  # characters of a name that are shown

Estimate = tuple[float | None, Sequence[float] | None]
"""A mean and the ends of its 95 % interval, None where one alone can't tell."""
Cell = str | int | float | Estimate | None


@dataclass(frozen=True)
class Column:
    """A column: its title and decimals; `signed` writes the plus, as differences want it."""

    title: str
    digits: int = 2
    signed: bool = False


@dataclass(frozen=True)
class Sheet:
    """One line, and a table whose first column heads its rows."""

    line: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of_facts(cls, line: str, facts: dict[str, Cell]) -> Sheet:
        """A table of two columns; facts of which nothing is known are left out."""
        rows = tuple((name, said) for name, said in facts.items() if said not in (None, ""))
        return cls(line, (Column(""), Column("")), rows)

    def texts(self) -> list[list[str]]:
        """The cells as people read them: an absent number is a dash, an interval in brackets."""
        return [
            [shown(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def numeric(self, place: int) -> bool:
        """Whether a column holds numbers, which are set right."""
        return place > 0 and not any(isinstance(row[place], str) for row in self.rows)


class Shows:
    """Shows itself by its `sheet`."""

    def sheet(self) -> Sheet:
        """What is shown."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return clean(self.sheet().line)

    def __rich__(self) -> Group:
        from rich import box
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        sheet = self.sheet()
        titled = any(column.title for column in sheet.columns)
        table = Table(box=box.SIMPLE_HEAD, show_header=titled)
        for place, column in enumerate(sheet.columns):
            right = sheet.numeric(place)
            table.add_column(
                Text(clean(column.title)), justify="right" if right else "left", overflow="fold"
            )
        for row in sheet.texts():
            table.add_row(*(Text(cell.replace(" [", "\n[")) for cell in row))
        return Group(Text(clean(sheet.line), style="bold"), table)

    def _repr_html_(self) -> str:
        sheet = self.sheet()
        aligned = [
            "right" if sheet.numeric(place) else "left" for place in range(len(sheet.columns))
        ]
        rows = [
            "".join(
                f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag[:2]}>'
                for tag, side, cell in zip(
                    ['th scope="row"', *["td"] * (len(row) - 1)], aligned, row, strict=True
                )
            )
            for row in sheet.texts()
        ]
        head = "".join(
            f'<th scope="col" style="text-align: {side}">{html.escape(clean(column.title))}</th>'
            for column, side in zip(sheet.columns, aligned, strict=True)
        )
        titled = any(column.title for column in sheet.columns)
        return (
            f'<table><caption style="text-align: left">{html.escape(clean(sheet.line))}</caption>'
            + (f"<thead><tr>{head}</tr></thead>" if titled else "")
            + f"<tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
        )


def clean(text: str) -> str:
    """Text of which no terminal is told anything: control characters become U+FFFD, in bounds."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return _CONTROL.sub("\ufffd", cut)


def shown(cell: Cell, column: Column) -> str:
    """A cell as text."""
    if isinstance(cell, tuple):
        mean, ends = cell
        said = shown(mean, column)
        if ends is None or mean is None:
            return said
        low, high = (shown(float(end), column) for end in ends)
        return f"{said} [{low}, {high}]"
    if cell is None or cell != cell:  # NaN is what was not looked at
        return "–"
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, int):
        return f"{cell:,}"
    rounded = round(cell, column.digits) + 0.0  # never a negative zero
    sign = "+" if column.signed and rounded else ""
    return f"{rounded:{sign},.{column.digits}f}"


def amount(value: float) -> str:
    """An amount as a person says it: thousands apart, no more decimals than it has."""
    return f"{value:,.10g}" if abs(value) < 1e9 else f"{value:,.3g}"


def span(seconds: float) -> str:
    """A span in days, hours or seconds, whichever says it shortest."""
    for unit, length in (("d", 86400.0), ("h", 3600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:,.0f} s"
