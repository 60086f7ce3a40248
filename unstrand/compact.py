"""``unstrand compact``: how few machines hold what runs in a cell (cell compaction, Borg)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstrand import chosen, configuration, contain, result, show
from unstrand.progress import progress
from unstrand.schema import Compact

if TYPE_CHECKING:
    from sim import Compaction

EXAMPLES = (
    "unstrand compact heuristics=[best_fit,fgd] load=0.9",
    "unstrand compact trace=kubernetes trace.path=dump.json heuristic=cosine",
)


def run(settings: Compact) -> None:
    """Compact under each heuristic; leave ``summary.json`` and ``trials.parquet``."""
    import sim

    clock = result.Clock()
    with result.folder("compact", settings.out, overwrite=settings.overwrite) as (partial, place):
        heuristics = chosen.heuristics(settings)
        with clock.timing("read"):
            trace = chosen.trace(settings.trace, settings.cell)
        work = sim.workload(
            trace,
            seed=settings.seed,
            load=settings.load,
            machines=settings.machines,
            split=settings.split,
            weights=settings.weights or None,
            rules=sim.Rules(oversubscribe=dict(settings.oversubscribe)),
        )
        import heuristics as shipped

        put = None if trace.snapshot else shipped.get(settings.put)
        runs = []
        with contain.taping(settings, heuristics) as taping, clock.timing("simulate"):
            for heuristic in heuristics:
                with progress(f"compact {heuristic.name}") as tell:
                    runs.append(
                        sim.compact(
                            work,
                            heuristic,
                            trials=settings.trials,
                            left_over=settings.left_over,
                            put=put,
                            ties=settings.ties,
                            taping=taping,
                            progress=tell,
                        )
                    )
        results = [
            one.result() | chosen.known(heuristic, settings)
            for one, heuristic in zip(runs, heuristics, strict=True)
        ]
        summary = result.summary(
            "compact",
            clock,
            configuration.outcome(settings),
            trace=trace,
            seeds=[settings.seed],
            replayed=["requests"] if "requests" in work.replayed else [],
            simulated=("order of machines", "placement"),
            assumed=(*trace.assumed, "no departures"),
            results=results,
        )
        result.write(summary, partial)
        result.tables([(one.heuristic, _trials(one)) for one in runs], partial / "trials.parquet")
    show.summary(summary, place, as_json=settings.json)


def _trials(one: Compaction) -> dict[str, Any]:
    from sim.compaction import finite

    found = [None if (n := finite(value)) is None else int(n) for value in one.needed.tolist()]
    return {"trial": list(range(len(found))), "machines": found}
