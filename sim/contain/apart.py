"""Runs that files decide, each in a locked process of its own: what comes back is a tape.

Who asked follows the tape and computes every number itself (`sim.tape`); of a file no line runs in
its process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import heuristics
from heuristics import REASONS, HeuristicError
from sim.arenas.arena import Held
from sim.composition import Composition, composed, tie_code
from sim.contain.contained import Holder, Nursery
from sim.contain.message import Answer
from sim.contain.nursery import Limits
from sim.explaining import Question, find, taken_apart
from sim.kernel import Kernel, compile_kernel
from sim.loading import load
from sim.probes import Probe
from sim.replays import replay_compiled
from sim.saturation import Experiment, experiment, saturate_once
from sim.state import Floats
from sim.tape import Tape
from sim.taping import Asked, Base, Stage, Stream
from sim.twins import Other
from sim.workloads import Workload, workload

COMPILE_S = 60.0
MOST_TAPE_MIB = 1024


class Apart:
    """A `sim.taping.Taping`: of all that did not come with the product, decided contained.

    A nursery is started where it is first needed, and again in each process that this is handed to.

    Raises:
        Unlockable: this machine lacks what the lock is made of, and `limits.locked` asks for it.
    """

    def __init__(self, limits: Limits, rehearsal: Held | None = None) -> None:
        self.limits = replace(limits, compile_s=COMPILE_S, tape_mib=MOST_TAPE_MIB)
        self.rehearsal = rehearsal or Rehearsal.small()
        self.nursery = Nursery(self.limits, rehearsal=self.rehearsal)
        self.holder: Holder | None = None
        self.stage: Stage | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Apart, (self.limits, self.rehearsal)

    def __call__(self, stage: Stage, asked: Asked) -> Tape | None:
        """The tape of a run; None for what came with the product.

        Raises:
            HeuristicError: a score that can't be used, a limit passed, a process that ended.
            Unlockable: the process could not be locked, and nothing was run.
        """
        if asked.composition.shipped:
            return None
        if self.holder is None or self.stage is not stage:
            self._let_go()
            self.holder, self.stage = Holder(self.nursery, _Staged(stage)), stage
        answer = self.holder.score(_Errand(asked))
        if answer.reason:
            raise self._error(answer, asked.composition)
        try:
            (said,), (deciding,), (compiling,) = answer.tapes, answer.values, answer.goodput
            return Tape(np.frombuffer(said, np.int32).reshape(-1, 2), (compiling, deciding))
        except ValueError:
            raise self._error(Answer(reason="crash"), asked.composition) from None

    def explained(self, work: Workload, question: Question) -> Floats | None:
        """The numbers of a decision that a file has taken; None for what came with the product.

        Raises as a call does.
        """
        if question.composition.shipped:
            return None
        kept = self.stage
        same = isinstance(kept, Stream) and kept.work is work and kept.queue == question.queue
        if self.holder is None or not same:
            self._let_go()
            self.stage = Stream(work, queue=question.queue)
            self.holder = Holder(self.nursery, _Staged(self.stage))
        answer = self.holder.score(_Explained(question))
        if answer.reason:
            raise self._error(answer, question.composition)
        try:
            return np.frombuffer(answer.tapes[0], np.float64)
        except ValueError:
            raise self._error(Answer(reason="crash"), question.composition) from None

    def _error(self, answer: Answer, composition: Composition) -> HeuristicError:
        """What came of a run in place of a tape."""
        reason = answer.reason if answer.reason in REASONS else "crash"
        files = [level.filename for level in composition.levels if not level.shipped]
        told = self.limits.told(reason) + (" (contain_seconds)" if reason == "timeout" else "")
        text = told or answer.text or f"was rejected: {reason}"
        line = answer.line if len(files) == 1 else None
        return HeuristicError(reason, text, file=", ".join(files), line=line)

    def close(self) -> None:
        """End all processes."""
        self._let_go()
        self.nursery.close()

    def _let_go(self) -> None:
        if self.holder is not None:
            self.holder.close()
        self.holder = self.stage = None


@dataclass(frozen=True)
class _Staged:
    """A stage as it is held: too long to warm up with."""

    stage: Stage

    def warm(self, composition: Composition, ties: str | None) -> None:
        """Load what the stage enters; the rehearsal has seen to the rest."""
        if isinstance(self.stage, Stream):
            load(self.stage.work, self.stage.queue)

    def prepare(self, composition: Composition) -> None:
        """Compile the kernels."""
        for level in composition.levels:
            compile_kernel(level, self.stage.resources)


@dataclass(frozen=True)
class Rehearsal:
    """Stages of no one's data, small enough to warm up with."""

    stages: tuple[Stage, ...]
    explains: bool = False
    """Whether decisions are to be taken apart, and nothing else."""

    @classmethod
    def small(cls, explains: bool = False) -> Rehearsal:
        """One of each kind."""
        import traces

        trace = traces.load("synthetic", machines=8, tasks=200)
        work = workload(trace, load=0.9, hours=0.5, history_h=0.5)
        return cls((Stream(work, probes=1), experiment(trace)), explains)

    def warm(self, composition: Composition, ties: str | None) -> None:
        """Go through them all, and through probes of another's cell."""
        base = Base(composed(heuristics.get("best_fit")), "first")
        asked = Asked(composition, composition.ties(ties))
        for stage in self.stages:
            if self.explains:
                if isinstance(stage, Stream):
                    task = find(stage.work, None)
                    question = Question(composition, asked.ties, "reject", task, base.composition)
                    taken_apart(stage.work, question)
                continue
            recorded(stage, asked)
            if isinstance(stage, Stream):
                recorded(stage, replace(asked, beside=base))

    def prepare(self, composition: Composition) -> None:
        """Nothing is asked but to warm up."""


