"""A table within a number of columns: names fold where they must, numbers never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from report.table import APART, Table, shown

GAP = "  "
LEAST = 12  # columns that names keep whatever the numbers take
SEPARATORS = "_ -/>:."


def narrow(table: Table, width: int) -> Iterator[tuple[str, int | None]]:
    """The lines of a table, each with the index of its row, None for headers and what is between.

    Rows that stand apart have a line of their own above them.
    """
    grid = [
        [shown(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    titles = [column.title.split("\n") for column in table.columns]
    tall = max(map(len, titles))
    titles = [[""] * (tall - len(lines)) + lines for lines in titles]
    widths = [max(map(len, [*lines, *(row[i] for row in grid)])) for i, lines in enumerate(titles)]
    room = max(LEAST, width - sum(widths[1:]) - len(GAP) * len(widths[1:]))
    widths[0] = min(widths[0], room)
    numbers = [column.number for column in table.columns]
    for k in range(tall):
        yield _line([lines[k] for lines in titles], widths, numbers), None
    for i, row in enumerate(grid):
        if i == table.apart:
            yield f"{APART}:", None
        names = folded(row[0], widths[0])
        yield _line([names[0], *row[1:]], widths, numbers), i
        for name in names[1:]:
            yield name, i


def _line(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    aligned = [
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(cells, widths, numbers, strict=True)
    ]
    return GAP.join(aligned).rstrip()


def folded(name: str, width: int) -> list[str]:
    """A name in lines of at most that width, folded after `_` and the like where it can be.

    Lines after the first begin with two spaces.
    """
    lines, rest = [], name
    while len(rest) > width:
        cut = max((rest.rfind(c, 2, width) for c in SEPARATORS), default=-1) + 1
        cut = cut if cut > 2 else width
        lines.append(rest[:cut].rstrip())
        rest = "  " + rest[cut:].lstrip()
    return [*lines, rest]
