"""Bin packing: bins used, and how far that is above the L1 bound.

A bin is a machine with one resource, all open from the start; items come in the list's order and
stay (Romera-Paredes et al., Nature 2023, table 1: excess of the mean number of bins over the mean
of the L1 bound ⌈Σ sizes / capacity⌉, Martello & Toth, 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from heuristics import Heuristic
from sim.composition import Composition
from sim.replays import Replay, replay
from sim.taping import Taping
from sim.workers import Progress
from sim.workloads import Workload, workload

if TYPE_CHECKING:
    from traces import Trace


@dataclass(frozen=True)
class Packing:
    """One heuristic on all instances of a list; used and bound: bins, one entry an instance."""

    instances: tuple[str, ...]
    used: tuple[int, ...]
    bound: tuple[int, ...]
    runs: tuple[Replay, ...]

    @property
    def excess_pct(self) -> float:
        """Excess over the L1 bound, per cent of the bound."""
        return 100.0 * (sum(self.used) / sum(self.bound) - 1.0)


def l1_bound(work: Workload) -> int:
    """The fewest bins that the sizes alone allow, every bin of the largest capacity."""
    asked = work.population.shapes.whole[work.population.shape[work.tasks], 0].sum()
    return int(np.ceil(asked / work.machines.total[:, 0].max()))


def instances_of(path: str | PathLike[str] | None) -> list[Trace]:
    """All instances of a bin-packing file (the reader's own where None), each a trace."""
    import traces

    names = traces.instances(path)
    return [traces.load("bin_packing", path=path, instance=name) for name in names]


def pack(
    path: str | PathLike[str] | Sequence[Trace],
    heuristic: Heuristic | Composition,
    *,
    ties: str | None = None,
    placements: bool = False,
    progress: Progress | None = None,
    taping: Taping | None = None,
) -> Packing:
    """Pack every instance of a file (or of the traces given).

    taping: of decisions made elsewhere.

    Raises:
        TraceError: the file can't be read. HeuristicError: a score that can't be used.
    """
    found = instances_of(path) if isinstance(path, str | PathLike) else list(path)
    used, bound, runs = [], [], []
    for trace in found:
        work = workload(trace)
        run = replay(work, heuristic, ties=ties, samples=1, placements=placements, taping=taping)
        used.append(run.counters["used"])
        bound.append(l1_bound(work))
        runs.append(run)
        if progress:
            progress(len(runs), len(found))
    return Packing(tuple(t.name for t in found), tuple(used), tuple(bound), tuple(runs))


def samples(packing: Packing) -> dict[str, Any]:
    """The last sample of a replay, as a mean over the instances."""
    every = [run.samples for run in packing.runs]
    return {
        name: column
        if name in ("resource", "time_s")
        else np.mean([one[name].astype(np.float64) for one in every], axis=0)
        for name, column in every[0].items()
    }


def result(packing: Packing) -> dict[str, Any]:
    """The entry of the summary: means over instances of what a replay says, and the excess."""
    entries = [run.result() for run in packing.runs]
    mean: dict[str, Any] = dict(entries[0])
    for name, value in mean.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            mean[name] = float(np.mean([entry[name] for entry in entries]))
    mean["resources"] = {
        resource: {
            what: _mean([entry["resources"][resource][what] for entry in entries])
            for what in values
        }
        for resource, values in entries[0]["resources"].items()
    }
    mean["instances"] = len(packing.instances)
    mean["l1_bound_machines"] = float(np.mean(packing.bound))
    mean["excess_over_l1_pct"] = packing.excess_pct
    return mean


def _mean(values: Sequence[float | None]) -> float | None:
    """None of what was not looked at, such as what is stranded where nothing probes."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def whole(found: Sequence[Trace], name: str) -> Trace:
    """What a summary says of a list: its instances counted together, and one hash of theirs."""
    import hashlib

    digest = hashlib.sha256("".join(trace.sha256 for trace in found).encode()).hexdigest()
    return replace(
        found[0],
        name=name,
        sha256=digest,
        task_count=sum(trace.task_count for trace in found),
        machine_count=sum(trace.machine_count for trace in found),
    )
