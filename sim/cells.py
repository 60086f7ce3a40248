"""How large a cell is, and how much work comes to it: machines, load and rate fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import SimError
from sim.population import Machines
from sim.state import Floats

if TYPE_CHECKING:
    from traces import Trace

SOLD = ("cpu", "mem", "gpu")
DEFAULT_LOAD = 0.9
LARGEST_WEIGHT = 1e9


def weights_of(trace: Trace, fleet: Machines, weights: dict[str, float] | None = None) -> Floats:
    """What the fleet is sold by, a weight a resource of the trace, summing to 1.

    By default as the trace advises, else cpu, mem and gpu alike; 0 for what no machine has.

    Raises:
        SimError: a resource that the trace has not, a weight below 0, or none above; machines that
        have nothing.
    """
    given = dict(weights or trace.advice.weights)
    for name, weight in given.items():
        if name not in trace.resources:
            raise SimError(f"weights.{name}: the trace has {', '.join(trace.resources)}")
        if not 0 <= weight <= LARGEST_WEIGHT:
            raise SimError(f"weights.{name}={weight}: expected a number, 0 or more, at most 1e9")
    held = fleet.total.sum(axis=0) > 0
    if not held.any():
        raise SimError(
            f"trace {trace.name}: its machines have none of {', '.join(trace.resources)}"
        )
    sold = [given.get(r, 0.0) if given else float(r in SOLD) for r in trace.resources]
    values = np.where(held, sold, 0.0)
    if not values.any():
        if given:
            raise SimError(f"weights={given}: expected one above 0 that the machines have")
        values = held.astype(np.float64)
    return values / values.sum()


def scarcest(demand: Floats, total: Floats, weight: Floats, name: str) -> tuple[int, float]:
    """The weighted resource that is asked for most, as a share of what there is; and that share.

    Raises:
        SimError: no machine has any of what is weighted and asked for.
    """
    sold = (weight > 0) & (demand > 0) & (total > 0)
    if not sold.any():
        raise SimError(
            f"trace {name}: of the weighted resources none is both asked for and on a machine: "
            "no load to offer"
        )
    share = np.where(sold, demand / np.where(total > 0, total, 1.0), -1.0)
    return int(np.argmax(share)), float(share.max())


def enough(fleet: Machines, demand: Floats, weight: Floats, load: float, name: str) -> int:
    """How many machines of the fleet's kinds are offered that load by a demand, at least one."""
    _, share = scarcest(demand, fleet.total.sum(axis=0), weight, name)
    return max(1, int(np.ceil(share * len(fleet) / load - 1e-9)))


def draw(fleet: Machines, count: int, random: np.random.Generator, *, ordered: bool) -> Machines:
    """So many machines in an order of the seed's; beyond the fleet's number its kinds again."""
    if ordered and count == len(fleet):
        return fleet
    if count <= len(fleet):
        return fleet.take(random.permutation(len(fleet))[:count])
    extra = random.integers(len(fleet), size=count - len(fleet))
    return fleet.take(random.permutation(np.concatenate([np.arange(len(fleet)), extra])))
