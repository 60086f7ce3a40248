"""A workload: one cell, one stream of tasks, fixed by load, window and seed.

*Drawn*: tasks come from a pool (see `sim.drawn`). *Trace*: the trace's own tasks at their own
times (see `sim.recording`). Either way a window is preceded by history, in which the heuristic
under test replays arrivals and departures until little is left of the start population: a cell is
measured as it would be found, full and worn by churn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sim import cells
from sim.drawn_series import drawn_series
from sim.errors import SimError
from sim.lifetimes import TICKS_AN_HOUR
from sim.outages import Outages
from sim.periods import Periods
from sim.population import TICKS_A_SECOND, machines_of, population_of
from sim.recorded_series import recorded_series
from sim.rules import NONE, Rules
from sim.works import Common, Workload

if TYPE_CHECKING:
    from traces import Trace

__all__ = ["Workload", "series", "workload"]

MOST_PAIRS = 100_000
MOST_MACHINES = 20_000_000


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
    periods: Periods | None = None,
    rules: Rules | None = None,
    shake_s: float | None = None,
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
        rules=rules,
        shake_s=shake_s,
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
    periods: Periods | None = None,
    rules: Rules | None = None,
    shake_s: float | None = None,
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
    rules: how the cell is run besides. shake_s: with `order="trace"`, jobs come by so many seconds
    at most earlier or later, by the seed.

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
    run_by = rules or NONE
    run_by.check()
    fleet = machines_of(trace)
    if run_by.oversubscribe:
        fleet = fleet.counted(run_by.factors(trace.resources))
    pairs, count = windows * len(seeds), machines or len(fleet)
    if pairs > MOST_PAIRS or pairs * count > MOST_MACHINES:
        raise SimError(
            f"windows={windows}, {len(seeds)} seeds, {count} machines: expected at most "
            f"{MOST_PAIRS:,} pairs, {MOST_MACHINES:,} machines in all of them"
        )
    common = Common(
        trace=trace,
        population=population_of(trace),
        fleet=fleet,
        weight=cells.weights_of(trace, fleet, weights),
        split=split,
        load=load,
        machines=machines,
        history=None if history_h is None else round(history_h * TICKS_AN_HOUR),
        window=None if hours is None else max(1, round(hours * TICKS_AN_HOUR)),
        outages=run_by.outages or Outages(),
        shake=round((shake_s or 0.0) * TICKS_A_SECOND),
    )
    if rule == "trace":
        if lifetimes is not None or lifetime_cap_h is not None:
            raise SimError(
                "workload: found lifetimes to be drawn or capped with order=trace, where tasks "
                "keep their own; expected order=drawn"
            )
        return _under(run_by, recorded_series(common, windows, seeds, periods))
    if periods:
        raise SimError("periods: expected with order=trace alone; drawn pools are split by job")
    if common.shake:
        raise SimError("shake: expected with order=trace alone; seeds draw other arrivals anyway")
    return _under(run_by, drawn_series(common, windows, seeds, lifetimes, lifetime_cap_h))


def _under(rules: Rules, works: Sequence[Workload]) -> list[Workload]:
    """Workloads of a series with the rules that they are run by, and with what these assume."""
    return [
        replace(
            work,
            rules=rules,
            assumed=(*work.assumed, *rules.assumed(work.population)),
            simulated=(*work.simulated, *rules.simulated(work.population)),
        )
        for work in works
    ]
