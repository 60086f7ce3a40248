"""The executor that settings name: who makes the runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.workers import Hire
    from unstrand.schema import ExecutorChoice


def hire(choice: ExecutorChoice) -> Hire | None:
    """Who makes the runs; None are processes of this machine."""
    if choice.name == "local":
        return None
    from sim import far

    return partial(far.cluster, address=choice.address)
