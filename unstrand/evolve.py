"""``unstrand evolve``: search for a heuristic that leaves less stranded."""

from __future__ import annotations

from unstrand import configuration, problems, result, schema, show
from unstrand.progress import progress

EXAMPLES = (
    "unstrand evolve minutes=1",
    "unstrand evolve problem=openb minutes=30",
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
    with result.folder("evolve", settings.out, overwrite=settings.overwrite) as (partial, place):
        with clock.timing("read"):
            made = problems.made(settings.problem)
        with progress("evolve") as tell, clock.timing("search"):
            found = evolve.search(
                made.problem,
                minutes=settings.minutes,
                candidates=settings.candidates,
                seed=settings.seed,
                workers=settings.workers,
                limits=evolve.Limits(locked=settings.contain == "lock"),
                progress=tell,
            )
        summary = result.summary(
            "evolve",
            clock,
            configuration.outcome(settings),
            trace=made.trace,
            seeds=made.problem.test.seeds,
            replayed=made.replayed,
            simulated=made.simulated,
            assumed=made.assumed,
            results=[found.results],
        )
        result.write(summary, partial)
        result.table(found.columns, partial / "evolve.parquet")
        (partial / "champion.py").write_text(found.champion.source, encoding="utf-8")
    show.summary(summary, place, as_json=settings.json)
