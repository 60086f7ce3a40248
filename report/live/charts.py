"""The best so far as SVG made here: one step line, and the candidates that were scored as dots.

Colours are classes of the page's style sheet, so that a chart follows light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 400.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 22.0, 12.0, 38.0
LARGE = 1e6  # from which on a label is in powers of ten
Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """A range of values laid over a range of pixels, with round ticks."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands, in pixels; one outside stands at the edge."""
        part = (value - self.low) / (self.high - self.low)
        return round(self.start + min(max(part, 0.0), 1.0) * (self.end - self.start), 1)

    def ticks(self, most: int = 5) -> list[tuple[float, str]]:
        """Round values within, with their labels."""
        raw = (self.high - self.low) / most
        scale = 10.0 ** math.floor(math.log10(raw))
        step = next(scale * by for by in (1, 2, 5, 10) if scale * by >= raw * 0.999)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        first, count = math.ceil(self.low / step - 1e-9), most + 2
        values = [(first + k) * step for k in range(count)]
        return [
            (self.at(value), f"{value:.3g}" if abs(value) >= LARGE else f"{value:,.{digits}f}")
            for value in values
            if value <= self.high + step * 1e-6
        ]


@dataclass(frozen=True)
class Growth:
    """What a template draws. path: of the line; told: the same in words."""

    title: str
    along: str
    path: str
    dots: tuple[Point, ...]
    bests: tuple[Point, ...]
    x: Axis
    y: Axis
    told: str


def growth(
    title: str,
    along: str,
    records: Sequence[Point],
    scored: Sequence[Point],
    last: float,
) -> Growth | None:
    """Best so far. records: each new best by its place and score; scored: all candidates so.

    None without a record. last: how far along it is. Dots below the axis are left out.
    """
    if not records:
        return None
    scores = [score for _, score in records]
    low = min(scores[0], _floor(sorted(score for _, score in scored) or scores))
    room = max(scores[-1] - low, abs(scores[-1]) * 1e-3, 1e-9) * 0.08
    if not math.isfinite(room):
        return None  # numbers that no search measures
    x = Axis(0.0, max(last, records[-1][0], 1e-9), LEFT, WIDTH - RIGHT)
    y = Axis(low - room, scores[-1] + room, HEIGHT - BOTTOM, TOP)
    path = [f"M{x.at(records[0][0])} {y.at(scores[0])}"]
    for place, score in records[1:]:
        path.append(f"H{x.at(place)}V{y.at(score)}")
    path.append(f"H{x.at(x.high)}")
    return Growth(
        title=title,
        along=along,
        path="".join(path),
        dots=tuple((x.at(place), y.at(score)) for place, score in scored if score >= y.low),
        bests=tuple((x.at(place), y.at(score)) for place, score in records),
        x=x,
        y=y,
        told=f"{title}: from {scores[0]:.3f} to {scores[-1]:.3f}, {len(records)} times a new best",
    )


def _floor(ordered: Sequence[float]) -> float:
    """From where on scores are drawn, so that a few poor ones leave the line its room."""
    count = len(ordered)
    low, upper, high = ordered[count // 4], ordered[count * 3 // 4], ordered[-1]
    return max(low, high - 4 * (high - upper))
