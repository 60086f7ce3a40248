"""Rules that can be checked by execution, on the course of states that behaviour is told from.

The program runs contained, as it does when it is scored; of its text only the tree is read here.
One check a function, by the name that a constitution calls it by.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

from evolve.embedded.tuning import replaced, values
from evolve.evaluate import Looks, Seen
from evolve.judging.rules import BROKEN, HELD, NOT_JUDGED, Finding, Rule
from heuristics.tree import program_of, write

BY = "execution"
STEADY = 0.9  # of choices, that must stay under a change that ought not to matter
MOVED = 0.01  # by how much of itself a constant is moved
UNITS = 1.0, -0.5  # by how much of itself an amount is larger as it is shown in another unit
MODELS = "model", "machines"  # of a machine: what singles it out where it is held against a number


@dataclass(frozen=True)
class Examined:
    """A program under examination."""

    source: str
    evaluators: Looks

    @cached_property
    def seen(self) -> Seen:
        """What it chooses as it is."""
        return self.evaluators.look(self.source).result()

    def alike(self, *changes: Future[Seen]) -> float | None:
        """The least share of choices that stay the same under some changes; None: it failed."""
        shares = []
        for change in changes:
            other = change.result()
            if self.seen.chosen is None or other.chosen is None:
                return None
            made = self.seen.chosen[:, 0] >= 0
            same = (self.seen.chosen == other.chosen).all(axis=1)
            shares.append(float(same[made].mean()) if made.any() else 1.0)
        return min(shares)


Found = tuple[str, str]
Check = Callable[[Examined], Found]


def extremes(of: Examined) -> Found:
    """From an empty cell to a full one every score is a number."""
    if of.seen.chosen is None:
        return BROKEN, f"{of.seen.reason}: {of.seen.message}"
    return HELD, f"{len(of.seen.chosen):,} choices from an empty cell to a full one, all by numbers"


def packs(of: Examined) -> Found:
    """No more than half of the choices fall on machines with more free than the mean."""
    if of.seen.behaviour is None:
        return NOT_JUDGED, of.seen.reason
    share = of.seen.behaviour.emptier
    said = f"{100 * share:.0f} % of choices fall on machines with more free than the mean"
    return (HELD if share <= 0.5 else BROKEN), said


def scale(of: Examined) -> Found:
    """Amounts shown in other units, twice and half as large, change next to nothing."""
    share = of.alike(*(of.evaluators.look(of.source, by) for by in UNITS))
    return _steady(share, "with amounts shown in units half and twice as large")


def constants(of: Examined) -> Found:
    """All constants moved by a hundredth, up and down, change next to nothing."""
    program = program_of(of.source)
    found = values(program)
    if not found:
        return HELD, "no constants but whole numbers"
    moved = [
        of.evaluators.look(write(replaced(program, [n * (1.0 + by) for n in found])))
        for by in (MOVED, -MOVED)
    ]
    said = f"with its {len(found)} constants {100 * MOVED:g} % larger and smaller"
    return _steady(of.alike(*moved), said)


def order(of: Examined) -> Found:
    """One machine is scored at a time, so their order is not to be seen."""
    if of.seen.chosen is None:
        return NOT_JUDGED, of.seen.reason
    return HELD, "its function sees one machine at a time"


def singled(of: Examined) -> Found:
    """No comparison tells machines apart by their model's number, or by how many there are."""
    program = program_of(of.source)
    for statement in program.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Compare) and any(map(_of_model, ast.walk(node))):
                return BROKEN, ast.unparse(node)
    if of.seen.behaviour is not None and of.seen.behaviour.mark:
        return BROKEN, of.seen.behaviour.mark
    return HELD, "no comparison reads machine.model or machine.machines"


CHECKS: dict[str, Check] = {
    one.__name__: one for one in (extremes, packs, scale, constants, order, singled)
}


def checked(source: str, rules: Sequence[Rule], evaluators: Looks) -> list[Finding]:
    """What execution finds of each rule; not judged where nothing checks it."""
    of, found = Examined(source, evaluators), []
    for rule in rules:
        if not rule.check:
            found.append(Finding(rule.name, BY, NOT_JUDGED, "no executable check"))
            continue
        found.append(Finding(rule.name, BY, *CHECKS[rule.check](of)))
    return found


def _steady(share: float | None, what: str) -> Found:
    if share is None:
        return BROKEN, f"it fails {what}"
    said = f"{100 * share:.1f} % of choices stay {what}"
    return (HELD if share >= STEADY else BROKEN), said


def _of_model(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "machine"
        and node.attr in MODELS
    )
