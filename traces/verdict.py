"""Whether replaying a trace says anything about placement, why not, and what would."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traces.survey import Survey
    from traces.trace import Trace

# Under this share of the scarcest resource at its peak no machine is ever full.
FULL_PCT = 85.0
# Over this on average a good part of the work is turned away: no steady state.
FLOOD_PCT = 110.0
USUAL = {"cpu": 64, "mem": 256, "gpu": 8}  # cores, GiB, devices of one machine
_CENSORED = 0.2
_MISFITS = 0.05
_FEW = 300


@dataclass(frozen=True)
class Verdict:
    """What to do with a trace.

    meaningful: its own arrivals, or its population, say something about placement as they are.
    command, settings: what to run, and with which settings beyond the trace itself. why: sentences.
    """

    meaningful: bool
    command: str
    settings: tuple[str, ...]
    why: tuple[str, ...]


def judge(trace: Trace, survey: Survey) -> Verdict:
    """The verdict on a trace that has been surveyed."""
    meaningful, command, settings, why = _verdict(trace, survey)
    if command == "compare" and not trace.snapshot and survey.tasks < _FEW:
        settings = (*settings, "split=all")  # a quarter of few is none
    return Verdict(meaningful, command, settings, (why, *_doubts(trace, survey)))


def _verdict(trace: Trace, survey: Survey) -> tuple[bool, str, tuple[str, ...], str]:
    if trace.ordered:
        return True, "replay", (), "its order is part of it, and everything is placed in turn"
    if survey.machines == 0:
        return (
            False,
            "trace check",
            (_machines(survey),),
            f"it has no machines: give it yours, or a cell (unstrand list cells){_peak(survey)}",
        )
    if survey.machines == 1 and not trace.snapshot:
        split = " (or split it, trace.machines=N)" if trace.format == "swf" else ""
        why = f"it has one machine, so there is no placement to choose: replay its queue{split}"
        return False, "replay", ("order=trace", "queue=easy"), why
    if trace.snapshot:
        return _population(trace, survey)
    if survey.lifetimes_unknown == survey.tasks:
        return False, "saturate", (), "no lifetime is known: fill the cell without departures"
    if survey.span_s == 0 or "arrival times" not in trace.replayed:
        why = "when tasks came is not from a source: arrivals are drawn"
        return False, "compare", ("load=0.9",), why
    resource, mean, peak = _scarcest(trace, survey)
    if peak < FULL_PCT:
        return (
            False,
            "compare",
            ("load=0.9",),
            f"its own arrivals hold at most {_pct(peak)} of {resource}, so no machine is ever "
            "full and nothing strands: set the load",
        )
    if mean > FLOOD_PCT:
        return (
            False,
            "compare",
            ("load=0.9",),
            f"its own arrivals ask for {_pct(mean)} of {resource} on average: much would be turned "
            "away, so set the load",
        )
    return (
        True,
        "compare",
        ("order=trace",),
        f"its own arrivals ask for {_pct(mean)} of {resource} on average, {_pct(peak)} at the peak",
    )


def _population(trace: Trace, survey: Survey) -> tuple[bool, str, tuple[str, ...], str]:
    held = survey.held_pct or {}
    weighed = {name: held[name] for name in _sold(trace) if name in held} or held
    resource = max(weighed, key=lambda name: weighed[name], default="")
    most = weighed.get(resource, 0.0)
    why = "one moment without history: the running tasks are the pool that arrivals are drawn from"
    if most < FULL_PCT:
        why += (
            f"; it holds {_pct(most)} of {resource or 'the cell'}, so little strands as it is: "
            "a load of 0.9 shows what would"
        )
        return False, "compare", ("load=0.9",), why
    return True, "compare", ("baseline=recorded",) if trace.recorded else (), why


def _scarcest(trace: Trace, survey: Survey) -> tuple[str, float, float]:
    """The resource, of those that the fleet is sold by, that the trace asks most for at a peak."""
    pct = survey.peak_pct or {}
    sold = [name for name in _sold(trace) if name in pct] or list(pct)
    resource = max(sold, key=lambda name: pct[name], default="")
    mean = (survey.offered_pct or {}).get(resource, 0.0)
    return resource, mean, pct.get(resource, 0.0)


def _sold(trace: Trace) -> list[str]:
    weights = trace.advice.weights
    return [name for name in trace.resources if not weights or weights.get(name, 0) > 0]


def _machines(survey: Survey) -> str:
    """A cell to begin with: as many usual machines as hold what is asked for at the peak."""
    largest = survey.largest_request
    usual = USUAL if max(largest.values(), default=0.0) > 1 else {}  # else shares of a machine
    size = {name: max(usual.get(name, 1), math.ceil(most)) for name, most in largest.items()}
    peak = {} if survey.offered is None else survey.offered.peak
    count = max((math.ceil(peak[name] / size[name]) for name in peak), default=100)
    amounts = ",".join(f"{name}:{amount}" for name, amount in size.items())
    return f"cell.machines=[{{count:{max(count, 1)},{amounts}}}]"


def _peak(survey: Survey) -> str:
    if survey.offered is None:
        return ""
    amounts = ", ".join(f"{name} {most:,.0f}" for name, most in survey.offered.peak.items())
    return f" (at its peak it holds {amounts})"


def _doubts(trace: Trace, survey: Survey) -> Iterator[str]:
    if survey.tasks < _FEW and not trace.snapshot:
        yield f"with {survey.tasks} tasks, luck decides"
    if survey.unplaceable > _MISFITS * survey.tasks and survey.machines:
        share = _pct(100 * survey.unplaceable / survey.tasks)
        yield f"{share} of the tasks fit no machine: are the units right?"
    unknown = survey.lifetimes_unknown
    if not trace.snapshot and _CENSORED * survey.tasks < unknown < survey.tasks:
        share = _pct(100 * unknown / survey.tasks)
        yield f"the lifetimes of {share} of the tasks are not known: where drawn, they are assumed"


def _pct(value: float) -> str:
    return f"{value:.0f} %" if value >= 10 else f"{value:.2g} %"
