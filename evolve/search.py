"""The loop: programs are proposed, scored contained, and the best of each behaviour kept.

A proposal knows of all verdicts but the last few, however many workers there are: results are
taken in the order of proposals, with a fixed lag. So a search is the same with any number of
workers, and goes on after a kill as if nothing had been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from evolve.archive import Archive
from evolve.candidate import Candidate, Entry, Verdict
from evolve.embedded.mutator import NEW, Embedded, out_of_nothing
from evolve.embedded.nulls import Nothing, null_arm
from evolve.evaluate import Job, Scores
from evolve.journal import Journal, JournalError
from evolve.past import Past
from evolve.problem import Problem
from evolve.proposer import Proposal, Proposer
from evolve.screen import Screen
from evolve.seeds import seeds
from evolve.settings import Budget, Progress, Settings, State
from heuristics import HeuristicError
from heuristics.tree import Program, identity, program_of, size, write
from sim.arenas.racing import Race, Standing
from sim.contain.message import KNOWN
from sim.errors import SimError

T = TypeVar("T")
SEEDED = 0xE701
TRIES = 100
EVERYWHERE = -1  # the island of seeds: all of them


@dataclass(frozen=True)
class Draft:
    """A proposal that is asked for, and what it has to beat as things stood then."""

    number: int
    island: int
    race: Race
    proposal: Future[Proposal]


Writer = Callable[[Problem, Mapping[str, Program], Journal], Proposer]
"""Makes the proposer of a search from its problem, what it begins with, and its journal."""


class Loop:
    """A search in progress."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        evaluators: Scores,
        journal: Journal,
        progress: Progress | None = None,
        writer: Writer | None = None,
    ) -> None:
        self.problem, self.settings = problem, settings
        self.evaluators, self.journal, self.progress = evaluators, journal, progress
        self.state = State()
        islands = 1 if settings.null else settings.islands
        self.past = Past(Archive(settings.grid, islands, settings.pressure))
        self.archive = self.past.archive
        self.screen = Screen(problem, self.past)
        begins = settings.start == "shipped" and settings.null != Nothing.name
        found = seeds(problem) if begins else {}
        self.seeds = {
            name: program for name, program in found.items() if self.screen.affords(program)
        }
        if found and not self.seeds:
            raise SimError(
                f"problem.operations: found {problem.operations}, and none of the heuristics that "
                "a search begins with costs so little (seeds=none begins with nothing)"
            )
        self.proposer: Proposer = (
            null_arm(settings.null, problem.seen, self.seeds)
            if settings.null
            else writer(problem, self.seeds, journal)
            if writer
            else Embedded(problem.seen, self.seeds)
        )
        self.signatures: dict[int, int] = {}  # the first candidate of each

    def run(self, budget: Budget) -> None:
        """Propose and take in, until the budget is used.

        Raises:
            SimError: no program could be scored.
        """
        asked: deque[Draft] = deque()
        waiting: deque[tuple[Candidate, Future[Verdict]]] = deque()
        number, journal = 0, self.journal
        while True:
            while len(asked) + len(waiting) < self.settings.lag and self._goes_on(number, budget):
                asked.append(self._draft(number))
                number += 1
            if asked and (not waiting or asked[0].proposal.done()):
                waiting.append(self._submitted(asked.popleft()))
                continue
            if not waiting:
                break
            candidate, future = waiting[0]
            if asked:
                _first(future, asked[0].proposal)
                if not future.done():
                    continue
            waiting.popleft()
            verdict = future.result()
            journal.start_clock()  # what was loaded and compiled before is no search
            self._take(candidate, verdict)
            self.state.elapsed_s = journal.elapsed_s
            self._tell()
        if not self.archive.entries:
            raise SimError("none of the candidates could be scored on this problem")

    def take_in(self, number: int, island: int, proposal: Proposal) -> tuple[Verdict, float | None]:
        """Score a proposal that came from outside and take it in: its verdict and its score."""
        draft = Draft(number, island, self.race(island), _here(proposal))
        candidate, future = self._submitted(draft)
        verdict = future.result()
        self.journal.start_clock()
        score = self._take(candidate, verdict)
        self.state.elapsed_s = self.journal.elapsed_s
        self._tell()
        return verdict, score

    def _goes_on(self, number: int, budget: Budget) -> bool:
        """Whether there is to be a proposal of this number."""
        journal = self.journal
        known = number in journal.candidates
        if not known and budget.over(number, journal.elapsed_s, journal.cpu_s):
            return False
        if number < len(self.seeds):
            return True
        if self.proposer.insight and self.state.tried < len(self.seeds):
            return False  # it is to know of all that the search begins with
        self.state.spent = self.proposer.spent(number)
        return not self.state.spent

    def judged(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Verdicts apart from the search's own; what the journal knows is not derived again."""
        keys = [f"{job.arena}:{job.ties}:{job.race is not None}:{job.source}" for job in jobs]
        known = self.journal.verdicts
        futures = {
            key: self.evaluators.submit(job)
            for key, job in zip(keys, jobs, strict=True)
            if key not in known
        }
        for key, future in futures.items():
            self.journal.judge(key, future.result())
            self.state.judged += 1
            self._tell()
        return [known[key] for key in keys]

    def now(self, at: str) -> None:
        """Say what it is at."""
        self.state.at, self.state.judged = at, 0
        self._tell()

    def _tell(self) -> None:
        if self.progress:
            self.progress(self.state)

    def _draft(self, number: int) -> Draft:
        """Ask for the proposal of a number."""
        island = number % len(self.archive.islands)
        random = np.random.default_rng([SEEDED, self.settings.seed, number])
        if number < len(self.seeds):
            name = list(self.seeds)[number]
            source = write(self.seeds[name])
            self.screen.begins(source, number)
            found, island = _here(Proposal(source, name, proposer="shipped")), EVERYWHERE
        else:
            found = self._asked(number, island, random)
        return Draft(number, island, self.race(island), found)

    def _asked(self, number: int, island: int, random: np.random.Generator) -> Future[Proposal]:
        """A program to come, or one in the language that was not tried before."""
        for _ in range(TRIES):
            proposal = self.proposer.propose(number, island, self.past, random)
            if isinstance(proposal, Future):
                return proposal
            if self.screen.admits(proposal.source, number):
                return _here(proposal)
            self.proposer.skip(proposal)
        return _here(Proposal(out_of_nothing(self.problem.seen, random), NEW))

    def candidate(self, draft: Draft) -> Candidate:
        """The proposal of a draft, which is here: the journal's is the same, if it has one."""
        number, proposal = draft.number, draft.proposal.result()
        before = [self.journal.candidates[parent].generation for parent in proposal.parents]
        try:
            nodes, mark = size(program_of(proposal.source)), identity(proposal.source)
        except HeuristicError:
            nodes, mark = 0, ""
        made = Candidate(
            number=number,
            island=draft.island,
            generation=1 + max(before) if before else 0,
            parents=proposal.parents,
            operator=proposal.operator,
            proposer=proposal.proposer or self.proposer.name,
            source=proposal.source,
            identity=mark,
            size=nodes,
            prompt=proposal.prompt,
            costs=proposal.costs,
            note=proposal.note,
        )
        kept = self.journal.candidates.get(number)
        if kept is None:
            self.journal.propose(made)
        elif kept != made:
            raise JournalError(
                f"{self.journal.path}: candidate {number} is another than this version of "
                "unstrand would propose: go on with the version that began the run"
            )
        return made

    def _submitted(self, draft: Draft) -> tuple[Candidate, Future[Verdict]]:
        """A candidate, and its verdict to come."""
        candidate = self.candidate(draft)
        done = self.journal.verdicts.get(f"train:{candidate.number}")
        if candidate.note.get("answered"):
            fault = self.screen.answer(candidate)
            done = done or fault
        if done is not None:
            return candidate, _here(done)
        job = Job(
            candidate.source,
            "candidate",
            "train",
            race=replace(draft.race, size=candidate.size),
            audit=candidate.island != EVERYWHERE or self.proposer.insight,
            insight=self.proposer.insight,
        )
        return candidate, self.evaluators.submit(job)

    def race(self, island: int) -> Race:
        """What a candidate of an island has to beat, as things stand; seeds nothing."""
        problem = self.problem
        alone = Race(self.settings.grid, 0, problem.margin, problem.first)
        if island == EVERYWHERE:
            return alone
        best = self.archive.best(island)
        return replace(
            alone,
            slack=problem.slack,
            best=best.standing if best else None,
            rivals=self.archive.rivals(island),
            seen=np.array(list(self.signatures), np.int64).tobytes(),
        )

    def _take(self, candidate: Candidate, verdict: Verdict) -> float | None:
        """Take a verdict in: the journal first, then the archive, then the proposer."""
        number, state = candidate.number, self.state
        if f"train:{number}" not in self.journal.verdicts:
            self.journal.judge(f"train:{number}", verdict)
        if verdict.behaviour is not None:
            self.signatures.setdefault(verdict.behaviour.signature, number)
        gain = self._gain(candidate, verdict)
        status, score = self._placed(candidate, verdict)
        self.past.candidates[number], self.past.gains[number] = candidate, gain
        self.past.status[number] = status
        self.proposer.learn(candidate, status, gain)
        state.tried += 1
        state.generation = max(state.generation, candidate.generation)
        (state.kept if status in ("new", "improved") else state.rejected)[status] += 1
        self.journal.note(number, "taken", {"status": status, "score": score})
        if state.tried % self.settings.migrate == 0 and (moved := self.archive.migrate()):
            self.journal.note(number, "migrated", moved)
        return score

    def _placed(self, candidate: Candidate, verdict: Verdict) -> tuple[str, float | None]:
        """What a verdict does to the archive, and the score that it stands for."""
        if verdict.reason or verdict.behaviour is None:
            return verdict.reason, None
        if not verdict.whole:
            return "lost", None
        problem, first, behaviour = self.problem, self.problem.first, verdict.behaviour
        score = problem.worth(verdict.values[first:], verdict.goodput[first:])
        if behaviour.mark:
            return behaviour.mark, score
        measured = self.settings.grid.of(behaviour, candidate.size)
        standing = Standing(score, verdict.values, verdict.goodput)
        entry = Entry(candidate, standing, measured)
        everywhere = range(len(self.archive.islands))
        places = everywhere if candidate.island == EVERYWHERE else [candidate.island]
        statuses = [self.archive.add(island, entry) for island in places]
        if not score <= self.state.best:
            self.state.best = score
        return statuses[0], score

    def _gain(self, candidate: Candidate, verdict: Verdict) -> float | None:
        """Worth over the first parent's, on the draws of both; of its double, where it has one."""
        if verdict.reason == KNOWN and verdict.behaviour is not None:
            verdict = self.past.verdicts[self.signatures[verdict.behaviour.signature]]
        self.past.verdicts[candidate.number] = verdict
        if not verdict.values or not candidate.parents:
            return None
        parent = self.past.verdicts[candidate.parents[0]]
        race = Race(self.settings.grid, 0, self.problem.margin, self.problem.first)
        both = min(len(verdict.values), len(parent.values))
        if both == 0:
            return None
        over = Standing(0.0, parent.values, parent.goodput)
        return race.lead(over, verdict.values[:both], verdict.goodput[:both]).mean


def _first(*futures: Future[Any]) -> None:
    """Wait until one of them is here."""
    wait(futures, return_when=FIRST_COMPLETED)


def _here(what: T) -> Future[T]:
    """What is to come, come."""
    future: Future[T] = Future()
    future.set_result(what)
    return future
