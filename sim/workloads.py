"""A workload: one cell, one stream of arrivals, fixed by load and seed.

*Drawn*: tasks are drawn from a pool with replacement and arrive as a Poisson process, at the rate
that offers the load wanted; the cell starts with the tasks that such a stream would have running
(length-biased draws with residual lifetimes uniform in (0, lifetime): Cox, *Renewal Theory*, 1962).
*Trace*: the trace's own tasks at their own times, those alive at its start first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import layout
from sim.errors import SimError
from sim.population import TICKS_A_SECOND, Machines, Population, machines_of, mix_of, population_of
from sim.split import pool
from sim.state import Floats, Ints, Mix

if TYPE_CHECKING:
    from traces import Trace

CHUNK = 1 << 16
SEEDED = 0x40AD
TICKS_AN_HOUR = 3_600_000
MOST_START_TASKS = 20_000_000
DEFAULT_HOURS = 48.0


@dataclass(frozen=True)
class Workload:
    """Machines, the pool and the stream, ready to be replayed by any heuristic.

    rate: arrivals a tick (drawn); start: how many tasks run at the beginning, in the mean.
    load: offered load of the scarcest weighted resource. Window and lifetimes in ticks.
    """

    name: str
    machines: Machines
    population: Population
    tasks: Ints
    life: Ints  # (tasks of the population,) after cap and assumptions
    mix: Mix
    load: float
    seed: int
    split: str
    window: int
    ordered: bool
    rate: float
    start: float
    lifetimes: str
    replayed: tuple[str, ...]
    simulated: tuple[str, ...]
    assumed: tuple[str, ...]

    def arrivals(self) -> Iterator[Ints]:
        """The stream in chunks (layout.TASK_FIELDS, ≤ CHUNK), the same at each call."""
        return self._recorded() if self.ordered else self._drawn()

    def _rows(self, source: Ints, submit: Ints, life: Ints, first: int) -> Ints:
        population = self.population
        rows = np.empty((layout.TASK_FIELDS, source.size), np.int64)
        rows[layout.SUBMIT] = submit
        rows[layout.SHAPE] = population.shape[source]
        rows[layout.LIFE] = life
        rows[layout.PREDICTED] = life
        rows[layout.GROUP] = population.group[source]
        rows[layout.RANK] = population.priority[source]
        rows[layout.NUMBER] = np.arange(first, first + source.size)
        rows[layout.SOURCE] = source
        return rows

    def _recorded(self) -> Iterator[Ints]:
        submit = np.where(self.population.alive, 0, self.population.submit)[self.tasks]
        order = np.argsort(submit, kind="stable")
        order = order[submit[order] < max(self.window, 1)]
        for first in range(0, order.size, CHUNK):
            some = order[first : first + CHUNK]
            tasks = self.tasks[some]
            yield self._rows(tasks, submit[some], self.life[tasks], first)

    def _drawn(self) -> Iterator[Ints]:
        random = np.random.default_rng([SEEDED, self.seed])
        life = self.life[self.tasks].astype(np.float64)
        count = int(random.poisson(self.start))
        number = 0
        if count:
            chances = life / life.sum()
            shape_draw = random.choice(self.tasks.size, size=count, p=chances)
            age_left = np.maximum(1, np.ceil(random.random(count) * life[shape_draw]))
            who = shape_draw
            if self.lifetimes == "independent":
                who = random.integers(self.tasks.size, size=count)
            for first in range(0, count, CHUNK):
                part = slice(first, first + CHUNK)
                tasks = self.tasks[who[part]]
                left = age_left[part].astype(np.int64)
                yield self._rows(tasks, np.zeros(tasks.size, np.int64), left, first)
            number = count
        now = 0.0
        while True:
            times = now + np.cumsum(random.exponential(1.0 / self.rate, CHUNK))
            now = float(times[-1])
            who = random.integers(self.tasks.size, size=CHUNK)
            whose = who
            if self.lifetimes == "independent":
                whose = random.integers(self.tasks.size, size=CHUNK)
            inside = int(np.searchsorted(times, self.window))
            tasks = self.tasks[who[:inside]]
            lives = self.life[self.tasks[whose[:inside]]]
            if inside:
                yield self._rows(tasks, times[:inside].astype(np.int64), lives, number)
            number += inside
            if inside < CHUNK:
                return


def workload(
    trace: Trace,
    *,
    load: float | None = None,
    machines: int | None = None,
    seed: int = 0,
    split: str = "all",
    hours: float | None = None,
    order: str | None = None,
    lifetimes: str = "joint",
    lifetime_cap_h: float | None = None,
    weights: dict[str, float] | None = None,
) -> Workload:
    """Fix a cell and a stream of arrivals.

    load: offered load of the scarcest weighted resource (0.9 where drawn; the trace's own where
    its order is replayed and no load is given). machines: how many, drawn by the seed; by default
    the trace's, or with `order="trace"` and a load as many as that load asks. order: `drawn` or
    `trace` (the default where the trace's order is part of it). hours: the window (48 drawn, the
    trace's span else). lifetimes: `joint` with the shape or `independent` of it, capped. weights:
    what the fleet is sold by; by default cpu, mem and gpu alike.

    Raises:
        SimError: something that can't be, in one line.
    """
    population, fleet = population_of(trace), machines_of(trace)
    rule = order or ("trace" if trace.ordered else "drawn")
    if rule not in ("drawn", "trace"):
        raise SimError(f"order={rule}: expected drawn or trace")
    if lifetimes not in ("joint", "independent"):
        raise SimError(f"lifetimes={lifetimes}: expected joint or independent")
    if load is not None and not 0 < load <= 10:
        raise SimError(f"load={load}: expected a ratio of capacity above 0, at most 10")
    if machines is not None and machines < 1:
        raise SimError(f"machines={machines}: expected at least 1")
    tasks = pool(population, split)
    train = tasks if split == "all" else pool(population, "train")
    known = population.life < layout.FOREVER
    assumed = list(trace.assumed)
    life = population.life.copy()
    recorded = rule == "trace"
    span = max(round(trace.span_s * TICKS_A_SECOND), 1)
    if recorded:
        window = span + 1 if hours is None else round(hours * TICKS_AN_HOUR)
    else:
        window = round((DEFAULT_HOURS if hours is None else hours) * TICKS_AN_HOUR)
        if not known[tasks].any():
            raise SimError(
                f"trace {trace.name} has no lifetimes: replay its own order (order=trace), or "
                "saturate it"
            )
        if not known.all():
            life[~known] = max(int(population.life[known].max()), 1)
            assumed.append("unknown lifetimes as long as the longest known")
    if lifetime_cap_h is not None:
        cap = max(round(lifetime_cap_h * TICKS_AN_HOUR), 1)
        life = np.minimum(life, cap)
        assumed.append(f"lifetimes capped at {lifetime_cap_h:g} h")
    if recorded:
        born = np.where(population.alive, np.minimum(population.submit, 0), 0)
        life = np.where(life < layout.FOREVER, np.maximum(life + born, 1), life)
    if lifetimes == "independent" and not recorded:
        assumed.append("lifetimes independent of the shape")
    assumed.append("lifetimes known to the heuristic exactly")
    weight = _weights(trace, weights)
    random = np.random.default_rng([SEEDED, seed, 1])
    if recorded:
        demand = _recorded_demand(population, tasks, life, window)
    else:
        demand = _mean_demand(population, tasks, life, lifetimes)
    fleet, used_load, rate = _size(
        fleet, demand, weight, load, machines, random, recorded, trace.ordered, trace.name
    )
    mean_life = float(life[tasks].mean())
    start = 0.0 if recorded else rate * mean_life
    if start > MOST_START_TASKS:
        raise SimError(f"load={load}: {start:.3g} tasks would run at once; at most 20 million")
    simulated = ["placement"]
    if not recorded:
        simulated += ["arrival times", "start population"]
    replayed = tuple(
        part for part in trace.replayed if recorded or part not in ("arrival times", "order")
    )
    return Workload(
        name=trace.name,
        machines=fleet,
        population=population,
        tasks=tasks,
        life=life,
        mix=mix_of(population, train),
        load=used_load,
        seed=seed,
        split=split,
        window=window,
        ordered=recorded,
        rate=rate,
        start=start,
        lifetimes=lifetimes,
        replayed=replayed,
        simulated=tuple(simulated),
        assumed=tuple(assumed),
    )


def _weights(trace: Trace, weights: dict[str, float] | None) -> Floats:
    if weights:
        unknown = sorted(set(weights) - set(trace.resources))
        if unknown:
            known = ", ".join(trace.resources)
            raise SimError(f"weights.{unknown[0]}: the trace has {known}")
        for name, weight in weights.items():
            if not 0 <= weight < np.inf:
                raise SimError(f"weights.{name}={weight}: expected a number, 0 or more")
        return np.array([weights.get(r, 0.0) for r in trace.resources])
    sold = [float(r in ("cpu", "mem", "gpu")) for r in trace.resources]
    return np.array(sold if any(sold) else [1.0] * len(sold))


def _mean_demand(population: Population, tasks: Ints, life: Ints, lifetimes: str) -> Floats:
    """Mean request times lifetime of a draw, whole units × ticks a resource."""
    whole = population.shapes.whole[population.shape[tasks]]
    lives = life[tasks].astype(np.float64)
    if lifetimes == "independent":
        return np.asarray(whole.mean(axis=0) * lives.mean())
    return np.asarray((whole * lives[:, None]).mean(axis=0))


def _recorded_demand(population: Population, tasks: Ints, life: Ints, window: int) -> Floats:
    """Request times lifetime within the window, a tick of the window, whole units a resource."""
    submit = np.where(population.alive, 0, population.submit)[tasks]
    held = np.minimum(life[tasks], window - np.minimum(submit, window)).astype(np.float64)
    whole = population.shapes.whole[population.shape[tasks]]
    return np.asarray((whole * held[:, None]).sum(axis=0) / window)


def _size(
    fleet: Machines,
    demand: Floats,
    weight: Floats,
    load: float | None,
    machines: int | None,
    random: np.random.Generator,
    recorded: bool,
    ordered: bool,
    name: str,
) -> tuple[Machines, float, float]:
    """The machines in their order, the load they are offered, and the arrival rate a tick."""
    sold = (weight > 0) & (demand > 0)
    if not sold.any():
        raise SimError(f"trace {name} asks for none of the weighted resources: no load to offer")
    count = len(fleet) if machines is None else machines
    if recorded and machines is None and load is not None:
        mean = fleet.total.mean(axis=0)
        held = sold & (mean > 0)
        count = max(1, int(np.ceil((demand[held] / (load * mean[held])).max(initial=0.0))))
    if ordered and count == len(fleet):
        order = np.arange(count)
    elif count <= len(fleet):
        order = random.permutation(len(fleet))[:count]
    else:
        extra = random.integers(len(fleet), size=count - len(fleet))
        order = random.permutation(np.concatenate([np.arange(len(fleet)), extra]))
    chosen = fleet.take(order)
    total = chosen.total.sum(axis=0)
    sold &= total > 0
    if not sold.any():
        raise SimError(f"trace {name}: its tasks ask for resources that no machine chosen has")
    share = float((demand[sold] / total[sold]).max())
    if recorded:
        return chosen, share, 0.0
    wanted = 0.9 if load is None else load
    return chosen, wanted, wanted / share
