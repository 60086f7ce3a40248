"""A table of results, and its cells as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from report.intervals import Estimate

Cell = str | float | Estimate | None

APART = "Marked, so not ranked"  # above the rows that stand apart
NAMES = {"cpu": "CPU", "gpu": "GPU", "mem": "Memory"}


@dataclass(frozen=True)
class Column:
    """A column: its title, the definition that its header links to, decimals, and sign.

    `signed` writes a plus in front of positive numbers, as differences want it.
    """

    title: str
    metric: str | None = None
    digits: int = 2
    signed: bool = False
    number: bool = True


@dataclass(frozen=True)
class Table:
    """A table with `rows` of one cell a column; the first cell heads its row.

    `name` is the stem of its files, `first` the index of the row that stands out, None without;
    `marked` has the warning of each row that carries one; from `apart` on rows stand below a
    line, since their marks leave them out of the ranking, None without such.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    first: int | None = None
    marked: Mapping[int, str] = field(default_factory=dict)
    apart: int | None = None

    def __post_init__(self) -> None:
        for i, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: row {i} has {len(row)} cells, expected {len(self.columns)}"
                )

    @property
    def note(self) -> str | None:
        """The marks of rows where no column has them, for files that can't tint a row."""
        if not self.marked or any(column.metric == "marks" for column in self.columns):
            return None
        names: dict[str, list[str]] = {}
        for i, mark in self.marked.items():
            names.setdefault(mark, []).append(str(self.rows[i][0]))
        return "; ".join(f"Marked {mark}: {', '.join(of)}" for mark, of in names.items())


def by_columns(
    name: str,
    caption: str,
    columns: Sequence[tuple[Column, Sequence[Cell]]],
    first: int | None = None,
    marked: Mapping[int, str] | None = None,
    apart: int | None = None,
) -> Table:
    """A table from its columns and their cells; columns in which nothing stands are left out."""
    kept = [pair for pair in columns if any(cell is not None for cell in pair[1])]
    rows = tuple(zip(*(cells for _, cells in kept), strict=True))
    titles = tuple(column for column, _ in kept)
    return Table(name, caption, titles, rows, first, marked or {}, apart)


def resource_name(resource: str) -> str:
    """A resource as a reader knows it: CPU, GPU, Memory, others as the trace calls them."""
    return NAMES.get(resource, resource)


def decimal(value: float, digits: int, signed: bool = False) -> str:
    """A number with fixed decimals, never a negative zero; `signed` writes the plus."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}" if signed and rounded else f"{rounded:.{digits}f}"


def shown(cell: Cell, column: Column) -> str:
    """A cell as text: a mean with its interval in brackets, an absent number as a dash."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if not isinstance(cell, Estimate):
        return decimal(cell, column.digits, column.signed)
    mean = decimal(cell.mean, column.digits, column.signed)
    if cell.ci95 is None:
        return mean
    low, high = (decimal(end, column.digits, column.signed) for end in cell.ci95)
    return f"{mean} [{low}, {high}]"


def seeds(n: int | None) -> str:
    """The number of seeds as a cell says it."""
    return "–" if n is None else "one seed" if n == 1 else str(n)
