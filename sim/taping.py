"""Runs whose heuristics decide elsewhere, and whose tapes are followed here.

Whoever calls `sim.replay`, `sim.compare` or `sim.saturate` may bring a `Taping`. It is asked for a
tape of each run before that is gone through; where it has none to give, the heuristic decides here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.composition import Composition
from sim.probes import STOP
from sim.saturation import Experiment
from sim.tape import Tape
from sim.workloads import Workload


@dataclass(frozen=True, eq=False)
class Stream:
    """A workload to be replayed, and what decides in it besides heuristics."""

    work: Workload
    queue: str = "reject"
    probes: int = 0
    probe_stop: float = STOP

    @property
    def resources(self) -> tuple[str, ...]:
        """Names of the trace's resources."""
        return self.work.population.resources


Stage = Stream | Experiment


@dataclass(frozen=True)
class Base:
    """Whose cell it is that another probes; tape: of its decisions, where that is what is known."""

    composition: Composition
    ties: str
    tape: Tape | None = None


@dataclass(frozen=True)
class Asked:
    """Who is to decide. beside: not the stream, but probes of the cell that another fills.

    seed: of a saturation.
    """

    composition: Composition
    ties: str
    beside: Base | None = None
    seed: int = 0


Taping = Callable[[Stage, Asked], Tape | None]
"""A tape to follow, or None where decisions are made here; raises HeuristicError."""
