"""What is measured, one file a metric: each says its formula and where it comes from.

A look is taken of the cell at an instant: a module here with `look(instant)`, a value a resource.
To add one: a file, and its line below.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.metrics import allocation, exhaustion, fragmentation, inflation
from sim.metrics.instant import Instant
from sim.state import Floats

LOOKS: dict[str, Callable[[Instant], Floats]] = {
    "allocated_pct": allocation.look,
    "frag_pct": fragmentation.look,
    "exhausted_pct": exhaustion.look,
    "stranded_pct": inflation.look,
}
"""Per cent of the fleet's capacity, (R,); NaN where it was not looked at."""
