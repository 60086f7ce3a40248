"""A trace: tasks and machines in one schema, whatever file they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Trace:
    """Tasks and machines of a cell, checked (docs/traces.md has the schema).

    tasks, machines: lazy frames in the canonical schema, in the order of their files.
    resources: names of the resource columns, cpu, mem, gpu first, where they are.
    units: the natural amount that one whole unit of a resource stands for (cores, GiB, devices).
    models: GPU models of the machines, sorted; a model's code is its index.
    sha256: hash of the content (tasks, machines, units, order), the same whatever the file format.
    span_s: from the first submit (0 where all are later) to the last submit or end known, seconds.
    replayed, assumed: what comes from the trace and what was filled in, for a result's provenance.
    ordered: the order of tasks and machines is part of the trace (bin packing).
    unplaceable: how many tasks no machine of a model that they may use can take, even when empty.
    """

    name: str
    format: str
    tasks: pl.LazyFrame
    machines: pl.LazyFrame
    resources: tuple[str, ...]
    units: dict[str, float]
    models: tuple[str, ...]
    sha256: str
    task_count: int
    machine_count: int
    span_s: float
    replayed: tuple[str, ...]
    assumed: tuple[str, ...]
    ordered: bool
    unplaceable: int = 0
