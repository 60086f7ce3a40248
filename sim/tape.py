"""A tape of a run's decisions: recorded as they fall, or followed, each checked in the cell.

Whoever follows the tape of a process that is not trusted finds by computation of its own what
those decisions are worth; no heuristic is asked, compiled or even loaded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import layout
from sim.compiled import compiled
from sim.errors import SimError
from sim.feasible import feasible, takes, within_limit
from sim.state import Run

ROOM = 1 << 12
WRONG = {
    layout.ENDED: "found the end of the tape, expected a machine and a slot",
    layout.OUTSIDE: "found machine {machine}, expected -1 to {last}",
    layout.UNFIT: "found machine {machine}, expected one that can take it",
    layout.NO_DEVICE: "found slot {slot} of machine {machine}, expected a device of it with room "
    "for a share, -1 for whatever else",
    layout.REFUSED: "found machine -1, expected one of those that can take it",
}


class TapeError(SimError):
    """A tape that can't be followed: which decision, and why."""


class Tape:
    """The decisions of one run, probes counted in, in the order in which they fall.

    One that is given entries is followed, from where it was left; any other records. Entries are
    (n, 2) int32: machine, −1 where none can take the task, and device of a share, −1 otherwise.
    spent: seconds of compiling and of deciding, where a tape followed was recorded.

    Raises:
        TapeError: entries of another kind or shape.
    """

    def __init__(
        self,
        entries: NDArray[np.int32] | None = None,
        spent: tuple[float, float] | None = None,
    ) -> None:
        self.spent = spent
        self.mode = layout.RECORD if entries is None else layout.FOLLOW
        self.at = np.zeros(1, np.int64)
        if entries is None:
            self.entries = np.empty((ROOM, 2), np.int32)
            return
        if entries.dtype != np.int32 or entries.shape[1:] != (2,):
            found = f"{entries.dtype} {entries.shape}"
            raise TapeError(f"found a tape of {found}, expected int32 (decisions, 2)")
        self.entries = np.array(entries, np.int32, order="C")  # the caller's may yet change

    @property
    def follows(self) -> bool:
        """Whether the decisions come from the tape."""
        return self.mode == layout.FOLLOW

    @property
    def decisions(self) -> NDArray[np.int32]:
        """The entries recorded, or followed, so far."""
        return self.entries[: self.at[0]]

    def grow(self) -> None:
        """Twice the room; the entries are other arrays from then on."""
        self.entries = np.concatenate([self.entries, np.empty_like(self.entries)])

    def failure(self, wrong: int, task: str, machines: int) -> TapeError:
        """The error behind an entry that the compiled cell could not use."""
        at = int(self.at[0])
        what = WRONG[wrong]
        if at < len(self.entries):
            machine, slot = self.entries[at].tolist()
            what = what.format(machine=machine, slot=slot, last=machines - 1)
        return TapeError(f"decision {at + 1} of the tape, for task {task}: {what}")

    def finish(self) -> None:
        """Raise TapeError where a tape followed has not come to its end."""
        left = len(self.entries) - int(self.at[0])
        if self.follows and left:
            raise TapeError(f"found {left} decisions on the tape after the last, expected none")


@compiled
def record(run: Run, machine: int) -> None:
    """Write down the decision for the current task; there is room."""
    k = run.flow.taped[0]
    run.flow.tape[k, 0] = machine
    run.flow.tape[k, 1] = run.registers.at[layout.DECIDED_SLOT]
    run.flow.taped[0] = k + 1


@compiled
def flaw(run: Run, machine: int, slot: int) -> int:
    """What is wrong with a decision for the current task, 0 where nothing is."""
    task, cell = run.flow.current, run.cell
    shape, group = task[layout.SHAPE], task[layout.GROUP]
    if machine < -1 or machine >= cell.free.shape[1]:
        return layout.OUTSIDE
    if machine < 0:
        if within_limit(run, feasible(run, shape), shape, group) > 0:
            return layout.REFUSED
        return layout.NO_DEVICE if slot != -1 else 0
    if not takes(run, shape, machine, group):
        return layout.UNFIT
    share = np.rint(run.shapes.share[shape] * layout.WHOLE)
    if share > 0.0:
        if slot < 0 or slot >= cell.device_count[machine] or cell.devices[machine, slot] < share:
            return layout.NO_DEVICE
    elif slot != -1:
        return layout.NO_DEVICE
    return 0


@compiled
def follow(run: Run) -> int:
    """Take the next decision: the machine, the slot in its register; −2 where it can't be taken."""
    registers, k = run.registers, run.flow.taped[0]
    if k == run.flow.tape.shape[0]:
        registers.at[layout.ERROR_KIND] = layout.ENDED
        return -2
    machine, slot = int(run.flow.tape[k, 0]), int(run.flow.tape[k, 1])
    wrong = flaw(run, machine, slot)
    if wrong != 0:
        registers.at[layout.ERROR_KIND] = wrong
        return -2
    run.flow.taped[0] = k + 1
    registers.at[layout.DECISIONS] += 1
    registers.at[layout.DECIDED_SLOT] = slot
    return machine
