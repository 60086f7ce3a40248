"""The cell simulator: a trace and a heuristic become a replay, a replay becomes scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.composition import Composition, compose
    from sim.errors import SimError
    from sim.packing import Packing, pack
    from sim.replays import Replay, replay
    from sim.seeds import Saturation, saturate
    from sim.workloads import Workload, workload

__all__ = [
    "Composition",
    "Packing",
    "Replay",
    "Saturation",
    "SimError",
    "Workload",
    "compose",
    "pack",
    "replay",
    "saturate",
    "workload",
]

_WHERE = {
    "Composition": "sim.composition",
    "compose": "sim.composition",
    "SimError": "sim.errors",
    "Packing": "sim.packing",
    "pack": "sim.packing",
    "Replay": "sim.replays",
    "replay": "sim.replays",
    "Saturation": "sim.seeds",
    "saturate": "sim.seeds",
    "Workload": "sim.workloads",
    "workload": "sim.workloads",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that a worker loads no more than it needs."""
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
