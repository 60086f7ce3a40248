"""The charts, as Vega-Lite: one size-free form for the page and one with a legend for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from report.palette import Style
from report.table import decimal

WIDTH, HEIGHT = 560, 320
Values = Sequence[Mapping[str, Any]]


def bands_chart(
    values: Values, x: str, y: str, styles: Sequence[Style], page: bool
) -> Mapping[str, Any]:
    """Lines with bands: rows of label, x, mean, low, high."""
    import altair as alt

    base = alt.Chart(data(values)).encode(
        x=alt.X("x:Q", title=x, scale=alt.Scale(zero=False, nice=False)),
        color=colour_of("label:N", styles, page),
    )
    band = base.mark_area(opacity=0.2).encode(
        y=alt.Y("low:Q", title=y, scale=alt.Scale(zero=False)), y2="high:Q"
    )
    tooltip = [
        alt.Tooltip("label:N", title="Heuristic"),
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("mean:Q", title=y, format=".2f"),
        alt.Tooltip("low:Q", title="from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
    ]
    line = base.mark_line(strokeWidth=1.8).encode(y="mean:Q", strokeDash=dash_of(styles, page))
    points = base.mark_point(opacity=0, size=90, filled=True).encode(y="mean:Q", tooltip=tooltip)
    return finished(alt.layer(band, line, points), page)


def lines_chart(
    values: Values,
    x: str,
    y: str,
    styles: Sequence[Style],
    page: bool,
    whole: bool = False,
) -> Mapping[str, Any]:
    """Lines: rows of label, run (one line each), x, y. whole: x is counted."""
    import altair as alt

    ticks = alt.Axis(tickMinStep=1, format=",d") if whole else alt.Axis()
    base = alt.Chart(data(values)).encode(
        x=alt.X("x:Q", title=x, scale=alt.Scale(zero=False, nice=False), axis=ticks),
        y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=False)),
        color=colour_of("label:N", styles, page),
        detail="run:N",
    )
    line = base.mark_line(strokeWidth=1.6).encode(strokeDash=dash_of(styles, page))
    tooltip = [
        alt.Tooltip("label:N", title="Series"),
        alt.Tooltip("x:Q", title=x, format=",d" if whole else ".2f"),
        alt.Tooltip("y:Q", title=y, format=".2f"),
    ]
    points = base.mark_point(opacity=0, size=90, filled=True).encode(tooltip=tooltip)
    return finished(alt.layer(line, points), page)


def intervals_chart(
    values: Values,
    x: str,
    styles: Sequence[Style],
    page: bool,
    zero: bool = False,
    limit: float | None = None,
) -> Mapping[str, Any]:
    """Dots with intervals, one row each in the order given: rows of label, mean, low, high.

    Rows with `hollow` are drawn as rings. `zero` draws a line at zero, which differences are read
    against, `limit` a red one.
    """
    import altair as alt

    order = [row["label"] for row in values]
    colours = {style.label: style.colour for style in styles}
    marked = [{**row, "said": _said(row, zero)} for row in values]
    domain = [min(row["low"] for row in values), max(row["high"] for row in values)]
    if zero:
        domain = [min(domain[0], 0.0), max(domain[1], 0.0)]
    if limit is not None:
        domain = [min(domain[0], limit), max(domain[1], limit)]
    room = (domain[1] - domain[0]) * 0.06 or 1.0
    scale = alt.Scale(domain=[round(domain[0] - room, 3), round(domain[1] + room, 3)], nice=True)
    inks = alt.Scale(domain=order, range=[colours.get(label, "#0072B2") for label in order])
    base = alt.Chart(data(marked)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(grid=True)),
        color=alt.Color("label:N", scale=inks, legend=None),
        tooltip=[
            alt.Tooltip("label:N", title="Row"),
            alt.Tooltip("mean:Q", title=x, format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    bar = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title=x, scale=scale, axis=alt.Axis(tickCount=5)), x2="high:Q"
    )
    dot = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        x="mean:Q",
        fill=alt.Fill("label:N", scale=inks, legend=None),
        fillOpacity=alt.condition("datum.hollow", alt.value(0), alt.value(1)),
    )
    said = base.mark_text(dy=-10, fontSize=11).encode(
        x="mean:Q", text="said:N", color=alt.ColorValue("#333333")
    )
    layers: list[Any] = [bar, dot, said]
    if zero:
        rule = alt.Chart(data([{"x": 0}])).mark_rule(strokeDash=[3, 3], color="#7F7F7F")
        layers.insert(0, rule.encode(x=alt.X("x:Q", title=x, scale=scale)))
    if limit is not None:
        rule = alt.Chart(data([{"x": limit}])).mark_rule(strokeDash=[6, 3], color="#D55E00")
        layers.insert(0, rule.encode(x=alt.X("x:Q", title=x, scale=scale)))
    return finished(alt.layer(*layers), page, height=max(60, 36 * len(values)))


def _said(row: Mapping[str, Any], signed: bool) -> str:
    return decimal(float(row["mean"]), 2, signed)


def data(values: Values) -> Any:
    """Rows that stand in the chart itself."""
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in values])


def _legend(page: bool) -> Any:
    import altair as alt

    return None if page else alt.Legend(title=None, orient="right", labelLimit=240)


def colour_of(field: str, styles: Sequence[Style], page: bool) -> Any:
    """The colours of these styles by that field; with a legend in files."""
    import altair as alt

    scale = alt.Scale(domain=[s.label for s in styles], range=[s.colour for s in styles])
    return alt.Color(field, scale=scale, legend=_legend(page))


def fill_of(field: str, styles: Sequence[Style]) -> Any:
    """The same for the inside of dots, never with a legend of its own."""
    import altair as alt

    scale = alt.Scale(domain=[s.label for s in styles], range=[s.colour for s in styles])
    return alt.Fill(field, scale=scale, legend=None)


def dash_of(styles: Sequence[Style], page: bool) -> Any:
    """The dashes of these styles by label; with a legend in files."""
    import altair as alt

    scale = alt.Scale(domain=[s.label for s in styles], range=[list(s.dash) for s in styles])
    return alt.StrokeDash("label:N", scale=scale, legend=_legend(page))


def finished(chart: Any, page: bool, height: int = HEIGHT) -> Mapping[str, Any]:
    """The chart's Vega-Lite; the page's takes its width from the page and its inks from CSS."""
    sized = chart.properties(width="container" if page else WIDTH, height=height)
    if page:
        sized = sized.properties(autosize={"type": "fit-x", "contains": "padding"})
    spec: dict[str, Any] = (
        sized.configure(background="transparent" if page else "white")
        .configure_view(stroke=None)
        .configure_axis(
            grid=True,
            gridColor="#DDDDDD",
            labelFlush=False,
            labelOverlap="greedy",
            domainColor="#888888",
            tickColor="#888888",
            labelColor="#333333",
            titleColor="#333333",
            titleFontWeight="normal",
            labelFontSize=12,
            titleFontSize=12,
            labelLimit=150 if page else 240,
        )
        .to_dict()
    )
    return spec
