"""What a trace's own tasks hold over its span, if each had a machine at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from traces.trace import Trace

PARTS = 10
INSTANTS = 1000


@dataclass(frozen=True)
class Offered:
    """Amounts held, natural, a resource.

    tenths: the mean in each tenth of the span. peak: the most at a thousand instants of it, evenly
    apart; peak_s: when that is, seconds from the span's start.
    """

    tenths: Mapping[str, tuple[float, ...]]
    peak: Mapping[str, float]
    peak_s: Mapping[str, float]


def offered(trace: Trace) -> Offered | None:
    """What tasks hold from submit to end, those without a lifetime to the span's end.

    None where the trace has no span. Tasks are streamed, never held.
    """
    if trace.span_s <= 0:
        return None
    start = pl.col("submit").filter(~pl.col("alive_at_start")).min().fill_null(0.0)
    first = float(trace.tasks.select(start).collect(engine="streaming").item())
    begin = pl.max_horizontal(pl.col("submit") - first, 0.0)
    until = pl.min_horizontal(pl.col("submit") + pl.col("lifetime") - first, trace.span_s)
    held = trace.tasks.select(begin.alias("begin"), until.alias("until"), *trace.resources)
    peak, peak_s = _peaks(held, trace)
    return Offered(_tenths(held, trace), peak, peak_s)


def _tenths(held: pl.LazyFrame, trace: Trace) -> dict[str, tuple[float, ...]]:
    long = trace.span_s / PARTS
    within = [
        (pl.min_horizontal("until", (part + 1) * long) - pl.max_horizontal("begin", part * long))
        .clip(lower_bound=0)
        .truediv(long)
        for part in range(PARTS)
    ]
    sums = [
        (pl.col(name) * share).sum().alias(f"{name} {part}")
        for name in trace.resources
        for part, share in enumerate(within)
    ]
    row = held.select(sums).collect(engine="streaming").row(0, named=True)
    return {name: tuple(row[f"{name} {part}"] for part in range(PARTS)) for name in trace.resources}


def _peaks(held: pl.LazyFrame, trace: Trace) -> tuple[dict[str, float], dict[str, float]]:
    resources = list(trace.resources)
    change = np.zeros((INSTANTS + 1, len(resources)))
    for edge, sign in (("begin", 1.0), ("until", -1.0)):
        instant = (pl.col(edge) / trace.span_s * INSTANTS).ceil().clip(0, INSTANTS)
        sums = (
            held.group_by(instant.cast(pl.Int64).alias("instant"))
            .agg(pl.col(resources).sum())
            .collect(engine="streaming")
        )
        np.add.at(change, sums["instant"].to_numpy(), sign * sums.select(resources).to_numpy())
    level = change.cumsum(axis=0)[:INSTANTS]
    where = level.argmax(axis=0)
    seconds = where * (trace.span_s / INSTANTS)
    return (
        dict(zip(resources, level.max(axis=0).tolist(), strict=True)),
        dict(zip(resources, seconds.tolist(), strict=True)),
    )
