"""What the simulator says when it can't go on."""

from __future__ import annotations


class SimError(RuntimeError):
    """A request that the simulator can't meet, or a process of the user's that failed: one line."""
