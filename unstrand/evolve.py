"""``unstrand evolve``: search for a heuristic that leaves less stranded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import (
    answering,
    asking,
    configuration,
    executors,
    interruptions,
    problems,
    result,
    runs,
    schema,
    show,
)
from unstrand.failure import ConfigurationError
from unstrand.searching import plan, searching

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
    "unstrand evolve problem=openb proposer=outside out=results/asked",
)

OUTSIDE = "outside"
MINUTES = 5.0  # where neither budget is given


def run(settings: schema.Evolve) -> None:
    """Search, and leave ``run.sqlite``, ``champion.py`` and ``summary.json``."""
    clock = result.Clock()
    if settings.resume is not None:
        place, settings = runs.resumed(settings)
    else:
        _expect_fit(settings)
        if all(getattr(settings, budget) is None for budget in runs.BUDGETS):
            settings.minutes = None if settings.proposer == OUTSIDE else MINUTES
        place = Path(settings.out) if settings.out else result.free_place("evolve")
        result.expect_free(place, overwrite=settings.overwrite)
    _expect_told(settings)
    with clock.timing("read"):
        made = problems.made(settings.problem)
    interruptions.end_waits()
    if settings.resume is not None:
        runs.expect_same_data(place, made.trace.sha256)
    with runs.folder(place, settings) as folder:
        with clock.timing("search"):
            found = _searched(settings, made, folder)
        if found is None and settings.json:
            show.json_line({"run": str(place)})
            return
        if found is None:
            print(f"begun; unstrand ask {place} gives the first prompt, and when all is told")
            print(f"unstrand evolve resume={place} chooses the champion")
            return
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


def _expect_fit(settings: schema.Evolve) -> None:
    """Raise ConfigurationError for keys that do not go with the proposer."""
    if settings.constitution.judge and settings.proposer != "llm":
        raise ConfigurationError(
            f"constitution.judge: found with proposer={settings.proposer}, expected proposer=llm, "
            "whose model judges"
        )
    asking.constitution(settings.constitution)
    asking.models(settings.llm)  # whoever proposes: the settings are kept, and no key is to be
    if settings.proposer == "embedded":
        return
    found = ["null"] if settings.null is not None else []
    if settings.proposer == OUTSIDE:
        found += [name for name in runs.BUDGETS if getattr(settings, name) is not None]
    if found:
        raise ConfigurationError(
            f"{found[0]}: found with proposer={settings.proposer}, expected one of them"
        )


def _expect_told(settings: schema.Evolve) -> None:
    """Raise ConfigurationError for a budget that the executor can't tell of."""
    if settings.cpu_minutes is not None and settings.executor.name != "local":
        raise ConfigurationError(
            f"cpu_minutes: found with executor={settings.executor.name}, expected minutes or "
            "candidates: what processors of other machines do is not counted"
        )


def _searched(settings: schema.Evolve, made: problems.Made, folder: Path) -> evolve.Search | None:
    """What a search found; nothing where it only began, for answers from outside."""
    import evolve
    from evolve.llm.outside import begin
    from evolve.run import ended, opened
    from evolve.settings import Budget

    writers = {
        "embedded": None,
        "llm": partial(asking.writer, settings),
        OUTSIDE: answering.awaited,
    }
    with (
        searching(settings.minutes, settings.candidates) as tell,
        opened(
            made.problem,
            folder,
            settings=plan(settings),
            about=runs.about(settings, made.trace.sha256),
            workers=settings.workers,
            hire=executors.hire(settings.executor),
            limits=evolve.Limits(locked=settings.contain == "lock"),
            progress=tell,
            writer=writers[settings.proposer],
        ) as loop,
    ):
        if settings.proposer != OUTSIDE:
            loop.run(Budget(settings.candidates, settings.minutes, settings.cpu_minutes))
            return ended(loop)
        begin(loop)
        if len(loop.journal.candidates) > len(loop.seeds):
            return ended(loop)
        if settings.resume is not None:
            raise ConfigurationError(
                f"{settings.resume}: found no answers, expected some (unstrand ask, unstrand tell)"
            )
        return None


def _champion(found: evolve.Search, settings: schema.Evolve) -> str:
    """The champion's file: its scores, where it is from, and how to find it again."""
    import heuristics

    said: dict[str, Any] = found.results
    best = said["best_shipped"]
    lead = said["test"]["default"][f"champion_minus_{best}"]
    interval = "" if lead["ci95"] is None else " [{:.2f}, {:.2f}]".format(*lead["ci95"])
    asked: dict[str, Any] = {
        "proposer": settings.proposer,
        "null": settings.null,
        "seed": settings.seed,
    }
    asked |= {budget: getattr(settings, budget) for budget in runs.BUDGETS}
    default = {"proposer": "embedded"}
    words = [
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in asked.items()
        if value is not None and value != default.get(name)
    ]
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
        f"Again: unstrand evolve problem={settings.problem.name} {' '.join(words)}, "
        "and whatever else differs from the defaults in the summary.json beside this.",
    ]
    return '"""' + "\n".join(lines).replace("\\", "/") + '\n"""\n\n' + found.source.lstrip()
