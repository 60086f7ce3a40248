"""``unstrand saturate``: offered work without departures, over seeds (the experiment of FGD)."""

from __future__ import annotations

from unstrand import chosen, configuration, contain, result, show
from unstrand.progress import progress
from unstrand.schema import Saturate

EXAMPLES = (
    "unstrand saturate heuristics=[fgd,best_fit] seeds=5",
    "unstrand saturate trace=openb trace.tasks=PODS.csv trace.nodes=NODES.csv heuristic=fgd",
    "unstrand saturate -m offered=1.1,1.2,1.3 heuristic=best_fit json=true",
)

# What a trace may bring and this experiment does not use.
DROPPED = ("arrival times", "lifetimes")


def run(settings: Saturate) -> None:
    """Run the experiment and leave ``summary.json`` and ``curve.parquet``."""
    import sim

    clock = result.Clock()
    seeds = range(settings.seed, settings.seed + settings.seeds)
    with result.folder("saturate", settings.out, overwrite=settings.overwrite) as (partial, place):
        heuristics = chosen.heuristics(settings)
        with clock.timing("read"):
            trace = chosen.trace(settings.trace, settings.cell)
        held = contain.taping(settings, heuristics)
        with held as taping, progress("saturate") as tell:
            runs = sim.saturate(
                trace,
                heuristics,
                offered=settings.offered,
                seeds=seeds,
                ties=settings.ties,
                coverage=settings.mix.coverage,
                resources=tuple(settings.mix.resources),
                split=settings.split,
                workers=settings.workers,
                progress=tell,
                taping=taping,
            )
        clock.timings_s["compile"] = round(sum(run.seconds["compile"] for run in runs), 3)
        clock.timings_s["simulate"] = round(sum(run.seconds["simulate"] for run in runs), 3)
        clock.timings_s["decision_us"] = {run.heuristic: run.decision_us for run in runs}
        results = [
            run.result() | chosen.known(heuristic, settings)
            for run, heuristic in zip(runs, heuristics, strict=True)
        ]
        summary = result.summary(
            "saturate",
            clock,
            configuration.outcome(settings),
            trace=trace,
            seeds=seeds,
            replayed=[part for part in trace.replayed if part not in DROPPED],
            simulated=("placement",) if trace.ordered else ("arrival order", "placement"),
            assumed=(*trace.assumed, "no departures"),
            results=results,
        )
        result.write(summary, partial)
        result.tables([(run.heuristic, run.curve) for run in runs], partial / "curve.parquet")
    show.summary(summary, place, as_json=settings.json)
