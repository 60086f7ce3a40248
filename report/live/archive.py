"""The archive's map: the best of each cell of one or two measures, over all islands."""

from __future__ import annotations

from dataclasses import dataclass

from report.evolution_archive import MEASURES
from report.live.begun import Layout
from report.live.index import Index

MOST_ALONG = 32  # cells of a measure that are drawn
SHADES = 9


@dataclass(frozen=True)
class Square:
    """A cell that is taken. shade: from 0, the worst, to SHADES - 1, the best."""

    number: int
    score: str
    shade: int
    best: bool
    said: str


@dataclass(frozen=True)
class Map:
    """Rows from the top, highest values first; None where nothing stands.

    across, down: what the columns and rows are; columns, heads: where their cells begin.
    """

    across: str
    down: str
    columns: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[Square | None, ...], ...]
    said: str


def archive(index: Index) -> Map | str:
    """The map, or why there is none, in a sentence."""
    layout, cells = index.known.begun.layout, index.known.cells
    if layout is None:
        return "The journal does not say how the archive is laid out, so there is no map."
    if max(layout.cells) > MOST_ALONG:
        return f"The archive has more than {MOST_ALONG} cells along a measure: too many to draw."
    if not cells:
        return "Nothing stands in the archive yet."
    scores = [score for score, _ in cells.values()]
    low, high = _floor(scores), max(scores)
    best = max(cells.values(), key=lambda one: (one[0], -one[1]))[1]
    digits = 2 if high - low < 10 else 1

    def square(at: tuple[int, ...]) -> Square | None:
        found = cells.get(at)
        if found is None:
            return None
        score, number = found
        part = (score - low) / (high - low) if high > low else 1.0
        return Square(
            number,
            f"{score:.{digits}f}",
            min(max(int(part * SHADES), 0), SHADES - 1),
            number == best,
            f"candidate {number}, score {score:.3f}, {_where(layout, at)}",
        )

    wide = layout.cells[0]
    tall = layout.cells[1] if len(layout.cells) > 1 else 1
    two = len(layout.cells) > 1
    return Map(
        across=_title(layout, 0),
        down=_title(layout, 1) if two else "",
        columns=tuple(_begins(layout, 0, k) for k in range(wide)),
        heads=tuple(_begins(layout, 1, k) if two else "" for k in reversed(range(tall))),
        rows=tuple(
            tuple(square((x, y) if two else (x,)) for x in range(wide))
            for y in reversed(range(tall))
        ),
        said=f"{len(cells)} of {wide * tall} cells are taken, scores from {min(scores):.3f} to "
        f"{high:.3f}" + (f"; those below {low:.3f} have one colour" if low > min(scores) else ""),
    )


def _floor(scores: list[float]) -> float:
    """Below which scores have one colour, so that a few poor ones leave the others theirs."""
    ordered = sorted(scores)
    low, upper, high = ordered[0], ordered[len(ordered) * 3 // 4], ordered[-1]
    return max(low, high - 4 * (high - upper))


def _title(layout: Layout, axis: int) -> str:
    measure = layout.measures[axis]
    return f"{measure}: {MEASURES[measure][2]}"


def _begins(layout: Layout, axis: int, at: int) -> str:
    return f"{layout.ends(axis, at)[0]:.3g}"


def _where(layout: Layout, at: tuple[int, ...]) -> str:
    ends = (layout.ends(axis, place) for axis, place in enumerate(at))
    said = zip(layout.measures, ends, strict=True)
    return ", ".join(f"{name} {low:.3g} to {high:.3g}" for name, (low, high) in said)
