"""Saturation experiments told: who allocated most, by how much, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from report.charts import bands_chart, intervals_chart
from report.folder import Folder
from report.palette import Palette
from report.phrases import (
    absolute,
    configuration,
    facts_of_runs,
    interval_ends,
    joined,
    mean_text,
    points_text,
    provenance,
    slug,
    trace_fact,
    trace_title,
    verdict,
)
from report.saturation import Experiment, Row, bands, experiments
from report.section import Draw, Figure, Section
from report.table import Cell, Column, Table, by_columns, decimal, resource_name, seeds

POINTS = 66  # offered ratios kept a line on the page: every second of 1 … 130


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each trace and offered ratio among saturation folders."""
    found = experiments(folders)
    out = []
    for i, experiment in enumerate(found):
        out.append(_section(experiment, f"saturate-{i + 1}" if i else "saturate", palette))
    return out


def overview(folders: Sequence[Folder]) -> Table | None:
    """Traces down, heuristics across, allocated at the end; None under two experiments."""
    found = experiments(folders)
    if len(found) < 2 or len({experiment.resource for experiment in found}) > 1:
        return None
    names = list(dict.fromkeys(row.label for experiment in found for row in experiment.rows))
    resource = resource_name(found[0].resource)
    rows = []
    for experiment in found:
        by_label = {row.label: row.allocated[experiment.resource] for row in experiment.rows}
        title = f"{trace_title(experiment.folders[0])} at {experiment.offered:g} %"
        rows.append((title, *(by_label.get(name) for name in names)))
    return Table(
        "saturate-overview",
        f"{resource} allocated, %, at the largest offered ratio: mean over seeds and 95 % interval",
        (
            Column("Trace and offered load", "offered", number=False),
            *(Column(name, "allocated") for name in names),
        ),
        tuple(rows),
    )


def _section(experiment: Experiment, name: str, palette: Palette) -> Section:
    folder = experiment.folders[0]
    ties = list(dict.fromkeys(row.ties for row in experiment.rows))
    facts = [
        ("Data", trace_fact(folder)),
        ("Offered", f"{experiment.offered:g} % of capacity, no departures"),
        ("Ties", joined(ties)),
        ("Seeds", _seeds_fact(experiment.rows)),
        *facts_of_runs(experiment.folders),
    ]
    return Section(
        name=name,
        kind="saturation experiment",
        title=f"Saturation of {trace_title(folder)}",
        headline=_headline(experiment),
        details=tuple(_details(experiment)),
        facts=tuple(facts),
        provenance=provenance(experiment.folders),
        tables=(_final(experiment, name), *_ways(experiment, name)),
        figures=tuple(_figures(experiment, name, palette)),
        configs=tuple((f.name, configuration(f)) for f in experiment.folders),
        metrics=("interval", "provenance", "baseline"),
    )


def _seeds_fact(rows: Sequence[Row]) -> str:
    counts = sorted({row.seeds for row in rows})
    if counts == [1]:
        return "one seed, so no intervals"
    return ", ".join(map(str, counts)) + " a heuristic"


def _headline(experiment: Experiment) -> str:
    best, baseline = experiment.rows[0], experiment.baseline
    resource = resource_name(experiment.resource)
    if baseline is None:
        mean = decimal(best.allocated[experiment.resource].mean, 2)
        return f"{best.label} allocates {mean} % of {resource}"
    gain, _ = experiment.against(best, baseline, experiment.resource)
    return f"{best.label} allocates {decimal(gain.mean, 2)} points more {resource} than " + (
        baseline.label
    )


def _details(experiment: Experiment) -> list[str]:
    best, baseline, first = experiment.rows[0], experiment.baseline, experiment.resource
    resource = resource_name(first)
    count = len(experiment.rows)
    compared = "one heuristic" if count == 1 else f"{count} heuristics"
    out = [
        f"Compared: {compared}. At {experiment.offered:g} % offered {best.label} holds "
        f"{mean_text(best.allocated[first])} of the fleet's {resource}"
        + (f", {baseline.label} {mean_text(baseline.allocated[first])}." if baseline else ".")
    ]
    if baseline is None:
        return out
    gain, paired = experiment.against(best, baseline, first)
    out.append(verdict(gain, paired))
    runner_up = experiment.rows[1]
    if runner_up is not baseline:
        second, _ = experiment.against(best, runner_up, first)
        out.append(f"The runner-up is {runner_up.label}, {points_text(second)} behind.")
    for other in experiment.resources[1:]:
        change, _ = experiment.against(best, baseline, other)
        word = "more" if change.mean >= 0 else "less"
        out.append(f"{resource_name(other)} allocated: {points_text(absolute(change))} {word}.")
    return out


