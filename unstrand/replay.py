"""``unstrand replay``: one workload, with arrivals and departures, under each heuristic."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import chosen, configuration, contain, explain, result, show
from unstrand.failure import ConfigurationError
from unstrand.progress import progress
from unstrand.schema import Replay

if TYPE_CHECKING:
    from sim.workloads import Workload
    from traces import Trace

EXAMPLES = (
    "unstrand replay heuristic=best_fit load=0.9",
    "unstrand replay heuristics=[fgd,best_fit] load=1.05 queue=fifo placements=true",
)


def run(settings: Replay) -> None:
    """Replay and leave ``summary.json``, ``samples.parquet`` and, asked for, the placements."""
    clock = result.Clock()
    process = _process(settings.process)
    with result.folder("replay", settings.out, overwrite=settings.overwrite) as (partial, place):
        heuristics = chosen.heuristics(settings)
        with clock.timing("read"):
            trace = chosen.trace(settings.trace, settings.cell)
        if trace.format == "bin_packing" and settings.trace.instance is None:
            summary = _packed(settings, clock, heuristics, partial)
        else:
            summary = _replayed(settings, clock, trace, heuristics, partial, process)
        result.write(summary, partial)
    return show.summary(summary, place, as_json=settings.json)


def _replayed(
    settings: Replay,
    clock: result.Clock,
    trace: Trace,
    heuristics: list[Any],
    partial: Path,
    process: Callable[..., Any] | None,
) -> dict[str, Any]:
    """Replay the workload under each heuristic; the summary, the tables written."""
    import sim
    from sim import queues

    work = sim.workload(trace, seed=settings.seed, **chosen.workload(settings, heuristics))
    if settings.decisions.count:
        _expect_explained(settings, work, heuristics)
    runs = []
    with contain.taping(settings, heuristics) as taping:
        for heuristic in heuristics:
            with progress(f"replay {heuristic.name}") as tell:
                runs.append(
                    sim.replay(
                        work,
                        heuristic,
                        queue=settings.queue,
                        ties=settings.ties,
                        samples=settings.samples,
                        probes=settings.probe.count,
                        probe_stop=settings.probe.stop,
                        placements=settings.placements,
                        process=process,
                        progress=tell,
                        taping=taping,
                    )
                )
    clock.timings_s["compile"] = round(sum(run.seconds["compile"] for run in runs), 3)
    clock.timings_s["simulate"] = round(sum(run.seconds["simulate"] for run in runs), 3)
    named = list(zip((one.name for one in heuristics), runs, strict=True))
    clock.timings_s["decision_us"] = {name: run.decision_us for name, run in named}
    results = [
        run.result() | chosen.known(heuristic, settings)
        for run, heuristic in zip(runs, heuristics, strict=True)
    ]
    summary = result.summary(
        "replay",
        clock,
        configuration.outcome(settings),
        trace=trace,
        seeds=[settings.seed],
        replayed=work.replayed,
        simulated=(*work.simulated, *queues.simulated(settings.queue)),
        assumed=work.assumed,
        results=results,
    )
    result.tables([(name, run.samples) for name, run in named], partial / "samples.parquet")
    if settings.placements:
        placed = [(name, run.placements or {}) for name, run in named]
        result.tables(placed, partial / "placements.parquet")
    if settings.decisions.count:
        with clock.timing("explain"):
            taken = [(one.name, _decisions(settings, one, work)) for one in heuristics]
        result.tables(taken, partial / "decisions.parquet")
    return summary


def _expect_explained(settings: Replay, work: Workload, heuristics: list[Any]) -> None:
    """Raise SimError or ConfigurationError for decisions that can't be taken apart."""
    from sim.composition import composed
    from sim.explaining import expect_explained

    for heuristic in heuristics:
        expect_explained(work, composed(heuristic))
        explain.other(settings.decisions.baseline, heuristic, "decisions.baseline")


def _decisions(settings: Replay, heuristic: Any, work: Workload) -> dict[str, list[Any]]:
    """Decisions taken apart, a row a machine that is kept of each."""
    from sim.composition import composed
    from sim.decisions import columns
    from sim.explaining import Question, spread_out

    said, composition = settings.decisions, composed(heuristic)
    other = explain.other(said.baseline, heuristic, "decisions.baseline")
    ties = composition.ties(settings.ties)
    questions = [
        Question(composition, ties, settings.queue, task, other, said.top)
        for task in spread_out(work, said.count)
    ]
    return columns(explain.explained(settings, heuristic, work, questions))


def _packed(
    settings: Replay, clock: result.Clock, heuristics: list[Any], partial: Path
) -> dict[str, Any]:
    """Pack every instance of a bin-packing file; the summary, its samples written."""
    from sim import packing

    with clock.timing("read"):
        found = packing.instances_of(settings.trace.path)
    samples, results = [], []
    with contain.taping(settings, heuristics) as taping:
        for heuristic in heuristics:
            with progress(f"pack {heuristic.name}") as tell:
                packed = packing.pack(
                    found, heuristic, ties=settings.ties, progress=tell, taping=taping
                )
            results.append(packing.result(packed) | chosen.known(heuristic, settings))
            samples.append((heuristic.name, packing.samples(packed)))
    result.tables(samples, partial / "samples.parquet")
    name = found[0].name.rpartition("/")[0]
    return result.summary(
        "replay",
        clock,
        configuration.outcome(settings),
        trace=packing.whole(found, name),
        seeds=[settings.seed],
        replayed=found[0].replayed,
        simulated=("placement",),
        assumed=found[0].assumed,
        results=results,
    )


def _process(named: str | None) -> Callable[..., Any] | None:
    """The user's SimPy process that ``module:function`` names, looked for in this folder too."""
    if named is None:
        return None
    module_name, _, name = named.partition(":")
    if not module_name or not name:
        raise ConfigurationError(f"process: found {named!r}, expected module:function")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigurationError(f"process: found {named!r}, and {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ConfigurationError(f"process: found no function {name!r} in {module_name}")
    return function  # type: ignore[no-any-return]
