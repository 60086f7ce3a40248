"""The tables of a comparison: the answer, by resource, by window, by tie rule, the cell, shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from report.comparison_series import by_window
from report.comparisons import AT_ONCE, Comparison, Entry, Tried
from report.events import EVENTS
from report.intervals import Estimate
from report.outcome import Outcome
from report.phrases import joined
from report.table import Cell, Column, Table, by_columns, resource_name

SHAPES = 20  # shapes kept in the table
Columns = list[tuple[Column, Sequence[Cell]]]


class Tables:
    """The tables of one comparison; `name` is the stem of their files, `data` says on what."""

    def __init__(self, found: Comparison, told: Outcome, name: str, data: str) -> None:
        self.found, self.told, self.name, self.data = found, told, name, data
        self.rows = found.rows
        # The row in bold is the winner, or a leader without an interval: never a marked one.
        bold = told.leader if told.kind in ("ahead", "open") else None
        self.first = self.rows.index(bold) if bold is not None else None
        self.marked = _marks(self.rows)
        self.apart = _apart(self.rows, found)

    def answer(self) -> Table:
        """Recovered compute, what share it is, and whether goodput held: a row a heuristic."""
        base = self.found.baseline
        against = f"against {base.heuristic}"
        columns: Columns = [
            self.names(),
            (
                Column(f"Recovered compute, % {against}", "recovered_compute", signed=True),
                self._against(lambda row: row.recovered),
            ),
            (
                Column("The same, shaken, %", "shaken", signed=True),
                self._against(lambda row: row.shaken)
                if any(row.shaken is not None for row in self.rows)
                else [None] * len(self.rows),
            ),
            (Column("Of the stranded, %", "of_stranded", 1), self._shares("of_stranded")),
            (Column("Of the recoverable, %", "of_recoverable", 1), self._shares("of_recoverable")),
            (
                Column("Recovered machines", "recovered_machines", 1),
                self._counts("recovered_machines"),
            ),
            (Column("Recovered money", "recovered_money"), self._counts("recovered_money")),
            (
                Column(f"Goodput {against}, points", "goodput", signed=True),
                self._against(lambda row: row.goodput),
            ),
            (
                Column("Marks", "marks", number=False),
                [joined(list(row.marks)) if row.marks else None for row in self.rows],
            ),
            (Column("Stranded, %", "stranded"), [row.stranded for row in self.rows]),
            (Column("Bound, %", "bound"), [row.bound for row in self.rows]),
        ]
        caption = f"{self.data}: recovered compute against {base.said}, 95 % interval in brackets"
        return by_columns(self.name, caption, columns, self.first, self.marked, self.apart)

    def resources(self) -> Table:
        """Recovered points of each resource: a row a heuristic."""
        columns: Columns = [self.names()]
        for resource in self.found.resources:
            title = f"{resource_name(resource)} recovered, points"
            columns.append(
                (
                    Column(title, "recovered", signed=True),
                    self._against(_recovered_of(resource)),
                )
            )
        for resource in self.found.resources:
            title = f"{resource_name(resource)} stranded, %"
            stranded = [row.resources[resource].stranded for row in self.rows]
            columns.append((Column(title, "stranded"), stranded))
        return by_columns(
            f"{self.name}-resources",
            f"{self.data}: recovered of each resource against {self.found.baseline.said}, in "
            "points of its capacity, 95 % interval in brackets",
            columns,
            self.first,
            self.marked,
            self.apart,
        )

    def measures(self) -> Table:
        """What is left free, by every measure: a row a heuristic and resource."""
        cells = [(row, row.resources[r], r) for r in self.found.resources for row in self.rows]
        columns: Columns = [
            (
                Column("Resource and heuristic", number=False),
                [f"{resource_name(r)}: {row.heuristic}" for row, _, r in cells],
            ),
            (Column("Stranded, %", "stranded"), [part.stranded for _, part, _ in cells]),
            (Column("Bound, %", "bound"), [part.bound for _, part, _ in cells]),
            (Column("Exhausted, %", "exhaustion"), [part.exhausted for _, part, _ in cells]),
            (
                Column("Expected fragmentation, %", "fragmentation"),
                [part.frag for _, part, _ in cells],
            ),
            (Column("Allocated, %", "allocated"), [part.allocated for _, part, _ in cells]),
            (Column("Lost, %", "lost"), [part.lost for _, part, _ in cells]),
        ]
        caption = f"{self.data}: what is left free, by three measures, and the least possible"
        marked = _marks([row for row, _, _ in cells])
        return by_columns(f"{self.name}-measures", caption, columns, marked=marked)

    def windows(self) -> Table | None:
        """Recovered compute in each window, mean over its seeds; None where there is one."""
        if self.found.windows < 2:
            return None
        by_entry = {row.heuristic: by_window(self.found, row) for row in self.found.candidates}
        windows = sorted({window for values in by_entry.values() for window in values})
        columns: Columns = [
            (Column("Heuristic", number=False), [row.heuristic for row in self.found.candidates])
        ]
        for window in windows:
            cells = [by_entry[row.heuristic].get(window) for row in self.found.candidates]
            columns.append((Column(f"Window {window}", "recovered_compute", signed=True), cells))
        return by_columns(
            f"{self.name}-windows",
            f"{self.data}: recovered compute against {self.found.baseline.said} in each "
            "window, %: mean and t-interval over its seeds",
            columns,
            marked=_marks(self.found.candidates),
            apart=_apart(self.found.candidates, self.found),
        )

    def ties(self) -> Table | None:
        """Recovered compute and goodput under each tie rule; None where one was tried."""
        policies = self.found.policies
        if len(policies) < 2:
            return None
        columns: Columns = [
            self.names(),
            (Column("Own rule", "ties", number=False), [row.ties for row in self.rows]),
        ]
        kinds: tuple[tuple[str, str, Callable[[Tried], Cell]], ...] = (
            ("Recovered, %", "recovered_compute", lambda tried: tried.recovered),
            ("Goodput, points", "goodput", lambda tried: tried.goodput),
            ("Marks", "marks", lambda tried: joined(list(tried.marks)) if tried.marks else None),
        )
        for title, metric, cell in kinds:
            for policy in policies:
                column = Column(
                    f"{title} ({policy})", metric, signed=True, number=metric != "marks"
                )
                columns.append((column, [self._under(row, policy, cell) for row in self.rows]))
        base = self.found.baseline
        return by_columns(
            f"{self.name}-ties",
            f"{self.data}: under each tie rule, against {base.said} under its own "
            f"({base.ties}), 95 % interval in brackets",
            columns,
            self.first,
            self.marked,
            self.apart,
        )

    def _under(self, row: Entry, policy: str, cell: Callable[[Tried], Cell]) -> Cell:
        if policy not in row.spread:
            return None
        own = row is self.found.baseline and policy == row.ties
        value = cell(row.spread[policy])
        return "baseline" if own and isinstance(value, Estimate) else value

    def cell(self) -> Table:
        """What became of the work and the machines: a row a heuristic."""
        queued = self.found.queue != "reject"
        wanted = [
            ("placed", Column("Placed", "placed", 0), True),
            ("rejected", Column("Rejected", "rejected", 0), True),
            ("queued", Column("Queued", "queued", 0), queued),
            *((key, column, True) for key, column in self.events()),
            ("pending_at_end", Column("Pending at end, mean", "pending", 1), queued),
            ("queueing_mean_s", Column("Queueing mean, s", "queueing", 1), queued),
            ("queueing_p50_s", Column("Queueing p50, s", "queueing", 1), queued),
            ("queueing_p99_s", Column("Queueing p99, s", "queueing", 1), queued),
            ("used_machines", Column("Used machines", "used_machines", 1), True),
            ("empty_machines_pct", Column("Empty machines, %", "empty_machines"), True),
            ("start_share_pct", Column("Start share, %", "start_share", 1), True),
        ]
        columns: Columns = [self.names()]
        columns += [(column, self._counts(key)) for key, column, show in wanted if show]
        columns.append(
            (Column("µs a decision", "decision", 1), [row.decision_us for row in self.rows])
        )
        return by_columns(
            f"{self.name}-cell",
            f"{self.data}: work and machines, counts summed over pairs, the rest means",
            columns,
            self.first,
            self.marked,
            self.apart,
        )

    def events(self) -> tuple[tuple[str, Column], ...]:
        """The columns of what was counted besides, by the rules that the cell was run by."""
        return tuple(event for event in EVENTS if any(event[0] in row.counts for row in self.rows))

    def shapes(self) -> Table | None:
        """The shapes that most often fit nowhere under the baseline; None where all always fit."""
        import polars as pl

        frame = self.found.folder.frames["shapes.parquet"]
        frame = frame.filter(pl.col("unfit_pct").is_not_null())
        shown = self.found.first(AT_ONCE)
        names = [self.found.baseline, *(row for row in shown if row is not self.found.baseline)]
        by_shape = {
            (heuristic, shape): unfit
            for heuristic, shape, unfit in frame.select("heuristic", "shape", "unfit_pct").rows()
        }
        unfit = (
            frame.with_columns(lost=pl.col("weight_pct").fill_null(0.0) * pl.col("unfit_pct"))
            .filter(pl.col("unfit_pct") > 0)
            .group_by("shape")
            .agg(pl.col("weight_pct").max(), pl.col("lost").max(), pl.col("unfit_pct").max())
            .sort(["lost", "unfit_pct", "shape"], descending=[True, True, False])
        )
        if unfit.height == 0:
            return None
        kept = unfit.head(SHAPES)
        shapes = kept["shape"].to_list()
        columns: Columns = [
            (Column("Shape", number=False), shapes),
            (Column("Of the pool, %", "unfit"), kept["weight_pct"].to_list()),
        ]
        for row in names:
            cells = [by_shape.get((row.heuristic, shape)) for shape in shapes]
            columns.append((Column(f"Unfit under {row.heuristic}, %", "unfit", 1), cells))
        caption = (
            f"{self.data}: shapes that no longer fit: unfit, the % of samples at which no machine "
            "could take one"
        )
        if unfit.height > SHAPES:
            caption += f"; the {SHAPES} that weigh most of {unfit.height}, the parquet has them all"
        if len(shown) < len(self.rows):
            caption += f"; under the baseline and the first {AT_ONCE - 1} others"
        return by_columns(f"{self.name}-shapes", caption, columns)

    def names(self) -> tuple[Column, Sequence[Cell]]:
        """The column that heads the rows."""
        return Column("Heuristic", number=False), [row.heuristic for row in self.rows]

    def _against(self, value: Callable[[Entry], Estimate | None]) -> list[Cell]:
        return ["baseline" if row is self.found.baseline else value(row) for row in self.rows]

    def _shares(self, name: str) -> list[Cell]:
        return [None if row is self.found.baseline else getattr(row, name) for row in self.rows]

    def _counts(self, name: str) -> list[Cell]:
        return [row.counts.get(name) for row in self.rows]


def _marks(rows: Sequence[Entry]) -> dict[int, str]:
    return {i: joined(list(row.marks)) for i, row in enumerate(rows) if row.marks}


def _apart(rows: Sequence[Entry], found: Comparison) -> int | None:
    """The first of the rows that are left out of the ranking, None without such."""
    doubtful = (i for i, row in enumerate(rows) if row.doubtful and row is not found.baseline)
    return next(doubtful, None)


def _recovered_of(resource: str) -> Callable[[Entry], Estimate]:
    return lambda row: row.resources[resource].recovered
