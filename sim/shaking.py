"""Input shaking: arrivals a little earlier or later, by lots.

A trace is one sequence of events, and what a heuristic gains on it may hang on when a single job
came. Jobs that come some seconds earlier or later are as likely a trace; what does not outlive that
was no property of the heuristic (Tsafrir, Ouaknine and Feitelson, *Reducing Performance Evaluation
Sensitivity and Variability by Input Shaking*, MASCOTS 2007).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.population import Population
from sim.statistics import Interval

SEEDED = 0x5A4E
VANISHES = "vanishes when shaken"


def shaken(population: Population, ticks: int, seed: int, index: int) -> Population:
    """The tasks with every job earlier or later by at most so many ticks, evenly, never before 0.

    Tasks of a job move together; those that ran at the beginning stay. index: of the window.
    """
    random = np.random.default_rng([SEEDED, seed, index])
    jobs = int(population.job.max(initial=-1)) + 1
    moved = random.integers(-ticks, ticks + 1, jobs)[population.job]
    submit = np.where(population.alive, population.submit, np.maximum(population.submit + moved, 0))
    return replace(population, submit=submit)


def vanishes(as_it_was: Interval, shaken: Interval) -> bool:
    """Whether what an interval shows of a trace is not shown of it shaken, or is the opposite."""
    if as_it_was.ci95 is None or shaken.ci95 is None:
        return as_it_was.mean * shaken.mean < 0
    low, high = as_it_was.ci95
    shown = 1 if low > 0 else -1 if high < 0 else 0
    return (shown > 0 >= shaken.ci95[0]) or (shown < 0 <= shaken.ci95[1])
