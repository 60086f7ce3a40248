"""Gangs: the tasks of a job that start together or not at all (co-scheduling).

Ousterhout, *Scheduling Techniques for Concurrent Systems*, ICDCS 1982; here all that matters of it
is the start. Members stand in a row, in arrivals as in the queue. They are seated one by one as
the heuristic says; where one finds no seat, those before it get up again, as if nothing had been.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import layout
from sim.compiled import compiled
from sim.decide import is_sent, settle
from sim.doors import Door
from sim.errors import SimError
from sim.eviction import forget_end, leave
from sim.handle import run_at
from sim.placing import begin, note, want
from sim.state import Ints, Run

TOPOLOGIES = ("any", "machine", "rack")
LONGEST_H = 1e7
HOUR = 3_600_000  # ticks


@dataclass(frozen=True)
class Gangs:
    """How gangs are placed.

    topology: on `any` machines, all on one `machine`, or all in one `rack`. timeout_h: hours that
    one waits before it is given up, None for ever.
    """

    topology: str = "any"
    timeout_h: float | None = None

    @property
    def patience(self) -> int:
        """How long one waits, ticks."""
        return layout.FOREVER if self.timeout_h is None else round(self.timeout_h * HOUR)

    @property
    def said(self) -> str:
        """What is simulated by it."""
        kept = "" if self.topology == "any" else f", each in one {self.topology}"
        late = "" if self.timeout_h is None else f", given up after {self.timeout_h:g} h"
        return f"gangs that start together{kept}{late}"

    def check(self) -> None:
        """Raise SimError for what can't be."""
        if self.topology not in TOPOLOGIES:
            expected = ", ".join(TOPOLOGIES)
            raise SimError(f"gangs.topology={self.topology}: expected one of {expected}")
        if self.timeout_h is not None and not 0 <= self.timeout_h <= LONGEST_H:
            raise SimError(f"gangs.timeout_h={self.timeout_h}: expected hours from 0 to 1e7")


def marked(rows: Ints, unit: Ints) -> Ints:
    """The rows of tasks, with those in gangs marked: neighbours of one unit, −1 for a task alone.

    A member's `GANG` is how many of its gang come from it on, itself counted in, and its `GANG_OF`
    the number of the first.
    """
    count = unit.size
    first = np.flatnonzero(np.r_[True, (unit[1:] != unit[:-1]) | (unit[1:] < 0)][:count])
    sizes = np.diff(np.r_[first, count])
    ends = np.repeat(first + sizes, sizes)
    rows[layout.GANG] = ends - np.arange(count)
    alone = np.repeat(sizes, sizes) == 1
    rows[layout.GANG_OF] = np.where(alone, -1, rows[layout.NUMBER][np.repeat(first, sizes)])
    return rows


@compiled
def expired(run: Run, size: int) -> bool:
    """Whether the gang at the queue's place that is read has waited too long."""
    at = run.registers.at
    waited = at[layout.CLOCK] - run.flow.queue[layout.SUBMIT, at[layout.QUEUE_READ]]
    return size > 1 and waited > at[layout.PATIENCE]


@compiled
def give_up(run: Run, size: int) -> int:
    """Turn a gang away that has waited too long."""
    run.registers.at[layout.GIVEN_UP] += size
    run.registers.at[layout.REJECTED] += size
    return 1


@compiled
def get_up(run: Run) -> None:
    """Take those off their machines again who were seated."""
    at, queue = run.registers.at, run.flow.queue
    while at[layout.MEMBER] > 0:
        at[layout.MEMBER] -= 1
        i = run.plan.seated[at[layout.MEMBER]]
        if queue[layout.LIFE, at[layout.QUEUE_READ] + at[layout.MEMBER]] < layout.FOREVER:
            forget_end(run.live, run.registers, i)
        leave(run, i)


@compiled
def next_domain(run: Run) -> bool:
    """Go on to the next machine or rack that the gang was not tried on; False without one."""
    at = run.registers.at
    if at[layout.DOMAINS] == 0:
        return False
    at[layout.DOMAIN] += 1
    if at[layout.DOMAIN] == at[layout.FAVOURITE]:
        at[layout.DOMAIN] += 1
    if at[layout.DOMAIN] >= at[layout.DOMAINS]:
        at[layout.DOMAIN] = layout.ANYWHERE
        return False
    return True


@compiled
def seat(run: Run, size: int) -> int:
    """Start a gang where the queue is read: 1 started, 0 not, or an answer for Python − 10.

    In a topology the heuristic's choice for the first member says which machine or rack is tried
    first; the others follow in order.
    """
    at, flow = run.registers.at, run.flow
    read = at[layout.QUEUE_READ]
    while at[layout.MEMBER] < size:
        answer = want(run)
        if answer != layout.DONE and answer != layout.GROW_QUEUE:
            return -10 - answer
        member = at[layout.MEMBER]
        flow.current[:] = flow.queue[:, read + member]
        shape = flow.current[layout.SHAPE]
        machine = -1
        if flow.dead[shape] != at[layout.PASS]:
            machine = settle(run)
            if machine <= -10:
                return machine
        if machine >= 0:
            if member == 0 and at[layout.DOMAINS] > 0 and at[layout.DOMAIN] == layout.ANYWHERE:
                at[layout.FAVOURITE] = run.cell.domain[machine]
                at[layout.DOMAIN] = at[layout.FAVOURITE]
                at[layout.FIRST_TRIED] = 1
            run.plan.seated[member] = at[layout.LIVE_FREE]
            begin(run, machine)
            at[layout.MEMBER] = member + 1
            continue
        free_choice = member == 0 and at[layout.DOMAIN] == layout.ANYWHERE
        if free_choice and run.shapes.limit[shape] == 0 and not is_sent(run):
            flow.dead[shape] = at[layout.PASS]
        get_up(run)
        if free_choice or at[layout.DOMAINS] == 0:
            return 0
        if at[layout.FIRST_TRIED]:
            at[layout.FIRST_TRIED] = 0
            at[layout.DOMAIN] = -1
        if not next_domain(run):
            return 0
    for member in range(size):
        flow.current[:] = flow.queue[:, read + member]
        i = run.plan.seated[member]
        note(run, run.live.machine[i], run.live.slot[i])
    at[layout.MEMBER] = 0
    at[layout.DOMAIN] = layout.ANYWHERE
    at[layout.FIRST_TRIED] = 0
    return 1


@Door
def seating(run: int, size: int) -> int:
    """`seat`."""
    return int(seat(run_at(run), size))
