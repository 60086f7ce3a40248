"""Workloads drawn from a pool: the rate that offers the load, the history that wears the cell."""

from __future__ import annotations

from collections.abc import Sequence

from sim import cells
from sim.drawn import Drawn, units_of
from sim.errors import SimError
from sim.lifetimes import TICKS_AN_HOUR, Lifetimes, lifetimes_of
from sim.population import TICKS_A_SECOND, mix_of
from sim.split import pool
from sim.state import Floats, Ints
from sim.works import START_SHARE, Common, Workload

NOT_DRAWN = ("arrival times", "order", "start population", "placements", "machine events")
"""What a trace may bring that a drawn stream has not."""

MOST_START_TASKS, MOST_ARRIVALS = 20_000_000, 1_000_000_000
DEFAULT_HOURS = 48.0


def drawn_series(
    common: Common, windows: int, seeds: Sequence[int], rule: str | None, cap_h: float | None
) -> list[Workload]:
    """Windows × seeds of drawn streams. Raises SimError for what can't be."""
    trace, population = common.trace, common.population
    tasks = pool(population, common.split)
    train = tasks if common.split == "all" else pool(population, "train")
    if trace.snapshot:
        tasks, train = (some[population.alive[some]] for some in (tasks, train))
    life = lifetimes_of(trace, population, tasks, rule, cap_h)
    whole_jobs = trace.advice.together or population.largest_gang > 1
    units = units_of(population, tasks, together=whole_jobs and life.apart is None)
    broken = population.largest_gang > 1 and life.apart is not None
    alone = ("tasks of gangs drawn one by one",) if broken else ()
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
    failing = ("failures of machines",) if common.outages else ()
    works = []
    for index in range(windows):
        for seed in seeds:
            machines = common.drawn_machines(count, seed, index)
            rate = load / common.share(demand, machines)[1]
            each_tick = rate * tasks.size / len(units)
            running = each_tick * float(life.mean(tasks).mean())
            if running > MOST_START_TASKS:
                raise SimError(
                    f"load={load}: {running:.3g} tasks would run at once; at most 20 million"
                )
            if (coming := each_tick * (history + window)) > MOST_ARRIVALS:
                raise SimError(
                    f"{coming:.3g} tasks would come in history and window, at most 1e9: expected "
                    "fewer hours, fewer machines or longer lifetimes"
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
                    replayed=tuple(part for part in trace.replayed if part not in NOT_DRAWN),
                    simulated=("arrival times", "start population", "placement", *failing),
                    assumed=(*trace.assumed, *life.assumed, *alone),
                    changes=common.failing(machines, int(seed), index, history + window),
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
