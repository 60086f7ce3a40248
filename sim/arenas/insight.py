"""What a search may tell of a heuristic beside its score: where its cell strands, and for whom.

All of it is measured on the train split, from decisions that were placed again by the search's own
process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.population import Machines, Population
from sim.state import Floats, Ints

MOST_SHAPES, MOST_KINDS = 8, 6

Insight = Mapping[str, Any]
"""In JSON's types, amounts in natural units, the rest per cent.

`resources`: by name, `stranded_pct` and `allocated_pct`, and the baseline's where there is one.
`unfit`: shapes that fit nowhere once the cell is inflated, those first of which most is missed:
request, share of the tasks, how often one did not fit. `machines`: kinds that hold what is stranded
of what the fleet is sold by: how many, their amounts, what is left on one, share of the stranded.
"""


def request(population: Population, shape: int) -> dict[str, float]:
    """What a shape asks for, by resource; nothing of what it does not ask for."""
    natural = population.shapes.natural[shape]
    return {
        name: round(float(amount), 6)
        for name, amount in zip(population.resources, natural, strict=True)
        if amount > 0
    }


def unfit(population: Population, want: Ints, share: Floats) -> list[dict[str, Any]]:
    """Shapes by what is missed of them. want, share: (S,) tasks, how often one did not fit."""
    weight = want / max(want.sum(), 1)
    alike: dict[str, list[int]] = {}  # shapes that differ in what machines they may use are one
    for shape in np.flatnonzero(share > 0):
        alike.setdefault(str(request(population, int(shape))), []).append(int(shape))
    said = []
    for some in alike.values():
        of = float(weight[some].sum())
        missed = float(weight[some] @ share[some]) / max(of, 1e-12)
        said.append(
            {
                "request": request(population, some[0]),
                "of_tasks_pct": round(100.0 * of, 3),
                "unfit_pct": round(100.0 * missed, 1),
            }
        )
    return sorted(said, key=_missed)[:MOST_SHAPES]


def _missed(shape: Mapping[str, Any]) -> float:
    return -float(shape["of_tasks_pct"] * shape["unfit_pct"])


def machines(
    population: Population, of: Machines, left: Floats, weight: Floats
) -> list[dict[str, Any]]:
    """Kinds of machines by what is left there. left: (R, N) whole units; weight: (R,) sold by."""
    resources, per = population.resources, population.per
    sold = np.divide(weight, of.total.sum(axis=0), out=np.zeros(per.size), where=weight > 0)
    each = sold @ left
    kinds, inverse = np.unique(np.column_stack([of.total, of.model]), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    held = np.bincount(inverse, weights=each, minlength=len(kinds))
    said = []
    for kind in np.argsort(-held, kind="stable")[:MOST_KINDS]:
        there = inverse == kind
        total, mean = kinds[kind, :-1] / per, left[:, there].mean(axis=1) / per
        said.append(
            {
                "machines": int(there.sum()),
                "total": dict(zip(resources, np.round(total, 3).tolist(), strict=True)),
                "left": dict(zip(resources, np.round(mean, 3).tolist(), strict=True)),
                "of_stranded_pct": round(100.0 * float(held[kind] / max(each.sum(), 1e-12)), 1),
            }
        )
    return said


def by_resource(names: Sequence[str], **values: Floats) -> dict[str, dict[str, float]]:
    """Some figures, per cent, (R,) each, by resource."""
    return {
        name: {what: round(float(of[r]), 3) for what, of in values.items()}
        for r, name in enumerate(names)
    }
