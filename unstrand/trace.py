"""``unstrand trace info|check|convert|fetch``: a trace looked at, checked, converted to Parquet, or
a public one fetched. ``trace fit`` has keys of its own: ``unstrand.trace_fit``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import checked, chosen, configuration, public, result, show
from unstrand.failure import ConfigurationError, nearest
from unstrand.recognise import recognise
from unstrand.schema import Trace as Settings

if TYPE_CHECKING:
    from traces import Trace

POSITIONALS = "info|check|convert|fit [PATH_OR_NAME] | fetch NAME"
EXAMPLES = (
    "unstrand trace info synthetic",
    "unstrand trace check openb trace.tasks=PODS.csv trace.nodes=NODES.csv",
    "unstrand trace convert FOLDER out=DIR",
    "unstrand trace fetch openb path=DIR accept_licence=true",
    "unstrand trace fit --help",
)

VERBS = ("info", "check", "convert", "fit", "fetch")


def overrides(positionals: list[str]) -> list[str]:
    """What positionals choose of a group: the data set of ``fetch NAME``, one of one's own too."""
    if positionals[:1] != ["fetch"] or len(positionals) != 2:
        return []
    name = positionals[1]
    if not re.fullmatch(r"\w[\w-]*", name, re.ASCII):
        known = configuration.options("fetch")
        raise ConfigurationError(
            f"trace fetch: found {name!r}, expected one of {', '.join(known)}{nearest(name, known)}"
        )
    return [f"fetch={name}"]


def run(settings: Settings, positionals: list[str]) -> None:
    """Read the trace, which checks it, and say what is in it or write it anew."""
    verb, *rest = positionals or [""]
    if verb not in VERBS:
        found = repr(verb) if verb else "nothing"
        raise ConfigurationError(
            f"trace: found {found}, expected {' or '.join(VERBS)}{nearest(verb, VERBS)}"
        )
    if verb == "fetch":
        public.run(settings, rest)
        return
    if len(rest) > 1:
        raise ConfigurationError(f"trace {verb}: found {len(rest)} paths, expected one")
    choice = recognise(rest[0], settings.trace) if rest else settings.trace
    if verb == "convert":
        _convert(choice, settings)
        return
    trace = chosen.trace(choice, settings.cell, bare=True)
    if verb == "check":
        import traces

        survey = traces.check(trace)
        if settings.json:
            show.json_line(checked.data(survey, choice, settings.cell))
        else:
            checked.say(survey, choice, settings.cell)
        return
    made = facts(trace)
    if settings.json:
        show.json_line(made)
    else:
        rows = [[name, _said(value)] for name, value in made.items()]
        show.table("", ["what", "value"], rows, numbers=False)


def facts(trace: Trace) -> dict[str, Any]:
    """What ``info`` shows of a trace."""
    return {
        "name": trace.name,
        "format": trace.format,
        "sha256": trace.sha256,
        "tasks": trace.task_count,
        "machines": trace.machine_count,
        "span_s": trace.span_s,
        "resources": {name: _amounts(trace, name) for name in trace.resources},
        "models": list(trace.models),
        "replayed": list(trace.replayed),
        "assumed": list(trace.assumed),
    }


def _amounts(trace: Trace, resource: str) -> dict[str, Any]:
    """The fleet's total of a resource, and the tasks' mean and largest request."""
    import polars as pl

    requests = trace.tasks.select(
        mean=pl.col(resource).mean(), largest=pl.col(resource).max()
    ).collect()
    total = trace.machines.select(pl.col(resource).sum()).collect().item() or 0.0
    return {
        "fleet_total": total,
        "request_mean": requests["mean"].item(),
        "request_max": requests["largest"].item(),
        "unit": trace.units[resource],
    }


def _convert(choice: Any, settings: Settings) -> None:
    import traces

    with result.folder("trace", settings.out, overwrite=settings.overwrite) as (partial, place):
        trace = chosen.trace(choice, settings.cell, bare=True)
        traces.write(trace, partial)
    if settings.json:
        show.json_line(facts(trace) | {"out": str(Path(place))})
    else:
        show.place(place)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(
            f"{name}: {amounts['fleet_total']:,.10g} in the fleet, "
            f"a task asks for {show.text(amounts['request_mean'])} on average, "
            f"{show.text(amounts['request_max'])} at most"
            for name, amounts in value.items()
        )
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return show.text(value)
