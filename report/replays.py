"""Replays as read from their folders: a row a heuristic, over the seeds that were replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report.events import COUNTERS
from report.fields import Fields, ReportError, clean
from report.folder import Folder, grouped
from report.intervals import Estimate, difference, estimate
from report.readings import decision_us, resources_in_order, seeds_of

if TYPE_CHECKING:
    import polars as pl

BASELINE = "best_fit"
COUNTS = (
    "placed",
    "rejected",
    "queued",
    *COUNTERS,
    "pending_at_end",
    "queueing_mean_s",
    "queueing_p50_s",
    "queueing_p99_s",
    "bounded_slowdown",
    "used_machines",
    "empty_machines_pct",
    "ticks_raised",
)


@dataclass(frozen=True)
class Run:
    """One heuristic in one replay; `samples` are its rows of samples.parquet."""

    folder: Folder
    seed: int
    heuristic: str
    ties: str
    queue: str
    allocated: Mapping[str, float]
    frag: Mapping[str, float]
    lost: Mapping[str, float]
    counts: Mapping[str, float]
    decision_us: float | None
    samples: pl.DataFrame


@dataclass(frozen=True)
class Row:
    """One heuristic with one tie rule, over its runs, of which each has its own seed."""

    label: str
    runs: tuple[Run, ...]

    def allocated(self, resource: str) -> Estimate:
        """Percent of the resource allocated, mean over seeds."""
        return estimate([run.allocated[resource] for run in self.runs])

    def frag(self, resource: str) -> Estimate | None:
        """Fragmentation of the resource in percent, None where it was not computed."""
        values = [run.frag[resource] for run in self.runs if resource in run.frag]
        return estimate(values) if values else None

    def lost(self, resource: str) -> Estimate | None:
        """Percent of the resource that tasks held which were evicted, None where none may be."""
        values = [run.lost[resource] for run in self.runs if resource in run.lost]
        return estimate(values) if values else None

    def count(self, name: str) -> float | None:
        """The mean over runs of one of COUNTS, None where no run has it."""
        values = [run.counts[name] for run in self.runs if name in run.counts]
        return sum(values) / len(values) if values else None

    def per_seed(self, resource: str) -> dict[int, float]:
        """Percent of the resource allocated, by seed."""
        return {run.seed: run.allocated[resource] for run in self.runs}

    def latency(self) -> float | None:
        """Decision latency, µs, mean over runs."""
        values = [run.decision_us for run in self.runs if run.decision_us is not None]
        return sum(values) / len(values) if values else None


@dataclass(frozen=True)
class Workloads:
    """Replays of one trace at one load, cell size and queue policy, most allocated first."""

    folders: tuple[Folder, ...]
    load: float | None
    machines: float | None
    queue: str
    resources: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def resource(self) -> str:
        """The resource that decides: gpu where it is there, else the first."""
        return self.resources[0]

    @property
    def baseline(self) -> Row | None:
        """What the first row is compared with: best_fit, else the runner-up, None alone."""
        others = self.rows[1:]
        named = (row for row in others if row.runs[0].heuristic == BASELINE)
        return next(named, None) or (others[0] if others else None)

    def against(self, row: Row, baseline: Row) -> tuple[Estimate, bool]:
        """The row's allocation less the baseline's, in points, and whether it is paired."""
        return difference(row.per_seed(self.resource), baseline.per_seed(self.resource))


def workloads(folders: Sequence[Folder]) -> tuple[Workloads, ...]:
    """Replay folders grouped by trace, load, machines and queue.

    Raises ReportError where a summary lacks what the page needs, or a heuristic was replayed
    twice on the same seed of the same workload.
    """
    groups = grouped(folders, _setting)
    return tuple(_workloads(group) for group in groups)


def _setting(folder: Folder) -> tuple[str, float | None, float | None, str]:
    first = folder.summary.objects("results")[0]
    return (
        folder.summary.object("trace").text("sha256"),
        first.optional_number("load"),
        first.optional_number("machines"),
        first.text("queue"),
    )


def _workloads(folders: tuple[Folder, ...]) -> Workloads:
    _, load, machines, queue = _setting(folders[0])
    runs = [
        _run(folder, result) for folder in folders for result in folder.summary.objects("results")
    ]
    by_key: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_key.setdefault((run.heuristic, run.ties), []).append(run)
    rows = []
    for (heuristic, ties), same in by_key.items():
        seen: dict[int, Run] = {}
        for run in same:
            if run.seed in seen:
                raise ReportError(
                    f"{run.folder.summary.file}: found {heuristic} on seed {run.seed}, as in "
                    f"{seen[run.seed].folder.path}, expected another seed or one of the folders"
                )
            seen[run.seed] = run
        alone = sum(other == heuristic for other, _ in by_key) == 1
        rows.append(Row(heuristic if alone else f"{heuristic} (ties {ties})", tuple(same)))
    common = set.intersection(*(set(run.allocated) for run in runs))
    resources = resources_in_order([name for name in runs[0].allocated if name in common])
    if not resources:
        raise ReportError(
            f"{folders[0].summary.file}: results: found no resource common to all heuristics, "
            "expected at least one in resources"
        )
    rows.sort(key=lambda row: -row.allocated(resources[0]).mean)
    return Workloads(folders, load, machines, queue, resources, tuple(rows))


def _run(folder: Folder, result: Fields) -> Run:
    import polars as pl

    heuristic = result.text("heuristic")
    samples = folder.frame.filter(
        (pl.col("heuristic") == heuristic) & pl.col("time_s").is_not_null()
    )
    if samples.height == 0:
        raise ReportError(
            f"{folder.parquet}: found no samples of heuristic {heuristic}, expected those of "
            "every result in summary.json"
        )
    resources = result.object("resources")
    parts = {clean(name): resources.object(name) for name in resources}
    frag = {name: part.optional_number("frag_pct") for name, part in parts.items()}
    lost = {name: part.optional_number("lost_pct") for name, part in parts.items()}
    counts = {name: result.optional_number(name) for name in COUNTS}
    seeds = seeds_of(folder)
    if len(seeds) != 1:
        raise folder.summary.error("seeds", list(seeds), "the one seed of a replay")
    return Run(
        folder=folder,
        seed=seeds[0],
        heuristic=heuristic,
        ties=result.text("ties"),
        queue=result.text("queue"),
        allocated={name: part.number("allocated_pct") for name, part in parts.items()},
        frag={name: value for name, value in frag.items() if value is not None},
        lost={name: value for name, value in lost.items() if value is not None},
        counts={name: value for name, value in counts.items() if value is not None},
        decision_us=decision_us(folder, heuristic, result),
        samples=samples,
    )
