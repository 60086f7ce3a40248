"""Schedulers that decide at once on what they know of the cell, and find that it has changed.

As Borg's scheduler, which works on a cached copy of the state, and whose assignments the master
accepts "unless they are inappropriate, e.g., based on out of date state" (Verma et al., EuroSys
2015, section 3.4), as Omega's (Schwarzkopf et al., EuroSys 2013, section 3.4) and the allocation
agents of Protean (Hadary et al., OSDI 2020): nothing is locked, a placement is checked when it is
committed, a conflict is counted, and who met one reads the state and decides again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim import layout
from sim.compiled import compiled
from sim.decide import is_sent, settle
from sim.doors import Door, enter
from sim.errors import SimError
from sim.handle import run_at
from sim.state import Registers, Run
from sim.tape import flaw
from sim.unseen import catch_up, horizon, knows_all, scheduler_of

MOST_SCHEDULERS = 100
MOST_DECISIONS = 100_000


@dataclass(frozen=True)
class Stale:
    """How many decide at once, and how old what they know may be.

    schedulers: take tasks in turn, by number. decisions: placements of the others, the last ones,
    that none of them knows of; what left the cell since the first of these is unknown too.
    """

    schedulers: int = 1
    decisions: int = 0

    def __bool__(self) -> bool:
        return self.schedulers > 1 or self.decisions > 0

    @property
    def said(self) -> str:
        """What is simulated by it."""
        if self.schedulers == 1:
            return f"1 scheduler that learns {self.decisions} placements late of what came free"
        return f"{self.schedulers} schedulers that lack the last {self.decisions} placements"

    def check(self) -> None:
        """Raise SimError for what can't be."""
        for name, least, most in (
            ("schedulers", 1, MOST_SCHEDULERS),
            ("decisions", 0, MOST_DECISIONS),
        ):
            found = getattr(self, name)
            if not least <= found <= most:
                raise SimError(f"stale.{name}={found}: expected {least} to {most:,}")

    def expect_alone(self, queue: str, *, easy: bool, gangs: bool, preempts: bool) -> None:
        """Raise SimError beside what reads the state at another moment than it decides."""
        if easy:
            raise SimError(f"queue={queue}: expected no stale views with it, or another queue")
        if gangs:
            raise SimError("stale: found gangs in the trace, expected none with stale views")
        if preempts:
            raise SimError("stale: found preemption, expected none with stale views")


@compiled
def copy_common(source: Registers, target: Registers) -> None:
    """Copy all registers but those that tell of a cell's own arrays."""
    of, at = source.at, target.at
    head, clock, used = at[layout.LOG_HEAD], at[layout.ROW_CLOCK], at[layout.ROWS_USED]
    groups, closed = at[layout.GROUPS], at[layout.CLOSED]
    at[:] = of
    at[layout.LOG_HEAD], at[layout.ROW_CLOCK], at[layout.ROWS_USED] = head, clock, used
    at[layout.GROUPS], at[layout.CLOSED] = groups, closed


@compiled
def agree(run: Run) -> int:
    """As `settle`, for the current task: on its scheduler's view, and anew where that was stale."""
    if run.registers.at[layout.SCHEDULERS] == 0 or is_sent(run):
        return settle(run)
    return enter(run.doors.address[layout.AGREEING], run, 0)


@compiled
def agree_on_views(run: Run) -> int:
    """Decide on what the task's scheduler knows.

    Whom the view has no machine for is no conflict, but is decided for anew too, so that nobody is
    turned away, or kept waiting, on hearsay.
    """
    at = run.registers.at
    i = scheduler_of(run)
    view = run_at(run.views.address[i])
    catch_up(run, i, horizon(run))
    while True:
        copy_common(run.registers, view.registers)
        machine = settle(view)
        copy_common(view.registers, run.registers)
        if machine <= -10:
            at[layout.ASKED] = i + 1
            return machine
        at[layout.ASKED] = 0
        if knows_all(run):
            return machine
        if machine >= 0:
            if flaw(run, machine, at[layout.DECIDED_SLOT]) == 0:
                return machine
            at[layout.CONFLICTS] += 1
        catch_up(run, i, at[layout.UNSEEN])


@Door
def agreeing(run: int, _: int) -> int:
    """`agree_on_views`."""
    return int(agree_on_views(run_at(run)))
