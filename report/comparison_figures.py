"""The figures of a comparison, each with the words that say what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from report.charts import intervals_chart
from report.comparison_charts import (
    PARTS,
    UNBOUND,
    front_chart,
    groups_chart,
    shares_chart,
)
from report.comparison_series import front, shares
from report.comparisons import Comparison
from report.goodput import MARGIN
from report.outcome import capacity
from report.palette import COLOURS, Palette, Style
from report.phrases import interval_ends, opened, slug
from report.section import Draw, Figure
from report.table import decimal, resource_name

DOT = "Dot: mean over pairs. Bar: 95 % interval. Right of zero the heuristic is better."
RING = " A ring: the row carries a mark."
WAS = "What was stranded, and what was recovered"


class Figures:
    """The figures of one comparison; `name` is the stem of their files, `data` says on what."""

    def __init__(self, found: Comparison, name: str, data: str, palette: Palette) -> None:
        self.found, self.name, self.data = found, name, data
        self.base = found.baseline.said
        self.rows = found.candidates
        self.labels = [row.heuristic for row in self.rows]
        styles = palette.styles([row.heuristic for row in found.rows])
        self.styles = {style.label: style for style in styles}
        self.ring = RING if any(row.marks for row in self.rows) else ""

    def recovered(self) -> Figure:
        """Recovered compute, a row a heuristic."""
        values = [
            {"label": row.heuristic, "hollow": bool(row.marks), **interval_ends(row.recovered)}
            for row in self.rows
        ]
        axis = f"Recovered {capacity(self.found)} against {self.base}, %"
        styles = [self.styles[label] for label in self.labels]
        return Figure(
            f"{self.name}-recovered",
            f"Recovered compute against {self.base}",
            f"{self.data}: " + _said((row.heuristic, row.recovered) for row in self.rows),
            DOT + self.ring,
            lambda page: intervals_chart(values, axis, styles, page, zero=True),
            metric="recovered_compute",
        )

    def resources(self) -> Figure | None:
        """Recovered points of each resource, grouped by heuristic."""
        if len(self.found.resources) < 2:
            return None
        groups = _plain([resource_name(r) for r in self.found.resources])
        values = [
            {
                "label": row.heuristic,
                "group": resource_name(resource),
                "hollow": bool(row.marks),
                **interval_ends(row.resources[resource].recovered),
            }
            for row in self.rows
            for resource in self.found.resources
        ]
        axis = "Recovered, points of the resource"
        said = "; ".join(
            f"{row.heuristic}: "
            + ", ".join(
                f"{resource_name(r)} {decimal(row.resources[r].recovered.mean, 2, True)}"
                for r in self.found.resources
            )
            for row in self.rows
        )
        return Figure(
            f"{self.name}-resources",
            f"Recovered by heuristic and resource against {self.base}",
            f"{self.data}: {said}",
            DOT + self.ring,
            lambda page: groups_chart(values, axis, groups, page, self.labels),
            groups,
            "recovered",
        )

    def fronts(self) -> list[Figure]:
        """What is recovered of the first resource against each of the others."""
        first = self.found.resources[0]
        return [self._front(other, first) for other in self.found.resources[1:]]

    def _front(self, across: str, up: str) -> Figure:
        values = front(self.found, across, up)
        legend = tuple(
            Style(value["label"], self.styles[row.heuristic].colour, (1, 0))
            for row, value in zip(self.found.rows, values, strict=True)
        )
        names = resource_name(across), resource_name(up)
        best = [str(value["label"]) for value in values if value["front"]]
        axes = [f"{name} recovered, points" for name in names]
        return Figure(
            f"{self.name}-front-{slug(across)}",
            f"{names[1]} against {names[0]} recovered",
            f"{self.data}: on the front: {', '.join(best)}",
            f"Right is more {names[0]}, up is more {names[1]}; the baseline is at zero. Bars: 95 % "
            f"intervals. Dashed: the front of those that none beats in both.{self.ring}",
            lambda page: front_chart(values, axes[0], axes[1], legend, page),
            legend,
            "pareto",
        )

    def shares(self) -> Figure:
        """What the baseline strands: bound to stay, recoverable and still stranded, recovered."""
        base = self.found.baseline
        values = shares(self.found)
        parts = PARTS if base.bound is not None else UNBOUND
        axis = f"Stranded {capacity(self.found)}, %"
        labels = [row.heuristic for row in self.found.rows]
        said = f"{self.base} strands {decimal(base.stranded, 2)} %"
        if base.bound is not None:
            said += f", of which {decimal(base.bound, 2)} % is bound to stay"
        title = "What could be recovered, and what was" if base.bound is not None else WAS
        short = base.bound is not None and any(
            base.stranded - row.recovered.mean < base.bound for row in self.found.rows
        )
        below = (
            f" The bound is that of {self.base}'s population: a row that ran other work can go "
            "below it."
            if short
            else ""
        )
        return Figure(
            f"{self.name}-share",
            title,
            f"{self.data}: {said}; " + _said((row.heuristic, row.recovered) for row in self.rows),
            f"The dashed line is what {self.base} strands; a bar that goes beyond it strands more."
            + below,
            lambda page: shares_chart(values, axis, parts, page, labels, base.stranded),
            parts,
            "of_recoverable" if base.bound is not None else "of_stranded",
        )

    def ties(self) -> Figure | None:
        """Recovered compute under each tie rule, grouped by heuristic."""
        policies = self.found.policies
        if len(policies) < 2:
            return None
        groups = _plain(policies)
        values = [
            {
                "label": row.heuristic,
                "group": policy,
                "hollow": bool(tried.marks),
                **interval_ends(tried.recovered),
            }
            for row in self.found.rows
            for policy, tried in row.spread.items()
            if row is not self.found.baseline or policy != row.ties
        ]
        labels = [row.heuristic for row in self.found.rows]
        axis = f"Recovered {capacity(self.found)}, %"
        return Figure(
            f"{self.name}-ties",
            f"Recovered compute by tie rule against {self.base}",
            f"{self.data}: recovered compute under the tie rules {', '.join(policies)}; the table "
            "holds the numbers",
            f"{DOT} {opened(self.base)} itself stays under its own rule "
            f"({self.found.baseline.ties}).{self.ring}",
            lambda page: groups_chart(values, axis, groups, page, labels),
            groups,
            "tie_rules",
        )

    def goodput(self) -> Figure:
        """Goodput against the baseline, with the line below which a row rejects work."""
        values = [
            {"label": row.heuristic, "hollow": bool(row.marks), **interval_ends(row.goodput)}
            for row in self.rows
        ]
        styles = [self.styles[label] for label in self.labels]
        return Figure(
            f"{self.name}-goodput",
            f"Goodput against {self.base}",
            f"{self.data}: " + _said((row.heuristic, row.goodput) for row in self.rows),
            "Dot: mean over pairs. Bar: 95 % interval. A bar that ends left of the red line at "
            f"−{MARGIN:g} rejects work.{self.ring}",
            _goodput(values, styles),
            metric="goodput",
        )


def _goodput(values: Sequence[dict[str, Any]], styles: Sequence[Style]) -> Draw:
    axis = "Goodput, points"
    return lambda page: intervals_chart(values, axis, styles, page, zero=True, limit=-MARGIN)


def _plain(labels: Sequence[str]) -> tuple[Style, ...]:
    """Colours for what is no heuristic, resources or tie rules, in the palette's order."""
    return tuple(Style(label, COLOURS[i % len(COLOURS)], (1, 0)) for i, label in enumerate(labels))


def _said(rows: Any) -> str:
    return "; ".join(f"{name} {decimal(value.mean, 2, True)}" for name, value in rows)
