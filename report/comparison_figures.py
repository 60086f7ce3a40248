"""The figures of a comparison, each with the words that say what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from report.charts import bands_chart, intervals_chart
from report.comparison_charts import (
    PARTS,
    front_chart,
    groups_chart,
    pairs_chart,
    shares_chart,
    windows_chart,
)
from report.comparison_series import by_window, front, over_time, recovered_pairs, shares
from report.comparisons import AT_ONCE, Comparison
from report.goodput import MARGIN
from report.outcome import capacity
from report.palette import COLOURS, Palette, Style
from report.phrases import interval_ends, slug
from report.section import Draw, Figure
from report.table import decimal, resource_name

DOT = "Dot: mean over pairs. Bar: 95 % interval. Right of zero the heuristic is better."
RING = " A ring: the row carries a mark."


class Figures:
    """The figures of one comparison; `name` is the stem of their files, `data` says on what."""

    def __init__(self, found: Comparison, name: str, data: str, palette: Palette) -> None:
        self.found, self.name, self.data = found, name, data
        self.base = found.baseline.heuristic
        self.rows = found.candidates
        self.labels = [row.heuristic for row in self.rows]
        styles = palette.styles([row.heuristic for row in found.rows])
        self.styles = {style.label: style for style in styles}
        self.ring = RING if any(row.marks for row in self.rows) else ""
        self.drawn = found.first(AT_ONCE)
        self.some = ""
        if len(self.drawn) < len(found.rows):
            self.some = f" Drawn: the baseline and the first {AT_ONCE - 1} others of the table."

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

    def windows(self) -> Figure | None:
        """Recovered compute in each window; where there is one, of each pair; None for one pair."""
        if self.found.pairs < 2:
            return None
        axis = f"Recovered {capacity(self.found)}, %"
        if self.found.windows == 1:
            return self._seeds(tuple(self.styles[label] for label in self.labels), axis)
        drawn = [row for row in self.drawn if row is not self.found.baseline]
        styles = tuple(self.styles[row.heuristic] for row in drawn)
        values = [
            {"label": row.heuristic, "x": window, **interval_ends(value)}
            for row in drawn
            for window, value in by_window(self.found, row).items()
        ]
        caption = "Dot: mean over the window's seeds. Bar: their t-interval."
        if self.found.seeds == 1:
            caption = "Dot: the window's one seed."
        return Figure(
            f"{self.name}-windows",
            f"Recovered compute by window against {self.base}",
            f"{self.data}: recovered compute in each of {self.found.windows} windows, a line a "
            "heuristic; the table holds the numbers",
            caption + self.some,
            lambda page: windows_chart(values, "Window", axis, styles, page),
            styles,
            "pairs",
        )

    def _seeds(self, styles: Sequence[Style], axis: str) -> Figure:
        values = [
            {
                "label": row.heuristic,
                "value": round(value, 4),
                "seed": seed,
                "mean": round(row.recovered.mean, 4),
            }
            for row in self.rows
            for _, seed, value in recovered_pairs(self.found, row)
        ]
        return Figure(
            f"{self.name}-pairs",
            f"Recovered compute of each pair against {self.base}",
            f"{self.data}: recovered compute on each of {self.found.seeds} seeds of the one "
            "window, a row a heuristic",
            "Dot: one seed of the one window. Tick: their mean.",
            lambda page: pairs_chart(values, axis, styles, page, self.labels),
            metric="pairs",
        )

    def over_time(self) -> list[Figure]:
        """Stranded of each resource over the window, and what waits where anything does."""
        out = [
            self._line(
                f"stranded-{slug(r)}",
                f"{resource_name(r)} stranded over the window",
                f"{resource_name(r)} stranded, %",
                "stranded_pct",
                r,
                "stranded",
            )
            for r in self.found.resources
        ]
        first = self.found.resources[0]
        waits = self._line(
            "pending", "Pending tasks over the window", "Pending tasks", "pending", first, "pending"
        )
        if waits is not None and self.found.folder.frames["samples.parquet"]["pending"].max():
            out.append(waits)
        return [figure for figure in out if figure is not None]

    def _line(
        self, stem: str, title: str, y: str, value: str, resource: str, metric: str
    ) -> Figure | None:
        values, unit = over_time(self.found, self.drawn, value, resource)
        if len(values) == 0:
            return None
        styles = tuple(self.styles[row.heuristic] for row in self.drawn)
        many = self.found.pairs > 1
        return Figure(
            f"{self.name}-{stem}",
            title,
            f"{self.data}: {y} at the samples of a window, a line a heuristic",
            "Line: mean over windows and seeds, sample by sample."
            + (" Band: the middle half of them." if many else "")
            + self.some,
            lambda page: bands_chart(values, f"Time in the window, {unit}", y, styles, page),
            styles,
            metric,
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
        parts = PARTS if base.bound is not None else PARTS[1:]
        axis = f"Stranded {capacity(self.found)}, %"
        labels = [row.heuristic for row in self.found.rows]
        said = f"{self.base} strands {decimal(base.stranded, 2)} %"
        if base.bound is not None:
            said += f", of which {decimal(base.bound, 2)} % is bound to stay"
        title = "What could be recovered, and what was"
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
            f"{DOT} {self.base} itself stays under its own rule ({self.found.baseline.ties})."
            + self.ring,
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
