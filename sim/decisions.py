"""A decision that was taken apart, by names: machines, parts of scores, amounts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heuristics import Heuristic
from heuristics.parts import Parts, parts
from sim import layout
from sim.composition import Composition, composed
from sim.errors import SimError
from sim.explaining import HEAD, Question, find, taken_apart
from sim.state import Floats
from sim.workloads import Workload
from traces.sheet import Column, Sheet, Shows, amount


@dataclass(frozen=True)
class Option:
    """A machine that could take the task. Amounts by resource, natural units.

    rank: from 1 on, best first; scores: of each level; parts: by label.
    """

    rank: int
    machine: str
    slot: int
    scores: tuple[float, ...]
    parts: dict[str, float]
    free: dict[str, float]
    total: dict[str, float]


@dataclass(frozen=True, repr=False)
class Decision(Shows):
    """One decision. K options are kept: the best, the one taken, and the other heuristic's.

    task: as the trace has it; required: its request, natural units; time_s: when it came, from the
    window's start. fitting: machines that could take it; chosen, other: options, None where no
    machine could. summands: labels of parts that add up to the score; tied: how many machines
    scored the best.
    """

    number: int
    job: str
    task: int
    time_s: float
    required: dict[str, float]
    fitting: int
    tied: int
    options: tuple[Option, ...]
    chosen: Option | None
    other: Option | None
    summands: tuple[str, ...]

    def sheet(self) -> Sheet:
        """Who was chosen, and the options that are kept, best first."""
        asked = ", ".join(f"{amount(v)} {name}" for name, v in self.required.items() if v)
        taken = "no machine could" if self.chosen is None else f"{self.chosen.machine} took it"
        line = f"Task {self.number} ({asked}): {taken}, of {self.fitting:,} that could"
        first = self.options[0] if self.options else None
        parts = tuple(first.parts) if first else ()
        titles = ("Machine", "Rank", *(["Score"] if first else []), *parts)
        rows = tuple(
            (
                one.machine + ("*" if one is self.chosen else ""),
                one.rank,
                one.scores[0],
                *(None if math.isnan(one.parts[label]) else one.parts[label] for label in parts),
            )
            for one in self.options
        )
        return Sheet(line, tuple(Column(title, digits=4) for title in titles), rows)

    def columns(self) -> dict[str, list[Any]]:
        """The options as columns of equal length, one row an option, best first."""
        first = self.options[0] if self.options else None
        columns: dict[str, list[Any]] = {
            "rank": [one.rank for one in self.options],
            "machine": [one.machine for one in self.options],
            "slot": [one.slot for one in self.options],
            "chosen": [one is self.chosen for one in self.options],
            "other": [one is self.other for one in self.options],
        }
        for level in range(len(first.scores) if first else 0):
            name = "score" if level == 0 else f"score_{level + 1}"
            columns[name] = [one.scores[level] for one in self.options]
        for label in first.parts if first else ():
            columns[f"part: {label}"] = [one.parts[label] for one in self.options]
        for kind in ("free", "total"):
            for name in first.free if first else ():
                columns[f"{kind}_{name}"] = [getattr(one, kind)[name] for one in self.options]
        return columns


def columns(decisions: Sequence[Decision]) -> dict[str, list[Any]]:
    """The options of several decisions of one heuristic as columns, the task of each in front.

    A task that no machine could take has one row, of which the rest is None.
    """
    rows = {name: list[Any]() for one in decisions if one.options for name in one.columns()}
    told = {name: list[Any]() for name in ("task", "job", "time_s", "fitting", "tied")}
    for one in decisions:
        own, count = one.columns(), max(1, len(one.options))
        of_it = (one.number, one.job, one.time_s, one.fitting, one.tied)
        for values, value in zip(told.values(), of_it, strict=True):
            values += [value] * count
        for name, values in rows.items():
            values += own[name] if one.options else [None]
    return told | rows


def explain(
    work: Workload,
    heuristic: Heuristic | Composition,
    *,
    task: int | None = None,
    baseline: Heuristic | Composition | None = None,
    queue: str = "reject",
    ties: str | None = None,
    top: int = 10,
) -> Decision:
    """One decision of a replay taken apart.

    task: its number, as placements of `sim.replay` have it; None: the first that comes in the
    second half of the window. baseline: who else is asked about the same cell.

    Raises:
        SimError: no such task; stale views, of which there is more than one cell.
        HeuristicError: a score that can't be used.
    """
    composition, found = composed(heuristic), find(work, task)
    other = None if baseline is None else composed(baseline)
    question = Question(composition, composition.ties(ties), queue, found, other, top)
    return decision(work, question, taken_apart(work, question))


def decision(work: Workload, question: Question, numbers: Floats) -> Decision:
    """What the numbers of `taken_apart` say.

    Raises:
        SimError: numbers that can't be those of this question.
    """
    composition = question.composition
    resources, machines = work.population.resources, work.machines
    labels, summands = labels_of([parts(level) for level in composition.levels], composition)
    levels = len(composition.levels)
    width = 3 + levels + len(labels) + len(resources)
    count = int(numbers[0]) if numbers.size >= HEAD else -1
    if count < 0 or numbers.size != HEAD + count * width:
        raise SimError(f"found {numbers.size} numbers of a decision, expected {HEAD} and its rows")
    rows = numbers[HEAD:].reshape(count, width)
    row = question.task
    per = work.population.per
    options = [
        Option(
            rank=int(one[0]),
            machine=str(machines.ids[int(one[1])]),
            slot=int(one[2]),
            scores=tuple(one[3 : 3 + levels].tolist()),
            parts=dict(zip(labels, one[3 + levels :].tolist(), strict=False)),
            free=dict(zip(resources, one[width - len(resources) :].tolist(), strict=True)),
            total=dict(zip(resources, (machines.total[int(one[1])] / per).tolist(), strict=True)),
        )
        for one in rows
    ]

    def option(machine: float, slot: float | None) -> Option | None:
        fits = (rows[:, 1] == machine) & (True if slot is None else rows[:, 2] == slot)
        at = np.flatnonzero(fits)
        return options[int(at[0])] if machine >= 0 and at.size else None

    _, fitting, tied, machine, slot, other, other_slot = numbers[:HEAD].tolist()
    return Decision(
        number=row[layout.NUMBER],
        job=str(work.population.job_names[work.population.job[row[layout.SOURCE]]]),
        task=row[layout.SOURCE],
        time_s=(row[layout.SUBMIT] - work.history) / 1000.0,
        required=dict(
            zip(
                resources,
                work.population.shapes.natural[row[layout.SHAPE]].tolist(),
                strict=True,
            )
        ),
        fitting=int(fitting),
        tied=int(tied),
        options=tuple(options),
        chosen=option(machine, slot),
        other=option(other, other_slot) or option(other, None),
        summands=summands,
    )


def labels_of(
    apart: Sequence[Parts], composition: Composition
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels of all levels' parts, named after their level where there are several; and those
    of the parts that add up."""
    several = len(composition.levels) > 1
    labels, summands = list[str](), list[str]()
    for level, one in zip(composition.levels, apart, strict=True):
        own = [f"{level.name}: {label}" if several else label for label in one.labels]
        labels += own
        summands += own[: one.summands]
    return _distinct(labels), tuple(summands)


def _distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels of which no two are the same: what is written twice is told by its number."""
    out = list[str]()
    for label in labels:
        count = sum(label == other or other.startswith(f"{label} (") for other in out)
        out.append(f"{label} ({count + 1})" if count else label)
    return tuple(out)
