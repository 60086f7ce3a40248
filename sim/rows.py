"""A row for each shape in use: what was worked out for it, machine by machine, and still holds."""

from __future__ import annotations

from sim import layout
from sim.compiled import compiled
from sim.state import NEVER, Floats, Run


@compiled
def acquire(run: Run, shape: int) -> int:
    """A row for a shape: an unused one, else the least recently used; −1 at its first use."""
    rows, registers = run.rows, run.registers
    rows.uses[shape] += 1
    if rows.uses[shape] < 2:
        return -1
    row = registers.at[layout.ROWS_USED]
    if row < rows.shape.size:
        registers.at[layout.ROWS_USED] = row + 1
    else:
        row = 0
        for q in range(rows.shape.size):
            if rows.used[q] < rows.used[row]:
                row = q
        rows.of_shape[rows.shape[row]] = -1
    rows.shape[row] = shape
    rows.of_shape[shape] = row
    rows.stamp[row, :] = NEVER
    return row


@compiled
def touch(run: Run, row: int) -> None:
    """Note that a row was used."""
    registers = run.registers
    registers.at[layout.ROW_CLOCK] += 1
    run.rows.used[row] = registers.at[layout.ROW_CLOCK]


@compiled
def refer(run: Run, shape: int) -> None:
    """Have a row for a shape that comes again, and note that it was used."""
    row = run.rows.of_shape[shape]
    if row < 0:
        row = acquire(run, shape)
    if row >= 0:
        touch(run, row)


@compiled
def recall(run: Run, row: int, machine: int, after: Floats) -> bool:
    """Copy what the row has of a machine into `after`, if the machine is still as it was then."""
    if row < 0 or run.rows.stamp[row, machine] != run.cell.changed_at[machine]:
        return False
    known = run.scorer.frag.size
    for j in range(known):
        after[j] = run.rows.after[row, machine * known + j]
    return True


@compiled
def keep(run: Run, row: int, machine: int, after: Floats) -> None:
    """Have the row know the fragmentation of a machine with its shape on it."""
    if row >= 0:
        run.rows.stamp[row, machine] = run.cell.changed_at[machine]
        known = run.scorer.frag.size
        for j in range(known):
            run.rows.after[row, machine * known + j] = after[j]
