"""The parts of a Google trace put together: tasks, machines, events, classes, what is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from traces.admit import Label, admit
from traces.borg.constraints import Constraints, place
from traces.borg.fleet import Fleet
from traces.borg.kept import RESOURCES, rows
from traces.errors import TraceError
from traces.trace import Advice, Trace

# Its tasks have run on its machines, and most that matter were there from the start.
_ADVICE = Advice(order="trace")
_TOLD = {
    "unsubmitted": "runs without a submit of their own, which arrive when they are first seen",
    "cut": "runs without an end, which end where they are submitted again",
    "changed": "runs whose request changed, of which the first stands",
    "waiting": "tasks that still wait at the end, how long they would run not known",
    "running": "tasks that still run at the end",
    "rounded": "requests rounded to whole units",
}


def admitted(
    name: str,
    folder: Path,
    *,
    tasks: pl.DataFrame,
    fleet: Fleet,
    constraints: Constraints,
    attributes: pl.DataFrame | None,
    told: Mapping[str, int],
    assumed: Sequence[str],
    dropped: Counter[str],
    units: Mapping[str, float],
) -> Trace:
    """The trace of tasks (as `Kept` gives them, with `set`) on a fleet. Raises TraceError.

    told: counts by the names of _TOLD; assumed: what else; dropped: events that are no task.
    """
    if tasks.is_empty():
        raise TraceError(
            file=folder, found="no task that runs or waits in the window", expected="at least one"
        )
    known = pl.col("machine").is_in(fleet.machines["machine"].implode())
    strange = tasks.select((pl.col("machine").is_not_null() & ~known).sum()).item()
    sets = dict(tasks["set"].value_counts().iter_rows())
    placing = place(fleet.machines, sets, constraints, attributes)
    models = pl.col("set").replace_strict(dict(placing.of), default=None, return_dtype=pl.String)
    tasks = tasks.with_columns(pl.when(known).then("machine").alias("machine"))
    said = [
        "a task is a run, job-index-n: it arrives when submitted, and lives from its schedule to "
        "its end",
        *_counted(told),
        *assumed,
        *fleet.assumed,
        *placing.assumed,
        *([f"tasks that ran on machines that are left out: {strange:,}"] if strange else []),
    ]
    replayed = (
        *("requests", "machines", "arrival times", "lifetimes", "start population", "placements"),
        *(["constraints"] if placing.of else []),
        *([] if fleet.events.is_empty() else ["machine events"]),
    )
    dropped = +dropped
    count = tasks.height
    return admit(
        Label(
            name,
            name,
            replayed=replayed,
            assumed=tuple(said),
            oversized=True,
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=count + dropped.total(),
        ),
        tasks=rows(tasks.with_columns(models.alias("models")).drop("set"), str(folder)),
        machines=fleet.rows(placing.models),
        resources=RESOURCES,
        units=units,
        events=fleet.happened(),
    )


def _counted(told: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{text}: {told[name]:,}" for name, text in _TOLD.items() if told.get(name))
