"""``unstrand list``: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unstrand import configuration, show
from unstrand.failure import ConfigurationError, nearest
from unstrand.schema import List

POSITIONALS = "[heuristics|traces|formats|cells|metrics|problems]"
EXAMPLES = ("unstrand list heuristics", "unstrand list traces json=true")

METRICS = (
    ("allocated", "%", "requests running, as a share of the fleet's total, a resource"),
    ("frag", "%", "free capacity that a task of the reference mix can't use (FGD, ATC 2023)"),
    ("placed", "tasks", "tasks that got a machine"),
    ("rejected", "tasks", "tasks turned away"),
    ("queueing", "s", "from submission to start: mean, median, 99th percentile"),
    ("pending_at_end", "tasks", "tasks still waiting when the window ends"),
    ("used_machines", "machines", "machines that run at least one task"),
    ("empty_machines", "%", "machines that run none (LAVA, MLSys 2025)"),
    ("decision_us", "µs", "time of one decision at the cell's size"),
)


def run(settings: List, positionals: list[str]) -> None:
    """Print one of the lists, or all of them."""
    kinds: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "heuristics": _heuristics,
        "traces": _traces,
        "formats": _formats,
        "cells": lambda: _described("cell"),
        "metrics": _metrics,
        "problems": lambda: _described("problem"),
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

    return [
        dict(zip(("name", "what", "source"), (name, *heuristics.describe(name)), strict=True))
        for name in heuristics.names()
    ]


def _traces() -> list[dict[str, Any]]:
    import traces

    return [{"name": name} for name in traces.names()]


def _formats() -> list[dict[str, Any]]:
    import traces

    return [{"name": name} for name in traces.formats()]


def _metrics() -> list[dict[str, Any]]:
    return [dict(zip(("name", "unit", "what"), metric, strict=True)) for metric in METRICS]


def _described(group: str) -> list[dict[str, Any]]:
    """The names of a group, each with what the first line of its file says."""
    made = []
    for name in configuration.options(group):
        text = (configuration.folder() / group / f"{name}.yaml").read_text(encoding="utf-8")
        first = text.splitlines()[0] if text else ""
        made.append({"name": name, "what": first.removeprefix("#").strip()})
    return made
