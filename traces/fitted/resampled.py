"""A trace with its jobs drawn anew, with replacement: what luck alone makes of it.

The bootstrap by clusters (Davison and Hinkley, *Bootstrap Methods and their Application*, 1997,
section 3.8): tasks of one job are alike, so jobs are drawn.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from traces.trace import Trace

_SEEDED = 0xB007


def resampled(trace: Trace, seed: int = 0) -> Trace:
    """As many jobs drawn from the trace's own, at their own times, on the same machines."""
    random = np.random.default_rng([_SEEDED, seed])
    frame = anew(trace.tasks.collect(), random).sort("submit", maintain_order=True)
    number = pl.int_range(pl.len()).cast(pl.String)
    tasks = frame.with_columns(("t" + number).alias("id"))
    return replace(
        trace,
        name=f"{trace.name}_resampled",
        tasks=tasks.lazy(),
        task_count=tasks.height,
        sha256="",
        assumed=(*trace.assumed, "jobs drawn anew from the trace's own"),
    )


def anew(frame: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """The tasks of as many jobs as there are, drawn with replacement and named anew."""
    order = frame["job"].rank("dense").to_numpy().astype(np.int64) - 1
    size = np.bincount(order)
    members = np.argsort(order, kind="stable")
    begins = np.cumsum(size) - size
    drawn = random.integers(size.size, size=size.size)
    of = np.repeat(np.arange(drawn.size), size[drawn])
    ends = np.cumsum(size[drawn])
    within = np.arange(of.size) - np.repeat(ends - size[drawn], size[drawn])
    rows: pl.DataFrame = frame[members[begins[drawn][of] + within]]
    return rows.with_columns(("j" + pl.Series("job", of).cast(pl.String)).alias("job"))
