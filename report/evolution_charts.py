"""The charts of a search, as Vega-Lite: its growth, and its archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from report.charts import Values, data, finished
from report.palette import Style


def search_chart(
    best: Values,
    end: Mapping[str, Any],
    tried: Values,
    x: str,
    y: str,
    styles: Sequence[Style],
    page: bool,
) -> Mapping[str, Any]:
    """The best score so far as a step line over the scores of the candidates.

    Rows of x, y, operator and outcome; `end` is where the line ends.
    """
    import altair as alt

    line_style, dot_style = styles
    tooltip = [
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("y:Q", title=y, format=".3f"),
        alt.Tooltip("operator:N", title="Operator"),
        alt.Tooltip("outcome:N", title="Outcome"),
    ]
    scale = alt.Scale(zero=False)
    dots = (
        alt.Chart(data(tried))
        .mark_circle(size=16, opacity=0.45, color=dot_style.colour)
        .encode(
            x=alt.X("x:Q", title=x),
            y=alt.Y("y:Q", title=y, scale=scale),
            tooltip=tooltip,
        )
    )
    line = (
        alt.Chart(data([*best, end]))
        .mark_line(interpolate="step-after", strokeWidth=2.2, color=line_style.colour)
        .encode(x="x:Q", y=alt.Y("y:Q", scale=scale))
    )
    steps = (
        alt.Chart(data(best))
        .mark_circle(size=50, opacity=1, color=line_style.colour)
        .encode(x="x:Q", y=alt.Y("y:Q", scale=scale), tooltip=tooltip)
    )
    return finished(alt.layer(dots, line, steps), page)


def cells_chart(
    values: Values,
    titles: Sequence[str],
    domains: Sequence[tuple[float, float]],
    page: bool,
) -> Mapping[str, Any]:
    """Squares in the plane of two measures, coloured by `shade`, the champion's ringed.

    Rows of x, x2, y, y2, shade, score, candidate, operator, champion.
    """
    import altair as alt

    across, up = (alt.Scale(domain=list(domain), nice=False) for domain in domains)
    base = alt.Chart(data(values)).encode(
        x=alt.X("x:Q", title=titles[0], scale=across),
        x2="x2:Q",
        y=alt.Y("y:Q", title=titles[1], scale=up),
        y2="y2:Q",
        tooltip=[
            alt.Tooltip("score:Q", title="Score", format=".3f"),
            alt.Tooltip("candidate:Q", title="Candidate"),
            alt.Tooltip("operator:N", title="Operator"),
        ],
    )
    legend = alt.Legend(title="Score", orient="top", gradientLength=200)
    squares = base.mark_rect(stroke="#888888", strokeWidth=0.5).encode(
        color=alt.Color("shade:Q", scale=alt.Scale(scheme="viridis"), legend=legend)
    )
    ring = base.transform_filter("datum.champion").mark_rect(
        fillOpacity=0, stroke="#D55E00", strokeWidth=3
    )
    return finished(alt.layer(squares, ring), page)
