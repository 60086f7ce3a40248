"""A problem as its settings say: traces read, cells furnished, splits drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import chosen, schema
from unstrand.failure import ConfigurationError
from unstrand.saturate import DROPPED

if TYPE_CHECKING:
    import evolve
    import sim
    from traces import Trace


@dataclass(frozen=True)
class Made:
    """A problem ready to be searched, and what its result says of the data."""

    problem: evolve.Problem
    trace: Trace
    replayed: Sequence[str]
    simulated: Sequence[str]
    assumed: Sequence[str]


def made(problem: schema.Problem) -> Made:
    """Set a problem up. Raises what reading its trace and drawing its splits raise."""
    return _recovery(problem) if problem.kind == "recovery" else _saturation(problem)


def _saturation(problem: schema.Problem) -> Made:
    import evolve

    trace = chosen.trace(problem.trace, problem.train.cell)
    set_up = evolve.saturation_problem(
        trace,
        held_out={name: chosen.trace(one) for name, one in _held_out(problem).items()},
        offered=problem.offered,
        resource=problem.resource,
        coverage=problem.mix.coverage,
        mix_resources=tuple(problem.mix.resources),
        baselines=problem.baselines,
        parents=problem.parents,
        train_seeds=problem.train.seeds,
        validation_seeds=problem.validation.seeds,
        test_seeds=problem.test.seeds,
    )
    return Made(
        set_up,
        trace,
        [part for part in trace.replayed if part not in DROPPED],
        ("arrival order", "placement"),
        (*trace.assumed, "no departures"),
    )


def _recovery(problem: schema.Problem) -> Made:
    import evolve
    import heuristics
    from sim.scored import Measure

    def series(
        choice: schema.TraceChoice, split: str, scene: schema.Scene, first: int
    ) -> tuple[Trace, list[sim.Workload]]:
        trace = chosen.trace(choice, scene.cell)
        return trace, _series(problem, trace, split, scene, first)

    trace, train = series(problem.trace, "train", problem.train, evolve.problem.TRAIN)
    _, validation = series(
        problem.trace, "validation", problem.validation, evolve.problem.VALIDATION
    )
    _, test = series(problem.trace, "test", problem.test, evolve.problem.TEST)
    held_out = {
        name: series(choice, "test", problem.test, evolve.problem.TEST)[1]
        for name, choice in _held_out(problem).items()
    }
    set_up = evolve.recovery_problem(
        train,
        validation,
        test,
        baseline=heuristics.get(problem.baseline),
        held_out=held_out,
        measure=Measure(problem.queue, problem.probe.count, problem.probe.stop, "none"),
        margin=problem.margin,
        baselines=problem.baselines,
        parents=problem.parents,
    )
    work = test[0]
    return Made(set_up, trace, work.replayed, work.simulated, work.assumed)


def _series(
    problem: schema.Problem, trace: Trace, split: str, scene: schema.Scene, first: int
) -> list[sim.Workload]:
    import sim

    asked: dict[str, Any] = {
        "load": scene.load,
        "machines": scene.machines,
        "hours": scene.hours,
        "history_h": problem.history,
        "order": problem.order,
        "lifetimes": problem.workload.lifetimes,
        "lifetime_cap_h": problem.workload.lifetime_cap,
        "weights": problem.weights or None,
        "periods": problem.periods or None,
    }
    seeds = range(first, first + scene.seeds)
    return sim.series(trace, windows=scene.windows, seeds=seeds, split=split, **asked)


def _held_out(problem: schema.Problem) -> dict[str, schema.TraceChoice]:
    """The lists that only the final comparison sees, by their names.

    A name without a folder is looked for beside the list that the problem's trace names, else
    where named traces are.
    """
    if problem.held_out and problem.trace.name != "openb":
        raise ConfigurationError(
            f"problem.held_out: found lists of tasks with trace {problem.trace.name}, "
            "expected them with openb only"
        )
    found = {}
    for name in problem.held_out:
        tasks: str | Path = name
        if problem.trace.tasks and Path(name).parent == Path("."):
            tasks = Path(problem.trace.tasks).parent / name
        label = Path(name).stem.removeprefix("openb_pod_list_")
        found[label] = replace(problem.trace, tasks=str(tasks))
    return found
