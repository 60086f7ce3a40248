"""``unstrand evolve``: search for a heuristic that leaves less stranded."""

from __future__ import annotations

from unstrand import chosen, configuration, result, show
from unstrand.progress import progress
from unstrand.schema import Evolve

EXAMPLES = (
    "unstrand evolve minutes=1",
    "unstrand evolve problem=openb_saturation minutes=5",
    "unstrand evolve candidates=200 seed=1",
)

MINUTES = 5.0


def run(settings: Evolve) -> None:
    """Search, and leave ``champion.py``, ``summary.json`` and ``evolve.parquet``."""
    raise NotImplementedError
