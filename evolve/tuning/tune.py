"""A whole tuning: trials on train by batches, the best of them on validation, one chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evolve.tuning.pairs import Pair, Pairs, worth_of
from evolve.tuning.study import Study, Trial
from heuristics import Heuristic, HeuristicError
from heuristics.heuristic import Number
from sim.composition import Composition, composed

if TYPE_CHECKING:
    import optuna

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Finalist:
    """What validation saw: values, and what they are worth there; trial None: those as written."""

    trial: int | None
    params: dict[str, Number]
    train: float | None
    validation: float


@dataclass(frozen=True)
class Tuned:
    """What was tried, and what was chosen. defaults: worth of the values as written on train."""

    params: dict[str, Number]
    defaults: float
    trials: Sequence[Trial]
    finalists: Sequence[Finalist]

    @property
    def chosen(self) -> Finalist:
        """The finalist that validation chose."""
        return max(self.finalists, key=lambda one: one.validation)


def tune(
    study: Study,
    pairs: Pairs,
    heuristic: Heuristic,
    *,
    train: Sequence[int],
    validation: Sequence[int],
    trials: int,
    finalists: int,
    minutes: float | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Try values of a heuristic's constants and choose some.

    train, validation: which of the pairs' workloads are whose. trials: how many sets of values,
    with those of earlier sessions; minutes: of this session, after which no batch is begun.
    The same study gives the same, whatever the number of processes.

    Raises:
        HeuristicError: the values as written make a score that can't be used.
    """
    began = time.monotonic()
    written = _scored(pairs, composed(_trial(heuristic, {})), train)
    study.begin([one.worth for one in written], worth_of(written))
    study.take_up()
    while study.tried < trials and (minutes is None or time.monotonic() - began < 60 * minutes):
        _batch(study, pairs, heuristic, train, study.ask(trials))
        if progress is not None:
            progress(study.tried, trials)
    kept = _finalists(study.trials(), heuristic, finalists)
    scored = [
        Finalist(number, params, train_worth, worth_of(_scored(pairs, one, validation, lane)))
        for lane, (number, params, train_worth) in enumerate(
            [(None, {}, worth_of(written)), *((t.number, t.params, t.worth) for t in kept)]
        )
        for one in [composed(_trial(heuristic, params))]
    ]
    best = max(scored, key=lambda one: one.validation)
    return Tuned(best.params, worth_of(written), study.trials(), scored)


def _trial(heuristic: Heuristic, params: dict[str, Number]) -> Heuristic:
    """A heuristic with other constants. Of the product's own, its kernels are kept by no one."""
    made = heuristic.with_params(**params)
    return replace(made, filename=f"<{made.name}>") if made.shipped else made


def _scored(pairs: Pairs, one: Composition, at: Sequence[int], lane: int = 0) -> list[Pair]:
    """One heuristic on some workloads, all of them. Raises HeuristicError where it has no score."""
    runs = [pairs.submit(one, key, lane + place) for place, key in enumerate(at)]
    found = [pairs.against(key, run.result()) for key, run in zip(at, runs, strict=True)]
    for pair in found:
        if isinstance(pair, str):
            raise HeuristicError("raised", f"{one.name}: {pair}")
    return [pair for pair in found if isinstance(pair, Pair)]


def _batch(
    study: Study,
    pairs: Pairs,
    heuristic: Heuristic,
    train: Sequence[int],
    asked: Sequence[optuna.Trial],
) -> None:
    """Score some trials pair by pair, those that have lost no further; then tell of them in order.

    The best trial that losers are measured by is of the batches before, whoever is done first.
    """
    made = [composed(_trial(heuristic, trial.params)) for trial in asked]
    found: list[list[Pair]] = [[] for _ in asked]
    ended: dict[int, str] = {}
    for place, at in enumerate(train):
        going = [k for k in range(len(asked)) if k not in ended]
        runs = {k: pairs.submit(made[k], at, lane=k) for k in going}
        for k in going:
            pair = pairs.against(at, runs[k].result())
            if isinstance(pair, str):
                ended[k] = pair
                continue
            found[k].append(pair)
            asked[k].report(pair.worth, place)
            if place + 1 < len(train) and asked[k].should_prune():
                ended[k] = ""
    for k, trial in enumerate(asked):
        if ended.get(k):
            study.fail(trial, ended[k])
        elif k in ended:
            study.prune(trial)
        else:
            study.tell(trial, worth_of(found[k]))


def _finalists(trials: Sequence[Trial], heuristic: Heuristic, most: int) -> list[Trial]:
    """The best of the trials that saw all pairs, but for the values as written, each once."""
    seen = [heuristic.params]
    kept: list[Trial] = []
    complete = [one for one in trials if one.state == "complete" and one.worth is not None]
    for one in sorted(complete, key=lambda one: -(one.worth or 0.0)):
        values = {**heuristic.params, **one.params}
        if values not in seen and len(kept) < most:
            seen.append(values)
            kept.append(one)
    return kept
