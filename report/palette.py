"""Colours and dashes that tell series apart, on light and dark paper, to every eye.

Okabe and Ito's palette (Color Universal Design, 2008) without yellow and black, of which one
vanishes on white and the other on dark; grey stands in. Dashes differ where colours repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))


@dataclass(frozen=True)
class Style:
    """How one series is drawn: its label, colour, and dashes in pixels."""

    label: str
    colour: str
    dash: tuple[int, ...]


class Palette:
    """Styles by label, the same wherever the label appears on a page; handed out in order."""

    def __init__(self) -> None:
        self._styles: dict[str, Style] = {}

    def styles(self, labels: Sequence[str]) -> tuple[Style, ...]:
        """The styles of these labels, new ones taken from the palette in this order."""
        for label in labels:
            if label not in self._styles:
                i = len(self._styles)
                self._styles[label] = Style(
                    label, COLOURS[i % len(COLOURS)], DASHES[i // len(COLOURS) % len(DASHES)]
                )
        return tuple(self._styles[label] for label in labels)
