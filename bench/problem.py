"""A problem by its words on the command line."""

from __future__ import annotations

import evolve
from unstrand import configuration, overrides, problems


def problem_of(*words: str) -> evolve.Problem:
    """Such a problem, made; it raises what the command would tell."""
    line = overrides.split(list(words), positionals=False)
    prepared = overrides.prepare("evolve", line)
    settings = configuration.compose("evolve", prepared, line.config_dirs)
    return problems.made(settings.problem).problem
