"""``unstrand tune``: a heuristic's constants, tuned, and compared once with those as written."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import chosen, compare, configuration, contain, executors, result, show, studies
from unstrand.failure import ConfigurationError
from unstrand.progress import progress
from unstrand.schema import Tune

if TYPE_CHECKING:
    from evolve.tuning import Plan, Range, Tuned
    from heuristics import Heuristic
    from sim import Recovered
    from traces import Trace

EXAMPLES = (
    "unstrand tune heuristic=borg_hybrid trials=40 load=0.9 machines=60",
    "unstrand tune heuristic.file=mine.py space.gpu_weight=[0.0,8.0] experiment=openb workers=2",
    "unstrand tune resume=results/tune-20260101-120000 trials=200",
)


def run(settings: Tune) -> None:
    """Tune; leave ``study.sqlite``, ``trials`` and ``pairs`` as Parquet, and ``summary.json``."""
    from evolve.tuning import ranges
    from sim import pairs, queues

    clock = result.Clock()
    if settings.resume is not None:
        place, settings = studies.resumed(settings)
    else:
        place = Path(settings.out) if settings.out else result.free_place("tune")
        result.expect_free(place, overwrite=settings.overwrite)
    settings = _of_one(settings)
    with clock.timing("read"):
        trace = chosen.trace(settings.trace, settings.cell)
    baseline = chosen.baseline(settings)
    (heuristic,) = chosen.heuristics(settings)
    space = ranges(heuristic, settings.space)
    with studies.folder(place, settings) as folder:
        with clock.timing("tune"):
            found, opened = _tuned(settings, trace, baseline, heuristic, space, folder)
        with clock.timing("test"):
            compared = _compared(settings, trace, baseline, heuristic, found)
        work = compared[0].grid.works[0]
        summary = result.summary(
            "tune",
            clock,
            configuration.outcome(settings)
            | {"weights": dict(zip(trace.resources, work.weight.tolist(), strict=True))},
            trace=trace,
            seeds=range(settings.seed, settings.seed + settings.seeds),
            replayed=work.replayed,
            simulated=(*work.simulated, *queues.simulated(settings.queue)),
            assumed=work.assumed,
            results=[_entry(settings, heuristic, space, found, compared) | {"test_opened": opened}],
        )
        result.table(_trials(found, space), folder / "trials.parquet")
        result.table(pairs.pairs(compared), folder / "pairs.parquet")
        result.write(summary, folder)
    show.summary(summary, place, as_json=settings.json)


def _of_one(settings: Tune) -> Tune:
    """The settings without an experiment's list of heuristics: one is tuned.

    Raises ConfigurationError for what goes with comparisons and not with tuning.
    """
    beside = {
        "heuristic.compose": (settings.heuristic.compose, "heuristic=NAME or heuristic.file=FILE"),
        "shake": (settings.shake, "none; compare shakes"),
    }
    for name, (found, expected) in beside.items():
        if found:
            raise ConfigurationError(f"{name}: found {found!r}, expected {expected}")
    return replace(settings, heuristics=[], split="test")


def plan(settings: Tune) -> Plan:
    """How trials are drawn."""
    from evolve.tuning import Plan

    return Plan(settings.sampler, settings.seed, settings.batch, settings.prune)


def _tuned(
    settings: Tune,
    trace: Trace,
    baseline: Any,
    heuristic: Heuristic,
    space: tuple[Range, ...],
    folder: Path,
) -> tuple[Tuned, int]:
    """What was tuned, and how often the test split is opened with this time."""
    from evolve.problem import TRAIN, VALIDATION
    from evolve.tuning import opened, pairs, tune
    from sim.composition import composed
    from sim.scored import Measure
    from sim.workloads import series

    def works(split: str, drawn: Any, first: int) -> list[Any]:
        asked = chosen.workload(replace(settings, split=split), [baseline, heuristic])
        seeds = range(first + settings.seed, first + settings.seed + drawn.seeds)
        return series(trace, windows=drawn.windows, seeds=seeds, **asked)

    train = works("train", settings.train, TRAIN)
    validation = works("validation", settings.validation, VALIDATION)
    files = [one for one in (baseline, heuristic) if _of_others(one)]
    measure = Measure(settings.queue, settings.probe.count, settings.probe.stop, "none")
    with ExitStack() as held:
        study = held.enter_context(opened(folder, plan(settings), space))
        for name, value in studies.about(settings, trace.sha256).items():
            study.setting(name, value)
        taping = held.enter_context(contain.taping(settings, files))
        tell = held.enter_context(progress("tune"))
        scored = held.enter_context(
            pairs(
                [*train, *validation],
                composed(baseline),
                measure=measure,
                ties=settings.ties,
                workers=settings.workers,
                hire=executors.hire(settings.executor),
                taping=taping,
            )
        )
        found = tune(
            study,
            scored,
            heuristic,
            train=range(len(train)),
            validation=range(len(train), len(train) + len(validation)),
            trials=settings.trials,
            finalists=settings.finalists,
            minutes=settings.minutes,
            progress=tell,
        )
        return found, study.opened()


def tuned_name(heuristic: Heuristic) -> str:
    """What a heuristic is called with tuned values."""
    return f"{heuristic.name}_tuned"


def _of_others(heuristic: Any) -> bool:
    """Whether it came with neither the product nor its searches."""
    import heuristics

    home = Path(heuristics.__file__).parent
    levels = getattr(heuristic, "levels", (heuristic,))
    return any(not Path(level.filename).is_relative_to(home) for level in levels)


def _compared(
    settings: Tune, trace: Trace, baseline: Any, heuristic: Heuristic, found: Tuned
) -> list[Recovered]:
    """Baseline, values as written and tuned ones on the test split; where they differ."""
    tuned = replace(heuristic.with_params(**found.params), name=tuned_name(heuristic))
    rivals = [heuristic] if heuristic != baseline else []
    others = [*rivals, tuned] if found.params else rivals
    return compare.compared(settings, trace, baseline, others, "tune, on test")


def _entry(
    settings: Tune,
    heuristic: Heuristic,
    space: tuple[Range, ...],
    found: Tuned,
    compared: list[Recovered],
) -> dict[str, Any]:
    """The summary's one entry."""
    from evolve.tuning import verdict

    tuned = compared[-1]
    written = next(one for one in compared if one.heuristic == heuristic.name)
    states = [one.state for one in found.trials]
    values = {**heuristic.params, **found.params}
    kept = next(one for one in found.finalists if one.trial is None)
    return {
        "heuristic": heuristic.name,
        "baseline": tuned.baseline,
        "ties": tuned.ties,
        "trials": {state: states.count(state) for state in ("complete", "pruned", "failed")},
        "finalists": [asdict(one) for one in found.finalists],
        "constants": [asdict(one) | {"tuned": values[one.name]} for one in space],
        "held": {n: v for n, v in heuristic.params.items() if n not in {one.name for one in space}},
        "kept_defaults": not found.params,
        "train": {"defaults": found.defaults, "tuned": found.chosen.train},
        "validation": {"defaults": kept.validation, "tuned": found.chosen.validation},
        "tuned_minus_defaults": verdict(tuned, written).result(),
        "test": {
            name: _marked(one, heuristic, settings)
            for name, one in (("baseline", compared[0]), ("defaults", written), ("tuned", tuned))
        },
    }


def _marked(one: Recovered, heuristic: Heuristic, settings: Tune) -> dict[str, Any]:
    """A comparison's entry, with what goes with the heuristic where it is its own."""
    said = one.result()
    if one.heuristic not in (heuristic.name, tuned_name(heuristic)):
        return said
    known = chosen.known(heuristic, settings)
    return said | known | {"marks": [*said["marks"], *known["marks"]]}


def _trials(found: Tuned, space: tuple[Range, ...]) -> dict[str, Any]:
    """A row a trial."""
    return {
        "trial": [one.number for one in found.trials],
        "state": [one.state for one in found.trials],
        "pairs": [one.pairs for one in found.trials],
        "worth": [one.worth for one in found.trials],
        "why": [one.why for one in found.trials],
        **{f"params.{r.name}": [one.params.get(r.name) for one in found.trials] for r in space},
    }
