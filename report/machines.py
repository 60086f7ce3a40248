"""Machines by what is free on them, and the part of that which the probe leaves: a map each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report.charts import Values, data, finished
from report.comparison_figures import Figures
from report.comparisons import Comparison, Entry
from report.fields import ReportError
from report.phrases import slug
from report.section import Figure
from report.table import decimal, resource_name

if TYPE_CHECKING:
    import polars as pl

BINS = 10  # a side
FILE = "machines.parquet"
INK = "#D55E00"


def maps(figures: Figures) -> list[Figure]:
    """Maps of the baseline's machines and of the first other's; none without their file."""
    found = figures.found
    frame, axes = found.folder.frames.get(FILE), _axes(found)
    if frame is None or axes is None:
        return []
    rows = [found.baseline, *found.candidates[:1]]
    binned = {row.heuristic: _binned(found.folder.path / FILE, frame, row, axes) for row in rows}
    most = max((one["machines"] for values in binned.values() for one in values), default=1)
    return [_map(figures, row, binned[row.heuristic], axes, most) for row in rows]


def _axes(found: Comparison) -> tuple[str, str] | None:
    """The two resources that a map goes by: cores and memory, else the first two."""
    if {"cpu", "mem"} <= {*found.resources}:
        return "cpu", "mem"
    return (found.resources[0], found.resources[1]) if len(found.resources) > 1 else None


def _binned(
    file: Path, frame: pl.DataFrame, row: Entry, axes: tuple[str, str]
) -> list[dict[str, Any]]:
    """A row a square: its sides, machines in it, and what they hold of the fleet."""
    import polars as pl

    own = frame.filter(pl.col("heuristic") == row.heuristic)
    wanted = [f"{kind}_{name}" for kind in ("total", "free", "left") for name in axes]
    if own.is_empty() or any(column not in own.columns for column in wanted):
        return []
    for column in wanted:
        if not (dtype := own.schema[column]).is_numeric():
            raise ReportError(f"{file}: column {column}: found {dtype}, expected numbers")
    for name in axes:
        own = own.filter(pl.col(f"total_{name}") > 0)
    places = [
        (BINS * pl.col(f"free_{name}") / pl.col(f"total_{name}"))
        .floor()
        .clip(0, BINS - 1)
        .cast(pl.Int64)
        .alias(at)
        for at, name in zip(("i", "j"), axes, strict=True)
    ]
    sums = {name: float(own[f"total_{name}"].sum()) for name in axes}
    made = (
        own.with_columns(places)
        .group_by("i", "j")
        .agg(
            pl.len().alias("machines"),
            *(
                (100.0 * pl.col(f"{kind}_{name}").sum() / sums[name]).alias(f"{kind}_{at}")
                for kind in ("free", "left")
                for at, name in zip(("x", "y"), axes, strict=True)
            ),
        )
        .sort("i", "j")
    )
    side = 100.0 / BINS
    return [
        {
            "x": one["i"] * side,
            "x2": (one["i"] + 1) * side,
            "y": one["j"] * side,
            "y2": (one["j"] + 1) * side,
            "xm": (one["i"] + 0.5) * side,
            "ym": (one["j"] + 0.5) * side,
            "machines": one["machines"],
            "left": round((one["left_x"] + one["left_y"]) / 2, 4),
            "left_x": round(one["left_x"], 4),
            "left_y": round(one["left_y"], 4),
        }
        for one in made.to_dicts()
    ]


def _map(figures: Figures, row: Entry, values: Values, axes: tuple[str, str], most: int) -> Figure:
    names = resource_name(axes[0]), resource_name(axes[1])
    full = sum(one["machines"] for one in values if one["x"] == 0 and one["y"] == 0)
    count = sum(one["machines"] for one in values)
    left = [sum(one[f"left_{at}"] for one in values) for at in ("x", "y")]
    return Figure(
        f"{figures.name}-machines-{slug(row.heuristic)}",
        f"Machines under {row.said}, by what is free on them",
        f"{figures.data}: of {count} machines {full} have under a tenth of both free; the probe "
        f"leaves {decimal(left[0], 2)} % of {names[0]} and {decimal(left[1], 2)} % of {names[1]}",
        "At the last probe of the first window and seed. Colour: machines in a square. Circle: by "
        f"its area, the mean of {names[0]} and {names[1]} that is stranded there, of the fleet's.",
        lambda page: machines_chart(values, names, most, page),
        metric="stranded",
    )


def machines_chart(
    values: Values, names: Sequence[str], most: int, page: bool
) -> Mapping[str, Any]:
    """Squares of x, x2, y, y2, machines; in each a circle at xm, ym by what is left."""
    import altair as alt

    scale = alt.Scale(domain=[0, 100], nice=False)
    base = alt.Chart(data(values))
    squares = base.mark_rect(stroke="#888888", strokeWidth=0.3).encode(
        x=alt.X("x:Q", title=f"{names[0]} free, % of the machine", scale=scale),
        x2="x2:Q",
        y=alt.Y("y:Q", title=f"{names[1]} free, % of the machine", scale=scale),
        y2="y2:Q",
        color=alt.Color(
            "machines:Q",
            title="Machines",
            scale=alt.Scale(scheme="blues", type="sqrt", domain=[0, most]),
            legend=alt.Legend(orient="top", gradientLength=160, tickCount=4),
        ),
        tooltip=[
            alt.Tooltip("machines:Q", title="Machines"),
            alt.Tooltip("left_x:Q", title=f"{names[0]} stranded, % of the fleet's", format=".3f"),
            alt.Tooltip("left_y:Q", title=f"{names[1]} stranded, % of the fleet's", format=".3f"),
        ],
    )
    circles = (
        base.transform_filter("datum.left > 0")
        .mark_circle(color=INK, opacity=0.8, stroke="white", strokeWidth=0.8)
        .encode(
            x=alt.X("xm:Q", scale=scale),
            y=alt.Y("ym:Q", scale=scale),
            size=alt.Size("left:Q", scale=alt.Scale(range=[4, 500], domainMin=0), legend=None),
        )
    )
    return finished(alt.layer(squares, circles), page)
