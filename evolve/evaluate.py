"""Scoring sources, several at a time: each worker is a thread that has nurseries of its own."""

from __future__ import annotations

import base64
import threading
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evolve.candidate import Verdict
from heuristics import HeuristicError
from heuristics.tree import heuristic_of
from sim.arenas.arena import Arena
from sim.arenas.behaviour import Behaviour
from sim.arenas.racing import Race
from sim.composition import Composition
from sim.contain.contained import Holder, Nursery
from sim.contain.message import KNOWN
from sim.contain.nursery import Limits
from sim.contain.request import Look, Request
from sim.tape import Tape, TapeError

NOBODY = Composition((), ())  # who decides where a tape does
KEPT = 2  # arenas that a worker has held: of two that are asked by turns, neither is let go


@dataclass(frozen=True)
class Job:
    """A source and the arena that it is scored in; `race`: until it has lost.

    audit: whether it is scored a second time and checked, where it has won its race; insight: and
    what is to be told of it is looked up.
    """

    source: str
    name: str
    arena: str
    ties: str | None = None
    race: Race | None = None
    audit: bool = False
    insight: bool = False


@dataclass(frozen=True)
class Seen:
    """What a source chose on the course, (n, 2) machine and slot; or why it has no choices."""

    chosen: NDArray[np.int32] | None = None
    behaviour: Behaviour | None = None
    reason: str = ""
    message: str = ""


class Looks(Protocol):
    """Who takes choices contained."""

    def look(self, source: str, shift: float = 0.0) -> Future[Seen]:
        """Have a source's choices taken on the course of train."""


class Scores(Looks, Protocol):
    """Who scores the sources of a search."""

    def submit(self, job: Job) -> Future[Verdict]:
        """Have a job done."""


class Evaluators:
    """Workers of a search, and the arenas that they have held, the last few each.

    A nursery apart from theirs, with another hash seed, scores what is audited.
    """

    def __init__(self, arenas: Mapping[str, Arena], limits: Limits, workers: int) -> None:
        self.arenas, self.limits = arenas, limits
        self.nurseries = Nursery(limits), Nursery(limits, hash_seed=1)
        self.threads, self.early = ThreadPoolExecutor(max(1, workers)), ThreadPoolExecutor(1)
        self.audits = False
        self.own, self.held = threading.local(), list[dict[str, Holder]]()
        self.placing = threading.Lock()

    def submit(self, job: Job) -> Future[Verdict]:
        """Have a job done; the nursery of audits starts with the first that may need it."""
        if job.audit and not self.audits:
            self.audits = True
            self.early.submit(self.nurseries[1].start)
        return self.threads.submit(self.evaluate, job)

    def look(self, source: str, shift: float = 0.0) -> Future[Seen]:
        """Have a source's choices taken on the course of train."""
        return self.threads.submit(self.looked, source, shift)

    def evaluate(self, job: Job) -> Verdict:
        """Check a source here, which only reads it, then score it contained."""
        name = f"{job.name}.py"
        try:
            heuristic_of(job.source)
        except HeuristicError as error:
            return Verdict(reason=error.reason, message=error.message)
        request = Request(job.source, name, job.ties, job.race)
        answer = self._holder(self._own().scoring, job.arena, self.nurseries[0]).score(request)
        if answer.reason and answer.reason != KNOWN:
            where = "" if answer.line is None else f" at line {answer.line}"
            told = self.limits.told(answer.reason) or answer.text or answer.reason
            said = HeuristicError(answer.reason, told).message
            return Verdict(reason=answer.reason, message=f"{said}{where}")
        verdict = Verdict(
            answer.values,
            answer.goodput,
            answer.reason,
            behaviour=answer.behaviour,
            whole=len(answer.values) == len(self.arenas[job.arena].keys),
        )
        if job.audit and verdict.whole and self._won(job, verdict):
            return self._audited(job, request, verdict)
        return verdict

    def looked(self, source: str, shift: float) -> Seen:
        """A source's choices on the course; a reason where it has none."""
        try:
            heuristic_of(source)
        except HeuristicError as error:
            return Seen(reason=error.reason, message=error.message)
        holder = self._holder(self._own().scoring, "train", self.nurseries[0])
        answer = holder.score(Look(source, "candidate.py", shift))
        if answer.reason:
            return Seen(reason=answer.reason, message=answer.text)
        return Seen(_entries(answer.tapes[0]), answer.behaviour)

    def _own(self) -> Any:
        """What this thread holds."""
        if not hasattr(self.own, "scoring"):
            self.own.scoring, self.own.auditing = {}, {}
            self.held += [self.own.scoring, self.own.auditing]
        return self.own

    def _won(self, job: Job, verdict: Verdict) -> bool:
        if job.race is None or verdict.behaviour is None:
            return True
        return job.race.won(verdict.values, verdict.goodput, verdict.behaviour)

    def _audited(self, job: Job, request: Request, verdict: Verdict) -> Verdict:
        """The verdict, if a fresh process under another hash seed comes to the same.

        What that one decided is placed again here, and its worth computed here.
        """
        arena = self.arenas[job.arena]
        holder = self._holder(self.own.auditing, job.arena, self.nurseries[1])
        again = holder.score(replace(request, race=None, audit=True, chosen=job.insight))
        if again.reason:
            return Verdict(reason=again.reason, message=f"{again.reason} when scored again")
        try:
            with self.placing:
                own = [
                    arena.score(NOBODY, key, None, Tape(_entries(tape)))
                    for key, tape in zip(arena.keys, again.tapes, strict=not job.insight)
                ]
                insight = self._insight(arena, again.tapes) if job.insight else None
        except (TapeError, ValueError) as error:
            return Verdict(reason="crash", message=f"placed what can't be placed: {error}")
        values = tuple(one.value for one in own)
        goodput = tuple(one.goodput for one in own)
        if (values, goodput) != (verdict.values, verdict.goodput):
            return Verdict(reason="nondeterministic", message="decided otherwise the second time")
        return replace(verdict, values=values, goodput=goodput, insight=insight)

    def _insight(self, arena: Arena, tapes: Sequence[bytes]) -> dict[str, Any]:
        """What is to be told of runs; and what was chosen on the course, as it was said."""
        *runs, chosen = tapes
        told = arena.insight(NOBODY, [Tape(_entries(run)) for run in runs])
        packed = zlib.compress(_entries(chosen).tobytes(), 9)
        return {**told, "chosen": base64.b85encode(packed).decode()}

    def _holder(self, held: dict[str, Holder], arena: str, nursery: Nursery) -> Holder:
        """The holder of an arena; those that were not asked for longest are let go."""
        holder = held.pop(arena, None) or Holder(nursery, self.arenas[arena])
        held[arena] = holder
        while len(held) > KEPT:
            held.pop(next(iter(held))).close()
        return holder

    def close(self) -> None:
        """End the workers, whatever they are at."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for nursery in self.nurseries:
            nursery.close()
        self.threads.shutdown(wait=True)
        self.early.shutdown(wait=True)
        for holder in (holder for held in self.held for holder in held.values()):
            holder.close()


def _entries(tape: bytes) -> NDArray[np.int32]:
    """A tape as it was sent. Raises ValueError where it is none."""
    return np.frombuffer(tape, np.int32).reshape(-1, 2)
