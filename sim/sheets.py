"""How workloads and results show themselves (`traces.sheet`): a line, and a table by resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.lifetimes import TICKS_AN_HOUR
from traces.sheet import Cell, Column, Sheet, amount

if TYPE_CHECKING:
    from sim.compaction import Compaction
    from sim.recovery import Recovered
    from sim.replays import Replay
    from sim.seeds import Saturation
    from sim.works import Workload

NAMES = {"cpu": "CPU", "gpu": "GPU", "mem": "Memory"}


def of_workload(work: Workload) -> Sheet:
    """The cell, how full it is kept, for how long, and where it comes from."""
    names = work.population.resources
    fleet = work.machines.total.sum(axis=0) / work.population.per
    history = f" after {work.history / TICKS_AN_HOUR:,.0f} h" if work.history else ""
    facts: dict[str, Cell] = {
        "Fleet": ", ".join(
            f"{_named(name)} {amount(round(float(total), 3))}"
            for name, total in zip(names, fleet, strict=True)
        ),
        "Sold by": ", ".join(
            f"{_named(name)} {amount(round(float(share), 3))}"
            for name, share in zip(names, work.weight, strict=True)
            if share
        ),
        "Order": "the trace's" if work.ordered else "drawn",
        "Replayed": ", ".join(work.replayed),
        "Simulated": ", ".join(work.simulated),
        "Assumed": ", ".join(work.assumed),
    }
    line = (
        f"Workload of {work.name}: {len(work.machines):,} machines at load {work.load:.2f} for "
        f"{work.window / TICKS_AN_HOUR:,.0f} h{history}, split {work.split}, "
        f"window {work.index}, seed {work.seed}"
    )
    return Sheet.of_facts(line, facts)


def of_replay(run: Replay) -> Sheet:
    """What became of tasks, and of each resource."""
    said = run.result()
    counts = ", ".join(f"{said[name]:,} {name.replace('_', ' ')}" for name in run.work.counted)
    columns = {
        "stranded_pct": "Stranded, %",
        "allocated_pct": "Allocated, %",
        "lost_pct": "Lost, %",
        "frag_pct": "Fragmented, %",
        "exhausted_pct": "Exhausted, %",
    }
    line = f"Replay of {run.work.name} under {run.heuristic}: {counts}"
    return _by_resource(line, said["resources"], columns)


def of_recovered(one: Recovered) -> Sheet:
    """What is recovered over the baseline, with its interval, goodput and marks."""
    said = one.result()
    line = f"{one.heuristic}, the baseline"
    columns = {
        "stranded_pct": "Stranded, %",
        "bound_pct": "Bound, %",
        "allocated_pct": "Allocated, %",
    }
    rows = {name: dict(values) for name, values in said["resources"].items()}
    if one.heuristic != one.baseline:
        gained = _estimate(said["recovered_pct"], said["recovered_pct_ci95"])
        held = _estimate(said["goodput_delta_points"], said["goodput_delta_ci95"])
        line = f"{one.heuristic} over {one.baseline}: {gained} points recovered, goodput {held}"
        line += "".join(f"; marked {mark}" for mark in said["marks"])
        columns = {"recovered": "Recovered, points"} | columns
        for values in rows.values():
            values["recovered"] = values["recovered_points"], values["recovered_ci95"]
    pairs = "pair" if said["pairs"] == 1 else "pairs"
    return _by_resource(f"{line} ({said['pairs']} {pairs})", rows, columns)


def of_saturation(one: Saturation) -> Sheet:
    """What is allocated of each resource as more is offered."""
    said = one.result()
    way = said["alloc_pct_at"]
    columns = (Column("Offered, %"), *(Column(f"{_named(name)}, %") for name in one.resources))
    rows = tuple(
        (offered, *((at[name]["mean"], at[name]["ci95"]) for name in one.resources))
        for offered, at in way.items()
    )
    seeds = f"{len(one.outcomes)} seed{'s' * (len(one.outcomes) > 1)}"
    line = f"Saturation under {one.heuristic}, allocated up to {said['offered_pct']:g} % offered"
    return Sheet(f"{line}, {seeds}", columns, rows)


def of_compaction(one: Compaction) -> Sheet:
    """How few machines hold the work."""
    said = one.result()
    median = said["needed_machines_median"]
    facts: dict[str, Cell] = {
        "Machines needed, median": None if median is None else round(median),
        "of the fleet, %": said["needed_pct_median"],
        "of the fleet, 90th percentile, %": said["needed_pct_p90"],
        "Trials": said["trials"],
    }
    needed = said["needed_pct_median"]
    holds = "not even four times the fleet" if needed is None else f"{needed:.1f} % of the fleet"
    line = f"Compaction under {one.heuristic}: {holds} of {one.fleet:,} machines"
    return Sheet.of_facts(f"{line} holds {one.tasks:,} tasks", facts)


def _by_resource(line: str, resources: dict[str, Any], columns: dict[str, str]) -> Sheet:
    """One row a resource; columns in which nothing stands are left out."""
    kept = [
        key for key in columns if any(values.get(key) is not None for values in resources.values())
    ]
    titles = tuple(Column(columns[key], signed=key == "recovered") for key in kept)
    rows = tuple(
        (_named(name), *(values.get(key) for key in kept)) for name, values in resources.items()
    )
    return Sheet(line, (Column("Resource"), *titles), rows)


def _estimate(mean: float, ends: Sequence[float] | None) -> str:
    if ends is None:
        return f"{mean + 0.0:+.2f}"
    return f"{mean + 0.0:+.2f} [{ends[0] + 0.0:+.2f}, {ends[1] + 0.0:+.2f}]"


def _named(resource: str) -> str:
    return NAMES.get(resource, resource)
