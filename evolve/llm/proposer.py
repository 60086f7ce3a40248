"""The proposer that asks language models: a prompt of what the search knows, an answer, a program.

Prompts are made in the order of candidates; answers come when they come, and each is in the journal
with its question as soon as it is here, so that a run that goes on asks nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from evolve.archive import Archive
from evolve.bandit import Bandit
from evolve.candidate import Candidate
from evolve.embedded.mutator import Embedded
from evolve.journal import Journal
from evolve.llm.answer import AnswerError, heuristic_in
from evolve.llm.budget import Caps, Cost, Ledger, most_of
from evolve.llm.endpoint import Endpoint, EndpointError, Message, Pace, Reply, TooLong
from evolve.llm.facts import Facts
from evolve.llm.instructions import Instruction, Instructions, one_text
from evolve.llm.models import Model, tokens
from evolve.llm.prompt import CUT, Templates, mark
from evolve.past import Past
from evolve.problem import Problem
from evolve.proposer import Proposal
from heuristics.tree import Program

OPERATORS = {"improve": 4.0, "combine": 2.0, "simplify": 1.0, "explore": 1.0, "fix": 1.0}
"""What a model may be asked to do, with its share to begin with."""
EDITABLE = "improve", "simplify"
GRACE_S = 20.0  # what is under way when a run stops has so long to be paid for with an answer
PROMPT_TOKENS = 4000  # of a prompt, as long as none was made
ANSWER, REPAIR, INSTRUCTION = "answer", "repair", "instruction"


class ProposerError(RuntimeError):
    """Answers are none, so many in a row; in one line."""


@dataclass(frozen=True)
class Asking:
    """How models are asked.

    models: by name, each with its share. share: of candidates that models write, the rest the
    embedded proposer. concurrent: requests at a time; a_minute: requests; timeout_s: of one;
    patience_s: of all tries of one. failures: unusable answers in a row that stop the run. repair:
    whether an unusable answer is sent back once. instructions: texts to begin with; evolve: whether
    they are varied, a new one every so many prompts. replay: answers come from the journal alone.
    """

    models: tuple[Model, ...]
    templates: Templates
    instructions: tuple[str, ...]
    caps: Caps = field(default_factory=Caps)
    share: float = 1.0
    concurrent: int = 4
    a_minute: float | None = None
    timeout_s: float = 120.0
    patience_s: float = 600.0
    failures: int = 10
    repair: bool = True
    evolve: bool = True
    every: int = 15
    replay: bool = False


@dataclass(frozen=True)
class _Task:
    """One candidate's request, all that a thread needs for it."""

    number: int
    operator: str
    parents: tuple[int, ...]
    editable: tuple[str, ...]
    facts: Mapping[str, Any]
    model: Model
    instruction: Instruction
    making: Sequence[Message] = ()
    fallback: str = ""


