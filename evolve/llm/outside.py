"""A search whose programs come from outside: prompts with tickets go out, answers come in.

Whoever answers takes a model's place: a person, a coding agent, another program. Several tickets
may be out at once; they are in the journal, and good as long as the run is. What is told is
scored at once, in the order in which it is told, against the archive as it stands then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

import numpy as np

from evolve.candidate import Candidate, Verdict
from evolve.evaluate import Job
from evolve.journal import Journal, JournalError
from evolve.llm.answer import AnswerError, heuristic_in
from evolve.llm.budget import Cost
from evolve.llm.instructions import Instructions
from evolve.llm.models import tokens
from evolve.llm.prompt import Templates, mark
from evolve.llm.prompter import Prompter
from evolve.past import Past
from evolve.problem import Problem
from evolve.proposer import Proposal
from evolve.search import Loop
from evolve.settings import Budget
from heuristics.tree import Program, program_of, size
from sim.arenas.racing import Race

SEEDED = 0xA5C
FREE = "free"  # the operator of what is told without a ticket
EVERY = 15  # tickets from one new instruction to the next
UNUSABLE = ("syntax", "forbidden_node", "forbidden_name", "forbidden_argument", "too_large")
CHEAPEST = 1  # draws that a what-if is scored on, where a problem has no cheaper stage


class TicketError(JournalError):
    """A ticket that there is none of, or that was answered."""


class Awaited:
    """The proposer of such a search: it writes nothing itself."""

    name = "outside"
    insight = True

    def __init__(
        self,
        problem: Problem,
        seeds: Mapping[str, Program],
        journal: Journal,
        *,
        templates: Templates,
        instructions: Sequence[str],
    ) -> None:
        self.journal = journal
        texts = Instructions(instructions, evolve=True, every=EVERY)
        self.prompter = Prompter(problem, templates, texts)
        self.answered = 0

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal:
        """Nothing of its own: whoever runs the loop has answers taken in (`Outside`)."""
        raise NotImplementedError

    def skip(self, proposal: Proposal) -> None:
        """It proposes nothing."""

    def learn(self, candidate: Candidate, status: str, gain: float | None) -> None:
        """What became of an answer pays the kind of prompt that it was to."""
        if candidate.note.get("answered"):
            self.answered += 1
            self.prompter.learn(candidate, status in ("new", "improved"), gain)

    def spent(self, number: int) -> str:
        """The run waits for answers."""
        return "answers from outside are awaited"

    def judge(self, number: int, name: str, messages: Sequence[Mapping[str, str]]) -> str:
        """It has no model to ask."""
        return ""

    def told(self) -> dict[str, Any]:
        """How many answers there were, and what was asked for with them."""
        return {"answers": self.answered, "instructions": self.prompter.instructions.said()}

    def close(self) -> None:
        """It holds nothing."""


@dataclass(frozen=True)
class Told:
    """What became of an answer.

    score: on train, of what was scored on all draws. behind: of what was not, by how much it lay
    under the best of its island.
    """

    candidate: int
    status: str
    score: float | None
    verdict: Verdict
    behind: float | None = None


class Outside(AbstractContextManager["Outside"]):
    """A run that is asked and told. It is opened with all that was told before taken in."""

    def __init__(self, loop: Loop) -> None:
        assert isinstance(loop.proposer, Awaited)
        self.loop, self.journal, self.awaited = loop, loop.journal, loop.proposer
        begin(loop)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The loop's own parts are closed by whoever made them."""

    @property
    def open(self) -> list[int]:
        """Tickets without an answer that could be used."""
        taken = {one.note.get("ticket") for one in self._used()}
        return [number for number in self.journal.tickets() if number not in taken]

    def ask(self) -> dict[str, Any]:
        """A new ticket: its number, and the conversation to be answered."""
        self._expect_going_on()
        loop, number = self.loop, len(self.journal.tickets()) + 1
        island = number % len(loop.archive.islands)
        random = np.random.default_rng([SEEDED, loop.settings.seed, number])
        prompter = self.awaited.prompter
        task = prompter.task(island, loop.past, random)
        texts = prompter.instructions
        instruction, made = task.instruction, None
        if texts.due(number) and (text := texts.recombined(random)):
            instruction = replace(instruction, name=f"from ticket {number}", text=text)
            made = {"name": instruction.name, "text": text, "made": "recombined"}
        messages = prompter.messages(task, instruction)
        ticket = {
            "ticket": number,
            "island": island,
            "operator": task.operator,
            "parents": list(task.parents),
            "editable": list(task.editable),
            "instruction": instruction.name,
            "messages": messages,
            **({"made": made} if made else {}),
        }
        self.journal.exchange(number, "ticket", ticket)
        return ticket

    def tell(self, number: int | None, text: str, who: str = "outside") -> Told:
        """Take an answer in and score it; None: an answer to no ticket.

        An answer that was taken in already, before a kill for one, is what it was.

        Raises:
            TicketError: there is no such ticket, or it was answered.
        """
        self._expect_going_on()
        if (before := self._told_before(number, text)) is not None:
            return before
        ticket = self._ticket(number)
        note: dict[str, Any] = {"answered": True, "ticket": number, "answer": text, "by": who}
        for name in ("instruction", "made"):
            if name in ticket:
                note[name] = ticket[name]
        try:
            source = heuristic_in(text, ticket["editable"])
        except AnswerError as error:
            source = error.source
            note["fault"] = {"reason": error.reason, "message": error.message}
        inside = sum(tokens(one["content"]) for one in ticket["messages"])
        proposal = Proposal(
            source,
            ticket["operator"],
            tuple(ticket["parents"]),
            note,
            proposer=Awaited.name,
            prompt=mark(ticket["messages"]),
            costs=dict(vars(Cost(1, inside, tokens(text)))),
        )
        at = len(self.journal.candidates)
        race = self.loop.race(ticket["island"])
        verdict, score = self.loop.take_in(at, ticket["island"], proposal)
        behind = None
        if race.best and verdict.values and not verdict.whole:
            behind = -race.lead(race.best, verdict.values, verdict.goodput).mean
        return Told(at, self.loop.past.status[at], score, verdict, behind)

    def what_if(self, source: str) -> dict[str, Any]:
        """What a source would score on the cheapest stage alone; nothing is kept of it."""
        problem, loop = self.loop.problem, self.loop
        if (fault := loop.screen.fault(source)) is not None:
            return {"reason": fault.reason, "message": fault.message}
        draws = min(problem.slack, default=CHEAPEST)
        best = max(loop.archive.ranked(), key=lambda one: one.score)
        nodes = size(program_of(source))
        race = Race(loop.settings.grid, nodes, problem.margin, problem.first)
        short = replace(race, best=best.standing, slack={draws: -1e9})
        found = loop.evaluators.submit(Job(source, "what_if", "train", race=short)).result()
        if found.reason:
            return {"reason": found.reason, "message": found.message}
        lead = race.lead(best.standing, found.values, found.goodput).mean
        return {
            "draws": len(found.values),
            "values": list(found.values),
            "goodput": list(found.goodput),
            "best": best.candidate.number,
            "lead_over_best": lead,
        }

    def _ticket(self, number: int | None) -> Mapping[str, Any]:
        if number is None:
            islands = len(self.loop.archive.islands)
            return {
                "island": len(self.journal.candidates) % islands,
                "operator": FREE,
                "parents": [],
                "editable": [],
                "messages": [],
            }
        found = self.journal.exchanged(number, "ticket") if 0 < number < 1 << 53 else None
        if found is None:
            shown = ", ".join(map(str, self.open)) or "none"
            raise TicketError(f"ticket: found {number}, expected one that is open: {shown}")
        for one in self._used():
            if one.note.get("ticket") == number:
                became = self.loop.past.status.get(one.number, "not scored yet")
                raise TicketError(
                    f"ticket {number} was answered: candidate {one.number}, {became}; unstrand ask "
                    "gives another"
                )
        return found

    def _used(self) -> Iterator[Candidate]:
        """The answers that could be used: programs that the language and the trace allow."""
        for one in self.journal.candidates.values():
            verdict = self.journal.verdicts.get(f"train:{one.number}")
            allowed = verdict is None or verdict.reason not in UNUSABLE
            if "fault" not in one.note and allowed:
                yield one

    def _told_before(self, number: int | None, text: str) -> Told | None:
        """What became of this very answer to this ticket, where it was told before."""
        past = self.loop.past
        for at, one in self.journal.candidates.items():
            same = one.note.get("ticket") == number and one.note.get("answer") == text
            if number is not None and same and at in past.status:
                verdict, problem = past.verdicts[at], self.loop.problem
                whole = verdict.whole and not verdict.reason
                values, held = (of[problem.first :] for of in (verdict.values, verdict.goodput))
                score = problem.worth(values, held) if whole else None
                return Told(at, past.status[at], score, verdict)
        return None

    def _expect_going_on(self) -> None:
        """Raise TicketError where the run has ended: its test pool was opened."""
        if self.journal.noted(-1, "opened") is not None:
            raise TicketError(
                f"{self.journal.path}: the run has ended, its test pool was opened; begin another"
            )


def begin(loop: Loop) -> None:
    """Score what the search begins with, and take in again what was told before."""
    loop.run(Budget(candidates=len(loop.seeds)))
    for number in range(len(loop.seeds), len(loop.journal.candidates)):
        kept = loop.journal.candidates[number]
        loop.take_in(number, kept.island, _again(kept))


def _again(kept: Candidate) -> Proposal:
    """The proposal that a candidate was."""
    return Proposal(
        kept.source,
        kept.operator,
        kept.parents,
        kept.note,
        proposer=kept.proposer,
        prompt=kept.prompt,
        costs=kept.costs,
    )
