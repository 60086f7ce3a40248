"""Starting a task and writing it down, and the room that either needs."""

from __future__ import annotations

from sim import layout
from sim import state as st
from sim.compiled import compiled
from sim.groups import count as count_group
from sim.occupy import start
from sim.scoring import fill_before
from sim.state import Run
from sim.unseen import crowded, foresee, lacks_groups, remember, tell


@compiled
def begin(run: Run, machine: int) -> None:
    """Start the current task on a machine."""
    registers, task = run.registers, run.flow.current
    slot = registers.at[layout.DECIDED_SLOT]
    start(
        run.cell,
        run.shapes,
        run.live,
        registers,
        task,
        machine,
        slot,
        run.scorer.flags[st.USES_EXIT] != 0,
    )
    if task[layout.GROUP] >= 0:
        machines = run.cell.free.shape[1]
        registers.at[layout.GROUPS] += count_group(
            run.groups, task[layout.GROUP], machine, machines, 1
        )
    if run.scorer.flags[st.USES_FRAG]:
        fill_before(run, machine)
    remember(run, machine, task[layout.GROUP], 1)


@compiled
def note(run: Run, machine: int, slot: int) -> None:
    """Write down that the current task has started on a machine."""
    registers, flow, task = run.registers, run.flow, run.flow.current
    waited = registers.at[layout.CLOCK] - task[layout.SUBMIT]
    registers.at[layout.PLACED] += 1
    life = task[layout.LIFE]
    if life < layout.FOREVER:
        longer = max(life, layout.SHORT_LIFE)
        flow.slowdown[0] += max((waited + life) / longer, 1.0)
        flow.slowdown[1] += 1.0
    if waited > 0:
        flow.delays[registers.at[layout.DELAYS]] = waited
        registers.at[layout.DELAYS] += 1
    if flow.placements.shape[1] > 0:
        k = registers.at[layout.PLACEMENTS]
        flow.placements[0, k] = task[layout.NUMBER]
        flow.placements[1, k] = registers.at[layout.CLOCK]
        flow.placements[2, k] = machine
        flow.placements[3, k] = slot
        flow.placements[4, k] = waited
        flow.placements[5, k] = task[layout.SOURCE]
        registers.at[layout.PLACEMENTS] = k + 1


@compiled
def put(run: Run, machine: int) -> None:
    """Start the current task on a machine and write it down."""
    shared = run.registers.at[layout.SCHEDULERS] > 0
    if shared:
        foresee(run)
    begin(run, machine)
    note(run, machine, run.registers.at[layout.DECIDED_SLOT])
    if shared:
        tell(run, machine)


@compiled
def want(run: Run) -> int:
    """What Python must do before the next step; `DONE` where nothing is needed."""
    registers, flow = run.registers, run.flow
    if registers.at[layout.LIVE_FREE] < 0:
        return layout.GROW_LIVE
    most = registers.at[layout.LARGEST_GANG]
    if registers.at[layout.DELAYS] + most > flow.delays.size:
        return layout.DRAIN
    if 0 < flow.placements.shape[1] < registers.at[layout.PLACEMENTS] + most:
        return layout.DRAIN
    if 2 * registers.at[layout.GROUPS] >= run.groups.key.size:
        return layout.GROW_GROUPS
    if registers.at[layout.SCHEDULERS] > 0:
        if crowded(run):
            return layout.GROW_UNSEEN
        if lacks_groups(run):
            return layout.GROW_GROUPS
    room = flow.queue.shape[1] - registers.at[layout.QUEUE_TAIL]
    if room < most + registers.at[layout.PREEMPTS] * registers.at[layout.LIVE_COUNT]:
        return layout.GROW_QUEUE  # last: serving the queue needs no more room in it
    return layout.DONE
