"""``unstrand compare``: what heuristics recover against a baseline, paired over windows × seeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from unstrand import chosen, configuration, contain, executors, result, show
from unstrand.failure import ConfigurationError
from unstrand.progress import progress
from unstrand.schema import Compare

if TYPE_CHECKING:
    from sim import Recovered
    from traces import Trace

EXAMPLES = (
    "unstrand compare heuristics=[fgd,cosine] baseline=best_fit load=0.9 machines=100 seeds=4",
    "unstrand compare trace=openb load=0.9 machines=300 seeds=8 heuristics=[all] workers=2",
    "unstrand compare trace=azure_v1 cell=azure_270 load=0.85 windows=6 seeds=2 heuristics=[all]",
    "unstrand compare trace=kubernetes trace.path=dump.json baseline=recorded heuristic=best_fit",
)


def run(settings: Compare) -> None:
    """Compare and leave ``summary.json``, ``pairs``, ``samples``, ``machines`` and ``shapes`` in
    Parquet."""
    from sim import pairs, queues

    clock = result.Clock()
    seeds = range(settings.seed, settings.seed + settings.seeds)
    with result.folder("compare", settings.out, overwrite=settings.overwrite) as (partial, place):
        with clock.timing("read"):
            trace = chosen.trace(settings.trace, settings.cell)
        baseline = chosen.baseline(settings)
        heuristics = chosen.heuristics(settings, reading=trace.resources)
        heuristics = [one for one in heuristics if one != baseline]
        if not heuristics:
            raise ConfigurationError(
                f"heuristics: found {baseline.name!r} alone, the baseline; expected another"
            )
        found = compared(replace(settings, shake=None), trace, baseline, heuristics)
        shaken = compared(settings, trace, baseline, heuristics, "shaken") if settings.shake else []
        shaking = (f"arrivals up to {settings.shake:g} s off, beside",) if settings.shake else ()
        for part in ("compile", "simulate"):
            clock.timings_s[part] = round(sum(one.seconds[part] for one in found), 3)
        clock.timings_s["decision_us"] = {one.heuristic: one.decision_us for one in found}
        work = found[0].grid.works[0]
        config = configuration.outcome(settings) | {
            "load": round(work.load, 9) if settings.load is None else settings.load,
            "machines": len(work.machines),
            "weights": dict(zip(trace.resources, work.weight.tolist(), strict=True)),
        }
        summary = result.summary(
            "compare",
            clock,
            config,
            trace=trace,
            seeds=seeds,
            replayed=work.replayed,
            simulated=(*work.simulated, *queues.simulated(settings.queue), *shaking),
            assumed=work.assumed,
            results=[
                _entry(one, also, chosen.known(heuristic, settings))
                for one, also, heuristic in zip_longest(found, shaken, [baseline, *heuristics])
            ],
        )
        result.write(summary, partial)
        result.table(pairs.pairs(found), partial / "pairs.parquet")
        result.table(pairs.samples(found), partial / "samples.parquet")
        result.table(pairs.machines(found), partial / "machines.parquet")
        result.table(pairs.shapes(found, trace.models), partial / "shapes.parquet")
    show.summary(summary, place, as_json=settings.json)


def compared(
    settings: Compare,
    trace: Trace,
    baseline: Any,
    heuristics: list[Any],
    what: str = "compare",
) -> list[Recovered]:
    """What heuristics recover on a trace as the settings say, the baseline first."""
    import sim

    works = sim.series(
        trace,
        windows=settings.windows,
        seeds=range(settings.seed, settings.seed + settings.seeds),
        **chosen.workload(settings, [baseline, *heuristics]),
    )
    held = contain.taping(settings, [baseline, *heuristics])
    with held as taping, progress(what) as tell:
        return sim.compare(
            works,
            heuristics,
            baseline=baseline,
            queue=settings.queue,
            ties=settings.ties,
            policies=settings.policies,
            probes=settings.probe.count,
            probe_stop=settings.probe.stop,
            bound=settings.bound,
            bound_time_limit_s=settings.bound_seconds,
            price=settings.price,
            workers=settings.workers,
            hire=executors.hire(settings.executor),
            progress=tell,
            taping=taping,
        )


def _entry(one: Recovered, shaken: Recovered | None, known: dict[str, Any]) -> dict[str, Any]:
    """An entry of the summary, with what came of it shaken."""
    from sim.shaking import VANISHES, vanishes

    said = one.result()
    marks = [*said["marks"], *known["marks"]]
    if shaken is None:
        return said | known | {"marks": marks}
    again = shaken.result()
    if vanishes(one.recovered, shaken.recovered):
        marks.append(VANISHES)
    kept = ("recovered_pct", "recovered_pct_ci95", "goodput_delta_points", "stranded_pct")
    return said | known | {"marks": marks, "shaken": {name: again[name] for name in kept}}
