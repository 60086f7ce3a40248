"""One comparison as the page, the terminal and the files show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from report.palette import Style
from report.table import Table

Draw = Callable[[bool], Mapping[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A figure: `draw(page)` gives its Vega-Lite, for the page (responsive) or for a file.

    `legend` names the series that the page's legend explains; `alt` is read to who can't see it.
    """

    name: str
    title: str
    alt: str
    caption: str
    draw: Draw
    legend: tuple[Style, ...] = ()


@dataclass(frozen=True)
class Section:
    """A comparison within one setting: what came out, on what, and the evidence.

    `name` is its id and the stem of its files, `kind` what one such is called; the first table
    is the one that the terminal prints.
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
    source: str | None = None
    metrics: tuple[str, ...] = ()
