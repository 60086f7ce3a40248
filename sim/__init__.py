"""The cell simulator: a trace and a heuristic become a replay, a replay becomes scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.composition import Composition, compose
    from sim.errors import SimError
    from sim.packing import Packing, pack
    from sim.replay import Replay, replay
    from sim.saturate import Saturation, saturate
    from sim.workload import Workload, workload

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
    "Replay": "sim.replay",
    "replay": "sim.replay",
    "Saturation": "sim.saturate",
    "saturate": "sim.saturate",
    "Workload": "sim.workload",
    "workload": "sim.workload",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that a worker loads no more than it needs.

    The result is set here as a name, since a submodule of the same name would take its place.
    """
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    for other, where in _WHERE.items():
        globals()[other] = getattr(import_module(where), other)
    return globals()[name]
