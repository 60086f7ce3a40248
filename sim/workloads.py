"""A workload: one cell, one stream of tasks, fixed by load, window and seed.

*Drawn*: tasks come from a pool (see `sim.drawn`). *Trace*: the trace's own tasks at their own
times (see `sim.recording`). Either way a window is preceded by history, in which the heuristic
under test replays arrivals and departures until little is left of the start population: a cell is
measured as it would be found, full and worn by churn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import cells, periods
from sim.drawn import Drawn, units_of
from sim.errors import SimError
from sim.lifetimes import TICKS_AN_HOUR, Lifetimes, lifetimes_of
from sim.pace import at_pace, pace_for
from sim.population import TICKS_A_SECOND, Machines, Population, machines_of, mix_of, population_of
from sim.recording import Recorded, demand_between, since
from sim.split import pool
from sim.state import Floats, Ints, Mix

if TYPE_CHECKING:
    from traces import Trace

MACHINES_SEEDED = 0x40AD
MOST_START_TASKS = 20_000_000
DEFAULT_HOURS = 48.0
START_SHARE = 0.18
"""What history leaves of the start population in expectation; at most 0.2 is to be left."""


@dataclass(frozen=True)
class Workload:
    """Machines and a stream of tasks, ready to be replayed by any heuristic.

    tasks: the pool of the split, which the probe draws from too. weight: (R,) what the fleet is
    sold by. load: offered load of the scarcest weighted resource. index: which of the windows.
    history, window: ticks; the stream begins `history` before the window.
    """

    name: str
    machines: Machines
    population: Population
    tasks: Ints
    lifetimes: Lifetimes | None
    mix: Mix
    weight: Floats
    load: float
    seed: int
    index: int
    split: str
    history: int
    window: int
    stream: Drawn | Recorded
    replayed: tuple[str, ...]
    simulated: tuple[str, ...]
    assumed: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        """Whether the trace's own tasks come at their own times."""
        return isinstance(self.stream, Recorded)

    def start(self) -> Ints:
        """The tasks that run at the beginning, numbered from 0 (layout.TASK_FIELDS, tasks)."""
        return self.stream.start()

    def arrivals(self, number: int) -> Iterator[Ints]:
        """The tasks that come, in chunks, numbered from `number` on; the same at each call."""
        return self.stream.arrivals(number)

    def everything(self) -> Iterator[Ints]:
        """Start and arrivals in chunks."""
        first = self.start()
        yield first
        yield from self.arrivals(first.shape[1])


def workload(
    trace: Trace,
    *,
    load: float | None = None,
    machines: int | None = None,
    seed: int = 0,
    split: str = "all",
    hours: float | None = None,
    history_h: float | None = None,
    order: str | None = None,
    lifetimes: str | None = None,
    lifetime_cap_h: float | None = None,
    weights: dict[str, float] | None = None,
    periods: periods.Periods | None = None,
) -> Workload:
    """Fix a cell and a stream: as :func:`series`, with one window and one seed."""
    return series(
        trace,
        windows=1,
        seeds=[seed],
        load=load,
        machines=machines,
        split=split,
        hours=hours,
        history_h=history_h,
        order=order,
        lifetimes=lifetimes,
        lifetime_cap_h=lifetime_cap_h,
        weights=weights,
        periods=periods,
    )[0]


