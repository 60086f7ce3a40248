"""The passing of the head of the queue, between two decisions of which a run may stop."""

from __future__ import annotations

from sim import layout
from sim.compiled import compiled
from sim.decide import is_sent, settle
from sim.doors import Door
from sim.easy import close_up, delays_head, hide, line_up, reserve, show
from sim.handle import run_at
from sim.placing import put, want
from sim.state import Run


@compiled
def begin_backfilling(run: Run, first: int) -> None:
    """Let those pass the head that don't delay it, of the queue's from `first` on."""
    reserve(run)
    line_up(run, first)
    run.registers.at[layout.PHASE] = layout.BACKFILLING


@compiled
def backfill(run: Run) -> int:
    """Start of those lined up whoever fits and does not delay the head."""
    at, flow = run.registers.at, run.flow
    while at[layout.PASSING] < at[layout.PASSERS]:
        answer = want(run)
        if answer != layout.DONE and answer != layout.GROW_QUEUE:
            return answer
        place = at[layout.QUEUE_HEAD] + run.plan.order[at[layout.PASSING]]
        flow.current[:] = flow.queue[:, place]
        shape = flow.current[layout.SHAPE]
        machine = -1
        if flow.dead[shape] != at[layout.PASS]:
            machine = settle(run)
            if machine <= -10:
                return -10 - machine
        reserved = at[layout.RESERVED_MACHINE]
        if at[layout.HIDDEN]:
            show(run, reserved)
        elif machine >= 0 and delays_head(run, machine, at[layout.DECIDED_SLOT]):
            hide(run, reserved)
            continue
        elif machine < 0 and run.shapes.limit[shape] == 0 and not is_sent(run):
            flow.dead[shape] = at[layout.PASS]
        if machine >= 0:
            put(run, machine)
            flow.queue[layout.SHAPE, place] = -1
            at[layout.PASSED] += 1
        at[layout.PASSING] += 1
    close_up(run)
    at[layout.PHASE] = 0
    return layout.DONE


@Door
def lining_up(run: int, first: int) -> int:
    """`begin_backfilling`."""
    begin_backfilling(run_at(run), first)
    return layout.DONE


@Door
def passing_by(run: int, _: int) -> int:
    """`backfill`."""
    return int(backfill(run_at(run)))
