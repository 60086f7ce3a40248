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


PUBLISHED = "weibull_5k.csv"


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
    kinds = {"recovery": _recovery, "bin_packing": _packing}
    found = kinds.get(problem.kind, _saturation)(problem)
    ends = replace(found.problem, shipped=problem.shipped, cuts=problem.cuts)
    return replace(found, problem=ends)


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
        slack=dict(_stages(problem)[1]),
        operations=problem.operations,
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

    small, slack = _stages(problem)
    trace, train = series(problem.trace, "train", problem.train, evolve.problem.TRAIN)
    stages = [
        (_series(problem, trace, "train", scene, evolve.problem.TRAIN), points)
        for scene, points in small
    ]
    _, validation = series(
        problem.trace, "validation", problem.validation, evolve.problem.VALIDATION
    )
    _, fresh = series(problem.trace, "validation", problem.validation, evolve.problem.FRESH)
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
        fresh=fresh,
        stages=stages,
        slack=slack,
        operations=problem.operations,
    )
    work = test[0]
    return Made(set_up, trace, work.replayed, work.simulated, work.assumed)


def _packing(problem: schema.Problem) -> Made:
    import evolve
    from sim import packing

    if problem.trace.name != "bin_packing":
        raise ConfigurationError(
            f"problem.trace: found trace {problem.trace.name}, expected bin_packing"
        )
    of_test = evolve.problem.TEST
    test = _published(problem.trace) or _drawn(problem.test, of_test, "test.capacities")
    held_out = {
        f"capacity {name}" if name.isdecimal() else Path(name).stem: _drawn(
            replace(problem.test, capacities=[int(name)]), of_test, "held_out"
        )
        if name.isdecimal()
        else packing.instances_of(name)
        for name in problem.held_out
    }
    train, validation = (
        _instances(_drawn(scene, first, f"{split}.capacities"), first)
        for split, scene, first in (
            ("train", problem.train, evolve.problem.TRAIN),
            ("validation", problem.validation, evolve.problem.VALIDATION),
        )
    )
    fresh = _drawn(problem.validation, evolve.problem.FRESH, "validation.capacities")
    set_up = evolve.packing_problem(
        train,
        validation,
        _instances(test, of_test),
        held_out={name: _instances(found, of_test) for name, found in held_out.items()},
        baselines=problem.baselines,
        parents=problem.parents,
        fresh=_instances(fresh, evolve.problem.FRESH),
        slack=_stages(problem)[1],
        operations=problem.operations,
    )
    return Made(
        set_up,
        packing.whole(test, test[0].name.rpartition("/")[0]),
        test[0].replayed,
        ("items of train and validation", "placement"),
        test[0].assumed,
    )


def _published(choice: schema.TraceChoice) -> list[Trace]:
    """The list of instances that is named, else the published one; none where there is none."""
    from sim import packing
    from traces import places

    if choice.instance is not None:
        return [chosen.trace(choice)]
    if choice.path is None and not (places.data_folder() / "bin_packing" / PUBLISHED).exists():
        return []
    return packing.instances_of(choice.path or PUBLISHED)


def _drawn(scene: schema.Scene, first: int, key: str) -> list[Trace]:
    """Instances of each capacity, every one under a seed of its own from `first` on.

    key: of the problem, that names the capacities.
    """
    from traces import weibull

    if min(scene.capacities, default=0) < 1:
        raise ConfigurationError(
            f"problem.{key}: found {list(scene.capacities)}, expected capacities above 0"
        )
    each = [capacity for capacity in scene.capacities for _ in range(scene.seeds)]
    return [
        weibull.draw(items=scene.items, capacity=capacity, seed=first + place)
        for place, capacity in enumerate(each)
    ]


def _instances(found: Sequence[Trace], first: int) -> list[sim.Workload]:
    """Each instance as it stands, under its seed."""
    import sim

    return [sim.workload(trace, seed=first + place) for place, trace in enumerate(found)]


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
        "rules": sim.Rules(predictions=chosen.predictions(problem.workload)),
        "weights": problem.weights or None,
        "periods": problem.periods or None,
    }
    seeds = range(first, first + scene.seeds)
    return sim.series(trace, windows=scene.windows, seeds=seeds, split=split, **asked)


def _stages(
    problem: schema.Problem,
) -> tuple[list[tuple[schema.Scene, float]], dict[int, float]]:
    """The cascade: smaller cells with their slack, and slack after so many draws of train."""
    small: list[tuple[schema.Scene, float]] = []
    slack: dict[int, float] = {}
    for number, stage in enumerate(problem.stages):
        where = f"problem.stages[{number}]"
        if not isinstance(stage, dict) or "slack" not in stage:
            raise ConfigurationError(f"{where}: found {stage!r}, expected keys with slack")
        known = {"slack", "draws"} if "draws" in stage else {"slack", "machines", "hours", "seeds"}
        for name, value in stage.items():
            if name not in known:
                expected = ", ".join(sorted(known))
                raise ConfigurationError(f"{where}: found key {name!r}, expected {expected}")
            whole = name in ("draws", "machines", "seeds")
            right = isinstance(value, int if whole else int | float)
            if not right or isinstance(value, bool) or value <= 0:
                kind = "a whole number" if whole else "a number"
                raise ConfigurationError(
                    f"{where}.{name}: found {value!r}, expected {kind} above 0"
                )
        if "draws" in stage:
            slack[stage["draws"]] = stage["slack"]
            continue
        if problem.kind != "recovery" or slack:
            raise ConfigurationError(
                f"{where}: found a smaller cell, expected one of a problem of kind recovery, "
                "before the draws of train"
            )
        asked = {name: value for name, value in stage.items() if name != "slack"}
        scene = replace(problem.train, **{"seeds": 1, "windows": 1, **asked})
        small.append((scene, stage["slack"]))
    return small, slack


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
