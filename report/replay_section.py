"""Replays told: what was allocated, what waited or was turned away, over time and in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from report.charts import lines_chart
from report.events import EVENTS
from report.folder import Folder
from report.palette import Palette, Style
from report.phrases import (
    configuration,
    facts_of_runs,
    joined,
    mean_text,
    provenance,
    slug,
    trace_fact,
    trace_title,
    verdict,
)
from report.replays import Workloads, workloads
from report.section import Figure, Section
from report.table import Cell, Column, Table, by_columns, decimal, resource_name, seeds

if TYPE_CHECKING:
    import polars as pl

POINTS = 300  # samples kept a line on the page
DAY_S, HOUR_S = 86_400.0, 3_600.0


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each workload among replay folders."""
    return [
        _section(found, f"replay-{i + 1}" if i else "replay", palette)
        for i, found in enumerate(workloads(folders))
    ]


def _section(found: Workloads, name: str, palette: Palette) -> Section:
    folder = found.folders[0]
    ran = sorted({run.seed for row in found.rows for run in row.runs})
    load = "not stated" if found.load is None else f"{found.load:g}"
    machines = "" if found.machines is None else f" on {found.machines:g} machines"
    facts = [
        ("Data", trace_fact(folder)),
        ("Load", load + machines),
        ("Queue", found.queue),
        ("Ties", joined(list(dict.fromkeys(run.ties for row in found.rows for run in row.runs)))),
        ("Seeds", "one seed, so no intervals" if len(ran) == 1 else ", ".join(map(str, ran))),
        *facts_of_runs(found.folders),
    ]
    return Section(
        name=name,
        kind="replay",
        title=f"Replay of {trace_title(folder)}",
        headline=_headline(found),
        details=tuple(_details(found)),
        facts=tuple(facts),
        provenance=provenance(found.folders),
        tables=(_table(found, name),),
        figures=tuple(_figures(found, name, palette)),
        configs=tuple((f.name, configuration(f)) for f in found.folders),
        metrics=("interval", "provenance", "load", "baseline", "difference"),
    )


def _headline(found: Workloads) -> str:
    best, baseline = found.rows[0], found.baseline
    resource = resource_name(found.resource)
    if baseline is None:
        return (
            f"{best.label} holds {decimal(best.allocated(found.resource).mean, 2)} % of {resource}"
        )
    gain, _ = found.against(best, baseline)
    return (
        f"{best.label} holds {decimal(gain.mean, 2)} points more {resource} than {baseline.label}"
    )


def _details(found: Workloads) -> list[str]:
    best, baseline, resource = found.rows[0], found.baseline, found.resource
    count = len(found.rows)
    compared = "one heuristic" if count == 1 else f"{count} heuristics"
    line = (
        f"Compared: {compared}. Over the replay {best.label} holds "
        f"{mean_text(best.allocated(resource))} of the fleet's {resource_name(resource)}"
    )
    if baseline is not None:
        line += f", {baseline.label} {mean_text(baseline.allocated(resource))}"
    out = [line + "."]
    if baseline is not None:
        out.append(verdict(*found.against(best, baseline)))
    turned = [row for row in found.rows if row.count("rejected")]
    if turned:
        said = joined([f"{row.label} {_whole(row.count('rejected') or 0.0)}" for row in turned])
        out.append(
            f"Tasks turned away in the window, whatever their size: {said}. Room left so is no "
            "packing."
        )
    raised = sum(row.count("ticks_raised") or 0.0 for row in found.rows)
    if raised:
        out.append(
            "Some lifetimes under one tick (1 ms) were raised to one; the summary counts them."
        )
    return out


def _whole(count: float) -> str:
    """A count, or a mean of some."""
    return decimal(count, 0 if count == round(count) else 1)


COUNTED = (
    ("placed", Column("Placed", "placed", digits=0)),
    ("rejected", Column("Rejected", "rejected", digits=0)),
    ("queued", Column("Queued", "queued", digits=0)),
    *EVENTS,
    ("pending_at_end", Column("Pending at end", "pending", digits=0)),
    ("queueing_mean_s", Column("Queueing mean, s", "queueing")),
    ("queueing_p50_s", Column("Queueing p50, s", "queueing")),
    ("queueing_p99_s", Column("Queueing p99, s", "queueing")),
    ("bounded_slowdown", Column("Bounded slowdown", "slowdown")),
    ("used_machines", Column("Used machines", "used_machines", digits=1)),
    ("empty_machines_pct", Column("Empty machines, %", "empty_machines")),
)


