"""One heuristic, or several that speak in lexicographic order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heuristics import Heuristic
from sim import layout
from sim.errors import SimError

TIES = {
    "first": layout.TIES_FIRST,
    "random": layout.TIES_RANDOM,
    "rounded": layout.TIES_ROUNDED,
}
RECORDED = "recorded"


@dataclass(frozen=True)
class Composition:
    """Heuristics in order; each score is rounded to its step (0: not) before the next speaks.

    NILAS runs so in production (Ling et al., MLSys 2025).
    """

    levels: tuple[Heuristic, ...]
    steps: tuple[float, ...]
    recorded: bool = False
    """Whether a task goes where the trace ran it, and the heuristics speak for the others."""

    @property
    def name(self) -> str:
        if self.recorded:
            return RECORDED
        return " > ".join(h.name for h in self.levels)

    @property
    def shipped(self) -> bool:
        """Whether all of it came with the product."""
        return all(level.shipped for level in self.levels)

    def ties(self, asked: str | None) -> str:
        """The tie rule: the file's own first, then what was asked for, then first."""
        own = next((h.ties for h in self.levels if h.ties), None)
        rule = own or asked or "first"
        if rule not in TIES:
            raise SimError(f"ties={rule}: expected one of {', '.join(TIES)}")
        return rule


def composed(heuristic: Heuristic | Composition) -> Composition:
    """A composition of one, where it is not one yet."""
    return heuristic if isinstance(heuristic, Composition) else Composition((heuristic,), (0.0,))


def compose(heuristics: Sequence[Heuristic], steps: Sequence[float]) -> Composition:
    """Several heuristics in lexicographic order.

    Raises:
        SimError: none, or not one step a heuristic, or a negative step.
    """
    if not heuristics or len(heuristics) != len(steps):
        raise SimError(
            f"found {len(heuristics)} heuristics and {len(steps)} steps, expected one a heuristic"
        )
    if any(not step >= 0 for step in steps):
        raise SimError(f"steps {list(steps)}: expected each 0 or more")
    return Composition(tuple(heuristics), tuple(float(s) for s in steps))


def recorded(rest: Heuristic | Composition) -> Composition:
    """The trace's own placements: what ran where. `rest` speaks for what the trace does not.

    That is tasks of which no machine is known, and those of a probe.
    """
    return replace(composed(rest), recorded=True)


def tie_code(rule: str) -> int:
    """The number by which the cell knows a tie rule."""
    return TIES[rule]
