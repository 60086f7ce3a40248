"""Workloads of a trace in its own order: windows of a split's period, each with its history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import cells, periods
from sim.errors import SimError
from sim.lifetimes import TICKS_AN_HOUR
from sim.outages import of_trace
from sim.pace import at_pace, pace_for
from sim.population import TICKS_A_SECOND, Machines, Population, mix_of
from sim.recording import Recorded, demand_between, since
from sim.shaking import shaken
from sim.state import Ints
from sim.works import START_SHARE, Common, Workload


def recorded_series(
    common: Common, windows: int, seeds: Sequence[int], given: periods.Periods | None
) -> list[Workload]:
    """Windows × seeds of a trace's own tasks. Raises SimError for what can't be."""
    trace, population = common.trace, common.population
    span = max(round(trace.span_s * TICKS_A_SECOND), 1)
    split, pace, assumed = common.split, 1.0, list(trace.assumed)
    if trace.snapshot and split != "all":
        split = "all"
        assumed.append("one moment, so one pool for every split")
    first, last = periods.period(split, span, given)
    if common.load is not None and common.machines is not None:
        total = common.fleet.total.mean(axis=0) * common.machines
        pace = pace_for(population, (first, last), total, common.weight, common.load)
        population = at_pace(population, pace)
        assumed.append(f"arrivals {pace:.3g} times as fast as the trace's")
        first, last, span = (round(tick / pace) for tick in (first, last, span))
    everything = np.arange(len(population))
    tasks = periods.pool_between(population, first, last, whole=split in ("all", "train"))
    if tasks.size == 0:
        raise SimError(f"split={split}: no task comes in its period of {trace.name}")
    train = tasks
    if split != "all":
        bounds = periods.period("train", round(span * pace), given)
        train = periods.pool_between(population, *(round(t / pace) for t in bounds), whole=True)
    begins = periods.windows_in(first, last, windows, common.window, trace.name)
    length = common.window or max(1, (last - first) // windows)
    one_go = split == "all" and windows == 1 and common.window is None
    if one_go:
        length = span + 1  # the last arrivals too
    demand = demand_between(population, everything, first, max(last, first + 1))
    count = common.machines or len(common.fleet)
    if common.load is not None and common.machines is None:
        count = cells.enough(common.fleet, demand, common.weight, common.load, trace.name)
    mix = mix_of(population, train)
    failing = ("failures of machines",) if common.outages else ()
    if common.shake:
        seconds = common.shake / TICKS_A_SECOND
        assumed.append(f"jobs up to {seconds:g} s earlier or later than in the trace")
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
            machines = common.drawn_machines(count, seed, index)
            own = shaken(population, common.shake, seed, index) if common.shake else population
            stream = Recorded(
                own,
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
                    population=own,
                    tasks=tasks,
                    lifetimes=None,
                    mix=mix,
                    weight=common.weight,
                    load=common.share(offered, machines)[1],
                    seed=int(seed),
                    index=index,
                    split=split,
                    history=history,
                    window=length,
                    stream=stream,
                    replayed=trace.replayed,
                    simulated=("placement", *failing),
                    assumed=tuple(assumed),
                    changes=common.failing(machines, int(seed), index, history + length)
                    if common.outages
                    else of_trace(trace, machines, begin - history, history + length, pace),
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
