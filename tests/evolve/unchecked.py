"""Sources scored without a check of their language, as if that had a hole."""

from __future__ import annotations

import heuristics
from sim.composition import Composition, composed
from sim.contain.request import Request


def unchecked(source: str) -> heuristics.Heuristic:
    """Any Python as a heuristic."""
    return heuristics.parse(source, filename="any.py", name="any", check=False)


class Unchecked(Request):
    """A request that a locked process reads, whatever it is."""

    def compose(self) -> Composition:
        """The source, read and run."""
        return composed(unchecked(self.source))