def series(
    trace: Trace,
    *,
    windows: int = 1,
    seeds: Sequence[int] = (0,),
    load: float | None = None,
    machines: int | None = None,
    split: str = "all",
    hours: float | None = None,
    history_h: float | None = None,
    order: str | None = None,
    lifetimes: str | None = None,
    lifetime_cap_h: float | None = None,
    weights: dict[str, float] | None = None,
    periods: periods.Periods | None = None,
) -> list[Workload]:
    """Workloads that differ by window and seed alone, window by window.

    load: offered load of the scarcest weighted resource. It sets the arrival rate of a drawn
    stream (0.9, or what a snapshot runs); of a trace in its own order it chooses how many machines
    there are, or, where `machines` says so, how fast arrivals follow each other. machines: how
    many, drawn by the seed from the trace's; all of them by default.
    order: `drawn` or `trace`. hours: the window (48 drawn,
    with `order="trace"` the period over the number of windows). history_h: what comes before it;
    by default as much as leaves a fifth of the start population at most, and never less than the
    trace advises. lifetimes: `joint` with the shape or `independent` of it, with a cap. weights:
    what the fleet is sold by. periods: with `order="trace"`, first and last day of a split.

    Raises:
        SimError: something that can't be, in one line.
    """
    rule = order or trace.advice.order or ("trace" if trace.ordered else "drawn")
    if rule not in ("drawn", "trace"):
        raise SimError(f"order={rule}: expected drawn or trace")
    if load is not None and not 0 < load <= 10:
        raise SimError(f"load={load}: expected a ratio of capacity above 0, at most 10")
    if machines is not None and machines < 1:
        raise SimError(f"machines={machines}: expected at least 1")
    if windows < 1 or not seeds:
        raise SimError(f"windows={windows}, {len(seeds)} seeds: expected at least one of each")
    fleet = machines_of(trace)
    common = _Common(
        trace=trace,
        population=population_of(trace),
        fleet=fleet,
        weight=cells.weights_of(trace, fleet, weights),
        split=split,
        load=load,
        machines=machines,
        history=None if history_h is None else round(history_h * TICKS_AN_HOUR),
        window=None if hours is None else max(1, round(hours * TICKS_AN_HOUR)),
    )
    if rule == "trace":
        return _recorded(common, windows, seeds, periods)
    if periods:
        raise SimError("periods: expected with order=trace alone; drawn pools are split by job")
    return _drawn(common, windows, seeds, lifetimes, lifetime_cap_h)


@dataclass(frozen=True)
class _Common:
    """What all workloads of a series share."""

    trace: Trace
    population: Population
    fleet: Machines
    weight: Floats
    split: str
    load: float | None
    machines: int | None
    history: int | None
    window: int | None

    def drawn_machines(self, count: int, seed: int) -> Machines:
        random = np.random.default_rng([MACHINES_SEEDED, seed, 1])
        return cells.draw(self.fleet, count, random, ordered=self.trace.ordered)

    def share(self, demand: Floats, machines: Machines) -> tuple[int, float]:
        total = machines.total.sum(axis=0)
        return cells.scarcest(demand, total, self.weight, self.trace.name)


def _drawn(
    common: _Common, windows: int, seeds: Sequence[int], rule: str | None, cap_h: float | None
) -> list[Workload]:
    trace, population = common.trace, common.population
    tasks = pool(population, common.split)
    train = tasks if common.split == "all" else pool(population, "train")
    if trace.snapshot:
        tasks, train = (some[population.alive[some]] for some in (tasks, train))
    life = lifetimes_of(trace, population, tasks, rule, cap_h)
    units = units_of(population, tasks, together=trace.advice.together and life.apart is None)
    whole = population.shapes.whole[population.shape[tasks]]
    demand = (whole * life.mean(tasks)[:, None]).sum(axis=0) / len(units)  # of a unit
    load = common.load
    if load is None:
        load = cells.DEFAULT_LOAD
        if trace.snapshot:
            now = population.shapes.whole[population.shape[population.alive]].sum(axis=0)
            load = common.share(now, common.fleet)[1]
    count = common.machines or len(common.fleet)
    window = common.window or round(DEFAULT_HOURS * TICKS_AN_HOUR)
    scarce, _ = common.share(demand, common.fleet)
    history = common.history
    if history is None:
        history = max(
            _history(life, tasks, whole[:, scarce]),
            round(trace.advice.history_h * TICKS_AN_HOUR),
        )
    mix = mix_of(population, train)
    works = []
    for index in range(windows):
        for seed in seeds:
            machines = common.drawn_machines(count, seed)
            rate = load / common.share(demand, machines)[1]
            running = rate * float(life.mean(tasks).mean()) * tasks.size / len(units)
            if running > MOST_START_TASKS:
                raise SimError(
                    f"load={load}: {running:.3g} tasks would run at once; at most 20 million"
                )
            works.append(
                Workload(
                    name=trace.name,
                    machines=machines,
                    population=population,
                    tasks=tasks,
                    lifetimes=life,
                    mix=mix,
                    weight=common.weight,
                    load=load,
                    seed=int(seed),
                    index=index,
                    split=common.split,
                    history=history,
                    window=window,
                    stream=Drawn(
                        population, units, life, rate, history, window, (int(seed), index)
                    ),
                    replayed=tuple(
                        part for part in trace.replayed if part not in ("arrival times", "order")
                    ),
                    simulated=("arrival times", "start population", "placement"),
                    assumed=(*trace.assumed, *life.assumed, "lifetimes known to the heuristic"),
                )
            )
    return works


