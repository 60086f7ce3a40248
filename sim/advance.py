"""The compiled run of arrivals, departures and the queue between two events of the clock.

At one instant departures come first, then the queue is served once, then arrivals follow in
trace order. A run stops where Python is needed (see `layout`: more arrivals, more room, a
decision of a heuristic that is not compiled) and goes on where it stopped.
"""

from __future__ import annotations

from sim import layout
from sim.compiled import compiled
from sim.decide import is_sent
from sim.doors import enter
from sim.eviction import leave
from sim.gangs import expired, give_up
from sim.occupy import pop_end
from sim.placing import put, want
from sim.stale import agree
from sim.state import Run
from sim.unseen import knows_all


@compiled
def tally(run: Run, now: int) -> None:
    """Move the clock, and add what was allocated meanwhile to the resource-time used."""
    since = now - run.registers.at[layout.TALLIED]
    if since > 0:
        for r in range(run.flow.used.size):
            run.flow.used[r] += since * (run.cell.sums[1, r] - run.cell.sums[0, r])
        run.registers.at[layout.TALLIED] = now
    run.registers.at[layout.CLOCK] = now


@compiled
def depart(run: Run) -> None:
    """End the task whose end comes first."""
    registers, live = run.registers, run.live
    tally(run, live.heap_end[0])
    leave(run, pop_end(live, registers))
    registers.at[layout.SERVE] = 1


@compiled
def enqueue(run: Run) -> None:
    """Put the current task at the end of the queue."""
    tail = run.registers.at[layout.QUEUE_TAIL]
    run.flow.queue[:, tail] = run.flow.current
    run.registers.at[layout.QUEUE_TAIL] = tail + 1
    run.registers.at[layout.QUEUED] += 1


@compiled
def come_together(run: Run, size: int, rule: int) -> None:
    """Put a gang that has just come at the end of the queue, and let it be read there."""
    registers, flow = run.registers, run.flow
    arrival, tail = registers.at[layout.ARRIVAL] - 1, registers.at[layout.QUEUE_TAIL]
    for k in range(size):
        flow.queue[:, tail + k] = flow.arrivals[:, arrival + k]
    registers.at[layout.ARRIVAL] += size - 1
    registers.at[layout.QUEUE_TAIL] = tail + size
    if rule == layout.FIFO and tail > registers.at[layout.QUEUE_HEAD]:
        registers.at[layout.QUEUED] += size
    else:
        registers.at[layout.COMING] = size * (rule != layout.REJECT)
        registers.at[layout.QUEUE_READ] = tail
        registers.at[layout.QUEUE_WRITE] = tail


@compiled
def serve(run: Run, rule: int) -> int:
    """Go through the queue: from its head while tasks fit (fifo, easy), or all of it (skip).

    Where there is none, those were evicted who stand in it: who fits nowhere is turned away.
    """
    registers, flow = run.registers, run.flow
    while registers.at[layout.QUEUE_READ] < registers.at[layout.QUEUE_TAIL]:
        answer = want(run)
        enough = answer == layout.GROW_QUEUE and not registers.at[layout.PREEMPTS]
        if answer != layout.DONE and not enough:
            return answer
        read = registers.at[layout.QUEUE_READ]
        size = flow.queue[layout.GANG, read]
        if size > 1:
            if expired(run, size):
                started = give_up(run, size)
            else:
                started = enter(run.doors.address[layout.SEATING], run, size)
            if started <= -10:
                return -10 - started
            if started == 0:
                registers.at[layout.QUEUED] += registers.at[layout.COMING]
            registers.at[layout.COMING] = 0
            if started == 0 and rule == layout.FIFO:
                break
            if started == 0:
                write = registers.at[layout.QUEUE_WRITE]
                for k in range(size):
                    flow.queue[:, write + k] = flow.queue[:, read + k]
                registers.at[layout.QUEUE_WRITE] = write + size
            registers.at[layout.QUEUE_READ] = read + size
            continue
        flow.current[:] = flow.queue[:, read]
        shape = flow.current[layout.SHAPE]
        machine = -1
        hopeless = flow.dead[shape] == registers.at[layout.PASS] and knows_all(run)
        if registers.at[layout.ASKED] > 0 or not hopeless:
            machine = agree(run)
            if machine <= -10:
                return -10 - machine
        if machine < 0 and registers.at[layout.PREEMPTS]:
            machine = enter(run.doors.address[layout.PREEMPTING], run, 0)
        if machine >= 0:
            put(run, machine)
        elif rule == layout.FIFO or rule == layout.EASY:
            break
        else:
            if run.shapes.limit[shape] == 0 and not is_sent(run):
                flow.dead[shape] = registers.at[layout.PASS]
            write = registers.at[layout.QUEUE_WRITE]
            flow.queue[:, write] = flow.current
            registers.at[layout.QUEUE_WRITE] = write + 1
        registers.at[layout.QUEUE_READ] = read + 1
    if rule == layout.FIFO or rule == layout.EASY:
        registers.at[layout.QUEUE_HEAD] = registers.at[layout.QUEUE_READ]
    else:
        registers.at[layout.QUEUE_TAIL] = registers.at[layout.QUEUE_WRITE]
    if rule == layout.REJECT:
        left = registers.at[layout.QUEUE_TAIL] - registers.at[layout.QUEUE_HEAD]
        registers.at[layout.REJECTED] += left
        registers.at[layout.QUEUE_TAIL] = registers.at[layout.QUEUE_HEAD]
    registers.at[layout.PHASE] = 0
    if registers.at[layout.QUEUE_HEAD] == registers.at[layout.QUEUE_TAIL]:
        registers.at[layout.QUEUE_HEAD] = 0
        registers.at[layout.QUEUE_TAIL] = 0
    elif rule == layout.EASY:
        enter(run.doors.address[layout.LINING_UP], run, 1)
    return layout.DONE


