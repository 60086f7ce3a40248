"""How long tasks live: as the trace says, apart from the shape, or as ages of what runs tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import layout
from sim.errors import SimError
from sim.population import TICKS_A_SECOND, Population
from sim.state import Floats, Ints

if TYPE_CHECKING:
    from traces import Trace

TICKS_AN_HOUR = 3600 * TICKS_A_SECOND
QUANTILES = 4096
RULES = ("joint", "independent")


@dataclass(frozen=True)
class Lifetimes:
    """The lifetimes of a pool, in ticks.

    of_task: (tasks of the population,), after assumptions and cap. apart: lifetimes that are drawn
    independently of the shape; None where a task keeps its own.
    """

    of_task: Ints
    apart: Ints | None
    assumed: tuple[str, ...] = ()

    def mean(self, tasks: Ints) -> Floats:
        """Expected lifetime of each of some tasks, ticks."""
        if self.apart is None:
            return self.of_task[tasks].astype(np.float64)
        return np.full(tasks.size, float(self.apart.mean()))

    def held_after(self, tasks: Ints, weight: Floats, ticks: int) -> float:
        """Share of what runs that still runs so many ticks later, each task by its weight.

        What runs is length-biased with ages uniform over life, so a life L still runs with
        probability (L − ticks)⁺ / L.
        """
        if self.apart is None:
            life = self.of_task[tasks].astype(np.float64)
        else:
            life, weight = self.apart.astype(np.float64), np.ones(self.apart.size)
        whole = float((weight * life).sum())
        return float((weight * np.maximum(life - ticks, 0.0)).sum()) / whole if whole > 0 else 0.0


def lifetimes_of(
    trace: Trace, population: Population, tasks: Ints, rule: str | None, cap_h: float | None
) -> Lifetimes:
    """The lifetimes that a drawn workload of some tasks has.

    Raises:
        SimError: an unknown rule, or a trace without lifetimes.
    """
    if rule is not None and rule not in RULES:
        raise SimError(f"lifetimes={rule}: expected joint or independent")
    if trace.snapshot:
        return _by_age(trace, population, tasks, cap_h)
    advised = rule is None
    rule = rule or trace.advice.lifetimes
    if advised and cap_h is None:
        cap_h = trace.advice.lifetime_cap_h
    known = population.life < layout.FOREVER
    if not known[tasks].any():
        raise SimError(
            f"trace {trace.name} has no lifetimes: replay its own order (order=trace), or "
            "saturate it"
        )
    life = population.seen
    assumed = []
    if not known.all():
        assumed.append("tasks that outlive the trace end with it")
    words = []
    if rule == "independent":
        words.append("independent of shape")
    if cap_h is not None:
        life = np.minimum(life, max(round(cap_h * TICKS_AN_HOUR), 1))
        words.append(f"capped at {_hours(cap_h)}")
    if words:
        assumed.append(f"lifetimes {', '.join(words)}")
    return Lifetimes(life, life[tasks] if rule == "independent" else None, tuple(assumed))


def _by_age(trace: Trace, population: Population, tasks: Ints, cap_h: float | None) -> Lifetimes:
    """Of a moment's population: exponential with the mean age of what runs.

    In a steady state age and remaining life have the same law (Cox, *Renewal Theory*, 1962); the
    exponential is the one law that needs no more than their mean.
    """
    alive = tasks[population.alive[tasks]]
    age = -population.submit[alive].astype(np.float64)
    mean = float(age.mean()) if alive.size else 0.0
    said = f"lifetimes exponential, mean {_hours(mean / TICKS_AN_HOUR)}: the mean age of what runs"
    if mean < TICKS_A_SECOND:
        mean = 24.0 * TICKS_AN_HOUR
        said = "lifetimes exponential, mean 24 h: the snapshot tells no ages"
    life = -np.log1p(-(np.arange(QUANTILES) + 0.5) / QUANTILES) * mean
    if cap_h is not None:
        life = np.minimum(life, cap_h * TICKS_AN_HOUR)
        said += f", capped at {_hours(cap_h)}"
    apart = np.maximum(np.rint(life), 1).astype(np.int64)
    return Lifetimes(np.full(len(population), int(apart.mean())), apart, (said,))


def _hours(hours: float) -> str:
    return f"{hours / 24:g} d" if hours >= 48 and hours % 24 == 0 else f"{hours:.3g} h"