def _table(found: Workloads, name: str) -> Table:
    rows, baseline = found.rows, found.baseline
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Heuristic", number=False), [row.label for row in rows])
    ]
    for resource in found.resources:
        title = f"{resource_name(resource)} allocated, %"
        columns.append((Column(title, "allocated"), [row.allocated(resource) for row in rows]))
    if baseline is not None:
        title = f"{resource_name(found.resource)} against {baseline.label}, points"
        gains = ["baseline" if row is baseline else found.against(row, baseline)[0] for row in rows]
        columns.insert(2, (Column(title, "difference", signed=True), gains))
    for resource in found.resources:
        title = f"{resource_name(resource)} fragmentation, %"
        columns.append((Column(title, "fragmentation"), [row.frag(resource) for row in rows]))
    for resource in found.resources:
        lost = [row.lost(resource) for row in rows]
        if any(part is not None for part in lost):
            columns.append((Column(f"{resource_name(resource)} lost, %", "lost"), lost))
    columns += [
        (column, [row.count(key) for row in rows])
        for key, column in COUNTED
        if any(row.count(key) is not None for row in rows)
    ]
    columns += [
        (Column("µs a decision", "decision", digits=1), [row.latency() for row in rows]),
        (Column("Ties", "ties", number=False), [row.runs[0].ties for row in rows]),
        (Column("Seeds", "seeds"), [seeds(len(row.runs)) for row in rows]),
    ]
    caption = f"Replay of {trace_title(found.folders[0])}: means over the measured time"
    if any(len(row.runs) > 1 for row in rows):
        caption += ", 95 % interval over seeds in brackets"
    return by_columns(name, caption, columns, first=0)


def _figures(found: Workloads, name: str, palette: Palette) -> list[Figure]:
    styles = palette.styles([row.label for row in found.rows])
    wanted = [
        (f"{name}-allocated-{slug(r)}", f"{resource_name(r)} allocated, %", "allocated_pct", r)
        for r in found.resources
    ]
    wanted.append((f"{name}-pending", "Pending tasks", "pending", found.resource))
    wanted += [
        (f"{name}-fragmentation-{slug(r)}", f"{resource_name(r)} fragmentation, %", "frag_pct", r)
        for r in found.resources
    ]
    figures = [_figure(found, *one, styles) for one in wanted]
    return [figure for figure in figures if figure is not None]


def _figure(
    found: Workloads, name: str, y: str, value: str, resource: str, styles: tuple[Style, ...]
) -> Figure | None:
    import polars as pl

    frames = [
        (row.label, run.seed, _line(run.samples.filter(pl.col("resource") == resource), value))
        for row in found.rows
        for run in row.runs
    ]
    span = max((frame["time_s"].max() or 0.0 for _, _, frame in frames), default=0.0)
    scale, unit = (DAY_S, "d") if float(str(span)) > 3 * DAY_S else (HOUR_S, "h")
    values = [
        {"label": label, "run": f"{label} {seed}", "x": round(x / scale, 4), "y": round(v, 3)}
        for label, seed, frame in frames
        for x, v in _thinned(frame.rows())
    ]
    if not values:
        return None
    thinned = any(frame.height > POINTS for _, _, frame in frames)
    caption = "One line a replay."
    if thinned:
        caption += f" At most {POINTS} samples a line are drawn; the parquet has them all."
    return Figure(
        name,
        f"{y.split(',')[0]} over time",
        f"{trace_title(found.folders[0])}: {y} over time, a line a heuristic; "
        "the table holds the means",
        caption,
        lambda page: lines_chart(values, f"Time, {unit}", y, styles, page),
        styles,
        {"allocated_pct": "allocated", "frag_pct": "fragmentation"}.get(value, value),
    )


def _line(samples: pl.DataFrame, value: str) -> pl.DataFrame:
    return samples.select("time_s", value).drop_nulls().sort("time_s", maintain_order=True)


def _thinned(rows: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    step = max(1, -(-len(rows) // POINTS))
    return rows[::-1][::step][::-1]
