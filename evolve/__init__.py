"""The discovery loop: programs are proposed, scored contained, and the best are improved."""

from __future__ import annotations

from evolve.journal import JournalError
from evolve.problem import Problem, packing_problem, recovery_problem, saturation_problem
from evolve.run import Search, search
from evolve.settings import Settings, State
from evolve.trial import Trial, tried
from sim.arenas.behaviour import Grid
from sim.contain.lock import Unlockable
from sim.contain.nursery import Limits

__all__ = [
    "Grid",
    "JournalError",
    "Limits",
    "Problem",
    "Search",
    "Settings",
    "State",
    "Trial",
    "Unlockable",
    "packing_problem",
    "recovery_problem",
    "saturation_problem",
    "search",
    "tried",
]
