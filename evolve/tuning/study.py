"""The study of a tuning: an optuna study in one SQLite file, from which it goes on as it was.

Whoever samples draws each trial with a seed of its own, made of the study's and the trial's place,
and trials are asked for a batch at a time. So what is tried depends neither on how many processes
score it, nor on whether the study was stopped on the way.
"""

from __future__ import annotations

import fcntl
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from evolve.tuning.space import Range
from heuristics.heuristic import Number

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

NAME = "study.sqlite"
TITLE = "unstrand"
OPENED = "opened"
WHY = "why"
"""Of a trial that failed: its reason. One that failed without was stopped, and is made again."""


class StudyError(RuntimeError):
    """The study can't be opened, read or written, or optuna is not here; says which and why."""


@dataclass(frozen=True)
class Plan:
    """How trials are drawn: by `tpe` or `random`, so many at a time; prune: losers end early."""

    sampler: str = "tpe"
    seed: int = 0
    batch: int = 4
    prune: bool = True


@dataclass(frozen=True)
class Trial:
    """One set of values that was tried, by its place among them.

    state: complete, pruned or failed, and then why.
    """

    number: int
    params: dict[str, Number]
    state: str
    pairs: int
    worth: float | None
    why: str = ""


class Study:
    """Trials asked for, told of, and kept."""

    def __init__(self, study: optuna.Study, plan: Plan, space: Sequence[Range]) -> None:
        self.study, self.plan, self.space = study, plan, space
        self.distributions = {one.name: _distribution(one) for one in space}

    def begin(self, worths: Sequence[float], worth: float) -> None:
        """Enter the constants as they are written as a trial before all others.

        worths: of each pair. Not where they lie outside of what may be tried.
        """
        import optuna

        if self.trials() or not self._holds_defaults:
            return
        self.study.add_trial(
            optuna.trial.create_trial(
                value=worth,
                params={one.name: one.default for one in self.space},
                distributions=self.distributions,
                intermediate_values=dict(enumerate(worths)),
            )
        )

    def take_up(self) -> None:
        """Have trials whose scoring was stopped made again, before any other."""
        import optuna

        stopped = self.study.get_trials(states=(optuna.trial.TrialState.RUNNING,))
        for trial in stopped:
            self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        for trial in stopped:
            self.study.enqueue_trial(trial.params)

    def ask(self, most: int) -> list[optuna.Trial]:
        """The trials of a batch, or what is missing of one, at most so many."""
        count = self.tried
        asked = []
        for place in range(count, min(count - count % self.plan.batch + self.plan.batch, most)):
            self.study.sampler = _sampler(self.plan, place)
            asked.append(self.study.ask(self.distributions))
        return asked

    def tell(self, trial: optuna.Trial, worth: float) -> None:
        """What a trial is worth."""
        self.study.tell(trial, worth)

    def prune(self, trial: optuna.Trial) -> None:
        """That a trial has lost to the best one on the pairs so far."""
        import optuna

        self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)

    def fail(self, trial: optuna.Trial, why: str) -> None:
        """That a trial's values make a score that can't be used."""
        import optuna

        trial.set_user_attr(WHY, why)
        self.study.tell(trial, state=optuna.trial.TrialState.FAIL)

    @property
    def tried(self) -> int:
        """How many sets of values were tried besides those as written."""
        return len(self.trials()) - self._entered

    def trials(self) -> list[Trial]:
        """All that were tried, in their order."""
        import optuna

        states = optuna.trial.TrialState
        told = {states.COMPLETE: "complete", states.PRUNED: "pruned", states.FAIL: "failed"}
        kept = [
            one
            for one in self.study.get_trials(deepcopy=False, states=tuple(told))
            if one.state != states.FAIL or WHY in one.user_attrs
        ]
        return [
            Trial(
                place,
                dict(one.params),
                told[one.state],
                len(one.intermediate_values),
                one.value,
                one.user_attrs.get(WHY, ""),
            )
            for place, one in enumerate(kept)
        ]

    def setting(self, name: str, value: Any) -> Any:
        """What the study was begun with: the value given where it begins now."""
        kept = self.study.user_attrs
        if name not in kept:
            self.study.set_user_attr(name, value)
        return kept.get(name, value)

    def opened(self) -> int:
        """How often the test split was, this time counted in: it is from here on."""
        count = int(self.study.user_attrs.get(OPENED, 0)) + 1
        self.study.set_user_attr(OPENED, count)
        return count

    @property
    def _holds_defaults(self) -> bool:
        return all(one.holds_default for one in self.space)

    @property
    def _entered(self) -> int:
        """Whether the constants as they are written are the first trial."""
        return 1 if self._holds_defaults else 0


@contextmanager
def opened(folder: Path, plan: Plan, space: Sequence[Range]) -> Iterator[Study]:
    """The study in a folder, begun or to be gone on with; held against other processes.

    Raises:
        StudyError: optuna is not here, another process holds the folder, or it is no study.
    """
    try:
        import optuna
    except ImportError:
        raise StudyError("tuning needs optuna: pip install 'unstrand[sweep]'") from None
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = folder / NAME
    with _held(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        named = optuna.pruners
        pruner = named.WilcoxonPruner() if plan.prune else named.NopPruner()
        try:
            storage = optuna.storages.RDBStorage(address(path))
            study = optuna.create_study(
                storage=storage,
                study_name=TITLE,
                direction="maximize",
                load_if_exists=True,
                pruner=pruner,
            )
        except (SQLAlchemyError, RuntimeError) as error:
            said = " ".join(str(error).split())[:200]
            raise StudyError(f"{path}: found no study ({said}), expected optuna's") from None
        try:
            yield Study(study, plan, space)
        finally:
            storage.remove_session()
            storage.engine.dispose()


def address(path: Path) -> str:
    """A file as SQLAlchemy calls it, whatever its name holds."""
    once = quote(str(path.resolve()))  # for SQLite; and once more, for SQLAlchemy unquotes it
    return f"sqlite:///file:{quote(once)}?uri=true"


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes that would work on it."""
    hold = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StudyError(
            f"{folder / NAME}: another process works on this study; wait for it, or end it"
        ) from None
    finally:
        os.close(hold)


def _distribution(one: Range) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if one.whole:
        return IntDistribution(int(one.low), int(one.high), log=one.log)
    return FloatDistribution(float(one.low), float(one.high), log=one.log)


def _sampler(plan: Plan, place: int) -> optuna.samplers.BaseSampler:
    """Who draws the trial at a place."""
    from optuna.samplers import RandomSampler, TPESampler

    seed = int(np.random.SeedSequence([plan.seed, place]).generate_state(1)[0])
    return RandomSampler(seed) if plan.sampler == "random" else TPESampler(seed=seed)
