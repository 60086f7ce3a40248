"""The figures of a comparison over windows and time: a line a heuristic, not too many at once."""

from __future__ import annotations

from collections.abc import Sequence

from report.charts import bands_chart
from report.comparison_charts import pairs_chart, windows_chart
from report.comparison_figures import Figures
from report.comparison_series import by_window, over_time, recovered_pairs
from report.comparisons import AT_ONCE
from report.outcome import capacity
from report.palette import Style
from report.phrases import interval_ends, slug
from report.section import Figure
from report.table import resource_name


class Lines:
    """The figures of lines of one comparison: those of the baseline and of the first others."""

    def __init__(self, figures: Figures) -> None:
        self.found, self.name, self.data = figures.found, figures.name, figures.data
        self.base, self.rows, self.styles = figures.base, figures.rows, figures.styles
        self.drawn = self.found.first(AT_ONCE)
        self.some = ""
        if len(self.drawn) < len(self.found.rows):
            self.some = f" Drawn: the baseline and the first {AT_ONCE - 1} others of the table."

    def windows(self) -> Figure | None:
        """Recovered compute in each window; where there is one, of each pair; None for one pair."""
        if self.found.pairs < 2:
            return None
        axis = f"Recovered {capacity(self.found)}, %"
        if self.found.windows == 1:
            return self._seeds(
                tuple(self.styles[label] for label in [row.heuristic for row in self.rows]), axis
            )
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
            lambda page: pairs_chart(
                values, axis, styles, page, [row.heuristic for row in self.rows]
            ),
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
