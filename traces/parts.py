"""A task of more of a resource than one machine has, as several tasks of one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from traces.rows import Rows
from traces.schema import exact, whole_units

PARTS_MAX = 10_000


def split(
    rows: Rows, resource: str, most: float, resources: Sequence[str], units: Mapping[str, float]
) -> tuple[Rows, int, int]:
    """Tasks of more than `most` become tasks of `most` and one of the rest.

    rows: finite amounts from 0, with columns id and job. The other amounts are divided in the same
    proportion, in whole units; their sums are kept. Parts are named id/1, id/2 and on. Gives the
    rows, how many tasks were split and how many parts they became.
    """
    count = (pl.col(resource) / most - 1e-9).ceil().clip(1, PARTS_MAX).cast(pl.Int64)
    frame = rows.frame.with_columns(count.alias("parts")).with_row_index("row")
    large = frame.filter(pl.col("parts") > 1)
    if large.is_empty():
        return rows, 0, 0
    index = pl.int_ranges(1, pl.col("parts") + 1).alias("part")
    frame = frame.with_columns(index).explode("part")
    whole = pl.col(resource)
    through = pl.min_horizontal(pl.col("part") * most, whole)
    before = (pl.col("part") - 1) * most
    shares = [
        pl.when(pl.col("parts") > 1)
        .then(
            _up_to(name, units[name], through / whole) - _up_to(name, units[name], before / whole)
        )
        .otherwise(pl.col(name))
        .alias(name)
        for name in resources
        if name != resource
    ]
    part = pl.when(pl.col("parts") > 1).then(
        pl.concat_str("id", pl.lit("/"), pl.col("part").cast(pl.String))
    )
    frame = frame.with_columns(
        part.otherwise(pl.col("id")).alias("id"), (through - before).alias(resource), *shares
    )
    several = rows.picked(frame["row"].cast(pl.Int64)).with_frame(
        frame.drop("row", "part", "parts").with_columns(
            exact(name, units[name]) for name in resources
        )
    )
    return several, large.height, int(large["parts"].sum())


def _up_to(resource: str, unit: float, share: pl.Expr) -> pl.Expr:
    """The amount that a share of a task holds, in whole units rounded down."""
    return (whole_units(resource, unit) * share + 1e-6).floor() * unit
