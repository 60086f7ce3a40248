"""The rows that a comparison's figures and tables are made of: by window, pair, sample, share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from report.comparisons import Comparison, Entry
from report.intervals import Estimate, estimate, nested
from report.phrases import interval_ends

BOUND, LEFT, RECOVERED = "bound to stay", "recoverable, still stranded", "recovered"
STRANDED = "stranded"  # where no bound tells what of it could be recovered
DAY_S, HOUR_S = 86_400.0, 3_600.0


def by_window(found: Comparison, entry: Entry) -> dict[int, Estimate]:
    """Recovered compute in each window: mean over its seeds, with their t-interval."""
    out: dict[int, list[float]] = {}
    for window, _, value in recovered_pairs(found, entry):
        out.setdefault(window, []).append(value)
    return {window: estimate(values) for window, values in sorted(out.items())}


def recovered_pairs(found: Comparison, entry: Entry) -> list[tuple[int, int, float]]:
    """Window, seed and recovered compute of each pair, under the asked tie rule."""
    rows = found.pairs_of(entry, found.resources[0])
    return rows.select("window", "seed", "recovered_pct").sort("window", "seed").rows()


def between(found: Comparison, one: Entry, other: Entry) -> Estimate:
    """One entry's recovered compute less another's, paired, in points.

    Its interval is made as that of a gain over the baseline.
    """
    grid: dict[int, list[float]] = {}
    for ours, theirs in zip(
        recovered_pairs(found, one), recovered_pairs(found, other), strict=True
    ):
        grid.setdefault(ours[0], []).append(ours[2] - theirs[2])
    return nested(list(grid.values()))


def over_time(
    found: Comparison, rows: Sequence[Entry], value: str, resource: str
) -> tuple[list[dict[str, Any]], str]:
    """The k-th sample of every run of some heuristics, as one point: mean and middle half."""
    import polars as pl

    samples = (
        found.folder.frames["samples.parquet"]
        .filter((pl.col("resource") == resource) & pl.col("time_s").is_not_null())
        .select("heuristic", "window", "seed", "time_s", value)
        .drop_nulls()
        .sort("heuristic", "window", "seed", "time_s")
        .with_columns(k=pl.int_range(pl.len()).over("heuristic", "window", "seed"))
        .group_by("heuristic", "k")
        .agg(
            pl.col("time_s").mean(),
            mean=pl.col(value).mean(),
            low=pl.col(value).quantile(0.25, "linear"),
            high=pl.col(value).quantile(0.75, "linear"),
        )
        .sort("heuristic", "k")
    )
    longest = samples["time_s"].max() if samples.height else 0.0
    scale, unit = (DAY_S, "d") if float(str(longest)) > 3 * DAY_S else (HOUR_S, "h")
    by_name = samples.partition_by("heuristic", as_dict=True)
    values = [
        {
            "label": row.heuristic,
            "x": round(point["time_s"] / scale, 3),
            **{end: round(point[end], 4) for end in ("mean", "low", "high")},
        }
        for row in rows
        if (row.heuristic,) in by_name
        for point in by_name[(row.heuristic,)].rows(named=True)
    ]
    return values, unit


def shares(found: Comparison) -> list[dict[str, Any]]:
    """What the baseline strands in parts, a row a heuristic and part, from low to high in %.

    Bound to stay, recoverable and still stranded, recovered; without a bound, the baseline's,
    stranded and recovered. Parts of no size are left out. One that strands more goes beyond.
    """
    base = found.baseline
    left = STRANDED if base.bound is None else LEFT
    out: list[dict[str, Any]] = []
    for row in found.rows:
        stranded = base.stranded - row.recovered.mean
        ends = [0.0, min(base.bound or 0.0, stranded), stranded, max(stranded, base.stranded)]
        for part, low, high in zip((BOUND, left, RECOVERED), ends, ends[1:], strict=False):
            if high > low:
                ends_said = {"low": low, "high": high, "size": high - low}
                rounded = {name: round(value, 4) for name, value in ends_said.items()}
                out.append({"label": row.heuristic, "part": part, **rounded})
    return out


def front(found: Comparison, across: str, up: str) -> list[dict[str, Any]]:
    """What each recovers of two resources, numbered; whether it is on the front of both.

    On the front are rows, baseline included, whose marks leave no doubt and that none such beats.
    """
    points = [(row.resources[across].recovered, row.resources[up].recovered) for row in found.rows]
    fair = [
        (one.mean, other.mean)
        for row, (one, other) in zip(found.rows, points, strict=True)
        if not row.doubtful
    ]
    return [
        {
            "label": f"{i + 1}\N{NO-BREAK SPACE}{row.heuristic}",
            "number": str(i + 1),
            **{f"x{end}": value for end, value in _ends(one).items()},
            **{f"y{end}": value for end, value in _ends(other).items()},
            "hollow": bool(row.marks),
            "front": not row.doubtful
            and not any(_beats(rival, (one.mean, other.mean)) for rival in fair),
        }
        for i, (row, (one, other)) in enumerate(zip(found.rows, points, strict=True))
    ]


def _ends(value: Estimate) -> dict[str, float]:
    ends = interval_ends(value)
    return {"": ends["mean"], "_low": ends["low"], "_high": ends["high"]}


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] >= other[0] and one[1] >= other[1]
