"""The cell simulator: a trace and a heuristic become a replay, a replay becomes scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.compaction import Compaction, compact
    from sim.comparisons import compare
    from sim.composition import Composition, compose, recorded
    from sim.decisions import Decision, explain
    from sim.errors import SimError
    from sim.gangs import Gangs
    from sim.migration import Migration
    from sim.outages import Outages
    from sim.packing import Packing, pack
    from sim.predictions import Predictions
    from sim.preempt import Preemption
    from sim.recovery import Recovered
    from sim.replays import Replay, replay
    from sim.rules import Rules
    from sim.seeds import Saturation, saturate
    from sim.stale import Stale
    from sim.workloads import Workload, series, workload

__all__ = [
    "Compaction",
    "Composition",
    "Decision",
    "Gangs",
    "Migration",
    "Outages",
    "Packing",
    "Predictions",
    "Preemption",
    "Recovered",
    "Replay",
    "Rules",
    "Saturation",
    "SimError",
    "Stale",
    "Workload",
    "compact",
    "compare",
    "compose",
    "explain",
    "pack",
    "recorded",
    "replay",
    "saturate",
    "series",
    "workload",
]

_WHERE = {
    "Compaction": "sim.compaction",
    "compact": "sim.compaction",
    "Composition": "sim.composition",
    "compose": "sim.composition",
    "recorded": "sim.composition",
    "Decision": "sim.decisions",
    "explain": "sim.decisions",
    "Recovered": "sim.recovery",
    "compare": "sim.comparisons",
    "Gangs": "sim.gangs",
    "Migration": "sim.migration",
    "Outages": "sim.outages",
    "SimError": "sim.errors",
    "Packing": "sim.packing",
    "pack": "sim.packing",
    "Predictions": "sim.predictions",
    "Preemption": "sim.preempt",
    "Replay": "sim.replays",
    "replay": "sim.replays",
    "Rules": "sim.rules",
    "Saturation": "sim.seeds",
    "Stale": "sim.stale",
    "saturate": "sim.seeds",
    "Workload": "sim.workloads",
    "series": "sim.workloads",
    "workload": "sim.workloads",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that a worker loads no more than it needs."""
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
