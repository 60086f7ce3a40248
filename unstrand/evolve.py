"""``unstrand evolve``: search for a heuristic that leaves less stranded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstrand import chosen, configuration, result, schema, show
from unstrand.failure import ConfigurationError
from unstrand.progress import progress
from unstrand.saturate import DROPPED

if TYPE_CHECKING:
    from traces import Trace

EXAMPLES = (
    "unstrand evolve minutes=1",
    "unstrand evolve problem=openb_saturation minutes=5",
    "unstrand evolve candidates=200 seed=1",
)

MINUTES = 5.0  # where neither budget is given


def run(settings: schema.Evolve) -> None:
    """Search, and leave ``champion.py``, ``summary.json`` and ``evolve.parquet``."""
    import evolve

    clock = result.Clock()
    if settings.minutes is None and settings.candidates is None:
        settings.minutes = MINUTES
    problem = settings.problem
    with result.folder("evolve", settings.out, overwrite=settings.overwrite) as (partial, place):
        with clock.timing("read"):
            trace = chosen.trace(problem.trace)
            held_out = _held_out(problem)
        set_up = evolve.saturation_problem(
            trace,
            held_out=held_out,
            offered=problem.offered,
            resource=problem.resource,
            coverage=problem.mix.coverage,
            mix_resources=tuple(problem.mix.resources),
            baselines=problem.baselines,
            parents=problem.parents,
            train_seeds=problem.train_seeds,
            validation_seeds=problem.validation_seeds,
            test_seeds=problem.test_seeds,
        )
        with progress("evolve") as tell, clock.timing("search"):
            found = evolve.search(
                set_up,
                minutes=settings.minutes,
                candidates=settings.candidates,
                seed=settings.seed,
                workers=settings.workers,
                progress=tell,
            )
        summary = result.summary(
            "evolve",
            clock,
            configuration.outcome(settings),
            trace=trace,
            seeds=set_up.test,
            replayed=[part for part in trace.replayed if part not in DROPPED],
            simulated=("arrival order", "placement"),
            assumed=(*trace.assumed, "no departures"),
            results=[found.results],
        )
        result.write(summary, partial)
        result.table(found.columns, partial / "evolve.parquet")
        (partial / "champion.py").write_text(found.champion.source, encoding="utf-8")
    show.summary(summary, place, as_json=settings.json)


def _held_out(problem: schema.Problem) -> dict[str, Trace]:
    """The traces of the lists that only the final comparison sees, by the lists' names.

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
        found[label] = chosen.trace(replace(problem.trace, tasks=str(tasks)))
    return found
