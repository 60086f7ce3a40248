"""What a run enters, compiled or loaded ahead: before a lock closes, or so that others find it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numba.core import types

from sim import eviction, layout, migration
from sim.advance import tally
from sim.doors import Door
from sim.entries import needed
from sim.handle import Handle
from sim.queues import QUEUES
from sim.workloads import Workload

RUN, NUMBER, AMOUNTS = Handle("run"), types.int64, types.Array(types.float64, 1, "C")
Signatures = dict[Any, tuple[Any, ...]]
OF_CHANGES: Signatures = {
    tally: (RUN, NUMBER),
    eviction.restore: (RUN, NUMBER, AMOUNTS, NUMBER),
    eviction.remove: (RUN, NUMBER),
    eviction.resize: (RUN, NUMBER, AMOUNTS, NUMBER),
    eviction.close: (RUN, NUMBER),
}
"""What Python calls where machines come and go; and where running tasks move:"""
OF_MOVES: Signatures = {
    tally: (RUN, NUMBER),
    migration.drawn: (RUN, NUMBER),
    migration.lift: (RUN, NUMBER),
    migration.settle_down: (RUN,),
}


def load(work: Workload, queue: str) -> None:
    """Load what a workload's run enters."""
    rules = work.rules
    doors = needed(
        stale=bool(rules.stale),
        preempts=rules.preemption is not None,
        gangs=work.population.largest_gang > 1,
        plans=QUEUES[queue].rule == layout.EASY,
    )
    _load(
        doors.values(),
        OF_CHANGES if work.changes is not None else {},
        OF_MOVES if rules.migration is not None else {},
    )


def load_all() -> None:
    """Load what any run enters."""
    doors = needed(stale=True, preempts=True, gangs=True, plans=True)
    _load(doors.values(), OF_CHANGES, OF_MOVES)


def _load(doors: Iterable[Door], *operations: Signatures) -> None:
    for door in doors:
        _ = door.address
    for some in operations:
        for operation, signature in some.items():
            operation.compile(signature)
