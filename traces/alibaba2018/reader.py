"""The tables of Alibaba's cluster of 2018 in a folder become a trace.

Eight days of about 4,000 machines in `machine_meta`, `container_meta` and `batch_task`, headerless
CSV; seconds, CPU of tasks in 1/100 core. Memory is 0 to 100 of the largest machine, in all tables
alike; a time of 0 is before the span or after it (alibaba/clusterdata, cluster-trace-v2018, issue
58).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

from traces.admit import Label, admit
from traces.alibaba2018 import batch, containers, fleet
from traces.alibaba2018.tables import RESOURCES, UNITS
from traces.errors import TraceError, shown
from traces.gathered import none_left
from traces.places import the_file
from traces.rows import Rows
from traces.trace import Advice, Trace

MACHINES = ("machine_meta.csv", "machine_meta.csv.gz")
CONTAINERS = ("container_meta.csv", "container_meta.csv.gz")
BATCH = ("batch_task.csv", "batch_task.csv.gz")

_TABLES = {"container_meta": CONTAINERS, "batch_task": BATCH}
# Its tasks have run on its machines.
_ADVICE = Advice(order="trace")


def read(*, path: str | PathLike[str] | None = None, hours: float | None = None) -> Trace:
    """Reads machines, containers and batch, or what of them starts in the first `hours`.

    path: the folder of the three tables, or one of them. One of containers and batch may be
    missing. A container is a task; so is each instance of a batch task. Every row of
    container_meta and batch_task is one of a task, or counted in `dropped`. Raises TraceError.
    """
    if hours is not None and not 0 < hours < math.inf:
        raise TraceError(field="trace.hours", found=shown(hours), expected="hours above 0")
    until = math.inf if hours is None else hours * 3600
    meta = the_file("alibaba2018", _folder(path), MACHINES)
    tables = {name: _beside(meta, names) for name, names in _TABLES.items()}
    if not any(tables.values()):
        raise TraceError(
            file=meta.parent,
            found="neither container_meta.csv nor batch_task.csv",
            expected="at least one of them beside machine_meta.csv",
        )
    dropped: Counter[str] = Counter()
    cell = fleet.read(meta, until)
    held, ran = tables["container_meta"], tables["batch_task"]
    there = containers.read(held, cell.machines.frame["id"], until, dropped) if held else None
    come = batch.read(ran, until, dropped) if ran else None
    dropped = +dropped
    said = [*_assumed(tables, hours), *(s for part in (there, come) if part for s in part.assumed)]
    return admit(
        Label(
            "alibaba2018",
            "alibaba2018",
            replayed=tuple(_replayed(cell, there)),
            assumed=(*said, *cell.assumed),
            oversized=True,
            advice=_ADVICE,
            dropped=dict(dropped),
            rows=sum(part.rows for part in (there, come) if part),
        ),
        tasks=_tasks(there, come, meta.parent, dropped),
        machines=cell.machines,
        resources=RESOURCES,
        units=UNITS,
        events=cell.events,
    )


def _folder(path: str | PathLike[str] | None) -> Path | None:
    """The folder; a table in it stands for it."""
    if path is None:
        return None
    return Path(path).parent if Path(path).is_file() else Path(path)


def _beside(meta: Path, names: Sequence[str]) -> Path | None:
    return next((meta.with_name(name) for name in names if meta.with_name(name).exists()), None)


def _tasks(
    there: containers.Containers | None,
    come: batch.Batch | None,
    folder: Path,
    dropped: Counter[str],
) -> Iterator[Rows]:
    count = 0
    if there is not None and not there.tasks.frame.is_empty():
        count += there.tasks.frame.height
        yield there.tasks
    for rows in come.tasks() if come is not None else ():
        count += rows.frame.height
        yield rows
    if not count:
        raise none_left(folder, dropped)


def _replayed(cell: fleet.Fleet, there: containers.Containers | None) -> Iterator[str]:
    yield from ("requests", "machines", "arrival times", "lifetimes", "start population")
    if there is not None and there.tasks.frame["machine"].count():
        yield "placements"
    if not cell.events.frame.is_empty():
        yield "machine events"


def _assumed(tables: dict[str, Path | None], hours: float | None) -> Iterator[str]:
    if hours is not None:
        yield f"only what starts in the first {hours:g} hours is read"
    if tables["container_meta"] is None:
        yield "no container_meta: long-running containers, which share the machines, are left out"
    if tables["batch_task"] is None:
        yield "no batch_task: batch, which shares the machines, is left out"
    yield "memory is in hundredths of the largest machine's"
