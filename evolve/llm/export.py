"""A run's journal as training data, in the forms that TRL's trainers read.

- `proposals`: prompt and completion of everything that was proposed, and what became of it.
- `sft`: of those, the programs that were kept.
- `preferences`: two answers to one prompt, the better first, with the margin in points; and an
  answer that could not be used under the one that mended it.
- `steps`: a line of descent from a seed, program by program, with whether each was better than the
  one before, and by how much.

What came of a model is told as it was asked and answered; of other proposers the prompt is what a
model would have been asked for a change of the same parents. A program's descendants, and whatever
says the same, are in its own split, and no prompt for training shows a program of the test.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evolve.archive import Archive
from evolve.candidate import Candidate
from evolve.journal import Journal
from evolve.llm.endpoint import Message
from evolve.llm.facts import Facts
from evolve.llm.prompt import Templates
from evolve.past import Past
from evolve.problem import Problem
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race, Standing

KEPT = "new", "improved"
SPLITS = "train", "test"
MOST_PAIRS = 8  # of one prompt
LEAST_MARGIN = 1e-6

Record = dict[str, Any]


@dataclass(frozen=True)
class Data:
    """Records by split and kind, and what is to be told of them."""

    records: Mapping[str, Mapping[str, Sequence[Record]]]
    candidates: Mapping[str, int]


class Run:
    """A run as its journal tells it."""

    def __init__(self, problem: Problem, journal: Journal, templates: Templates) -> None:
        self.problem, self.journal, self.templates = problem, journal, templates
        self.past = _past(journal)
        gains(problem, self.past)
        self.facts = Facts(problem)
        self.children: dict[int, list[int]] = defaultdict(list)
        for number, candidate in self.past.candidates.items():
            for parent in candidate.parents:
                self.children[parent].append(number)
        self.alike: dict[str, list[int]] = defaultdict(list)
        for number in self.past.candidates:
            if text := self._text(number):
                self.alike[text].append(number)

    def data(self, share: float, seed: int) -> Data:
        """All records. share: of candidates that are for testing, about; seed: of which."""
        test = self.tested(share, seed)
        records: dict[str, dict[str, list[Record]]] = {
            split: {"proposals": [], "sft": [], "preferences": [], "steps": []} for split in SPLITS
        }
        for kind, made in (
            ("proposals", self.proposals(test)),
            ("sft", (one for one in self.proposals(test) if one[1]["status"] in KEPT)),
            ("preferences", self.preferences(test)),
            ("steps", self.steps()),
        ):
            for numbers, record in made:
                inside = [number in test for number in numbers]
                if all(inside) or not any(inside):
                    records["test" if any(inside) else "train"][kind].append(record)
                elif kind == "steps":
                    records["test"][kind].append(record)
        count = len(self.past.candidates)
        return Data(records, {"train": count - len(test), "test": len(test)})

    def tested(self, share: float, seed: int) -> set[int]:
        """Candidates for testing: some by lot with all that descends from them."""
        wanted = share * len(self.past.candidates)
        drawn = [n for n, one in self.past.candidates.items() if one.parents]
        drawn.sort(key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())
        found: set[int] = set()
        for number in drawn:
            more = self._family(number) - found
            begun = any(not self.past.candidates[one].parents for one in more)
            if not begun and len(found) + len(more) <= wanted:
                found |= more
        return found

    def proposals(self, test: set[int]) -> Iterator[tuple[list[int], Record]]:
        """Everything but what the search began with, as prompt and completion."""
        for number, candidate in self.past.candidates.items():
            if candidate.proposer == "shipped":
                continue
            prompt, completion = self._exchange(candidate)
            if number not in test and self._shows(prompt, test):
                prompt = self._rebuilt(candidate)
            yield [number], {"prompt": prompt, "completion": [completion], **self._told(number)}

    def preferences(self, test: set[int]) -> Iterator[tuple[list[int], Record]]:
        """Pairs of answers to one prompt."""
        for number, candidate in self.past.candidates.items():
            first = self.journal.exchanged(number, "answer")
            mended = self.journal.exchanged(number, "repair")
            shown = first and number not in test and self._shows(first["messages"], test)
            if first and mended and not shown and "fault" not in candidate.note:
                yield (
                    [number],
                    {
                        "prompt": list(first["messages"]),
                        "chosen": [_said(mended["reply"]["text"])],
                        "rejected": [_said(first["reply"]["text"])],
                        "margin": None,
                        "candidates": [number, None],
                    },
                )
        siblings: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, candidate in self.past.candidates.items():
            if candidate.parents and self.past.gains.get(number) is not None:
                siblings[candidate.parents].append(number)
        for numbers in siblings.values():
            ranked = sorted(numbers, key=lambda n: (-(self.past.gains[n] or 0.0), n))
            pairs = list(zip(ranked[: len(ranked) // 2], reversed(ranked), strict=False))
            for better, worse in pairs[:MOST_PAIRS]:
                margin = (self.past.gains[better] or 0.0) - (self.past.gains[worse] or 0.0)
                if margin > LEAST_MARGIN:
                    yield (
                        [better, worse],
                        {
                            "prompt": self._rebuilt(self.past.candidates[better]),
                            "chosen": [_answer(self.past.candidates[better])],
                            "rejected": [_answer(self.past.candidates[worse])],
                            "margin": round(margin, 6),
                            "candidates": [better, worse],
                        },
                    )

    def steps(self) -> Iterator[tuple[list[int], Record]]:
        """Lines of first parents, from a seed to what nobody was made of."""
        for number, candidate in self.past.candidates.items():
            if self.children.get(number) or not candidate.parents:
                continue
            line = self._line(number)
            gains = [self.past.gains.get(step) for step in line[1:]]
            facts = {**self.facts.of_problem}
            yield (
                line[1:],
                {
                    "prompt": self.templates.rendered("problem", facts),
                    "completions": [_answer(self.past.candidates[n])["content"] for n in line[1:]],
                    "labels": [gain is not None and gain > 0.0 for gain in gains],
                    "rewards": gains,
                    "judged": [self.journal.noted(n, "judged") for n in line[1:]],
                    "candidates": line[1:],
                },
            )

    def _told(self, number: int) -> Record:
        """What became of a candidate, and what was found of it by the constitution."""
        candidate, past = self.past.candidates[number], self.past
        return {
            "candidate": number,
            "parents": list(candidate.parents),
            "operator": candidate.operator,
            "proposer": candidate.proposer,
            "status": past.status[number],
            "reward": past.gains.get(number),
            "judged": self.journal.noted(number, "judged"),
        }

    def _exchange(self, candidate: Candidate) -> tuple[list[Message], Message]:
        """The prompt of a candidate, and the answer to it."""
        number, note = candidate.number, candidate.note
        for round in ("repair", "answer"):
            if (known := self.journal.exchanged(number, round)) is not None:
                return list(known["messages"]), _said(known["reply"]["text"])
        if note.get("ticket") is not None:
            ticket = self.journal.exchanged(int(note["ticket"]), "ticket")
            if ticket is not None:
                return list(ticket["messages"]), _said(str(note["answer"]))
        return self._rebuilt(candidate), _answer(candidate)

    def _rebuilt(self, candidate: Candidate) -> list[Message]:
        """The prompt that asks for a change of a candidate's parents, and tells nothing else."""
        # What became of a parent's other children is left out: this candidate is one of them.
        shown = [
            self.facts.program(self.past, parent) | {"children": []}
            for parent in candidate.parents[:2]
        ]
        facts = {
            **self.facts.of_problem,
            "parents": shown,
            "failed": None,
            "inspirations": [],
            "rejections": [],
            "lately": {},
            "operator": "combine" if len(shown) > 1 else "improve",
            "instruction": "",
        }
        return self.templates.conversation(facts)

    def _family(self, number: int) -> set[int]:
        """A candidate, what descends from it, what says the same as one of these, and so on."""
        found, left = set[int](), [number]
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left += self.children.get(one, [])
                left += self.alike.get(self._text(one), [])
        return found

    def _text(self, number: int) -> str:
        return self.past.candidates[number].source.strip()

    def _shows(self, messages: Sequence[Message], test: set[int]) -> bool:
        """Whether a conversation holds a program of the test."""
        text = "".join(one["content"] for one in messages)
        return any(self._text(number) in text for number in sorted(test) if self._text(number))

    def _line(self, number: int) -> list[int]:
        line = [number]
        while self.past.candidates[line[-1]].parents:
            line.append(self.past.candidates[line[-1]].parents[0])
        return line[::-1]


def gains(problem: Problem, past: Past) -> None:
    """Worth of each over its first parent, on the draws that both had."""
    race = Race(Grid(), 0, problem.margin, problem.first)
    for number, candidate in past.candidates.items():
        own = past.verdicts[number]
        parent = past.verdicts.get(candidate.parents[0]) if candidate.parents else None
        both = min(len(own.values), len(parent.values)) if parent else 0
        if parent is None or both == 0:
            past.gains[number] = None
            continue
        over = Standing(0.0, parent.values, parent.goodput)
        past.gains[number] = race.lead(over, own.values[:both], own.goodput[:both]).mean


def _past(journal: Journal) -> Past:
    """What a run took in, in the order of candidates."""
    past = Past(Archive(Grid(), 1, 1))
    for number in sorted(journal.candidates):
        taken, verdict = journal.noted(number, "taken"), journal.verdicts.get(f"train:{number}")
        if taken is not None and verdict is not None:
            past.candidates[number] = journal.candidates[number]
            past.verdicts[number], past.status[number] = verdict, taken["status"]
    return past


def _said(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _answer(candidate: Candidate) -> Message:
    """The answer that a program would have been."""
    return _said(f"```python\n{candidate.source.strip()}\n```")