def _final(experiment: Experiment, name: str) -> Table:
    rows, baseline = experiment.rows, experiment.baseline
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Heuristic", number=False), [row.label for row in rows])
    ]
    for resource in experiment.resources:
        title = f"{resource_name(resource)} allocated, %"
        columns.append((Column(title, "allocated"), [row.allocated[resource] for row in rows]))
    if baseline is not None:
        title = f"{resource_name(experiment.resource)} against {baseline.label}, points"
        gains = [
            "baseline"
            if row is baseline
            else experiment.against(row, baseline, experiment.resource)[0]
            for row in rows
        ]
        columns.insert(2, (Column(title, "difference", signed=True), gains))
    for resource in experiment.resources:
        title = f"{resource_name(resource)} fragmentation, %"
        columns.append((Column(title, "fragmentation"), [row.frag.get(resource) for row in rows]))
    columns += [
        (Column("Placed", "placed", digits=1), [row.placed for row in rows]),
        (Column("Rejected", "rejected", digits=1), [row.rejected for row in rows]),
        (Column("Used machines", "used_machines", digits=1), [row.used_machines for row in rows]),
        (Column("Empty machines, %", "empty_machines"), [row.empty_machines_pct for row in rows]),
        (Column("µs a decision", "decision", digits=1), [row.decision_us for row in rows]),
        (Column("Ties", "ties", number=False), [row.ties for row in rows]),
        (Column("Seeds", "seeds"), [seeds(row.seeds) for row in rows]),
    ]
    caption = (
        f"{trace_title(experiment.folders[0])} at {experiment.offered:g} % offered: mean over "
        "seeds, 95 % interval in brackets"
    )
    return by_columns(f"{name}-final", caption, columns, first=0)


def _ways(experiment: Experiment, name: str) -> list[Table]:
    out = []
    for resource in experiment.resources:
        ratios = sorted(set.intersection(*(set(row.way) for row in experiment.rows)))
        ratios = [r for r in ratios if all(resource in row.way[r] for row in experiment.rows)]
        title = f"{resource_name(resource)} allocated, %, as offered load grows"
        out.append(
            Table(
                f"{name}-way-{slug(resource)}",
                f"{trace_title(experiment.folders[0])}: {title}, mean over seeds and 95 % interval",
                (
                    Column("Heuristic", number=False),
                    *(Column(f"at {ratio:g} %", "offered") for ratio in ratios),
                ),
                tuple(
                    (row.label, *(row.way[ratio][resource] for ratio in ratios))
                    for row in experiment.rows
                ),
                first=0,
            )
        )
    return out


def _figures(experiment: Experiment, name: str, palette: Palette) -> list[Figure]:
    styles = palette.styles([row.label for row in experiment.rows])
    title = trace_title(experiment.folders[0])
    out = []
    for resource in experiment.resources:
        shown = resource_name(resource)
        values = [
            {"label": row.label, **interval_ends(row.allocated[resource])}
            for row in experiment.rows
        ]
        out.append(
            Figure(
                f"{name}-final-{slug(resource)}",
                f"{shown} allocated at {experiment.offered:g} % offered",
                f"{title}: " + _said(experiment.rows, resource),
                "Dot: mean over seeds. Bar: 95 % interval. The axis does not start at zero.",
                _interval_draw(values, f"{shown} allocated, %", styles),
                metric="allocated",
            )
        )
    for value, word in (("allocated_pct", "allocated"), ("frag_pct", "fragmentation")):
        for resource in experiment.resources:
            figure = _curve(experiment, name, resource, value, word, styles)
            if figure is not None:
                out.append(figure)
    return out


def _said(rows: Sequence[Row], resource: str) -> str:
    return "; ".join(f"{row.label} {decimal(row.allocated[resource].mean, 2)} %" for row in rows)


def _interval_draw(values: Sequence[Mapping[str, Any]], axis: str, styles: Any) -> Draw:
    return lambda page: intervals_chart(values, axis, styles, page)


def _curve(
    experiment: Experiment, name: str, resource: str, value: str, word: str, styles: Any
) -> Figure | None:
    frame = bands(experiment.curve, resource, value)
    if frame.height == 0:
        return None
    rows = frame.rows(named=True)
    start = _start(rows) if value == "allocated_pct" else 0.0
    offered = sorted({row["offered_pct"] for row in rows if row["offered_pct"] >= start})
    step = max(1, -(-len(offered) // POINTS))
    kept = set(offered[::-1][::step])
    values = [
        {
            "label": row["label"],
            "x": round(row["offered_pct"], 2),
            **{key: round(row[key], 3) for key in ("mean", "low", "high")},
        }
        for row in rows
        if row["offered_pct"] in kept
    ]
    shown = resource_name(resource)
    caption = "Line: mean over seeds. Band: 95 % interval."
    if start > 0:
        caption += f" Below {start:g} % offered the lines lie on each other and are left out."
    if step > 1:
        caption += f" One offered ratio in {step} is drawn; the parquet has them all."
    return Figure(
        f"{name}-{word}-{slug(resource)}",
        f"{shown} {word} over offered load",
        f"{trace_title(experiment.folders[0])}: {shown} {word} in percent against offered load, "
        "a line a heuristic; the tables hold the numbers",
        caption,
        lambda page: bands_chart(
            values, "Offered load, % of capacity", f"{shown} {word}, %", styles, page
        ),
        styles,
        word,
    )


def _start(rows: Sequence[Mapping[str, float]]) -> float:
    """The offered ratio, a multiple of ten, before which all lines stay within half a point."""
    spread: dict[float, list[float]] = {}
    for row in rows:
        spread.setdefault(row["offered_pct"], []).append(row["mean"])
    apart = [x for x, means in spread.items() if max(means) - min(means) > 0.5]
    if not apart:
        return 0.0
    return max(0.0, (min(apart) // 10) * 10 - 10)
