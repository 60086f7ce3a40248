"""Amounts that are no whole number of units, rounded and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from traces.schema import exact

# Of a unit; amounts off by less are what a decimal became in float64.
_OFF, _OFF_RELATIVE = 1e-6, 2.0**-50


def rounded(
    frame: pl.DataFrame,
    resources: Sequence[str],
    units: Mapping[str, float],
    *,
    down: bool = False,
) -> tuple[pl.DataFrame, int]:
    """The amounts as whole numbers of units, and how many rows had others.

    To the nearest; down: to the one below, so that parts of a whole are together no more than it.
    """
    below = [
        (
            ((pl.col(name) / units[name] * (1 + _OFF_RELATIVE) + _OFF).floor() * units[name])
            if down
            else pl.col(name)
        ).alias(name)
        for name in resources
    ]
    whole = frame.with_columns(below).with_columns(exact(n, units[n]) for n in resources)
    off = [
        (pl.col(name) - whole[name]).abs() > _OFF * units[name] + pl.col(name).abs() * _OFF_RELATIVE
        for name in resources
    ]
    return whole, int(frame.select(pl.any_horizontal(off).fill_null(False).sum()).item())
