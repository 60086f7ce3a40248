"""The operations of `sim.doors` that a run enters."""

from __future__ import annotations

from sim import layout
from sim.backfilling import lining_up, passing_by
from sim.decide import deciding
from sim.doors import Door
from sim.gangs import seating
from sim.preempt import preempting
from sim.stale import agreeing


def needed(*, stale: bool, preempts: bool, gangs: bool, plans: bool) -> dict[int, Door]:
    """Those of a run, by their place among addresses; others it never enters.

    stale: whether schedulers decide on views of their own; preempts, gangs: whether tasks evict
    others, or start together; plans: whether the queue keeps a reservation.
    """
    doors = {layout.DECIDING: deciding}
    if stale:
        doors |= {layout.AGREEING: agreeing}
    if preempts:
        doors |= {layout.PREEMPTING: preempting}
    if gangs:
        doors |= {layout.SEATING: seating}
    if plans:
        doors |= {layout.LINING_UP: lining_up, layout.PASSING_BY: passing_by}
    return doors
