"""The charts of comparisons, as Vega-Lite: grouped intervals, dots, fronts and shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from report.charts import Values, colour_of, dash_of, data, fill_of, finished
from report.comparison_series import BOUND, LEFT, RECOVERED, STRANDED
from report.palette import Style

GREY = "#7F7F7F"
PLACES = ((11, -11), (-11, -11), (11, 13), (-11, 13), (0, -17), (0, 19), (19, 0), (-19, 0))
PARTS = (
    Style(BOUND, GREY, (1, 0)),
    Style(LEFT, "#E69F00", (1, 0)),
    Style(RECOVERED, "#0072B2", (1, 0)),
)
UNBOUND = (Style(STRANDED, "#E69F00", (1, 0)), PARTS[-1])


def groups_chart(
    values: Values, x: str, groups: Sequence[Style], page: bool, labels: Sequence[str]
) -> Mapping[str, Any]:
    """Dots with intervals, a row a label and in it one a group: label, group, mean, low, high.

    Rows with `hollow` are drawn as rings. A line stands at zero.
    """
    import altair as alt

    scale = _scale([row[end] for row in values for end in ("low", "high")] + [0.0])
    names = [style.label for style in groups]
    base = alt.Chart(data(values)).encode(
        y=alt.Y("label:N", sort=list(labels), title=None, axis=alt.Axis(grid=True)),
        yOffset=alt.YOffset("group:N", sort=names, scale=alt.Scale(paddingOuter=0.6)),
        color=colour_of("group:N", groups, page),
        tooltip=[
            alt.Tooltip("label:N", title="Heuristic"),
            alt.Tooltip("group:N", title="Of"),
            alt.Tooltip("mean:Q", title=x, format="+.2f"),
            alt.Tooltip("low:Q", title="from", format="+.2f"),
            alt.Tooltip("high:Q", title="to", format="+.2f"),
        ],
    )
    bar = base.mark_rule(strokeWidth=2.2).encode(
        x=alt.X("low:Q", title=x, scale=scale, axis=alt.Axis(tickCount=5)), x2="high:Q"
    )
    dot = base.mark_point(size=60, strokeWidth=2, opacity=1).encode(
        x="mean:Q",
        fill=fill_of("group:N", groups),
        fillOpacity=alt.condition("datum.hollow", alt.value(0), alt.value(1)),
    )
    rule = _line_at(0.0, alt.X("x:Q", title=x, scale=scale))
    height = len(labels) * (16 * len(groups) + 16)
    return finished(alt.layer(rule, bar, dot), page, height=max(80, height))


def pairs_chart(
    values: Values, x: str, styles: Sequence[Style], page: bool, labels: Sequence[str]
) -> Mapping[str, Any]:
    """A dot a pair in a row a label, a tick at the mean: rows of label, value, seed, mean."""
    import altair as alt

    scale = _scale([row["value"] for row in values] + [0.0])
    base = alt.Chart(data(values)).encode(
        y=alt.Y("label:N", sort=list(labels), title=None, axis=alt.Axis(grid=True)),
        color=colour_of("label:N", styles, True),
    )
    dots = base.mark_circle(size=55, opacity=0.75).encode(
        x=alt.X("value:Q", title=x, scale=scale, axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip("label:N", title="Heuristic"),
            alt.Tooltip("seed:N", title="Seed"),
            alt.Tooltip("value:Q", title=x, format="+.2f"),
        ],
    )
    tick = base.mark_tick(thickness=2.5, size=22, opacity=1).encode(x=alt.X("mean:Q"))
    rule = _line_at(0.0, alt.X("x:Q", title=x, scale=scale))
    return finished(alt.layer(rule, dots, tick), page, height=max(70, 36 * len(labels)))


def windows_chart(
    values: Values, x: str, y: str, styles: Sequence[Style], page: bool
) -> Mapping[str, Any]:
    """A line a label over windows or numbers, in their order, with the interval of each.

    Rows of label, x, mean, low, high.
    """
    import altair as alt

    labels = [style.label for style in styles]
    places = sorted({row["x"] for row in values}, key=lambda at: float(str(at).replace(",", "")))
    base = alt.Chart(data(values)).encode(
        x=alt.X("x:O", title=x, sort=places, axis=alt.Axis(labelAngle=0)),
        color=colour_of("label:N", styles, page),
    )
    offset = alt.XOffset("label:N", sort=labels, scale=alt.Scale(paddingOuter=0.5))
    line = base.mark_line(strokeWidth=1.4, opacity=0.6).encode(
        y=alt.Y("mean:Q", title=y), xOffset=offset, strokeDash=dash_of(styles, page)
    )
    bar = base.mark_rule(strokeWidth=1.6).encode(y=alt.Y("low:Q"), y2="high:Q", xOffset=offset)
    dot = base.mark_circle(size=50, opacity=1).encode(
        y="mean:Q",
        xOffset=offset,
        tooltip=[
            alt.Tooltip("label:N", title="Heuristic"),
            alt.Tooltip("x:O", title=x),
            alt.Tooltip("mean:Q", title=y, format="+.2f"),
            alt.Tooltip("low:Q", title="from", format="+.2f"),
            alt.Tooltip("high:Q", title="to", format="+.2f"),
        ],
    )
    rule = alt.Chart(data([{"y": 0}])).mark_rule(strokeDash=[3, 3], color=GREY).encode(y="y:Q")
    return finished(alt.layer(rule, bar, line, dot), page)


def front_chart(
    values: Values, x: str, y: str, styles: Sequence[Style], page: bool
) -> Mapping[str, Any]:
    """Heuristics by what they recover of two resources, intervals both ways, the front joined.

    Rows of label, number, x, x_low, x_high, y, y_low, y_high, front, hollow; the number stands
    beside its dot.
    """
    import altair as alt

    across = _scale([row[k] for row in values for k in ("x_low", "x_high")] + [0.0])
    up = _scale([row[k] for row in values for k in ("y_low", "y_high")] + [0.0])
    x_axis = alt.X("x:Q", title=x, scale=across, axis=alt.Axis(tickCount=6))
    y_axis = alt.Y("y:Q", title=y, scale=up, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data(values)).encode(color=colour_of("label:N", styles, page))
    level = base.mark_rule(strokeWidth=1.6, opacity=0.7).encode(x="x_low:Q", x2="x_high:Q", y="y:Q")
    plumb = base.mark_rule(strokeWidth=1.6, opacity=0.7).encode(y="y_low:Q", y2="y_high:Q", x="x:Q")
    dot = base.mark_point(size=80, strokeWidth=2, opacity=1).encode(
        x=x_axis,
        y=y_axis,
        fill=fill_of("label:N", styles),
        fillOpacity=alt.condition("datum.hollow", alt.value(0), alt.value(1)),
        tooltip=[
            alt.Tooltip("label:N", title="Heuristic"),
            alt.Tooltip("x:Q", title=x, format="+.2f"),
            alt.Tooltip("y:Q", title=y, format="+.2f"),
        ],
    )
    numbers = [
        alt.Chart(data(rows))
        .mark_text(dx=dx, dy=dy, fontSize=12, fontWeight="bold")
        .encode(x="x:Q", y="y:Q", text="number:N", color=alt.value("#333333"))
        for (dx, dy), rows in _placed(values).items()
    ]
    front = [row for row in values if row["front"]]
    layers: list[Any] = [
        _line_at(0.0, alt.X("x:Q", scale=across)),
        alt.Chart(data([{"y": 0}])).mark_rule(strokeDash=[3, 3], color=GREY).encode(y="y:Q"),
        level,
        plumb,
        dot,
        *numbers,
    ]
    if len(front) > 1:
        line = alt.Chart(data(front)).mark_line(color=GREY, strokeWidth=1.2, strokeDash=[6, 4])
        layers.insert(2, line.encode(x="x:Q", y="y:Q", order="x:Q"))
    return finished(alt.layer(*layers), page, height=340)


def _placed(values: Values) -> dict[tuple[int, int], list[Mapping[str, Any]]]:
    """Where each number stands beside its dot, in pixels: the freest of eight places.

    Judged on a plot of 360 by 290 pixels, the narrowest that it is likely to be drawn on.
    """
    spans = []
    for axis, pixels in (("x", 360.0), ("y", -290.0)):
        ends = [row[f"{axis}{end}"] for row in values for end in ("_low", "_high")] + [0.0]
        spans.append(pixels / ((max(ends) - min(ends)) * 1.12 or 1.0))
    at = [(row["x"] * spans[0], row["y"] * spans[1]) for row in values]
    taken = list(at)
    out: dict[tuple[int, int], list[Mapping[str, Any]]] = {}
    for row, (x, y) in zip(values, at, strict=True):

        def room(place: tuple[int, int], x: float = x, y: float = y) -> float:
            near = [abs(x + place[0] - a) + abs(y + place[1] - b) for a, b in taken]
            return float(min(22.0, *near))

        # The first of those with the most room, so that numbers far from others stand alike.
        best = max(PLACES, key=room)
        taken.append((x + best[0], y + best[1]))
        out.setdefault(best, []).append(row)
    return out


def shares_chart(
    values: Values, x: str, parts: Sequence[Style], page: bool, labels: Sequence[str], rule: float
) -> Mapping[str, Any]:
    """Bars in parts, a row a label: rows of label, part, low, high; a line stands at `rule`."""
    import altair as alt

    bars = (
        alt.Chart(data(values))
        .mark_bar(height=18)
        .encode(
            y=alt.Y("label:N", sort=list(labels), title=None),
            x=alt.X("low:Q", title=x, axis=alt.Axis(tickCount=6), scale=alt.Scale(zero=True)),
            x2="high:Q",
            color=colour_of("part:N", parts, page),
            tooltip=[
                alt.Tooltip("label:N", title="Heuristic"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("size:Q", title="Points", format=".2f"),
            ],
        )
    )
    line = _line_at(rule, alt.X("x:Q", title=x))
    return finished(alt.layer(bars, line), page, height=max(60, 34 * len(labels)))


def _line_at(value: float, x: Any) -> Any:
    import altair as alt

    line = alt.Chart(data([{"x": value}])).mark_rule(strokeDash=[3, 3], color=GREY)
    return line.encode(x=x)


def _scale(values: Sequence[float]) -> Any:
    """A scale that holds these values with some room at both ends."""
    import altair as alt

    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 1.0
    return alt.Scale(domain=[round(low - room, 3), round(high + room, 3)], nice=True)
