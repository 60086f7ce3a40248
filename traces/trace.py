"""A trace: tasks and machines in one schema, whatever file they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from traces.sheet import Sheet, Shows, span

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Advice:
    """How a trace is replayed where nothing else is asked for.

    order: "trace" replays its own tasks at their own times; None is as `ordered` says, else drawn.
    weights: what the fleet is sold by; {} is cpu, mem, gpu alike, of those it has.
    lifetimes: drawn "joint" with the shape or "independent" of it; lifetime_cap_h: the longest.
    together: tasks of a job are a deployment: drawn and started together.
    history_h: the least history before a window, hours.
    """

    order: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    lifetimes: str = "joint"
    lifetime_cap_h: float | None = None
    together: bool = False
    history_h: float = 0.0


@dataclass(frozen=True, repr=False)
class Trace(Shows):
    """Tasks and machines of a cell, checked (docs/traces.md has the schema).

    tasks, machines: lazy frames in the canonical schema, in the order of their files.
    resources: names of the resource columns, cpu, mem, gpu first, where they are.
    units: the natural amount that one whole unit of a resource stands for (cores, GiB, devices).
    models: GPU models of the machines, sorted; a model's code is its index.
        A trace without machines is given a cell by `furnish`.
    sha256: hash of the content (tasks, machines, units, order), the same whatever the file format.
    span_s: from the first submit (0 where all are later) to the last submit or end known, seconds.
    replayed, assumed: what comes from the trace and what was filled in, for a result's provenance.
    ordered: the order of tasks and machines is part of the trace (bin packing).
    unplaceable: how many tasks no machine of a model that they may use can take, even when empty.
    advice: how it is replayed where nothing else is asked for.
    snapshot: one moment's population: no task has an end, and -`submit` is its age.
    recorded: some task's `machine` names the machine that it ran on.
    events: what became of machines, by time: `add`, `remove`, `update` with amounts. One whose
        first event is `add` is not there before it; all others are from the start. None: no event.
    dropped: rows of the table of tasks that are no task, by reason; rows: how many it has, where
        that is not the tasks and the dropped ones together (0).
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
    advice: Advice = field(default_factory=Advice)
    snapshot: bool = False
    recorded: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    events: pl.DataFrame | None = None

    def sheet(self) -> Sheet:
        """How much there is and where it comes from; none of its tables is read."""
        return Sheet.of_facts(
            f"Trace {self.name}: {self.machine_count:,} machines, {self.task_count:,} tasks"
            + (f" over {span(self.span_s)}" if self.span_s > 0 else ", one moment"),
            {
                "Format": self.format,
                "Resources": ", ".join(self.resources),
                "GPU models": ", ".join(self.models),
                "Replayed": ", ".join(self.replayed),
                "Assumed": ", ".join(self.assumed),
                "Dropped rows": ", ".join(f"{n:,} {why}" for why, n in self.dropped.items()),
                "Tasks no machine can take": self.unplaceable or None,
                "Content": self.sha256[:12],
            },
        )
