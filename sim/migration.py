"""Migration: running tasks that move to where the heuristic would put them now.

As a defragmenter does, within a budget of moves. At even intervals running tasks are drawn by lot,
a few at most; each is thought away from its machine and decided for anew, and the first that the
heuristic puts elsewhere moves. It keeps what it has done, its end and its predicted end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.decide import settle
from sim.errors import SimError
from sim.eviction import forget_end, leave
from sim.occupy import list_running
from sim.placing import begin, want
from sim.state import Run
from sim.ties import lot

TICKS_AN_HOUR = 3_600_000
MOST_AN_HOUR = 3_600_000.0
KEY = 0x3160


@dataclass(frozen=True)
class Migration:
    """A budget. moves_per_hour; looks: how many tasks are drawn at most before one moves."""

    moves_per_hour: float
    looks: int = 8

    def check(self) -> None:
        """Raise SimError for what can't be."""
        if not 0 < self.moves_per_hour <= MOST_AN_HOUR:
            found = self.moves_per_hour
            raise SimError(f"migration.moves_per_hour={found}: expected above 0, at most 3.6e6")
        if not 1 <= self.looks <= 1000:
            raise SimError(f"migration.looks={self.looks}: expected 1 to 1000")

    def ticks(self, until: int) -> list[int]:
        """When one may move, up to a tick."""
        step = TICKS_AN_HOUR / self.moves_per_hour
        return [round(k * step) for k in range(1, int(until / step) + 1)]


@compiled
def drawn(run: Run, turn: int) -> int:
    """The live slot of a running task by lot, of all in the order of their numbers; −1 of none."""
    count = run.registers.at[layout.LIVE_COUNT]
    if count == 0:
        return -1
    slots = np.empty(count, np.int64)
    list_running(run.cell, run.live, slots)
    order = np.argsort(run.live.number[slots])
    seed = run.scorer.flags[st.SEED]
    return slots[order[int(lot(seed, KEY + turn) % np.uint64(count))]]


@compiled
def lift(run: Run, i: int) -> None:
    """Take a running task off its machine, as the current one, with what is left of its life."""
    at, live, plan = run.registers.at, run.live, run.plan
    task, now = run.flow.current, run.registers.at[layout.CLOCK]
    plan.lifted[:] = live.task[i]
    plan.lifted_from[0], plan.lifted_from[1] = live.machine[i], live.slot[i]
    plan.lifted_from[2] = live.started[i]
    task[:] = live.task[i]
    if task[layout.LIFE] < layout.FOREVER:
        task[layout.LIFE] = live.end[i] - now
        forget_end(live, run.registers, i)
    if live.predicted[i] < layout.FOREVER:
        task[layout.PREDICTED] = max(live.predicted[i] - now, 0)
    if live.planned[i] < layout.FOREVER:
        task[layout.PLANNED] = max(live.planned[i] - now, 1)
    leave(run, i)
    at[layout.LIFTED] = 1


@compiled
def settle_down(run: Run) -> int:
    """Decide for the lifted task: 1 it moved, 0 it stays, or an answer for Python − 10."""
    at, plan = run.registers.at, run.plan
    answer = want(run)
    if answer != layout.DONE and answer != layout.GROW_QUEUE:
        return -10 - answer
    machine = settle(run)
    if machine <= -10:
        return machine
    if machine < 0:  # its own takes nobody any more
        machine = plan.lifted_from[0]
        at[layout.DECIDED_SLOT] = plan.lifted_from[1]
    i = at[layout.LIVE_FREE]
    begin(run, machine)
    run.live.task[i] = plan.lifted
    run.live.started[i] = plan.lifted_from[2]
    at[layout.LIFTED] = 0
    moved = int(machine != plan.lifted_from[0])
    at[layout.MOVED] += moved
    return moved