class Writer:
    """Asks models for programs; of a share of candidates, the embedded proposer.

    Raises:
        EndpointError: an endpoint can't be set up.
    """

    name = "llm"
    insight = True

    def __init__(
        self, problem: Problem, seeds: Mapping[str, Program], asking: Asking, journal: Journal
    ) -> None:
        self.asking, self.journal = asking, journal
        self.facts, self.embedded = Facts(problem), Embedded(problem.seen, seeds)
        self.operators = Bandit(OPERATORS)
        self.models = {model.name: model for model in asking.models}
        self.choosing = Bandit({model.name: model.weight for model in asking.models})
        self.instructions = Instructions(
            asking.instructions, evolve=asking.evolve, every=asking.every
        )
        self.ledger = Ledger(asking.caps)
        self.asked, self.longest = 0, PROMPT_TOKENS
        self.anew: set[int] = set()  # asked in this session
        self.failed = 0  # of those, unusable in a row
        self.by_model = {name: _Yield() for name in self.models}
        self.stop = threading.Event()
        pace = Pace(asking.a_minute, self.stop)
        self.endpoints = (
            {}
            if asking.replay
            else {
                name: Endpoint(model, pace, asking.timeout_s, asking.patience_s)
                for name, model in self.models.items()
            }
        )
        self.threads = ThreadPoolExecutor(asking.concurrent, thread_name_prefix="llm")
        self.waiting: set[Future[Proposal]] = set()

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal | Future[Proposal]:
        """A program by a model, to come; or by the embedded proposer."""
        if random.random() >= self.asking.share:
            return self.embedded.propose(number, island, past, random)
        task = self._task(number, island, past, random)
        text = "".join(one["content"] for one in self._messages(task))
        self.longest = max(self.longest, tokens(text))
        self.ledger.reserve(number, self._most(task.model, text))
        self.asked += 1
        future = self.threads.submit(self._written, task)
        self.waiting.add(future)
        future.add_done_callback(self.waiting.discard)
        return future

    def spent(self, number: int) -> str:
        """The cap that another prompt as long as the longest might break."""
        model = max(self.models.values(), key=lambda one: one.prices.of(1000, 1000))
        return self.ledger.over(self._most(model, "x" * int(3.5 * self.longest)))

    def skip(self, proposal: Proposal) -> None:
        """It is the embedded proposer's."""
        self.embedded.skip(proposal)

    def learn(self, candidate: Candidate, status: str, gain: float | None) -> None:
        """What became of a candidate pays its operator, model and instruction.

        Raises:
            ProposerError: too many unusable answers in a row.
        """
        if not candidate.note.get("answered"):
            self.embedded.learn(candidate, status, gain)
            return
        note, won = candidate.note, status in ("new", "improved")
        cost = Cost.of(candidate.costs)
        self.ledger.settle(candidate.number, cost)
        self.operators.learn(candidate.operator, won)
        self.choosing.learn(note["model"], won)
        self.by_model[note["model"]].add(cost, won, gain)
        if "made" in note:
            self.instructions.take(Instruction(**note["made"]))
        self.instructions.learn(note["instruction"], won=won, gain=gain)
        if candidate.number in self.anew:
            self.failed = self.failed + 1 if "fault" in note else 0
            if self.failed >= self.asking.failures:
                raise ProposerError(
                    f"the last {self.failed} answers could not be used, the last one: "
                    f"{note['fault']['message']} (llm.failures)"
                )

    def estimate(self, candidates: int) -> str:
        """What so many candidates may cost, in words."""
        asked = max(round(candidates * self.asking.share), 0)
        inside = asked * self.longest
        outside = asked * max(model.most_tokens for model in self.models.values())
        text = (
            f"llm: about {asked:,} requests of about {self.longest:,} tokens: {inside / 1e6:.2f} M "
            f"tokens in, at most {outside / 1e6:.2f} M out"
        )
        prices = [m.prices for m in self.models.values()]
        if not all(one.known for one in prices):
            return f"{text}; llm.prices would tell the cost"
        return f"{text}; at most about {max(p.of(inside, outside) for p in prices):,.2f} US dollars"

    def told(self) -> dict[str, Any]:
        """What was spent on models and what it brought, for a summary."""
        spent = self.ledger.spent
        return {
            "requests": spent.requests,
            "tokens_in": spent.tokens_in,
            "tokens_out": spent.tokens_out,
            "usd": spent.usd if all(m.prices.known for m in self.models.values()) else None,
            "models": {name: one.plain() for name, one in self.by_model.items()},
            "instructions": self.instructions.said(),
        }

    def close(self) -> None:
        """Ask nothing more; what is under way has a little time to be answered and written down."""
        self.stop.set()
        self.threads.shutdown(wait=False, cancel_futures=True)
        wait(list(self.waiting), timeout=GRACE_S)
        for endpoint in self.endpoints.values():
            endpoint.close()
        self.threads.shutdown(wait=True)

    def _most(self, model: Model, prompt: str) -> Cost:
        return most_of(model, prompt, 1 + self.asking.repair)

    def _task(self, number: int, island: int, past: Past, random: np.random.Generator) -> _Task:
        """What is asked for a candidate, from what is known now."""
        failed = _failed(past)
        operator = self.operators.pick(random)
        empty = past.archive.best(island) is None
        if (operator == "fix" and failed is None) or empty:
            operator = "explore"
        pick = partial(_picked, past.archive, island, random)
        count = 0 if empty else {"combine": 2, "fix": 0}.get(operator, 1)
        parents = tuple(dict.fromkeys(pick() for _ in range(count)))
        if operator == "combine" and len(parents) < 2:
            operator = "improve"
        model = self.models[self.choosing.pick(random)]
        instruction, fallback = self.instructions.pick(random), ""
        making = list[Message]()
        if self.instructions.due(self.asked):
            making = self._making()
            fallback = self.instructions.recombined(random)
            instruction = Instruction(f"from {number}", "", "recombined")
        shown = [self.facts.program(past, one) for one in parents]
        others = self.facts.inspirations(past, island, parents)
        facts = {
            **self.facts.of_problem,
            "parents": shown,
            "failed": failed if operator == "fix" else None,
            "inspirations": others if operator in ("improve", "combine", "explore") else [],
            "rejections": self.facts.rejections(past),
            "lately": self.facts.lately(past),
            "operator": operator,
            "instruction": instruction.text,
        }
        lineage = parents or ((failed["number"],) if operator == "fix" and failed else ())
        editable = tuple(one["source"] for one in shown) if operator in EDITABLE else ()
        return _Task(
            number, operator, lineage, editable, facts, model, instruction, making, fallback
        )

    def _making(self) -> list[Message]:
        """What a new instruction is asked for with."""
        said = [one for one in self.instructions.said() if one["name"] in self.instructions.known]
        text = self.asking.templates.rendered("instruct", {"instructions": said})
        return [{"role": "user", "content": text}]

    def _messages(self, task: _Task, cut: int = 0, instruction: str | None = None) -> list[Message]:
        facts = task.facts if instruction is None else {**task.facts, "instruction": instruction}
        return self.asking.templates.conversation(facts, cut)

    def _written(self, task: _Task) -> Proposal:
        """A candidate's program, in a thread: asked for, read, sent back once where it is none."""
        cost, note = Cost(), dict[str, Any]()
        instruction = task.instruction
        if task.making:
            reply = self._exchange(task, INSTRUCTION, lambda _: list(task.making))
            cost += self._cost(task.model, reply)
            text = one_text(reply.text)
            instruction = Instruction(
                instruction.name, text or task.fallback, "written" if text else "recombined"
            )
            note["made"] = {
                "name": instruction.name,
                "text": instruction.text,
                "made": instruction.made,
            }
        asked: list[list[Message]] = []

        def ask(cut: int) -> list[Message]:
            asked.append(self._messages(task, cut, instruction.text))
            return asked[-1]

        reply = self._exchange(task, ANSWER, ask)
        cost += self._cost(task.model, reply)
        source, fault = self._read(reply, task)
        if fault and self.asking.repair:
            again: list[Message] = [
                *asked[-1],
                {"role": "assistant", "content": reply.text[:8000] or "(nothing)"},
                {"role": "user", "content": self.asking.templates.rendered("repair", fault)},
            ]
            reply = self._exchange(task, REPAIR, lambda _: again)
            cost += self._cost(task.model, reply)
            source, fault = self._read(reply, task)
        if fault:
            note["fault"] = fault
        note |= {"answered": True, "model": task.model.name, "instruction": instruction.name}
        return Proposal(
            source,
            task.operator,
            task.parents,
            note,
            proposer=self.name,
            prompt=mark(asked[-1]),
            costs=dict(vars(cost)),
        )

    def _cost(self, model: Model, reply: Reply) -> Cost:
        usd = model.prices.of(reply.tokens_in, reply.tokens_out)
        return Cost(1, reply.tokens_in, reply.tokens_out, usd)

    def _read(self, reply: Reply, task: _Task) -> tuple[str, dict[str, str]]:
        """The program of an answer, and why it is none."""
        if reply.refused:
            return "", {"reason": "syntax", "message": "the model refused to answer"}
        if reply.finish == "too_long":
            return "", {"reason": "too_large", "message": "the answer had no end"}
        try:
            return heuristic_in(reply.text, task.editable), {}
        except AnswerError as error:
            said = error.message
            if not reply.text.strip():
                said = "the answer was empty"
            elif reply.finish == "length":
                said += " (the answer was cut off at llm.max_tokens)"
            return error.source, {"reason": error.reason, "message": said}

    def _exchange(self, task: _Task, round: str, asked: Callable[[int], list[Message]]) -> Reply:
        """One question and its answer: the journal's, where it has it. asked: cut so often."""
        known = self.journal.exchanged(task.number, round)
        if known is not None:
            asked(known["cut"])
            return Reply(**known["reply"])
        if self.asking.replay:
            raise EndpointError(
                f"llm=replay: the journal has no {round} for candidate {task.number}"
            )
        self.anew.add(task.number)
        cut = 0
        while True:
            messages = asked(cut)
            try:
                reply = self.endpoints[task.model.name].ask(messages)
                break
            except TooLong as error:
                if round != ANSWER or cut == len(CUT):
                    raise EndpointError(
                        f"{task.model}: the prompt is too long, and nothing is left to cut: {error}"
                    ) from None
                cut += 1
        body = {
            "model": task.model.name,
            "messages": messages,
            "cut": cut,
            "reply": dict(vars(reply)),
        }
        self.journal.exchange(task.number, round, body)
        return reply


@dataclass
class _Yield:
    """What a model has cost and brought."""

    cost: Cost = field(default_factory=Cost)
    tried: int = 0
    kept: int = 0
    gains: list[float] = field(default_factory=list)

    def add(self, cost: Cost, won: bool, gain: float | None) -> None:
        """One candidate."""
        self.cost, self.tried, self.kept = self.cost + cost, self.tried + 1, self.kept + won
        if gain is not None:
            self.gains.append(gain)

    def plain(self) -> dict[str, Any]:
        """In JSON's types."""
        mean = float(np.mean(self.gains)) if self.gains else None
        return {**vars(self.cost), "tried": self.tried, "kept": self.kept, "mean_gain": mean}


def _picked(archive: Archive, island: int, random: np.random.Generator) -> int:
    return archive.pick(island, random).candidate.number


def _failed(past: Past) -> dict[str, Any] | None:
    """The last program that was rejected with a source worth mending."""
    for number in reversed(list(past.status)[-20:]):
        verdict, candidate = past.verdicts[number], past.candidates[number]
        if verdict.reason and verdict.message and candidate.source.strip():
            return {
                "number": number,
                "source": candidate.source.strip(),
                "reason": verdict.reason,
                "message": verdict.message,
            }
    return None
