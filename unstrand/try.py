"""``unstrand try FILE``: one file that nobody has read, through a problem's whole path."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from unstrand import configuration, failure, problems, result, schema, show
from unstrand.failure import ConfigurationError

POSITIONALS = "FILE"
EXAMPLES = (
    "unstrand try mine.py",
    "unstrand try mine.py problem=openb",
)


def run(settings: schema.Try, positionals: list[str]) -> int:
    """Check the file, score it contained on the train split; 0 with its score, 3 with a reason."""
    import evolve
    import heuristics
    from evolve.evaluate import Evaluators, Job

    if len(positionals) != 1:
        raise ConfigurationError(f"try: found {len(positionals)} files, expected one")
    clock = result.Clock()
    file = Path(positionals[0])
    if not file.is_file():
        raise ConfigurationError(f"try: found no file {positionals[0]!r}")
    with result.folder("try", settings.out, overwrite=settings.overwrite) as (partial, place):
        try:
            source, reason, said = heuristics.load(file).source, "", ""
        except heuristics.HeuristicError as error:
            source, reason, said = "", error.reason, str(error)
        with clock.timing("read"):
            made = problems.made(settings.problem)
        entry: dict[str, Any] = {"heuristic": file.stem, "measured": made.problem.measured}
        if not reason:
            limits = evolve.Limits(locked=settings.contain == "lock")
            with closing(Evaluators(made.problem, limits, 1)) as evaluators, clock.timing("score"):
                verdict = evaluators.evaluate(Job(source, file.stem, "train"))
            reason, said = verdict.reason, f"{file}: {verdict.message}"
            if not reason:
                entry["score"] = made.problem.worth(verdict.scores, verdict.goodput)
                entry["draws"] = list(verdict.scores)
                entry["goodput_delta_points"] = list(verdict.goodput)
        entry |= {"reason": reason or None, "message": said if reason else None}
        summary = result.summary(
            "try",
            clock,
            configuration.outcome(settings),
            trace=made.trace,
            seeds=made.problem.train.seeds,
            replayed=made.replayed,
            simulated=made.simulated,
            assumed=made.assumed,
            results=[entry],
        )
        result.write(summary, partial)
    if settings.json:
        show.json_line(summary)
    if reason:
        raise failure.Rejected(f"rejected, {reason}: {said}")
    if not settings.json:
        print(f"{file.stem}: {entry['score']:+.3f} on {settings.problem.name}")
        show.place(place)
    return failure.OK
