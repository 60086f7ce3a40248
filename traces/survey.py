"""What is in a trace: the figures and warnings that a person looks at before trusting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from traces.offered import Offered, offered
from traces.trace import Trace
from traces.verdict import Verdict, judge

_OPTIONAL = ("lifetime", "models", "max_per_machine", "machine")


@dataclass(frozen=True)
class Survey:
    """Figures of a trace.

    totals, requested: the machines' and the tasks' sums a resource, in natural amounts.
    largest_machine, largest_request: the maximum a resource.
    machines_by_model: machines a GPU model, the most first; '' stands for none.
    shapes: distinct pairs of request and GPU models; machine_types likewise.
    offered_pct: what tasks ask for over the span, of what the machines have, in percent a resource;
    a task without a lifetime stays to the span's end. None where no lifetime or no span is known.
    rows, dropped: rows of the table of tasks, and of these the ones that are no task, by reason.
    offered: amounts held over the span; peak_pct: the peak of what the machines have, in percent.
    running, held_pct: of a snapshot, tasks that run and what they hold of the machines.
    unknown: columns of tasks that hold nothing; missing: in words, what would be good to know.
    warnings: sentences. verdict: whether a replay is meaningful.
    """

    name: str
    format: str
    sha256: str
    tasks: int
    machines: int
    jobs: int
    span_s: float
    totals: Mapping[str, float]
    requested: Mapping[str, float]
    largest_machine: Mapping[str, float]
    largest_request: Mapping[str, float]
    units: Mapping[str, float]
    machines_by_model: Mapping[str, int]
    machine_types: int
    shapes: int
    offered_pct: Mapping[str, float] | None
    alive_at_start: int
    lifetimes_unknown: int
    unplaceable: int
    unknown: tuple[str, ...]
    rows: int
    dropped: Mapping[str, int]
    offered: Offered | None
    peak_pct: Mapping[str, float] | None
    running: int
    held_pct: Mapping[str, float] | None
    missing: tuple[str, ...]
    replayed: tuple[str, ...]
    assumed: tuple[str, ...]
    warnings: tuple[str, ...]
    verdict: Verdict


def check(trace: Trace) -> Survey:
    """Surveys a trace; its tasks are streamed, never held."""
    resources = list(trace.resources)
    machines = trace.machines.collect()
    tasks = _tasks(trace, resources)
    totals = _by_resource(machines.select(pl.col(resources).sum()).row(0), resources)
    over_time = offered(trace) if tasks["lifetimes"] > 0 else None
    mean = {name: tasks[f"offered {name}"] / max(trace.span_s, 1e-9) for name in resources}
    known = over_time is not None and trace.machine_count > 0
    now = {name: tasks[f"running {name}"] for name in resources}
    models = machines["model"].fill_null("").value_counts(sort=True)
    made = Survey(
        name=trace.name,
        format=trace.format,
        sha256=trace.sha256,
        tasks=trace.task_count,
        machines=trace.machine_count,
        jobs=_jobs(trace),
        span_s=trace.span_s,
        totals=totals,
        requested={name: round(tasks[f"sum {name}"], 6) for name in resources},
        largest_machine=_by_resource(
            machines.select(pl.col(resources).max().fill_null(0.0)).row(0), resources
        ),
        largest_request={name: tasks[f"max {name}"] for name in resources},
        units=trace.units,
        machines_by_model=dict(models.iter_rows()),
        machine_types=machines.select("model", *resources).n_unique(),
        shapes=_shapes(trace, resources),
        offered_pct=_pct(mean, totals) if known else None,
        alive_at_start=int(tasks["alive"]),
        lifetimes_unknown=trace.task_count - int(tasks["lifetimes"]),
        unplaceable=trace.unplaceable,
        unknown=tuple(name for name in _OPTIONAL if not tasks[f"known {name}"]),
        rows=trace.rows or trace.task_count + sum(trace.dropped.values()),
        dropped=trace.dropped,
        offered=over_time,
        peak_pct=_pct(over_time.peak, totals) if known and over_time else None,
        running=int(tasks["running"]),
        held_pct=_pct(now, totals) if trace.snapshot and trace.machine_count else None,
        missing=_missing(trace, tasks),
        replayed=trace.replayed,
        assumed=trace.assumed,
        warnings=_warnings(trace, tasks, resources),
        verdict=Verdict(False, "", (), ()),
    )
    return replace(made, verdict=judge(trace, made))


def _pct(amounts: Mapping[str, float], totals: Mapping[str, float]) -> dict[str, float]:
    """Amounts of what the machines have, in percent, where they have any."""
    return {name: 100 * amounts[name] / totals[name] for name in amounts if totals[name] > 0}


def _tasks(trace: Trace, resources: list[str]) -> dict[str, float]:
    """Counts and sums over the tasks."""
    start = pl.col("submit").filter(~pl.col("alive_at_start")).min().fill_null(0.0)
    until = pl.min_horizontal(pl.col("submit") + pl.col("lifetime"), start + trace.span_s)
    held = (until - pl.max_horizontal("submit", start)).clip(lower_bound=0)
    running = pl.col("alive_at_start") & (pl.col("machine").is_not_null() | (not trace.recorded))
    figures = [
        pl.col("alive_at_start").sum().alias("alive"),
        running.sum().alias("running"),
        pl.col(resources).filter(running).sum().name.prefix("running "),
        (pl.col("priority").min() == pl.col("priority").max()).alias("one priority"),
        (pl.col("job") == pl.col("id")).all().alias("alone"),
        pl.col("lifetime").count().alias("lifetimes"),
        (pl.col("lifetime") == 0).sum().alias("no lifetime"),
        pl.all_horizontal(pl.col(resources) == 0).sum().alias("nothing"),
        *(pl.col(name).count().alias(f"known {name}") for name in _OPTIONAL),
        pl.col(resources).sum().name.prefix("sum "),
        pl.col(resources).max().name.prefix("max "),
        (pl.col(resources) == 0).sum().name.prefix("zero "),
        (pl.col(resources) * held).sum().name.prefix("offered "),
    ]
    return trace.tasks.select(figures).collect(engine="streaming").row(0, named=True)


def _jobs(trace: Trace) -> int:
    """Distinct jobs, by hash: millions of names need not be held."""
    hashes = trace.tasks.select(pl.col("job").hash()).collect(engine="streaming")["job"].to_numpy()
    ordered = np.sort(hashes)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1


def _shapes(trace: Trace, resources: list[str]) -> int:
    shapes = trace.tasks.select("models", *resources).unique().select(pl.len())
    return int(shapes.collect(engine="streaming").item())


def _missing(trace: Trace, tasks: Mapping[str, float]) -> tuple[str, ...]:
    """What would be good to know and the trace does not say; of packing in order nothing is."""
    if trace.ordered:
        return ()
    unknown = trace.task_count - int(tasks["lifetimes"])
    counted = f"{unknown:,} task" + ("" if unknown == 1 else "s")
    share = f"{counted} ({100 * unknown / trace.task_count:.1f} %)"
    ends = "all tasks" if unknown == trace.task_count else share
    said = [
        (trace.machine_count == 0, "machines"),
        ("arrival times" not in trace.replayed and not trace.snapshot, "arrival times"),
        (unknown > 0, f"lifetimes of {ends}"),
        (not trace.recorded, "where tasks ran"),
        ("gpu" in trace.resources and not trace.models, "GPU models"),
        (bool(tasks["alone"]), "jobs: each task is one of its own"),
        (bool(tasks["one priority"]), "priorities: all are the same"),
    ]
    return tuple(word for lacks, word in said if lacks)


def _warnings(trace: Trace, tasks: Mapping[str, float], resources: list[str]) -> tuple[str, ...]:
    counted = [
        (tasks["no lifetime"], "lives 0 s (counts as 1 ms)", "live 0 s (count as 1 ms)"),
        (tasks["nothing"], "asks for nothing at all", "ask for nothing at all"),
        *(
            (tasks[f"zero {name}"], f"asks for 0 {name}", f"ask for 0 {name}")
            for name in resources
            if name in ("cpu", "mem") and tasks[f"max {name}"] > 0
        ),
        (
            trace.unplaceable,
            "fits no machine that it may use, even an empty one",
            "fit no machine that they may use, even an empty one",
        ),
    ]
    said = [
        f"{int(count)} task{'' if count == 1 else 's'} {one if count == 1 else many}"
        for count, one, many in counted
        if count
    ]
    never = [name for name in resources if tasks[f"max {name}"] == 0]
    return (*said, *(f"no task asks for {name}" for name in never))


def _by_resource(values: tuple[float, ...], resources: list[str]) -> dict[str, float]:
    return dict(zip(resources, values, strict=True))
