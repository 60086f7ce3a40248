"""A comparison as tables: a row a pair, a row a sample, a row a shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.population import Population
from sim.recovery import Recovered
from sim.state import Floats

Columns = dict[str, Any]


def pairs(found: Sequence[Recovered]) -> Columns:
    """One row a heuristic, tie rule, window, seed and resource."""
    rows: list[Columns] = []
    for one in found:
        grid = one.grid
        for policy, scored in one.scored.items():
            recovered, weighted = one.by_resource(policy), one.points(policy)
            held = one.goodput(policy)
            for k, (work, run, base) in enumerate(
                zip(grid.works, scored, one.reference, strict=True)
            ):
                at = divmod(k, len(grid.seeds))
                least = None if one.least is None else one.least[k][0]
                for r, name in enumerate(grid.resources):
                    rows.append(
                        {
                            "heuristic": one.heuristic,
                            "policy": policy,
                            "window": work.index,
                            "seed": work.seed,
                            "resource": name,
                            "stranded_pct": run.stranded[r],
                            "baseline_stranded_pct": base.stranded[r],
                            "recovered_points": recovered[at][r],
                            "allocated_pct": run.used[r],
                            "baseline_allocated_pct": base.used[r],
                            "bound_pct": None if least is None else float(least[1 + r]),
                            "recovered_pct": weighted[at],
                            "goodput_delta_points": held[at],
                        }
                    )
    return stacked(rows)


def samples(found: Sequence[Recovered]) -> Columns:
    """One row a heuristic (under its own tie rule), window, seed, probe and resource."""
    rows: list[Columns] = []
    for one in found:
        for work, run in zip(one.grid.works, one.scored[one.ties], strict=True):
            for k, time_s in enumerate(run.time_s):
                for r, name in enumerate(one.grid.resources):
                    rows.append(
                        {
                            "heuristic": one.heuristic,
                            "window": work.index,
                            "seed": work.seed,
                            "time_s": time_s,
                            "resource": name,
                            **{look: values[k, r] for look, values in run.looks.items()},
                            "empty_machines_pct": run.empty[k],
                            "running": run.running[k],
                            "pending": run.waiting[k],
                        }
                    )
    return stacked(rows)


def machines(found: Sequence[Recovered]) -> Columns:
    """One row a heuristic and machine of the first window and seed, at its last probe.

    Natural units: what a machine has, what is free of it, and what of that the probe leaves.
    """
    parts: list[Columns] = []
    for one in found:
        work, seen = one.grid.works[0], one.scored[one.ties][0].machines
        if seen is None:
            continue
        free, left = seen / work.population.per[:, None]
        total = (work.machines.total / work.population.per).T
        columns: Columns = {
            "heuristic": np.repeat(np.array([one.heuristic], object), free.shape[1]).astype(str),
            "machine": np.array(work.machines.ids, object).astype(str),
        }
        for r, name in enumerate(one.grid.resources):
            columns |= {
                f"{kind}_{name}": part[r]
                for kind, part in (("total", total), ("free", free), ("left", left))
            }
        parts.append(columns)
    return (
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    )


def shapes(found: Sequence[Recovered], models: Sequence[str]) -> Columns:
    """One row a heuristic and shape of the pool: whether it still fits, how often it was placed.

    models: names of the machines' models, by their codes.
    """
    rows: list[Columns] = []
    for one in found:
        work, main = one.grid.works[0], one.scored[one.ties]
        population = work.population
        counts = np.bincount(population.shape[work.tasks], minlength=len(population.shapes.share))
        unfit: Floats = np.mean([run.unfit for run in main], axis=0)
        placed: Floats = np.mean([run.placed for run in main], axis=0)
        for s in np.argsort(-counts, kind="stable"):
            if counts[s]:
                rows.append(
                    {
                        "heuristic": one.heuristic,
                        "shape": described(population, int(s), models),
                        "weight_pct": 100.0 * counts[s] / counts.sum(),
                        "unfit_pct": 100.0 * unfit[s],
                        "probe_placed": placed[s],
                    }
                )
    return stacked(rows)


def described(population: Population, shape: int, models: Sequence[str]) -> str:
    """A shape in words: `cpu 8 · mem 32 · gpu 0.5 · V100M16|V100M32`."""
    table = population.shapes
    parts = [
        f"{name} {table.natural[shape, r]:.6g}"
        for r, name in enumerate(population.resources)
        if table.natural[shape, r] > 0
    ]
    mask = int(table.models[shape])
    if mask:
        parts.append("|".join(m for k, m in enumerate(models) if mask >> k & 1) or "no machine")
    if table.limit[shape]:
        parts.append(f"at most {table.limit[shape]} a machine")
    return " · ".join(parts) or "nothing"


def stacked(rows: list[Columns]) -> Columns:
    """Rows as columns."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