@dataclass(frozen=True)
class _Errand:
    """A run to be decided; the answer's value and goodput are seconds of deciding, of compiling."""

    asked: Asked

    def tapes(self, values: int) -> int:
        """The one of the run."""
        return 1

    def compose(self) -> Composition:
        """Who decides."""
        return self.asked.composition

    def answer(self, held: _Staged, composition: Composition) -> Answer:
        """The run's tape."""
        tape = recorded(held.stage, self.asked)
        compiling, deciding = tape.spent or (0.0, 0.0)
        return Answer((deciding,), (compiling,), tapes=(tape.decisions.tobytes(),))


@dataclass(frozen=True)
class _Explained:
    """A decision to be taken apart, of the workload that is held."""

    question: Question

    def tapes(self, values: int) -> int:
        """The one of its numbers."""
        return 1

    def compose(self) -> Composition:
        """Who decides."""
        return self.question.composition

    def answer(self, held: _Staged, composition: Composition) -> Answer:
        """The numbers of the decision."""
        assert isinstance(held.stage, Stream)
        told = taken_apart(held.stage.work, self.question)
        return Answer((1.0,), (0.0,), tapes=(told.tobytes(),))


def recorded(stage: Stage, asked: Asked) -> Tape:
    """Have a run decided in this process. Raises HeuristicError for a score that can't be used."""
    tape, kernels = Tape(), _kernels(stage, asked.composition)
    compile_s = sum(kernel.seconds for kernel in kernels)
    if isinstance(stage, Experiment):
        code = tie_code(asked.ties)
        run = saturate_once(stage, asked.composition, kernels, asked.seed, ties=code, tape=tape)
        tape.spent = compile_s, run.seconds
        return tape
    who, others = Base(asked.composition, asked.ties, tape), list[Other]()
    if asked.beside is not None:
        who, others = asked.beside, [Other(asked.composition, kernels, asked.ties, tape)]
        kernels = _kernels(stage, who.composition) if who.tape is None else []
    replayed = replay_compiled(
        stage.work,
        who.composition,
        kernels,
        queue=stage.queue,
        ties=who.ties,
        samples=0,
        probe=Probe(stage.work, stage.probe_stop) if stage.probes else None,
        probes=stage.probes,
        others=others,
        tape=who.tape,
    )
    tape.spent = compile_s, replayed.simulate_s
    return tape


def _kernels(stage: Stage, composition: Composition) -> list[Kernel]:
    return [compile_kernel(level, stage.resources) for level in composition.levels]
