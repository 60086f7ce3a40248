"""Machines, and how their sizes change, from `machine_meta`: several rows a machine over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.alibaba2018.tables import RESOURCES, amount_rules, not_valid, time_rule
from traces.columns import Column
from traces.errors import TraceError
from traces.gathered import gathered
from traces.rows import Origin, Rows

MACHINE_META = (
    *("machine_id", "time_stamp", "failure_domain_1", "failure_domain_2"),
    *("cpu_num", "mem_size", "status"),
)
_COLUMNS = (
    Column("machine_id", "text"),
    Column("time_stamp", "number"),
    Column("failure_domain_2", "text", blank=True),
    Column("cpu_num", "number", blank=True),
    Column("mem_size", "number", blank=True),
    Column("status", "text", blank=True),
)
_RULES = (time_rule("time_stamp"), *amount_rules("cpu_num", "mem_size"))
_ORIGINS = {
    "id": Origin("machine_id"),
    "machine": Origin("machine_id"),
    "time": Origin("time_stamp"),
    "cpu": Origin("cpu_num"),
    "mem": Origin("mem_size"),
    "rack": Origin("failure_domain_2"),
}
_USED = "USING"


@dataclass(frozen=True)
class Fleet:
    """Machines as canonical rows, their changes of size likewise, and what was not plain."""

    machines: Rows
    events: Rows
    assumed: tuple[str, ...]


def read(path: Path, until: float) -> Fleet:
    """The machines; one is of the size that is told of it first. Raises TraceError.

    until: changes from then on, in seconds, are left out.
    """
    rows = gathered(csvfile.batches(path, columns=MACHINE_META), _COLUMNS, _RULES)
    told = rows.frame.select(
        pl.int_range(pl.len()).alias("row"),
        pl.col("machine_id").alias("id"),
        pl.col("time_stamp").alias("time"),
        pl.col("cpu_num").alias("cpu"),
        pl.when(~not_valid("mem_size")).then(pl.col("mem_size")).alias("mem"),
        pl.col("failure_domain_2").alias("rack"),
    )
    stated = told.drop_nulls(RESOURCES).sort("time", maintain_order=True)
    first = stated.unique("id", keep="first", maintain_order=True).sort("row")
    if first.is_empty():
        raise TraceError(
            file=path, found="no machine whose size is stated", expected="at least one"
        )
    previous = (pl.col(n) != pl.col(n).shift().over("id") for n in RESOURCES)
    changes = stated.filter(pl.any_horizontal(previous).fill_null(False))
    # A time of 0 may be after the span.
    happened = changes.filter((pl.col("time") > 0) & (pl.col("time") < until))
    counts = {
        "left out since no size is stated": told["id"].n_unique() - first.height,
        "first told of after the start, which are there from it": int((first["time"] > 0).sum()),
    }
    others = rows.frame.height - first.height - happened.height
    statuses = int((rows.frame["status"].fill_null("") != _USED).sum())
    return Fleet(
        _of(rows, first, first.select("id", *RESOURCES, "rack")),
        _of(
            rows,
            happened,
            happened.select(
                "time",
                pl.col("id").alias("machine"),
                pl.lit("update").alias("kind"),
                *RESOURCES,
            ),
        ),
        tuple(_said(counts, others, statuses)),
    )


def _of(rows: Rows, chosen: pl.DataFrame, frame: pl.DataFrame) -> Rows:
    numbers = rows.every_number()[chosen["row"].to_numpy()]
    return Rows(rows.file, rows.first, frame, origins=_ORIGINS, numbers=numbers)


def _said(counts: dict[str, int], others: int, statuses: int) -> Iterator[str]:
    yield from (f"machines {what}: {count:,}" for what, count in counts.items() if count)
    if others:
        yield f"further rows of machine_meta that change no size: {others:,}"
    if statuses:
        yield f"rows of machine_meta of another status than {_USED}, not followed: {statuses:,}"
