"""Asking a heuristic in Python: the array form, any Python, and the line of an error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cached_property
from types import FrameType
from typing import Any

import numpy as np

from heuristics import Heuristic, HeuristicError
from sim import layout
from sim import state as st
from sim.composition import Composition
from sim.feasible import feasible, within_limit
from sim.given import Given
from sim.occupy import fullest_device
from sim.population import Machines
from sim.scoring import LARGEST_SCORE
from sim.state import Floats, Ints, Run
from sim.ties import lot

ORDERED = 0x0DE2


def best_of_each(machines: Ints, scores: Floats) -> tuple[Floats, float]:
    """Scores with −inf but for each machine's best options, and what rounds to 100 of 0–100."""
    first = np.unique(machines, return_index=True)[1]  # options stand machine by machine
    best = np.maximum.reduceat(scores, first)
    of_its_machine = np.repeat(best, np.diff(np.append(first, scores.size)))
    least = best.max() - 0.005 * (best.max() - best.min())
    return np.where(scores == of_its_machine, scores, -np.inf), float(least)


class Asker:
    """Asks the heuristics of a composition about the cell of one run.

    names: the trace's resources; machines: the cell's; label: what to call the task
    with that number in an error.
    """

    def __init__(
        self,
        composition: Composition,
        names: Sequence[str],
        machines: Machines,
        label: Callable[[Ints], str],
        run: Run,
        view: Any,
    ) -> None:
        self.composition = composition
        self.run, self.view = run, view
        self.given = Given(tuple(names), run, view)
        self.machines, self.ordered = machines.ids, machines.ordered
        self.label = label
        if not all(heuristic.checked for heuristic in composition.levels):
            _ = self.functions  # what reads a file may fail, which is to be said before it is asked

    @cached_property
    def functions(self) -> list[Callable[..., Any]]:
        """The heuristics of the levels in Python."""
        return [self._loaded(heuristic) for heuristic in self.composition.levels]

    def look_at(self, run: Run, view: Any) -> None:
        """Ask about these arrays from now on."""
        self.run, self.view = run, view
        self.given = Given(self.given.names, run, view)

    def _loaded(self, heuristic: Heuristic) -> Callable[..., Any]:
        if heuristic.checked:
            return heuristic.function()
        try:
            with redirect_stdout(sys.stderr):
                return heuristic.function()
        except BaseException as error:
            if not _raised_in(heuristic, error):
                raise
            what = f"raised {type(error).__name__} while it was read: {error}"
            line = heuristic.line_of(error)
            raise HeuristicError("raised", what, file=heuristic.filename, line=line) from None

    def answer(self) -> None:
        """Decide for the current task and leave the decision where the cell looks for it.

        Raises:
            HeuristicError: a score that is no finite number, or an exception in the heuristic.
        """
        run = self.run
        task, registers = run.flow.current, run.registers
        shape = int(task[layout.SHAPE])
        fitting = feasible(self.view, shape)
        count = int(within_limit(self.view, fitting, shape, int(task[layout.GROUP])))
        registers.at[layout.DECIDED_MACHINE], registers.at[layout.DECIDED_SLOT] = -1, -1
        if count:
            machine, slot = self._decide(shape, run.scratch.machine[:count].copy())
            registers.at[layout.DECIDED_MACHINE], registers.at[layout.DECIDED_SLOT] = machine, slot
        registers.at[layout.PHASE] += layout.DECIDED

    def _decide(self, shape: int, found: Ints) -> tuple[int, int]:
        run = self.run
        scorer = run.scorer
        machines, slots = self.options(shape, found)
        alive = np.arange(machines.size)
        for level, step in enumerate(scorer.step):
            scores = self.scores(level, shape, machines[alive], slots[alive])
            if self._looks_again(level):
                self.expect_same_in_any_order(level, shape, machines[alive], slots[alive])
            if step > 0:
                scores = np.rint(scores / step) * step
            least = scores.max()
            if scorer.flags[st.TIES] == layout.TIES_ROUNDED and scorer.step.size == 1:
                scores, least = best_of_each(machines, scores)
            alive = alive[scores >= least]
        chosen = np.unique(machines[alive])
        wanted, draw = 0, 0
        random = scorer.flags[st.TIES] == layout.TIES_RANDOM
        if scorer.flags[st.TIES] != layout.TIES_FIRST:
            draw = int(lot(scorer.flags[st.SEED], run.flow.current[layout.NUMBER]))
            wanted = draw % chosen.size
        machine = int(chosen[wanted])
        at = slots[alive][machines[alive] == machine]
        slot = int(at[(draw >> 32) % at.size if random else 0])
        share = float(np.rint(run.shapes.share[shape] * 1000.0))
        if share > 0 and slot < 0:
            slot = int(fullest_device(self.view.cell, machine, share))
        return machine, slot

    def options(self, shape: int, found: Ints) -> tuple[Ints, Ints]:
        """The options of a decision: machines, and devices where the heuristic names the slot."""
        run = self.run
        share = np.rint(run.shapes.share[shape] * 1000.0)
        if share <= 0:
            return found, np.full(found.size, -1)
        if not run.scorer.flags[st.USES_SLOT]:
            fullest = [fullest_device(self.view.cell, int(n), float(share)) for n in found]
            return found, np.array(fullest)
        pairs = [
            (n, d)
            for n in found
            for d in range(run.cell.device_count[n])
            if run.cell.devices[n, d] >= share
        ]
        return np.array([n for n, _ in pairs]), np.array([d for _, d in pairs])

    def scores(self, level: int, shape: int, machines: Ints, slots: Ints) -> Floats:
        """What one level says of the options."""
        heuristic = self.composition.levels[level]
        function = self.functions[level]
        fixed = self.given.fixed(shape)
        if heuristic.form == "scores":
            given = {**fixed, **self.given.of_machines(shape, machines, None)}
            raw = self._call(heuristic, function, given, machines)
            result = self._as_array(heuristic, raw, machines)
        else:
            result = np.empty(machines.size)
            for k, (n, slot) in enumerate(zip(machines, slots, strict=True)):
                given = {**fixed, **self.given.of_machines(shape, int(n), int(slot))}
                raw = self._call(heuristic, function, given, machines[k : k + 1])
                if not isinstance(raw, (int, float, np.integer, np.floating)):
                    found = type(raw).__name__
                    raise HeuristicError(
                        "not_a_float",
                        f"returned {found}, expected a number",
                        file=heuristic.filename,
                    )
                result[k] = raw
        bad = ~(np.abs(result) <= LARGEST_SCORE)
        if bad.any():
            k = int(np.argmax(bad))
            line = _returning_line(heuristic, lambda: self._again(level, shape, machines, slots, k))
            raise self.error(heuristic, "not_finite", f"scored {result[k]}", int(machines[k]), line)
        return result

    def _looks_again(self, level: int) -> bool:
        """Whether an array form is asked twice: at the first decision, the second, fourth …"""
        decisions = int(self.run.registers.at[layout.DECISIONS])
        heuristic = self.composition.levels[level]
        asked = heuristic.form == "scores" and heuristic.checked and not self.ordered
        return asked and decisions.bit_count() == 1

    def expect_same_in_any_order(self, level: int, shape: int, machines: Ints, slots: Ints) -> None:
        """Ask an array form about machines in another order too.

        Scores may differ by what the last bits of sums do, not by what tells machines apart.

        Raises:
            HeuristicError: ``order_dependent``.
        """
        order = np.random.default_rng([ORDERED, shape, machines.size]).permutation(machines.size)
        one = self.scores(level, shape, machines, slots)[order]
        two = self.scores(level, shape, machines[order], slots[order])
        least = 16.0 * np.finfo(np.float64).eps * np.abs(one).max()
        if not np.abs(one - two).max() <= least + 1e-9 * np.ptp(one):
            raise HeuristicError(
                "order_dependent",
                "scores of the same machines differ with their order",
                file=self.composition.levels[level].filename,
            )

    def _again(self, level: int, shape: int, machines: Ints, slots: Ints, k: int) -> None:
        """Ask once more for what went wrong, so that it can be watched."""
        heuristic = self.composition.levels[level]
        given = self.given.fixed(shape)
        if heuristic.form == "scores":
            given |= self.given.of_machines(shape, machines, None)
        else:
            given |= self.given.of_machines(shape, int(machines[k]), int(slots[k]))
        self._call(heuristic, self.functions[level], given, machines[k : k + 1])

    def _as_array(self, heuristic: Heuristic, raw: Any, machines: Ints) -> Floats:
        try:
            result = np.asarray(raw, np.float64)
        except (TypeError, ValueError):
            result = np.zeros((0, 0))
        if result.shape != machines.shape:
            raise HeuristicError(
                "not_a_float",
                f"returned {type(raw).__name__} of shape {np.shape(raw)}, expected an array of "
                f"{machines.size} numbers, one a feasible machine",
                file=heuristic.filename,
            )
        return result

    def _call(
        self,
        heuristic: Heuristic,
        function: Callable[..., Any],
        given: dict[str, Any],
        machines: Ints,
    ) -> Any:
        try:
            # What it prints is no result: stdout is kept for that.
            with np.errstate(all="ignore"), redirect_stdout(sys.stderr):
                return function(**{name: given[name] for name in heuristic.arguments})
        except BaseException as error:
            if not _raised_in(heuristic, error):
                raise
            line = heuristic.line_of(error)
            what = f"raised {type(error).__name__}: {error}"
            raise self.error(heuristic, "raised", what, int(machines[0]), line) from None

    def error(
        self,
        heuristic: Heuristic,
        reason: str,
        what: str,
        machine: int,
        line: int | None,
    ) -> HeuristicError:
        """An error that names task, machine and line."""
        task = self.label(self.run.flow.current)
        where = f"{what} on machine {self.machines[machine]} for task {task}"
        return HeuristicError(reason, where, file=heuristic.filename, line=line)

    def failure(self) -> HeuristicError:
        """The error behind a score that the compiled cell could not use."""
        run = self.run
        machine = int(run.registers.at[layout.ERROR_MACHINE])
        slot = int(run.registers.at[layout.ERROR_SLOT])
        shape = int(run.flow.current[layout.SHAPE])
        try:
            for level in range(len(self.composition.levels)):
                self.scores(level, shape, np.array([machine]), np.array([slot]))
        except HeuristicError as error:
            return error
        heuristic = self.composition.levels[0]
        raised = run.registers.at[layout.ERROR_KIND] == layout.RAISED
        reason = "raised" if raised else "not_finite"
        what = "raised an exception" if raised else "scored no finite number"
        one, at = np.array([machine]), np.array([slot])
        line = _returning_line(heuristic, lambda: self._again(0, shape, one, at, 0))
        return self.error(heuristic, reason, what, machine, line)


def _raised_in(heuristic: Heuristic, error: BaseException) -> bool:
    """Whether an exception is the heuristic's own, not an interruption from outside."""
    if isinstance(error, Exception):
        return not isinstance(error, HeuristicError)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return any(frame.filename == heuristic.filename for frame in last)


def _returning_line(heuristic: Heuristic, call: Callable[[], None]) -> int | None:
    """The last line of the heuristic's file that runs in a call."""
    lines: list[int] = []

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != heuristic.filename:
            return None
        if event == "line":
            lines.append(frame.f_lineno)
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        call()
    finally:
        sys.settrace(before)
    return lines[-1] if lines else None
