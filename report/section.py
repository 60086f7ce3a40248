"""One comparison as the page, the terminal and the files show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from report.palette import Style
from report.table import Table

NULL_ARM = "null arm"  # the kind of a section that stands beside a search

Draw = Callable[[bool], Mapping[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A figure: `draw(page)` gives its Vega-Lite, for the page (responsive) or for a file.

    `legend` names the series that the page's legend explains; `alt` is read to who can't see it;
    `metric` is the definition that the title leads to.
    """

    name: str
    title: str
    alt: str
    caption: str
    draw: Draw
    legend: tuple[Style, ...] = ()
    metric: str | None = None


@dataclass(frozen=True)
class Tile:
    """One number of the first screen: what it is, the number, its interval or a word below it.

    `metric` is its definition; `warns` makes it stand out as what a reader must not miss.
    """

    name: str
    value: str
    below: str
    metric: str
    warns: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a section's evidence: one question, its tables and figures."""

    title: str
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Brief:
    """How a section is told on a terminal: its sentences below the headline, its tables."""

    tables: tuple[Table, ...]
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A comparison within one setting: what came out, on what, and the evidence.

    `name` is its id and the stem of its files, `kind` what one such is called, `outcome` its
    answer in two or three words, `warning` what a reader must see beside the headline. The first
    table is the one that the page shows first; `brief` is how a terminal tells it, None where
    that shows the same. The evidence stands in `parts`, or in `tables` and `figures` alone.
    `sources` are programs with what each is, to be read side by side.
    """

    name: str
    kind: str
    title: str
    headline: str
    details: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    provenance: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    configs: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    metrics: tuple[str, ...] = ()
    outcome: str | None = None
    warning: str | None = None
    tiles: tuple[Tile, ...] = ()
    parts: tuple[Part, ...] = ()
    brief: Brief | None = None

    @property
    def all_tables(self) -> tuple[Table, ...]:
        """The tables of the section and of its parts, in the page's order."""
        return (*self.tables, *(table for part in self.parts for table in part.tables))

    @property
    def all_figures(self) -> tuple[Figure, ...]:
        """The figures of the section and of its parts, in the page's order."""
        return (*self.figures, *(figure for part in self.parts for figure in part.figures))
