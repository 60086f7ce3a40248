"""What a prompt may tell: the problem, the programs, where they strand, what went wrong lately.

All of it is of the train split, taken when the prompt is asked for, in JSON's types: a prompt is
these facts through a template (`evolve.llm.prompt`).
"""

from __future__ import annotations

import ast
import base64
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from evolve.candidate import Candidate, Verdict
from evolve.past import Past
from evolve.problem import Problem
from heuristics.source import tree_of
from sim.arenas.behaviour import LARGEST
from sim.arenas.insight import machines as kinds_of
from sim.arenas.insight import request
from sim.choices import Course
from sim.state import Ints

MOST_SHAPES, MOST_REJECTIONS, MOST_INSPIRATIONS, MOST_CHANGES = 12, 6, 2, 5
MOST_CHILDREN = 4
LATELY = 60  # candidates that recent rejections are looked for in
NOT_TOLD = ("", "known", "lost", "beaten", "new", "improved")


@dataclass(frozen=True)
class Facts:
    """Tells of one problem and what a search on it has found."""

    problem: Problem

    @cached_property
    def course(self) -> Course:
        """The states on which choices are compared."""
        return self.problem.train.watch.course

    @cached_property
    def of_problem(self) -> dict[str, Any]:
        """Words and numbers that are the same in every prompt."""
        problem, setup = self.problem, self.course.setup
        population, fleet = setup.population, setup.machines
        empty = np.asarray(fleet.total.T)
        counts = np.asarray(setup.mix.counts)
        share = 100.0 * counts / counts.sum()
        shown = np.argsort(-counts, kind="stable")[:MOST_SHAPES]
        sold = np.array([r in problem.resource.split(", ") for r in population.resources], float)
        return {
            "measured": problem.measured,
            "sold": problem.resource,
            "resources": list(problem.resources),
            "baseline": problem.baseline,
            "margin": problem.margin,
            "operations": problem.operations,
            "nodes": int(LARGEST),
            "machines": len(fleet),
            "kinds": [
                {"machines": one["machines"], "total": one["total"]}
                for one in kinds_of(population, fleet, empty, sold)
            ],
            "mix_shapes": int(counts.size),
            "not_in_mix": [
                r
                for k, r in enumerate(population.resources)
                if not setup.mix.natural[k].any() and population.shapes.natural[:, k].any()
            ],
            "mix": [
                {
                    "request": {
                        r: round(float(setup.mix.natural[k, m]), 4)
                        for k, r in enumerate(population.resources)
                        if setup.mix.natural[k, m] > 0
                    },
                    "of_tasks_pct": round(float(share[m]), 2),
                }
                for m in shown
            ],
            "devices": "gpu" in problem.resources,
            "departures": problem.baseline is not None,
            "draws": len(problem.train.keys) - problem.first,
            "offered_pct": round(100.0 * setup.offered),
        }

    def program(self, past: Past, number: int) -> dict[str, Any]:
        """One program: its source, what it scored, where it strands, what it does otherwise than
        its parent."""
        candidate, verdict = past.candidates[number], past.verdicts[number]
        first = self.problem.first
        values, held = verdict.values[first:], verdict.goodput[first:]
        insight = verdict.insight or {}
        told = {name: said for name, said in insight.items() if name != "chosen"}
        return {
            "number": number,
            "name": candidate.operator if candidate.proposer == "shipped" else "",
            "source": candidate.source.strip(),
            "score": self.problem.worth(values, held) if values else None,
            "draws": [round(value, 3) for value in values],
            "goodput": round(float(np.mean(held)), 3) if held else None,
            "insight": told,
            "change": self.change(past, candidate),
            "children": self.children(past, number),
        }

    def children(self, past: Past, number: int) -> list[dict[str, Any]]:
        """What was made of a program last: what each says of itself, and what became of it."""
        made = [
            child
            for child, one in past.candidates.items()
            if number in one.parents and past.verdicts[child].values
        ]
        return [
            {
                "says": _said(past.candidates[child].source),
                "status": past.status[child],
                "gain": past.gains.get(child),
                "draws": len(past.verdicts[child].values),
            }
            for child in made[: -MOST_CHILDREN - 1 : -1]
        ]

    def change(self, past: Past, candidate: Candidate) -> dict[str, Any] | None:
        """Which choices a program makes otherwise than its own parent, and what that was worth."""
        if not candidate.parents:
            return None
        parent = candidate.parents[0]
        own, before = (self._chosen(past.verdicts.get(n)) for n in (candidate.number, parent))
        if own is None or before is None:
            return None
        made = own[0] >= 0
        other = made & (own != before).any(axis=0)
        return {
            "parent": parent,
            "choices": int(made.sum()),
            "changed": int(other.sum()),
            "gain": past.gains.get(candidate.number),
            "shapes": self._by_shape(own, before, other),
        }

    def rejections(self, past: Past) -> list[dict[str, Any]]:
        """The last programs that were rejected for a reason, newest first, each reason once."""
        found = list[dict[str, Any]]()
        for number in reversed(list(past.status)[-LATELY:]):
            status = past.status[number]
            message = past.verdicts[number].message
            if status not in NOT_TOLD and all(message != one["message"] for one in found):
                found.append({"reason": status, "message": message})
            if len(found) == MOST_REJECTIONS:
                break
        return found

    def lately(self, past: Past) -> dict[str, int]:
        """How the last candidates ended, by status."""
        return dict(Counter(list(past.status.values())[-LATELY:]).most_common())

    def inspirations(self, past: Past, island: int, but: Sequence[int]) -> list[dict[str, Any]]:
        """The best of other islands: source and score."""
        found: dict[int, float] = {}
        for other in range(len(past.archive.islands)):
            best = past.archive.best(other)
            if other != island and best and best.candidate.number not in but:
                found[best.candidate.number] = best.score
        ranked = sorted(found, key=lambda number: (-found[number], number))[:MOST_INSPIRATIONS]
        return [
            {"source": past.candidates[n].source.strip(), "score": found[n], "number": n}
            for n in ranked
        ]

    def _chosen(self, verdict: Verdict | None) -> Ints | None:
        """(2, n) machine and slot on the course; None where it is not known, or no choices."""
        packed = (verdict.insight or {}).get("chosen") if verdict else None
        if not packed:
            return None
        flat = np.frombuffer(zlib.decompress(base64.b85decode(packed)), np.int32).astype(np.int64)
        if flat.size != 2 * self.course.places.size:
            return None
        chosen = flat.reshape(-1, 2).T
        count = len(self.course.small.machines)
        return np.where((chosen >= -1) & (chosen < max(count, 64)), chosen, -1)

    def _by_shape(self, own: Ints, before: Ints, other: np.ndarray) -> list[dict[str, Any]]:
        """Changed choices by shape, most first: how full the machines are that are chosen."""
        from sim import layout

        course, population = self.course, self.course.setup.population
        shape = np.concatenate([f.tasks[layout.SHAPE] for f in course.fillings])
        machines = len(course.small.machines)
        used = [course.used(np.minimum(at[0], machines - 1))[0] for at in (before, own)]
        ranked = Counter(shape[other].tolist()).most_common(MOST_CHANGES)
        said = []
        for number, count in ranked:
            here = other & (shape == number)
            fill = [100.0 * each[here].mean(axis=0) for each in used]
            said.append(
                {
                    "request": request(population, int(number)),
                    "changed": count,
                    "of": int((shape == number).sum()),
                    "used_before_pct": _named(population.resources, fill[0]),
                    "used_now_pct": _named(population.resources, fill[1]),
                }
            )
        return said


def _said(source: str) -> str:
    """What a program says of itself, on one line."""
    tree = tree_of(source)
    return " ".join((ast.get_docstring(tree) or "").split())


def _named(resources: Sequence[str], values: Any) -> Mapping[str, float]:
    return {name: round(float(v), 1) for name, v in zip(resources, values, strict=True)}
