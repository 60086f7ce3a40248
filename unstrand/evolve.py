"""``unstrand evolve``: search for a heuristic that leaves less stranded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import asking, configuration, problems, result, runs, schema, show
from unstrand.failure import ConfigurationError
from unstrand.searching import searching

if TYPE_CHECKING:
    import evolve

EXAMPLES = (
    "unstrand evolve minutes=1",
    "unstrand evolve problem=openb minutes=30",
    "unstrand evolve problem=synthetic candidates=200 seed=1 out=results/mine",
    "unstrand evolve resume=results/mine",
    "unstrand evolve problem=openb candidates=500 null=one_plus_one",
    "unstrand evolve problem=bin_packing candidates=2000",
    "unstrand evolve problem=openb candidates=300 proposer=llm llm=vllm",
)

MINUTES = 5.0  # where neither budget is given


def run(settings: schema.Evolve) -> None:
    """Search, and leave ``run.sqlite``, ``champion.py`` and ``summary.json``."""
    import evolve

    clock = result.Clock()
    if settings.resume is not None:
        place, settings = runs.resumed(settings)
    else:
        if settings.minutes is None and settings.candidates is None:
            settings.minutes = MINUTES
        place = Path(settings.out) if settings.out else result.free_place("evolve")
        result.expect_free(place, overwrite=settings.overwrite)
    with clock.timing("read"):
        made = problems.made(settings.problem)
    if settings.resume is not None:
        runs.expect_same_data(place, made.trace.sha256)
    if settings.proposer == "llm" and settings.null is not None:
        raise ConfigurationError("null: found with proposer=llm, expected one of them")
    own = _settings(settings)
    with runs.folder(place, settings) as folder:
        with searching(settings.minutes, settings.candidates) as tell, clock.timing("search"):
            found = evolve.search(
                made.problem,
                minutes=settings.minutes,
                candidates=settings.candidates,
                settings=own,
                folder=folder,
                about=runs.about(settings, made.trace.sha256),
                workers=settings.workers,
                limits=evolve.Limits(locked=settings.contain == "lock"),
                progress=tell,
                writer=partial(asking.writer, settings) if settings.proposer == "llm" else None,
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
        result.put(folder / "champion.py", _champion(found, settings))
        result.write(summary, folder)
    show.summary(summary, place, as_json=settings.json)


def _settings(settings: schema.Evolve) -> evolve.Settings:
    import evolve

    archive = settings.archive
    return evolve.Settings(
        seed=settings.seed,
        islands=archive.islands,
        pressure=archive.pressure,
        migrate=archive.migrate,
        lag=archive.lag,
        grid=evolve.Grid(tuple(archive.measures), tuple(archive.cells)),
        null=settings.null,
        start=settings.seeds,
        finalists=archive.finalists,
    )


def _champion(found: evolve.Search, settings: schema.Evolve) -> str:
    """The champion's file: its scores, where it is from, and how to find it again."""
    import heuristics

    said: dict[str, Any] = found.results
    best = said["best_shipped"]
    lead = said["test"]["default"][f"champion_minus_{best}"]
    interval = "" if lead["ci95"] is None else " [{:.2f}, {:.2f}]".format(*lead["ci95"])
    budget = (
        f"candidates={settings.candidates}"
        if settings.candidates is not None
        else f"minutes={settings.minutes:g}"
    )
    own = said["ancestry"][0]["operator"] if len(said["ancestry"]) == 1 else ""
    arm = "" if settings.null is None else f" null={settings.null}"
    what = f"The shipped {own}, cut down by" if own in heuristics.names() else "Found by"
    lines = [
        f"{what} a search on {settings.problem.name}{arm}, candidate {said['candidate']} of "
        f"{said['candidates']}, generation {said['generation']}.",
        "",
        f"{said['measured']} ({said['resource']}), mean of the draws: train "
        f"{said['train']['mean']:.3f}, validation {said['validation']['mean']:.3f}, test "
        f"{said['test']['default']['champion']['mean']:.3f}; over {best}, the best shipped one "
        f"there: {lead['mean']:+.3f}{interval} points.",
        "",
        f"Again: unstrand evolve problem={settings.problem.name}{arm} {budget} "
        f"seed={settings.seed}, "
        "and whatever else differs from the defaults in the summary.json beside this.",
    ]
    return '"""' + "\n".join(lines).replace("\\", "/") + '\n"""\n\n' + found.source.lstrip()
