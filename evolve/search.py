"""The loop: programs are proposed, scored contained, and the best of each behaviour kept.

A proposal knows of all verdicts but the last few, however many workers there are: results are
taken in the order of proposals, with a fixed lag. So a search is the same with any number of
workers, and goes on after a kill as if nothing had been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import numpy as np

import heuristics
from evolve.archive import Archive
from evolve.candidate import Candidate, Entry, Verdict
from evolve.evaluate import Evaluators, Job
from evolve.journal import Journal, JournalError
from evolve.nulls import Nothing, null_arm
from evolve.problem import Problem
from evolve.proposer import NEW, Embedded, Proposal, Proposer, out_of_nothing
from evolve.settings import Budget, Progress, Settings, State
from heuristics import HeuristicError
from heuristics.cost import operations
from heuristics.tree import Program, identity, program_of, read, size, write
from sim.arenas.behaviour import LARGEST
from sim.arenas.racing import Race, Standing
from sim.contain.message import KNOWN
from sim.errors import SimError
from sim.kernel import readable

SEEDED = 0xE701
TRIES = 100
EVERYWHERE = -1  # the island of seeds: all of them


class Loop:
    """A search in progress."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        evaluators: Evaluators,
        journal: Journal,
        progress: Progress | None = None,
    ) -> None:
        self.problem, self.settings = problem, settings
        self.evaluators, self.journal, self.progress = evaluators, journal, progress
        self.state = State()
        islands = 1 if settings.null else settings.islands
        self.archive = Archive(settings.grid, islands, settings.pressure)
        begins = settings.start == "shipped" and settings.null != Nothing.name
        found = _seeds(problem) if begins else {}
        self.seeds = {name: program for name, program in found.items() if self.affords(program)}
        if found and not self.seeds:
            raise SimError(
                f"problem.operations: found {problem.operations}, and none of the heuristics that "
                "a search begins with costs so little (seeds=none begins with nothing)"
            )
        self.proposer: Proposer = (
            null_arm(settings.null, problem.seen, self.seeds)
            if settings.null
            else Embedded(problem.seen, self.seeds)
        )
        self.known: set[str] = set()
        self.signatures: dict[int, int] = {}  # the first candidate of each
        self.verdicts: dict[int, Verdict] = {}
        self.status: dict[int, str] = {}

    def run(self, budget: Budget) -> None:
        """Propose and take in, until the budget is used.

        Raises:
            SimError: no program could be scored.
        """
        waiting: deque[tuple[Candidate, Future[Verdict]]] = deque()
        number, journal = 0, self.journal
        while True:
            while len(waiting) < self.settings.lag and (
                number in journal.candidates or not budget.over(number, journal.elapsed_s)
            ):
                candidate = self._candidate(number)
                waiting.append((candidate, self._submitted(candidate)))
                number += 1
            if not waiting:
                break
            candidate, future = waiting.popleft()
            verdict = future.result()
            journal.start_clock()  # what was loaded and compiled before is no search
            self._take(candidate, verdict)
            self.state.elapsed_s = journal.elapsed_s
            self._tell()
        if not self.archive.entries:
            raise SimError("none of the candidates could be scored on this problem")

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

    def _candidate(self, number: int) -> Candidate:
        """The proposal of a number: the journal's is the same, if it has one."""
        island = number % len(self.archive.islands)
        random = np.random.default_rng([SEEDED, self.settings.seed, number])
        if number < len(self.seeds):
            name = list(self.seeds)[number]
            proposal, island = Proposal(write(self.seeds[name]), name), EVERYWHERE
        else:
            proposal = self._proposal(island, random)
        mark = identity(proposal.source)
        self.known.add(mark)
        before = [self._generation(parent) for parent in proposal.parents]
        made = Candidate(
            number=number,
            island=island,
            generation=1 + max(before) if before else 0,
            parents=proposal.parents,
            operator=proposal.operator,
            proposer=self.proposer.name if island != EVERYWHERE else "shipped",
            source=proposal.source,
            identity=mark,
            size=size(program_of(proposal.source)),
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

    def _proposal(self, island: int, random: np.random.Generator) -> Proposal:
        """A program in the language that was not tried before."""
        for _ in range(TRIES):
            proposal = self.proposer.propose(island, self.archive, random)
            if self._acceptable(proposal.source):
                return proposal
            self.proposer.skip(proposal)
        return Proposal(out_of_nothing(self.problem.seen, random), NEW)

    def _acceptable(self, source: str) -> bool:
        try:
            program = program_of(source)
        except HeuristicError:
            return False
        small = size(program) <= LARGEST and self.affords(program)
        return small and identity(source) not in self.known

    def affords(self, program: Program) -> bool:
        """Whether the problem allows a program that costs so much a decision."""
        most = self.problem.operations
        return most is None or self.operations(program) <= most

    def operations(self, program: Program) -> int:
        """Operations to score one machine of the problem's."""
        setup = self.problem.train.watch.course.setup
        devices = int(setup.machines.devices.max(initial=0))
        return operations(program, setup.mix.counts.size, devices)

    def _generation(self, number: int) -> int:
        return self.journal.candidates[number].generation

    def _submitted(self, candidate: Candidate) -> Future[Verdict]:
        done = self.journal.verdicts.get(f"train:{candidate.number}")
        if done is not None:
            future: Future[Verdict] = Future()
            future.set_result(done)
            return future
        job = Job(
            candidate.source,
            "candidate",
            "train",
            race=self.race(candidate),
            audit=candidate.island != EVERYWHERE,
        )
        return self.evaluators.submit(job)

    def race(self, candidate: Candidate) -> Race:
        """What a candidate has to beat, as things stand; seeds nothing."""
        problem, island = self.problem, candidate.island
        alone = Race(self.settings.grid, candidate.size, problem.margin, problem.first)
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

    def _take(self, candidate: Candidate, verdict: Verdict) -> None:
        """Take a verdict in: the journal first, then the archive, then the proposer."""
        number, state = candidate.number, self.state
        if f"train:{number}" not in self.journal.verdicts:
            self.journal.judge(f"train:{number}", verdict)
        if verdict.behaviour is not None:
            self.signatures.setdefault(verdict.behaviour.signature, number)
        gain = self._gain(candidate, verdict)
        status, score = self._placed(candidate, verdict)
        self.status[number] = status
        self.proposer.learn(candidate, status, gain)
        state.tried += 1
        state.generation = max(state.generation, candidate.generation)
        (state.kept if status in ("new", "improved") else state.rejected)[status] += 1
        self.journal.note(number, "taken", {"status": status, "score": score})
        if state.tried % self.settings.migrate == 0 and (moved := self.archive.migrate()):
            self.journal.note(number, "migrated", moved)

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
            verdict = self.verdicts[self.signatures[verdict.behaviour.signature]]
        self.verdicts[candidate.number] = verdict
        if not verdict.values or not candidate.parents:
            return None
        parent = self.verdicts[candidate.parents[0]]
        race = Race(self.settings.grid, 0, self.problem.margin, self.problem.first)
        both = min(len(verdict.values), len(parent.values))
        over = Standing(0.0, parent.values, parent.goodput)
        return race.lead(over, verdict.values[:both], verdict.goodput[:both]).mean


def _seeds(problem: Problem) -> dict[str, Program]:
    """The shipped heuristics that the problem names, or all that its trace has the resources for;
    those of one score, by their names.

    Raises:
        SimError: one that is named has a tie rule of its own, or scores an array.
    """
    names = problem.parents or readable(heuristics.names(), problem.resources)
    found: Mapping[str, Any] = {name: heuristics.get(name) for name in names}
    single = {name: one for name, one in found.items() if one.form == "score" and not one.ties}
    if problem.parents and (others := sorted(found.keys() - single.keys())):
        raise SimError(
            f"problem.parents: found {', '.join(others)}, expected heuristics that give one score "
            "and leave ties open"
        )
    return {name: read(one) for name, one in single.items()}
