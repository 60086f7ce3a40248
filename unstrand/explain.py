"""``unstrand explain``: one decision taken apart, beside what another heuristic would have done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unstrand import chosen, configuration, contain, result, show
from unstrand.failure import ConfigurationError
from unstrand.schema import Explain

if TYPE_CHECKING:
    from sim.decisions import Decision, Option
    from sim.explaining import Question
    from sim.workloads import Workload

EXAMPLES = (
    "unstrand explain heuristic=fgd load=0.9",
    "unstrand explain heuristic=cosine task=2500 top=5 baseline=fgd",
    "unstrand explain trace=openb heuristic=unstrand_remainder machines=300 load=0.95",
)
TOLD = 3  # parts that say why one machine is before another


def run(settings: Explain) -> None:
    """Explain and leave ``summary.json`` and ``decision.parquet``."""
    import sim
    from sim.composition import composed
    from sim.explaining import Question, find

    clock = result.Clock()
    with result.folder("explain", settings.out, overwrite=settings.overwrite) as (partial, place):
        (heuristic, *more) = chosen.heuristics(settings)
        if more:
            raise ConfigurationError(
                f"heuristics: found {1 + len(more)}, expected one, and another as baseline=NAME"
            )
        with clock.timing("read"):
            trace = chosen.trace(settings.trace, settings.cell)
        work = sim.workload(trace, seed=settings.seed, **chosen.workload(settings, [heuristic]))
        composition = composed(heuristic)
        question = Question(
            composition,
            composition.ties(settings.ties),
            settings.queue,
            find(work, settings.task),
            other(settings.baseline, heuristic, "baseline"),
            settings.top,
        )
        with clock.timing("simulate"):
            (found,) = explained(settings, heuristic, work, [question])
        summary = result.summary(
            "explain",
            clock,
            configuration.outcome(settings),
            trace=trace,
            seeds=[settings.seed],
            replayed=work.replayed,
            simulated=work.simulated,
            assumed=work.assumed,
            results=[
                _entry(found, composition.name, question.ties, settings.baseline)
                | chosen.known(heuristic, settings)
            ],
        )
        result.write(summary, partial)
        result.table(found.columns(), partial / "decision.parquet")
    if settings.json:
        show.json_line(summary)
        return
    _print(found, composition.name, question)
    print(f"\n{place}")


def other(baseline: str | None, heuristic: Any, key: str) -> Any:
    """Who else is asked, None where nobody is, or it is the same. key: what says who."""
    import heuristics as shipped
    from sim.composition import composed

    if baseline is None or baseline == heuristic.name:
        return None
    if baseline.endswith(".py"):
        raise ConfigurationError(
            f"{key}: found {baseline!r}, expected a shipped heuristic (a file is explained itself, "
            "heuristic.file=FILE)"
        )
    return composed(shipped.get(baseline))


def explained(
    settings: Any, heuristic: Any, work: Workload, questions: Sequence[Question]
) -> list[Decision]:
    """A heuristic's decisions, taken apart where it is held."""
    from sim.decisions import decision
    from sim.explaining import taken_apart

    found = []
    with contain.taping(settings, [heuristic], explains=True) as held:
        for question in questions:
            numbers = None if held is None else held.explained(work, question)
            if numbers is None:
                numbers = taken_apart(work, question)
            found.append(decision(work, question, numbers))
    return found


def _entry(found: Decision, name: str, ties: str, baseline: str | None) -> dict[str, Any]:
    """The summary's entry."""
    return {
        "heuristic": name,
        "ties": ties,
        "task": found.number,
        "job": found.job,
        "time_s": found.time_s,
        "required": found.required,
        "fitting": found.fitting,
        "tied": found.tied,
        "chosen": _told(found.chosen),
        "baseline": baseline,
        "baseline_choice": _told(found.other),
    }


