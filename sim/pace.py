"""A trace's own arrivals brought closer together or farther apart, until they offer a load.

Lifetimes are never stretched, and who ran at the beginning runs then.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.errors import SimError
from sim.population import Population
from sim.recording import demand_between
from sim.state import Floats

FASTEST = 1e4
STEPS = 60


def at_pace(population: Population, factor: float) -> Population:
    """The same tasks, arriving so many times as fast."""
    submit = np.where(
        population.alive, population.submit, np.rint(population.submit / factor).astype(np.int64)
    )
    return replace(population, submit=submit)


def pace_for(
    population: Population, period: tuple[int, int], total: Floats, weight: Floats, load: float
) -> float:
    """How many times as fast arrivals must come to offer a load over a period.

    period: ticks at the trace's own pace. total: (R,) whole units.

    Raises:
        SimError: what ran at the beginning offers more by itself, or no pace offers as much.
    """
    everything = np.arange(len(population))

    def offered(factor: float) -> float:
        first, last = (round(tick / factor) for tick in period)
        demand = demand_between(
            at_pace(population, factor), everything, first, max(last, first + 1)
        )
        sold = (weight > 0) & (total > 0)
        return float((demand[sold] / total[sold]).max(initial=0.0))

    low, high = -np.log(FASTEST), np.log(FASTEST)
    if not offered(np.exp(low)) <= load <= offered(np.exp(high)):
        raise SimError(
            f"load={load}: no pace of this trace's arrivals offers it to so many machines; "
            f"its own offers {offered(1.0):.3g}"
        )
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if offered(np.exp(middle)) < load else (low, middle)
    return float(np.exp(high))
