"""Which programs are tried: in the language, not too long or dear, and new."""

from __future__ import annotations

from evolve.candidate import Candidate, Verdict
from evolve.past import Past
from evolve.problem import Problem
from heuristics import HeuristicError
from heuristics.cost import operations
from heuristics.tree import Program, identity, program_of, size
from sim.arenas.behaviour import LARGEST
from sim.contain.message import KNOWN


class Screen:
    """What a problem allows, and what was proposed before.

    Answers that are to come arrive in no order of their own; so that a search is the same again,
    an answer is held against what has a lower number, and others against answers taken in.
    """

    def __init__(self, problem: Problem, past: Past) -> None:
        self.problem, self.past = problem, past
        self.known: dict[str, int] = {}  # the first of each identity, of what was here at once
        self.answered: dict[str, int] = {}  # and of what came later

    def fault(self, source: str) -> Verdict | None:
        """Why a source is not tried: it is not in the language, too long or too dear."""
        try:
            program = program_of(source)
        except HeuristicError as error:
            return Verdict(reason=error.reason, message=str(error))
        if (nodes := size(program)) > LARGEST:
            said = f"found {nodes} statements and expressions, expected at most {LARGEST:.0f}"
            return Verdict(reason="too_large", message=said)
        if not self.affords(program):
            said = (
                f"takes {self.operations(program):,} operations to score a machine, expected at "
                f"most {self.problem.operations:,}"
            )
            return Verdict(reason="too_large", message=said)
        return None

    def affords(self, program: Program) -> bool:
        """Whether the problem allows a program that costs so much a decision."""
        most = self.problem.operations
        return most is None or self.operations(program) <= most

    def operations(self, program: Program) -> int:
        """Operations to score one machine of the problem's."""
        setup = self.problem.train.watch.course.setup
        devices = int(setup.machines.devices.max(initial=0))
        return operations(program, setup.mix.counts.size, devices)

    def admits(self, source: str, number: int) -> bool:
        """Whether a source may be the proposal of a number, which it is from then on."""
        if self.fault(source):
            return False
        mark = identity(source)
        if mark in self.known or self.answered.get(mark) in self.past.status:
            return False
        self.known[mark] = number
        return True

    def begins(self, source: str, number: int) -> None:
        """A seed, which is tried whatever it is."""
        self.known.setdefault(identity(source), number)

    def answer(self, candidate: Candidate) -> Verdict | None:
        """Why an answer is not scored; it counts as proposed from here on."""
        if "fault" in candidate.note:
            return Verdict(**candidate.note["fault"])
        number, mark = candidate.number, candidate.identity
        fault = self.fault(candidate.source)
        if fault is None and (self.known.get(mark, number) < number or mark in self.answered):
            fault = Verdict(reason=KNOWN)
        if mark:
            self.answered.setdefault(mark, number)
        return fault
