"""``unstrand list``: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unstrand import configuration, show
from unstrand.failure import ConfigurationError, nearest
from unstrand.schema import List

POSITIONALS = "[heuristics|traces|formats|datasets|cells|metrics|problems|proposers|endpoints]"
EXAMPLES = ("unstrand list heuristics", "unstrand list traces json=true")

RECORDED = ("recorded", "Where the trace ran it, for replay and compare.", "the trace itself")

PROPOSERS = (
    ("embedded", "changes programs as syntax trees, and tunes their constants; needs no model"),
    ("llm", "language models, over an OpenAI-compatible endpoint (docs/llm.md)"),
    ("outside", "whoever answers to unstrand ask, or over MCP (docs/agents.md)"),
)
METRICS = (
    ("recovered", "points", "recovered_compute", "stranded less than the baseline, as it is sold"),
    ("recovered_r", "points", "recovered", "the same of one resource"),
    ("stranded", "%", "stranded", "free and of no use: what an inflation probe leaves (LAVA)"),
    ("frag", "%", "fragmentation", "free that a task of the reference mix can't use (FGD)"),
    ("exhausted", "%", "exhaustion", "free on machines that nothing of the mix fits on"),
    ("allocated", "%", "allocated", "requests that run, of the fleet's total, a resource"),
    ("of_stranded", "%", "of_stranded", "recovered, of what the baseline strands"),
    ("of_recoverable", "%", "of_recoverable", "recovered, of what any packing could recover"),
    ("bound", "%", "bound", "the least that any packing could strand (LP, or MILP)"),
    ("shaken", "points", "shaken", "recovered again with arrivals a little earlier or later"),
    ("goodput_delta", "points", "goodput", "allocated resource-time over the baseline's"),
    ("marks", "", "marks", "why a row is no win: rejects work, fresh packing, contain=off"),
    ("start_share", "%", "start_share", "of the allocation at a window's start, not yet churned"),
    ("recovered_machines", "machines", "recovered_machines", "recovered, as machines of the fleet"),
    ("recovered_money", "currency", "recovered_money", "those at the price given"),
    ("placed", "tasks", "placed", "tasks that got a machine"),
    ("rejected", "tasks", "rejected", "tasks turned away"),
    ("queued", "tasks", "queued", "tasks that waited before they got one"),
    ("evicted", "tasks", "evicted", "that had to leave their machine before their end"),
    ("preempted", "tasks", "preempted", "those evicted for a task of higher priority"),
    ("lost", "%", "lost", "resource-time that evicted tasks had held, of the fleet's"),
    ("given_up", "tasks", "given_up", "of gangs that waited too long"),
    ("moved", "tasks", "moved", "running ones that migrated to another machine"),
    ("conflicts", "decisions", "conflicts", "made on a stale view, and void when committed"),
    ("pending_at_end", "tasks", "pending", "tasks still waiting when the window ends"),
    ("queueing", "s", "queueing", "from arrival to start: mean, median, 99th percentile"),
    ("bounded_slowdown", "", "slowdown", "arrival to end over run time, of ten seconds at least"),
    ("needed", "%", "compaction", "the fewest machines that hold what runs, of the fleet (Borg)"),
    ("used_machines", "machines", "used_machines", "machines that run at least one task"),
    ("empty_machines", "%", "empty_machines", "machines that run none (LAVA)"),
    ("load", "", "load", "requested resource-time of the window, of the fleet's"),
    ("decision_us", "µs", "decision", "time of one decision at the cell's size"),
)
"""Name, unit, anchor in docs/metrics.md, one line."""


def run(settings: List, positionals: list[str]) -> None:
    """Print one of the lists, or all of them."""
    kinds: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "heuristics": _heuristics,
        "traces": _traces,
        "formats": _formats,
        "datasets": lambda: _described("fetch"),
        "cells": lambda: _described("cell"),
        "metrics": _metrics,
        "problems": lambda: _described("problem"),
        "proposers": _proposers,
        "endpoints": lambda: _described("llm"),
    }
    for word in positionals:
        if word not in kinds:
            raise ConfigurationError(
                f"list: found {word!r}, expected {POSITIONALS}{nearest(word, kinds)}"
            )
    made = {kind: kinds[kind]() for kind in positionals or kinds}
    if settings.json:
        show.json_line(made)
        return
    for kind, entries in made.items():
        header = list(entries[0]) if entries else ["name"]
        rows = [[entry[name] for name in header] for entry in entries]
        show.table(kind, header, rows, numbers=False)


def _heuristics() -> list[dict[str, Any]]:
    import heuristics

    every = (*heuristics.names(), *heuristics.discoveries())
    described = [(name, *heuristics.describe(name)) for name in every]
    return [
        dict(zip(("name", "what", "source"), one, strict=True)) for one in (*described, RECORDED)
    ]


def _traces() -> list[dict[str, Any]]:
    import traces

    return [{"name": name} for name in traces.names()]


def _formats() -> list[dict[str, Any]]:
    import traces

    return [{"name": name} for name in traces.formats()]


def _metrics() -> list[dict[str, Any]]:
    header = ("name", "unit", "in docs/metrics.md", "what")
    return [dict(zip(header, metric, strict=True)) for metric in METRICS]


def _proposers() -> list[dict[str, Any]]:
    return [{"name": name, "what": what} for name, what in PROPOSERS]


def _described(group: str) -> list[dict[str, Any]]:
    """The names of a group, each with what the first line of its file says."""
    made = []
    for name in configuration.options(group):
        text = (configuration.folder() / group / f"{name}.yaml").read_text(encoding="utf-8")
        first = text.splitlines()[0] if text else ""
        made.append({"name": name, "what": first.removeprefix("#").strip()})
    return made
