"""What a search begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import heuristics
from evolve.problem import Problem
from heuristics.tree import Program, read
from sim.errors import SimError
from sim.kernel import readable


def seeds(problem: Problem) -> dict[str, Program]:
    """The shipped heuristics that the problem names, or all that its trace has the resources for;
    those of one score, by their names.

    Raises:
        SimError: one that is named has a tie rule of its own, or scores an array.
    """
    names = problem.parents or readable(heuristics.names(), problem.resources)
    found: Mapping[str, Any] = {name: heuristics.get(name) for name in names}
    single = {name: one for name, one in found.items() if one.form == "score" and not one.ties}
    if problem.parents and (others := sorted(found.keys() - single.keys())):
        raise SimError(
            f"problem.parents: found {', '.join(others)}, expected heuristics that give one score "
            "and leave ties open"
        )
    return {name: read(one) for name, one in single.items()}
