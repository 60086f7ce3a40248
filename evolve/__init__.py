"""The discovery loop, a first slice: programs are changed, scored, and the best are kept."""

from __future__ import annotations

from evolve.lock import Unlockable
from evolve.nursery import Limits
from evolve.problem import Problem, recovery_problem, saturation_problem
from evolve.search import Candidate, Search, search

__all__ = [
    "Candidate",
    "Limits",
    "Problem",
    "Search",
    "Unlockable",
    "recovery_problem",
    "saturation_problem",
    "search",
]
