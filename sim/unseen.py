"""What schedulers have not seen yet: the last changes of machines, and who knows of which.

Each change of a machine is written down in a ring, with the machine as it left it. A scheduler has
a cell of its own, its view, into which changes are copied once it may know of them: all of them
up to some change, and of single machines up to a later one.
"""

from __future__ import annotations

from sim import layout
from sim.compiled import compiled
from sim.groups import count as count_group
from sim.handle import run_at
from sim.occupy import note_change
from sim.state import Cell, Floats, Run

ROOM = 8
"""At most so many changes come between two looks at the room that is left."""


def width(cell: Cell) -> int:
    """How many numbers tell all of a machine."""
    resources = cell.free.shape[0]
    columns = layout.frag_row(resources, 1)
    return 2 * resources + columns + 2 * cell.devices.shape[1] + cell.kin.shape[1] + 2


@compiled
def describe(cell: Cell, machine: int, numbers: Floats) -> None:
    """Write down all of a machine, (W,)."""
    resources = cell.free.shape[0]
    k = 0
    for r in range(resources):
        numbers[k] = cell.free[r, machine]
        numbers[k + 1] = cell.total[r, machine]
        k += 2
    for f in range(layout.frag_row(resources, 1)):
        numbers[k] = cell.columns[f, machine]
        k += 1
    for d in range(cell.devices.shape[1]):
        numbers[k] = cell.devices[machine, d]
        numbers[k + 1] = cell.shares[machine, d]
        k += 2
    for kind in range(cell.kin.shape[1]):
        numbers[k] = cell.kin[machine, kind]
        k += 1
    numbers[k] = cell.device_count[machine]
    numbers[k + 1] = cell.closed[machine]


@compiled
def show(view: Run, machine: int, numbers: Floats) -> None:
    """Have a view see a machine as it was described, (W,)."""
    cell = view.cell
    resources = cell.free.shape[0]
    k = 0
    for r in range(resources):
        cell.sums[0, r] += numbers[k] - cell.free[r, machine]
        cell.sums[1, r] += numbers[k + 1] - cell.total[r, machine]
        cell.free[r, machine] = numbers[k]
        cell.total[r, machine] = numbers[k + 1]
        k += 2
    for f in range(layout.frag_row(resources, 1)):
        cell.columns[f, machine] = numbers[k]
        k += 1
    for d in range(cell.devices.shape[1]):
        cell.devices[machine, d] = numbers[k]
        cell.shares[machine, d] = numbers[k + 1]
        k += 2
    for kind in range(cell.kin.shape[1]):
        cell.kin[machine, kind] = int(numbers[k])
        k += 1
    cell.device_count[machine] = int(numbers[k])
    view.registers.at[layout.CLOSED] += int(numbers[k + 1]) - int(cell.closed[machine])
    cell.closed[machine] = int(numbers[k + 1])
    note_change(cell, view.registers, machine)


@compiled
def remember(run: Run, machine: int, group: int, change: int) -> None:
    """Write down a change of a machine; change: a task of a group that came (1) or went (−1)."""
    at, views = run.registers.at, run.views
    if at[layout.SCHEDULERS] == 0:
        return
    k = at[layout.UNSEEN] & (views.what.shape[0] - 1)
    views.what[k, 0], views.what[k, 1], views.what[k, 2] = machine, group, change
    describe(run.cell, machine, views.left[k])
    at[layout.UNSEEN] += 1


@compiled
def learn(run: Run, view: Run, j: int) -> None:
    """Have a view see change `j`."""
    views = run.views
    k = j & (views.what.shape[0] - 1)
    machine, group = views.what[k, 0], views.what[k, 1]
    show(view, machine, views.left[k])
    if group >= 0:
        machines = view.cell.free.shape[1]
        new = count_group(view.groups, group, machine, machines, views.what[k, 2])
        view.registers.at[layout.GROUPS] += new


@compiled
def catch_up(run: Run, i: int, to: int) -> None:
    """Have scheduler `i` see all changes before `to`."""
    views = run.views
    view = run_at(views.address[i])
    for j in range(views.seen_to[i], to):
        if j >= views.known[i, views.what[j & (views.what.shape[0] - 1), 0]]:
            learn(run, view, j)
    views.seen_to[i] = max(views.seen_to[i], to)


@compiled
def horizon(run: Run) -> int:
    """The change before which every scheduler knows all: the first of the last k placements."""
    at, before = run.registers.at, run.views.before
    if before.size == 0:
        return at[layout.UNSEEN]
    return before[at[layout.PLACED] % before.size] if at[layout.PLACED] >= before.size else 0


@compiled
def foresee(run: Run) -> None:
    """Note where the placement that comes now begins."""
    at, before = run.registers.at, run.views.before
    if before.size > 0:
        before[at[layout.PLACED] % before.size] = at[layout.UNSEEN]


@compiled
def scheduler_of(run: Run) -> int:
    """Whose the current task is: schedulers take tasks in turn, and keep those that wait."""
    return run.flow.current[layout.NUMBER] % run.registers.at[layout.SCHEDULERS]


@compiled
def knows_all(run: Run) -> bool:
    """Whether who decides for the current task has seen every change."""
    at, views = run.registers.at, run.views
    return at[layout.SCHEDULERS] == 0 or views.seen_to[scheduler_of(run)] == at[layout.UNSEEN]


@compiled
def tell(run: Run, machine: int) -> None:
    """Have the current task's scheduler know how its placement left the machine."""
    views, head, i = run.views, run.registers.at[layout.UNSEEN], scheduler_of(run)
    view = run_at(views.address[i])
    for j in range(max(views.seen_to[i], views.known[i, machine]), head):
        if views.what[j & (views.what.shape[0] - 1), 0] == machine:
            learn(run, view, j)
    views.known[i, machine] = head


@compiled
def forget(run: Run) -> None:
    """Have all see what they may know, so that it need not be kept."""
    oldest, to = run.registers.at[layout.UNSEEN], horizon(run)
    for i in range(run.views.seen_to.size):
        catch_up(run, i, to)
        oldest = min(oldest, run.views.seen_to[i])
    run.registers.at[layout.OLDEST] = oldest


@compiled
def crowded(run: Run) -> bool:
    """Whether changes need more room."""
    at, room = run.registers.at, run.views.what.shape[0]
    if at[layout.UNSEEN] - at[layout.OLDEST] + ROOM <= room:
        return False
    forget(run)
    return at[layout.UNSEEN] - at[layout.OLDEST] + ROOM > room // 2


@compiled
def lacks_groups(run: Run) -> bool:
    """Whether a view may need more room for groups to see all that there is."""
    views, head = run.views, run.registers.at[layout.UNSEEN]
    for i in range(views.address.size):
        view = run_at(views.address[i])
        pairs = view.registers.at[layout.GROUPS] + head - views.seen_to[i]
        if 2 * pairs >= view.groups.key.size:
            return True
    return False
