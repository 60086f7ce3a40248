"""Who decides what is asked: the operator, the parents, the instruction, and the prompt of them.

The same for models that are asked over a network, and for whoever answers from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from evolve.archive import Archive
from evolve.bandit import Bandit
from evolve.candidate import Candidate
from evolve.llm.endpoint import Message
from evolve.llm.facts import Facts
from evolve.llm.instructions import Instruction, Instructions
from evolve.llm.prompt import Templates
from evolve.past import Past
from evolve.problem import Problem

OPERATORS = {"improve": 4.0, "combine": 2.0, "simplify": 1.0, "explore": 1.0, "fix": 1.0}
"""What may be asked for, with its share to begin with."""
EDITABLE = "improve", "simplify"
LATELY = 20  # candidates of which a rejected one may be mended


@dataclass(frozen=True)
class Task:
    """What is asked for one candidate.

    facts: all that the templates tell; editable: the sources that an answer may be edits of.
    """

    operator: str
    parents: tuple[int, ...]
    editable: tuple[str, ...]
    facts: Mapping[str, Any]
    instruction: Instruction


class Prompter:
    """Makes prompts from what a search knows, and learns which kinds pay."""

    def __init__(self, problem: Problem, templates: Templates, instructions: Instructions) -> None:
        self.facts, self.templates, self.instructions = Facts(problem), templates, instructions
        self.operators = Bandit(OPERATORS)

    def task(self, island: int, past: Past, random: np.random.Generator) -> Task:
        """What is to be asked for a candidate of an island, from what is known now."""
        failed, empty = _failed(past), past.archive.best(island) is None
        operator = self.operators.pick(random)
        if empty or (operator == "fix" and failed is None):
            operator = "explore"
        count = 0 if empty else {"combine": 2, "fix": 0}.get(operator, 1)
        pick = partial(_picked, past.archive, island, random)
        parents = tuple(dict.fromkeys(pick() for _ in range(count)))
        if operator == "combine" and len(parents) < 2:
            operator = "improve"
        instruction = self.instructions.pick(random)
        shown = [self.facts.program(past, one) for one in parents]
        mended = failed if operator == "fix" else None
        facts = {
            **self.facts.of_problem,
            "parents": shown,
            "failed": mended,
            "inspirations": []
            if operator in ("simplify", "fix")
            else self.facts.inspirations(past, island, parents),
            "rejections": self.facts.rejections(past),
            "lately": self.facts.lately(past),
            "operator": operator,
        }
        editable = tuple(one["source"] for one in shown) if operator in EDITABLE else ()
        lineage = (mended["number"],) if mended else parents
        return Task(operator, lineage, editable, facts, instruction)

    def messages(self, task: Task, instruction: Instruction, cut: int = 0) -> list[Message]:
        """The conversation of a task, with so many sections left out."""
        facts = {**task.facts, "instruction": instruction.text}
        return self.templates.conversation(facts, cut)

    def making(self) -> list[Message]:
        """The conversation that asks for a new instruction."""
        said = [one for one in self.instructions.said() if one["name"] in self.instructions.known]
        text = self.templates.rendered("instruct", {"instructions": said})
        return [{"role": "user", "content": text}]

    def repair(self, fault: Mapping[str, str]) -> Message:
        """What an answer that can't be used is sent back with."""
        return {"role": "user", "content": self.templates.rendered("repair", fault)}

    def learn(self, candidate: Candidate, won: bool, gain: float | None) -> None:
        """What became of an answer pays its operator and its instruction."""
        note = candidate.note
        self.operators.learn(candidate.operator, won)
        if "made" in note:
            self.instructions.take(Instruction(**note["made"]))
        self.instructions.learn(note.get("instruction", ""), won=won, gain=gain)


def _picked(archive: Archive, island: int, random: np.random.Generator) -> int:
    return archive.pick(island, random).candidate.number


def _failed(past: Past) -> dict[str, Any] | None:
    """The last program that was rejected with a source worth mending."""
    for number in reversed(list(past.status)[-LATELY:]):
        verdict, candidate = past.verdicts[number], past.candidates[number]
        if verdict.reason and verdict.message and candidate.source.strip():
            return {
                "number": number,
                "source": candidate.source.strip(),
                "reason": verdict.reason,
                "message": verdict.message,
            }
    return None
