"""Queueing delay of the tasks placed: mean, p50, p99, in seconds; most wait not at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.state import Ints


def waits(delays: Sequence[Ints], placed: int) -> dict[str, float]:
    """From the delays (ticks) of those that waited, and how many were placed in all.

    A quantile q is the smallest delay that a share q of the tasks does not exceed.
    """
    waited = np.sort(np.concatenate(delays)) if delays else np.zeros(0, np.int64)
    placed = max(placed, 1)
    still = placed - waited.size

    def quantile(q: float) -> float:
        rank = int(np.ceil(q * placed)) - 1
        return float(waited[rank - still]) / 1000.0 if rank >= still else 0.0

    return {
        "mean": float(waited.sum()) / placed / 1000.0,
        "p50": quantile(0.5),
        "p99": quantile(0.99),
    }
