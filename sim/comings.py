"""What is done to a cell when machines come, go, close or change their size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim import eviction, layout, outages
from sim.advance import tally
from sim.engine import Engine
from sim.outages import Changes

PRIORITY = np.array([layout.MACHINE_ADDED, *[layout.MACHINE_REMOVED] * 3])
"""When in an instant a kind of change takes place."""
AT_MOST = 4  # changes of a machine itself that one of these is made of


def together(changes: Changes | None) -> Iterator[tuple[int, int, Changes]]:
    """Changes that are made at once, before the queue is served: tick, priority, and which."""
    if changes is None:
        return
    priority = PRIORITY[changes.kind]
    order = np.lexsort((np.arange(len(changes)), priority, changes.tick))
    key = np.column_stack([changes.tick, priority])[order]
    new = np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1
    for some in np.split(order, new) if order.size else ():
        yield int(changes.tick[some[0]]), int(priority[some[0]]), changes.take(some)


def change(engine: Engine, changes: Changes) -> None:
    """Make changes of one instant; the queue is served before anything else happens."""
    at = engine.run.registers.at
    tally(engine.view, int(changes.tick[0]))
    engine.make_queue_room(int(at[layout.LIVE_COUNT]) + 1)
    engine.make_unseen_room(int(at[layout.LIVE_COUNT]) + AT_MOST * len(changes))
    for k, kind in enumerate(changes.kind.tolist()):
        n, total, devices = int(changes.machine[k]), changes.total[k], int(changes.devices[k])
        if kind == outages.ADD:
            eviction.restore(engine.view, n, total, devices)
        elif kind == outages.REMOVE:
            eviction.remove(engine.view, n)
        elif kind == outages.RESIZE:
            eviction.resize(engine.view, n, total, devices)
        else:
            eviction.close(engine.view, n)
    at[layout.SERVE] = 1