@compiled
def arrive(run: Run, rule: int) -> int:
    """Decide for a task that has just come."""
    registers = run.registers
    machine = agree(run)
    if machine <= -10:
        return -10 - machine
    if machine < 0 and registers.at[layout.PREEMPTS]:
        machine = enter(run.doors.address[layout.PREEMPTING], run, 0)
    if machine >= 0:
        put(run, machine)
    elif rule == layout.REJECT:
        registers.at[layout.REJECTED] += 1
    else:
        enqueue(run)
    registers.at[layout.PHASE] = 0
    return layout.DONE


@compiled
def advance(run: Run, until: int, priority: int, rule: int) -> int:
    """Run all departures and arrivals up to (until, priority); see `layout` for the answers."""
    registers, flow, live = run.registers, run.flow, run.live
    while True:
        answer = want(run)
        if answer != layout.DONE:
            return answer
        if registers.at[layout.PHASE] % layout.DECIDED == layout.ARRIVING:
            answer = arrive(run, rule)
            if answer != layout.DONE:
                return answer
            continue
        if registers.at[layout.PHASE] % layout.DECIDED == layout.SERVING:
            answer = serve(run, rule)
            if answer != layout.DONE:
                return answer
            continue
        if registers.at[layout.PHASE] % layout.DECIDED == layout.BACKFILLING:
            answer = enter(run.doors.address[layout.PASSING_BY], run, 0)
            if answer != layout.DONE:
                return answer
            continue
        leaving = live.heap_end[0] if registers.at[layout.HEAP_SIZE] > 0 else layout.FOREVER
        if registers.at[layout.SERVE] and leaving > registers.at[layout.CLOCK]:
            registers.at[layout.SERVE] = 0
            if registers.at[layout.QUEUE_HEAD] < registers.at[layout.QUEUE_TAIL]:
                registers.at[layout.QUEUE_READ] = registers.at[layout.QUEUE_HEAD]
                registers.at[layout.QUEUE_WRITE] = registers.at[layout.QUEUE_HEAD]
                registers.at[layout.PASS] += 1
                registers.at[layout.PHASE] = layout.SERVING
                continue
        coming = layout.FOREVER
        if registers.at[layout.ARRIVAL] < registers.at[layout.ARRIVALS]:
            coming = flow.arrivals[layout.SUBMIT, registers.at[layout.ARRIVAL]]
        elif not registers.at[layout.EXHAUSTED]:
            return layout.MORE_ARRIVALS
        if leaving <= coming:
            if leaving > until or (leaving == until and priority < layout.DEPARTURE):
                return layout.DONE
            if leaving == layout.FOREVER:
                return layout.DONE
            depart(run)
        else:
            if coming > until or (coming == until and priority < layout.ARRIVAL_PRIORITY):
                return layout.DONE
            tally(run, coming)
            flow.current[:] = flow.arrivals[:, registers.at[layout.ARRIVAL]]
            registers.at[layout.ARRIVAL] += 1
            waiting = registers.at[layout.QUEUE_TAIL] - registers.at[layout.QUEUE_HEAD]
            if flow.current[layout.GANG] > 1:
                come_together(run, flow.current[layout.GANG], rule)
                if waiting == 0 or rule != layout.FIFO:
                    registers.at[layout.PASS] += 1
                    registers.at[layout.PHASE] = layout.SERVING
                continue
            if waiting == 0 or rule == layout.REJECT or rule == layout.SKIP:
                registers.at[layout.PHASE] = layout.ARRIVING
                continue
            enqueue(run)
            if rule == layout.EASY:
                registers.at[layout.PASS] += 1
                enter(run.doors.address[layout.LINING_UP], run, waiting)