def _history(life: Lifetimes, tasks: Ints, amount: Floats) -> int:
    """Ticks after which `START_SHARE` of the start population's allocation is left."""
    low, high = 0, int((life.of_task[tasks] if life.apart is None else life.apart).max())
    while high - low > TICKS_A_SECOND:
        middle = (low + high) // 2
        if life.held_after(tasks, amount, middle) > START_SHARE:
            low = middle
        else:
            high = middle
    return high


def _recorded(
    common: _Common, windows: int, seeds: Sequence[int], given: periods.Periods | None
) -> list[Workload]:
    trace, population = common.trace, common.population
    span = max(round(trace.span_s * TICKS_A_SECOND), 1)
    first, last = periods.period(common.split, span, given)
    pace, assumed = 1.0, list(trace.assumed)
    if common.load is not None and common.machines is not None:
        total = common.fleet.total.mean(axis=0) * common.machines
        pace = pace_for(population, (first, last), total, common.weight, common.load)
        population = at_pace(population, pace)
        assumed.append(f"arrivals {pace:.3g} times as fast as the trace's")
        first, last, span = (round(tick / pace) for tick in (first, last, span))
    everything = np.arange(len(population))
    tasks = periods.pool_between(population, first, last, whole=common.split in ("all", "train"))
    if tasks.size == 0:
        raise SimError(f"split={common.split}: no task comes in its period of {trace.name}")
    train = tasks
    if common.split != "all":
        bounds = periods.period("train", round(span * pace), given)
        train = periods.pool_between(population, *(round(t / pace) for t in bounds), whole=True)
    begins = periods.windows_in(first, last, windows, common.window, trace.name)
    length = common.window or max(1, (last - first) // windows)
    one_go = common.split == "all" and windows == 1 and common.window is None
    if one_go:
        length = span + 1  # the last arrivals too
    demand = demand_between(population, everything, first, max(last, first + 1))
    count = common.machines or len(common.fleet)
    if common.load is not None and common.machines is None:
        count = cells.enough(common.fleet, demand, common.weight, common.load, trace.name)
    mix = mix_of(population, train)
    works = []
    for index, begin in enumerate(begins):
        history = common.history
        if history is None:
            scarce, _ = common.share(demand, common.fleet)
            history = since(population, everything, begin, scarce, START_SHARE)
            history = max(history, round(trace.advice.history_h * TICKS_AN_HOUR))
        history = 0 if one_go and common.history is None else min(history, begin)
        offered = demand_between(population, everything, begin, begin + length)
        for seed in seeds:
            machines = common.drawn_machines(count, seed)
            stream = Recorded(
                population,
                everything,
                begin - history,
                history,
                length,
                _places(population, common.fleet, machines),
            )
            works.append(
                Workload(
                    name=trace.name,
                    machines=machines,
                    population=population,
                    tasks=tasks,
                    lifetimes=None,
                    mix=mix,
                    weight=common.weight,
                    load=common.share(offered, machines)[1],
                    seed=int(seed),
                    index=index,
                    split=common.split,
                    history=history,
                    window=length,
                    stream=stream,
                    replayed=trace.replayed,
                    simulated=("placement",),
                    assumed=(*assumed, "lifetimes known to the heuristic"),
                )
            )
    return works


def _places(population: Population, fleet: Machines, machines: Machines) -> Ints:
    """Where each task ran, as an index into the machines of a workload; −1 not known."""
    if (population.ran_on < 0).all():
        return population.ran_on
    index = {name: i for i, name in enumerate(machines.ids)}
    of_fleet = np.array([index.get(name, -1) for name in fleet.ids] + [-1], np.int64)
    return of_fleet[population.ran_on]
