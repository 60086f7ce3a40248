"""The list of machines: CSV of machineId, number of GPUs, single GPU mem, blanks round each.

It says two GPUs of machines on which jobs had eight (issue 8 of the trace's repository), so a
machine has at least what a job had on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from traces import csvfile
from traces.columns import Column, typed
from traces.rows import Origin, Rows, Rule, enforce

NAMES = ("cluster_machine_list", "cluster_machine_list.csv")
_MACHINE, _GPUS, _MEMORY = "machineId", "number of GPUs", "single GPU mem"
_COLUMNS = (
    Column(_MACHINE, "text"),
    Column(_GPUS, "integer"),
    Column(_MEMORY, "text", optional=True, blank=True),
)
_ORIGINS = {"id": Origin(_MACHINE), "gpu": Origin(_GPUS), "model": Origin(_MEMORY)}


def beside(log: Path) -> Path | None:
    """The list that stands beside a log, None without one."""
    there = [log.parent / name for name in NAMES if (log.parent / name).is_file()]
    return there[0] if there else None


def read(table: Path, used: Mapping[str, int]) -> tuple[Rows, int]:
    """The machines, and how many of them have more GPUs than the list says. Raises TraceError.

    used: the most GPUs that a job had on a machine. A GPU's model is its memory, `24GB`.
    """
    rows = csvfile.whole(table)
    names = {name.strip(): name for name in reversed(rows.frame.columns)}
    text = rows.frame.select(pl.col(old).str.strip_chars().alias(new) for new, old in names.items())
    blank_is_null = pl.when(pl.all() != "").then(pl.all())
    read = typed(rows.with_frame(text.select(blank_is_null)), _COLUMNS)
    enforce(read, [Rule(_GPUS, pl.col(_GPUS) < 0, "0 or more")])
    frame = read.frame
    seen = pl.DataFrame(
        {_MACHINE: list(used), "seen": list(used.values())},
        schema={_MACHINE: pl.String, "seen": pl.Int64},
    )
    frame = frame.join(seen, on=_MACHINE, how="left", maintain_order="left")
    more = int(frame.select((pl.col("seen") > pl.col(_GPUS)).sum()).item())
    model = pl.col(_MEMORY) if _MEMORY in frame.columns else pl.lit(None, pl.String)
    tidy = frame.select(
        pl.col(_MACHINE).alias("id"),
        pl.max_horizontal(_GPUS, "seen").cast(pl.Float64).alias("gpu"),
        model.alias("model"),
    )
    return Rows(rows.file, rows.first, tidy, origins=_ORIGINS), more
