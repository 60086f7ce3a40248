"""What a run was begun with, as far as a view needs it: its problem, its budget, its archive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report.evolution_archive import MEASURES
from report.fields import clean, finite

BUDGETS = {"candidates": 1.0, "minutes": 60.0, "cpu_minutes": 60.0}
"""With the seconds of one, where they are times."""
MOST_CELLS = 100_000
UNKNOWN = "–"


@dataclass(frozen=True)
class Layout:
    """Two measures at most that an archive is laid out by, and the cells of each."""

    measures: tuple[str, ...]
    cells: tuple[int, ...]

    def cell(self, measured: Mapping[str, float]) -> tuple[int, ...]:
        """The cell that measures fall into; those at an edge into the cell within."""
        at = []
        for measure, count in zip(self.measures, self.cells, strict=True):
            low, high, _ = MEASURES[measure]
            part = (measured[measure] - low) / (high - low) * count
            at.append(int(min(max(part, 0.0), count - 1.0)))
        return tuple(at)

    def ends(self, axis: int, at: int) -> tuple[float, float]:
        """Where a cell begins and ends along a measure."""
        low, high, _ = MEASURES[self.measures[axis]]
        step = (high - low) / self.cells[axis]
        return low + at * step, low + (at + 1) * step


@dataclass(frozen=True)
class Begun:
    """A run's settings in words; `budget`: the amounts that were asked for, by key."""

    facts: tuple[tuple[str, str], ...] = ()
    budget: Mapping[str, float] | None = None
    layout: Layout | None = None


def begun(base: sqlite3.Connection) -> Begun:
    """What the journal's table of settings says; what is of another shape is left out."""
    try:
        rows = base.execute("SELECT name, value FROM run LIMIT 100").fetchall()
    except sqlite3.Error:  # a journal that says nothing of its run can be watched all the same
        rows = []
    told: dict[str, Any] = {}
    for name, value in rows:
        try:
            told[str(name)] = json.loads(str(value))
        except (ValueError, RecursionError):
            continue
    settings = _object(told.get("settings"))
    problem = _object(settings.get("problem"))
    trace = _object(problem.get("trace"))
    facts = (
        ("Problem", _word(problem.get("name"))),
        ("Trace", _word(trace.get("name"))),
        ("Proposer", _word(settings.get("null") or settings.get("proposer"))),
        ("Seed", _word(settings.get("seed"))),
        ("Version", _word(told.get("version"))),
    )
    budget = {
        key: float(settings[key])
        for key in BUDGETS
        if type(settings.get(key)) in (int, float) and finite(settings[key]) and settings[key] > 0
    }
    return Begun(facts, budget, _layout(_object(settings.get("archive"))))


def _layout(archive: Mapping[str, Any]) -> Layout | None:
    measures = _listed(archive.get("measures"), str)
    cells = _listed(archive.get("cells"), int)
    if not measures or len(measures) != len(cells):
        return None
    if len({*measures} & {*MEASURES}) != len(measures):
        return None
    few = tuple(cells[:2])
    if min(few) < 1 or max(few) > MOST_CELLS:
        return None
    return Layout(tuple(measures[:2]), few)


def _listed(values: Any, kind: type) -> list[Any]:
    """A list whose values are all of a kind, empty where it is none."""
    fits = isinstance(values, list) and all(type(value) is kind for value in values)
    return list(values) if fits else []


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return UNKNOWN
    return clean(str(value))[:80]


def words(names: Sequence[tuple[str, str]]) -> str:
    """Facts in one line."""
    return ", ".join(f"{name.lower()} {value}" for name, value in names if value != UNKNOWN)
