"""The cell at the moment at which it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine import Engine
from sim.probes import Inflated
from sim.state import Floats


@dataclass(frozen=True)
class Instant:
    """One sample. inflated: the end of its probe, None where it has none."""

    engine: Engine
    tick: int
    inflated: Inflated | None
    fragmentation: bool

    def per_cent(self, amount: Floats) -> Floats:
        """Whole amounts (R,) as per cent of the fleet's; 0 of what it has none of."""
        total = self.engine.whole
        return 100.0 * np.divide(amount, total, out=np.zeros(total.size), where=total > 0)
