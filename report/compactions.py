"""Compactions as read from their folders: how many machines each heuristic needed, by trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from report.fields import Fields, ReportError
from report.folder import Folder, grouped
from report.intervals import Estimate, difference
from report.readings import labels, seeds_of

BASELINE = "best_fit"


@dataclass(frozen=True)
class Row:
    """One heuristic. needed: machines, per cent of the fleet, by trial; infinite where four times
    the fleet did not hold the work."""

    label: str
    heuristic: str
    ties: str
    median: float
    p90: float
    needed: dict[int, float]

    @property
    def held(self) -> bool:
        """Whether in every trial some number of machines held the work."""
        return all(math.isfinite(value) for value in self.needed.values())


@dataclass(frozen=True)
class Compactions:
    """Compactions of one workload, the one that needs the fewest machines first."""

    folders: tuple[Folder, ...]
    load: float
    machines: int
    tasks: int
    rows: tuple[Row, ...]

    @property
    def baseline(self) -> Row | None:
        """What the others are compared with: best_fit, else the runner-up, None alone."""
        others = self.rows[1:]
        named = (row for row in others if row.heuristic == BASELINE)
        return next(named, None) or (others[0] if others else None)

    def against(self, row: Row, baseline: Row) -> tuple[Estimate, bool] | None:
        """Machines needed less the baseline's, points of the fleet, and whether it is paired."""
        if not (row.held and baseline.held):
            return None
        return difference(row.needed, baseline.needed)


def compactions(folders: Sequence[Folder]) -> tuple[Compactions, ...]:
    """Compaction folders grouped by trace, load, machines and seed.

    Raises ReportError where a summary or the trials lack what the page needs.
    """
    return tuple(_compactions(group) for group in grouped(folders, _setting))


def _setting(folder: Folder) -> tuple[object, ...]:
    first = folder.summary.objects("results")[0]
    numbers = (first.number(name) for name in ("load", "machines", "tasks"))
    return (folder.summary.object("trace").text("sha256"), *numbers, *seeds_of(folder))


def _compactions(folders: tuple[Folder, ...]) -> Compactions:
    import polars as pl

    first = folders[0].summary.objects("results")[0]
    machines = int(first.number("machines"))
    read = [(folder, result) for folder in folders for result in folder.summary.objects("results")]
    names = labels(
        [(result.text("heuristic"), result.text("ties"), folder.name) for folder, result in read]
    )
    rows = []
    for (folder, result), label in zip(read, names, strict=True):
        heuristic = result.text("heuristic")
        trials = folder.frame.filter(pl.col("heuristic") == heuristic)
        if trials.height != result.number("trials"):
            raise ReportError(
                f"{folder.parquet}: found {trials.height} trials of {heuristic}, expected "
                f"{result.number('trials'):g}, as summary.json has"
            )
        needed = {
            trial: math.inf if count is None else 100.0 * count / machines
            for trial, count in trials.select("trial", "machines").rows()
        }
        rows.append(
            Row(
                label,
                heuristic,
                result.text("ties"),
                _known(result, "needed_pct_median"),
                _known(result, "needed_pct_p90"),
                needed,
            )
        )
    rows.sort(key=lambda row: (row.median, row.p90))
    return Compactions(
        folders, first.number("load"), machines, int(first.number("tasks")), tuple(rows)
    )


def _known(result: Fields, name: str) -> float:
    value = result.optional_number(name)
    return math.inf if value is None else value
