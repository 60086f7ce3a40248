"""The proposer that asks language models: a prompt of what the search knows, an answer, a program.

Prompts are made in the order of candidates; answers come when they come, and each is in the journal
with its question as soon as it is here, so that a run that goes on asks nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evolve.bandit import Bandit
from evolve.candidate import Candidate
from evolve.embedded.mutator import Embedded
from evolve.journal import Journal, JournalError
from evolve.llm.answer import AnswerError, heuristic_in
from evolve.llm.budget import Caps, Cost, Ledger, most_of
from evolve.llm.endpoint import Endpoint, EndpointError, Message, Pace, Reply, TooLong
from evolve.llm.instructions import Instruction, Instructions, one_text
from evolve.llm.models import Model, tokens
from evolve.llm.prompt import CUT, Templates, mark
from evolve.llm.prompter import Prompter, Task
from evolve.past import Past
from evolve.problem import Problem
from evolve.proposer import Proposal
from heuristics.tree import Program

GRACE_S = 20.0  # what is under way when a run stops has so long to be paid for with an answer
MOST_ECHOED = 8000  # characters of an answer that it is sent back with
PROMPT_TOKENS = 4000  # of a prompt, as long as none was made
DRAWS = 5  # of a prompt, until one comes that was not asked before
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
class _Asked:
    """One candidate's request, all that a thread needs for it.

    making: what asks for a new instruction first, in whose place `instruction` is where none comes.
    """

    number: int
    task: Task
    model: Model
    instruction: Instruction
    making: Sequence[Message] = ()


class Writer:
    """Asks models for programs; of a share of candidates, the embedded proposer.

    say: takes what whoever waits should know, a line at a time.

    Raises:
        EndpointError: an endpoint can't be set up.
    """

    name = "llm"
    insight = True

    def __init__(
        self,
        problem: Problem,
        seeds: Mapping[str, Program],
        asking: Asking,
        journal: Journal,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.asking, self.journal, self.say = asking, journal, say
        self.embedded = Embedded(problem.seen, seeds)
        self.instructions = Instructions(
            asking.instructions, evolve=asking.evolve, every=asking.every
        )
        self.prompter = Prompter(problem, asking.templates, self.instructions)
        self.models = {model.name: model for model in asking.models}
        self.choosing = Bandit({model.name: model.weight for model in asking.models})
        self.ledger = Ledger(asking.caps)
        self.asked, self.longest, self.judging = 0, PROMPT_TOKENS, Cost()
        self.prompts: set[str] = set()
        self.anew: set[int] = set()  # asked in this session
        self.cap = ""  # that has ended it
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
        for _ in range(DRAWS):
            asked = self._asked(number, island, past, random)
            messages = self.prompter.messages(asked.task, asked.instruction)
            if (prompt := mark(messages)) not in self.prompts:
                break
        self.prompts.add(prompt)
        text = "".join(one["content"] for one in messages)
        self.longest = max(self.longest, tokens(text))
        self.ledger.reserve(number, self._most(asked.model, text, asked.making))
        self.asked += 1
        future = self.threads.submit(self._written, asked)
        self.waiting.add(future)
        future.add_done_callback(self.waiting.discard)
        return future

    def spent(self, number: int) -> str:
        """The cap that another prompt as long as the longest might break."""
        model = max(self.models.values(), key=lambda one: one.prices.of(1000, 1000))
        making = self.prompter.making() if self.instructions.due(self.asked) else []
        self.cap = self.ledger.over(self._most(model, "x" * int(3.5 * self.longest), making))
        return self.cap

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
        self.choosing.learn(note["model"], won)
        self.by_model[note["model"]].add(cost, won, gain)
        self.prompter.learn(candidate, won, gain)
        if candidate.number in self.anew:
            self.failed = self.failed + 1 if "fault" in note else 0
            if self.failed >= self.asking.failures:
                raise ProposerError(
                    f"the last {self.failed} answers could not be used, the last one: "
                    f"{note['fault']['message']} (llm.failures)"
                )

    def judge(self, number: int, name: str, messages: Sequence[Message]) -> str:
        """What the first model answers to a question about a candidate, asked once."""
        model = next(iter(self.models.values()))
        reply = self._answered(number, f"judge {name}", model, lambda _: list(messages))
        self.judging += self._cost(model, reply)
        return reply.text

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
        spent = self.ledger.spent + self.judging
        return {
            "requests": spent.requests,
            "tokens_in": spent.tokens_in,
            "tokens_out": spent.tokens_out,
            "usd": spent.usd if all(m.prices.known for m in self.models.values()) else None,
            "ended_by": self.cap or None,
            "models": {name: one.plain() for name, one in self.by_model.items()},
            "instructions": self.instructions.said(),
        }

    def close(self) -> None:
        """Ask nothing more; what is under way has a little time to be answered and written down."""
        self.stop.set()
        self.threads.shutdown(wait=False, cancel_futures=True)
        try:
            if under_way := [one for one in self.waiting if not one.done()]:
                self.say(
                    f"llm: waiting for {len(under_way)} answers that are under way, "
                    f"{GRACE_S:.0f} s at most"
                )
                wait(under_way, timeout=GRACE_S)
        finally:
            for endpoint in self.endpoints.values():
                endpoint.close()
            self.threads.shutdown(wait=True)

    def _most(self, model: Model, prompt: str, making: Sequence[Message]) -> Cost:
        """Of an answer to a prompt, sent back once, and of an instruction made for it."""
        most = most_of(model, prompt, 1 + self.asking.repair)
        text = "".join(one["content"] for one in making)
        return most + most_of(model, text, 1) if making else most

    def _asked(self, number: int, island: int, past: Past, random: np.random.Generator) -> _Asked:
        """What is asked for a candidate, and of which model."""
        task = self.prompter.task(island, past, random)
        model = self.models[self.choosing.pick(random)]
        if not self.instructions.due(self.asked):
            return _Asked(number, task, model, task.instruction)
        text = self.instructions.recombined(random)
        made = Instruction(f"from {number}", text, "recombined") if text else task.instruction
        return _Asked(number, task, model, made, self.prompter.making())

    def _written(self, asked: _Asked) -> Proposal:
        """A candidate's program, in a thread: asked for, read, sent back once where it is none."""
        task, cost, note = asked.task, Cost(), dict[str, Any]()
        instruction = asked.instruction
        if asked.making:
            reply = self._exchange(asked, INSTRUCTION, lambda _: list(asked.making))
            cost += self._cost(asked.model, reply)
            if text := one_text(reply.text):
                instruction = Instruction(f"from {asked.number}", text, "written")
            if instruction.name != task.instruction.name:
                note["made"] = {
                    "name": instruction.name,
                    "text": instruction.text,
                    "made": instruction.made,
                }
        last: list[list[Message]] = []

        def ask(cut: int) -> list[Message]:
            last.append(self.prompter.messages(task, instruction, cut))
            return last[-1]

        reply = self._exchange(asked, ANSWER, ask)
        cost += self._cost(asked.model, reply)
        source, fault = read(reply, task)
        if fault and self.asking.repair:
            said = {"role": "assistant", "content": reply.text[:MOST_ECHOED] or "(nothing)"}
            again = [*last[-1], said, self.prompter.repair(fault)]
            reply = self._exchange(asked, REPAIR, lambda _: again)
            cost += self._cost(asked.model, reply)
            source, fault = read(reply, task)
        if fault:
            note["fault"] = fault
        note |= {"answered": True, "model": asked.model.name, "instruction": instruction.name}
        return Proposal(
            source,
            task.operator,
            task.parents,
            note,
            proposer=self.name,
            prompt=mark(last[-1]),
            costs=dict(vars(cost)),
        )

    def _cost(self, model: Model, reply: Reply) -> Cost:
        usd = model.prices.of(reply.tokens_in, reply.tokens_out)
        return Cost(1, reply.tokens_in, reply.tokens_out, usd)

    def _exchange(self, task: _Asked, round: str, asked: Callable[[int], list[Message]]) -> Reply:
        """One question for a candidate and its answer."""
        return self._answered(task.number, round, task.model, asked)

    def _answered(
        self, number: int, round: str, model: Model, asked: Callable[[int], list[Message]]
    ) -> Reply:
        """One question and its answer: the journal's, where it has it. asked: cut so often."""
        known = self.journal.exchanged(number, round)
        if known is not None:
            try:
                asked(min(max(int(known["cut"]), 0), len(CUT)))
                return Reply.of(known["reply"])
            except (KeyError, TypeError, ValueError) as error:
                said = f"{self.journal.path}: found no answer in {round} of candidate {number}"
                raise JournalError(f"{said} ({error})") from error
        if self.asking.replay:
            raise EndpointError(f"llm=replay: the journal has no {round} for candidate {number}")
        self.anew.add(number)
        cut = 0
        while True:
            messages = asked(cut)
            try:
                reply = self.endpoints[model.name].ask(messages)
                break
            except TooLong as error:
                if round != ANSWER or cut == len(CUT):
                    raise EndpointError(
                        f"{model}: the prompt is too long, and nothing is left to cut: {error}"
                    ) from None
                cut += 1
        body = {
            "model": model.name,
            "messages": messages,
            "cut": cut,
            "reply": dict(vars(reply)),
        }
        self.journal.exchange(number, round, body)
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


def read(reply: Reply, task: Task) -> tuple[str, dict[str, str]]:
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
