"""``unstrand try FILE``: one file that nobody has read, through a problem's whole path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from heuristics.heuristic import one_line
from unstrand import configuration, failure, problems, result, schema, show
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    import evolve

POSITIONALS = "FILE"
EXAMPLES = (
    "unstrand try mine.py",
    "unstrand try mine.py problem=openb",
)


def run(settings: schema.Try, positionals: list[str]) -> int:
    """Check the file, score it contained on the train split; 0 with its score, 3 with a reason."""
    import evolve
    import heuristics

    if len(positionals) != 1:
        raise ConfigurationError(f"try: found {len(positionals)} files, expected one")
    clock = result.Clock()
    file, name = Path(positionals[0]), one_line(Path(positionals[0]).stem)
    if not file.is_file():
        raise ConfigurationError(f"try: found no file {positionals[0]!r}")
    with result.folder("try", settings.out, overwrite=settings.overwrite) as (partial, place):
        try:
            source, reason, said = heuristics.load(file).source, "", ""
        except heuristics.HeuristicError as error:
            source, reason, said = "", error.reason, str(error)
        with clock.timing("read"):
            made = problems.made(settings.problem)
        entry: dict[str, Any] = {
            "heuristic": name,
            "measured": made.problem.measured,
        }
        if not reason:
            limits = evolve.Limits(locked=settings.contain == "lock")
            with clock.timing("score"):
                found = evolve.tried(made.problem, source, file.stem, limits)
            reason, said = found.reason, f"{file}: {found.message}"
            if not reason:
                entry |= _scored(made.problem, found)
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
        print("\n".join(_lines(name, entry, settings.problem.name, made.problem)))
        show.place(place)
    return failure.OK


def _lines(name: str, entry: dict[str, Any], where: str, problem: evolve.Problem) -> list[str]:
    """What is said of a score: of what it is one, and the baseline's beside it."""
    sold = problem.resource.upper()
    unit = {
        "allocated_pct": f"% of {sold} allocated",
        "recovered_pct": f"points of {sold} recovered over {problem.baseline}, less what goodput "
        "is missing",
        "minus_excess_pct": "% of the L1 bound, minus the excess of bins over it",
    }[problem.measured]
    lines = [
        f"{name} on {where}: {entry['score']:+.3f} on train, {entry['validation']:+.3f} on "
        "validation",
        f"in {unit}",
    ]
    if problem.margin is not None:
        held = entry["goodput_delta_points"]
        lines.append(
            f"goodput {sum(held) / len(held):+.3f} points; {problem.baseline} itself scores "
            f"{problem.worth([0.0], [0.0]):+.3f}"
        )
    return lines


def _scored(problem: evolve.Problem, found: evolve.Trial) -> dict[str, Any]:
    first, validation = problem.first, found.validation
    draws, goodput = found.train.values[first:], found.train.goodput[first:]
    assert validation is not None
    return {
        "score": problem.worth(draws, goodput),
        "draws": list(draws),
        "goodput_delta_points": list(goodput),
        "validation": problem.worth(validation.values, validation.goodput),
    }
