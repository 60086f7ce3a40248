"""Long-running containers, from `container_meta`: several rows a container, one a status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.alibaba2018.tables import RESOURCES, UNITS, amount_rules, not_valid, time_rule
from traces.columns import Column
from traces.gathered import gathered, without
from traces.rounded import rounded
from traces.rows import Origin, Rows

CONTAINER_META = (
    *("container_id", "machine_id", "time_stamp", "app_du", "status"),
    *("cpu_request", "cpu_limit", "mem_size"),
)
_COLUMNS = (
    Column("container_id", "text"),
    Column("machine_id", "text", blank=True),
    Column("time_stamp", "number"),
    Column("app_du", "text"),
    Column("status", "text"),
    Column("cpu_request", "number", blank=True),
    Column("mem_size", "number", blank=True),
)
_RULES = (time_rule("time_stamp"), *amount_rules("cpu_request", "mem_size"))
_ORIGINS = {
    "id": Origin("container_id"),
    "job": Origin("app_du"),
    "machine": Origin("machine_id"),
    "submit": Origin("time_stamp"),
    "cpu": Origin("cpu_request", 100),
    "mem": Origin("mem_size"),
}
_STOPPED = "stopped"


@dataclass(frozen=True)
class Containers:
    """Containers as canonical rows, how many rows the table has, and what was not plain."""

    tasks: Rows
    rows: int
    assumed: tuple[str, ...]


def read(path: Path, machines: pl.Series, until: float, dropped: Counter[str]) -> Containers:
    """The containers, each as its first row has it that is not of one stopped.

    machines: the ids that there are. until: those that come from then on, in seconds, are dropped.
    dropped: counts of rows that are no task are added. Raises TraceError.
    """
    rows = gathered(csvfile.batches(path, columns=CONTAINER_META), _COLUMNS, _RULES)
    count = rows.frame.height
    order = rows.frame.with_row_index("row").sort("time_stamp", maintain_order=True)
    order = order.with_columns(
        (pl.col("status").str.to_lowercase() == _STOPPED).alias(_STOPPED),
        (pl.col("status") != pl.col("status").first()).over("container_id").alias("changed"),
    )
    runs = order.filter(~pl.col(_STOPPED))
    first = runs.unique("container_id", keep="first", maintain_order=True).sort("row")
    never = order.join(runs, on="container_id", how="anti").height
    further = count - first.height - never
    changing = int(order.filter("changed")["container_id"].n_unique())
    dropped.update(
        {
            "rows of containers that are stopped throughout": never,
            "further rows of containers": further,
        }
    )
    memory = pl.col("mem_size")
    no_task = {
        "containers that state no request": pl.col("cpu_request").is_null() | memory.is_null(),
        "containers whose memory is not valid (-1 or 101)": not_valid("mem_size"),
        "containers that come after the hours asked for": pl.col("time_stamp") >= until,
    }
    kept = without(rows.picked(first["row"].cast(pl.Int64)), no_task, dropped)
    known = pl.col("machine_id").is_in(machines.implode())
    strange = int(kept.frame.select((~known).fill_null(False).sum()).item())
    tidy, off = rounded(
        kept.frame.select(
            pl.col("container_id").alias("id"),
            pl.col("app_du").alias("job"),
            pl.col("time_stamp").alias("submit"),
            pl.lit(None, pl.Float64).alias("lifetime"),
            (pl.col("cpu_request") / 100).alias("cpu"),
            memory.alias("mem"),
            (pl.col("time_stamp") == 0).alias("alive_at_start"),
            pl.when(known).then("machine_id").alias("machine"),
        ),
        RESOURCES,
        UNITS,
    )
    tasks = Rows(kept.file, kept.first, tidy, origins=_ORIGINS, numbers=kept.every_number())
    return Containers(tasks, count, tuple(_said(tidy.height, changing, strange, off)))


def _said(count: int, changing: int, strange: int, off: int) -> Iterator[str]:
    yield f"containers are there from their first row to the end: {count:,}"
    texts = {
        "containers whose status changes later, which is not followed": changing,
        "containers on machines that are left out": strange,
        "containers whose request was rounded to whole units": off,
    }
    yield from (f"{text}: {number:,}" for text, number in texts.items() if number)