def _told(option: Option | None) -> dict[str, Any] | None:
    if option is None:
        return None
    parts = {name: None if math.isnan(v) else v for name, v in option.parts.items()}
    return {
        "machine": option.machine,
        "slot": option.slot,
        "rank": option.rank,
        "scores": list(option.scores),
        "parts": parts,
        "free": option.free,
        "total": option.total,
    }


def _print(found: Decision, name: str, question: Question) -> None:
    """The decision in sentences, and the best machines in a table."""
    from report.fields import clean
    from report.table import resource_name

    name = clean(name)
    asked = ", ".join(f"{resource_name(r)} {v:g}" for r, v in found.required.items() if v)
    when = _when(found.time_s)
    print(f"Task {found.number} (job {clean(found.job)}) asks for {asked or 'nothing'}.")
    if found.chosen is None:
        print(f"It came {when}; no machine took it.")
        return
    print(
        f"It came {when}; {found.fitting} machines "
        f"could take it, and {name} took {_place(found.chosen)}: {_why(found, question)}."
    )
    for sentence in _beside(found, name, question):
        print(sentence)
    print()
    labels = _shown(found)
    header = ["", "machine", "score", *labels, *(f"free {r}" for r in found.required)]
    rows = [
        [
            f"{option.rank}{'*' if option is found.chosen else ''}",
            _place(option),
            " > ".join(f"{score:g}" for score in option.scores),
            *(_number(option.parts[label]) for label in labels),
            *(f"{value:g}" for value in option.free.values()),
        ]
        for option in found.options
    ]
    show.table("", header, rows)


def _when(time_s: float) -> str:
    hours = f"{abs(time_s) / 3600:.2f} h"
    return f"{hours} into the window" if time_s >= 0 else f"{hours} before the window"


def _why(found: Decision, question: Question) -> str:
    best = " > ".join(f"{score:g}" for score in found.chosen.scores) if found.chosen else ""
    if found.tied > 1:
        others = found.tied - 1
        return f"it scored {best}, as {others} more did, and ties={question.ties} took it"
    rest = [option for option in found.options if option.machine != found.chosen.machine]  # type: ignore[union-attr]
    if not rest:
        return f"it scored {best}, and no other could"
    second = " > ".join(f"{score:g}" for score in rest[0].scores)
    return f"it scored {best}, the next, {rest[0].machine}, {second}"


def _beside(found: Decision, name: str, question: Question) -> list[str]:
    """What the other heuristic would have done, and why this one did not."""
    if question.other is None or found.other is None or found.chosen is None:
        return []
    rival = question.other.name
    if found.other.machine == found.chosen.machine:
        return [f"{rival} would have taken the same machine."]
    line = (
        f"{rival} would have taken {_place(found.other)}, which is no. {found.other.rank} to {name}"
    )
    if found.other.scores == found.chosen.scores:
        return [f"{line}, since it scores the same."]
    told = _shown(found)
    gaps = [(found.chosen.parts[label] - found.other.parts[label], label) for label in told]
    gaps = sorted((gap for gap in gaps if gap[0]), key=lambda gap: -abs(gap[0]))[:TOLD]
    if not gaps:
        return [f"{line}."]
    said = ", ".join(f"{gap:+.4g} in {label}" for gap, label in gaps)
    return [f"{line}: the machine that it took has {said}."]


def _shown(found: Decision) -> list[str]:
    """The parts that are told: the summands, else whatever else there is."""
    assert found.chosen is not None
    known = [label for label in found.chosen.parts if _tells(found, label)]
    return [label for label in known if label in found.summands] or known


def _tells(found: Decision, label: str) -> bool:
    """Whether a part is a number on every machine that is kept."""
    return all(math.isfinite(option.parts[label]) for option in found.options)


def _place(option: Option) -> str:
    return option.machine if option.slot < 0 else f"{option.machine}, device {option.slot}"


def _number(value: float) -> str:
    return f"{value:.4g}"
