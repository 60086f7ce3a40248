"""A program's constants tuned by CMA-ES (Hansen, *The CMA Evolution Strategy: A Tutorial*, 2016).

Its own, or the weights of a few terms that are added to its score and begin at nothing. Each
sample is a candidate like any other: it runs its race, and what it is worth beside its parent, on
the draws that it was given, is what the strategy is told.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.embedded.operators import get, literals, parsed, put
from evolve.embedded.terms import Seen, term
from heuristics.tree import Program, last_return, stored

FEWEST, MOST = 2, 24  # constants that are tuned together
TERMS = 2, 7  # that are added together: from, below
GENERATIONS, PATIENCE = 20, 4  # most; and those in a row in which nothing better came
SIGMA = 0.4
FARTHER = 4.0  # how much longer steps become where none changed anything
FAILED = 1e3


def _strategy(base: NDArray[np.float64], options: Mapping[str, Any]) -> Any:
    """CMA-ES from a point on; loaded here, as it takes longer than all else that a search loads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is nothing to draw its plots with
        import cma
    return cma.CMAEvolutionStrategy(base, SIGMA, options)


@dataclass
class Tuner:
    """One parent's constants and the strategy that moves them.

    names: the constants that are moved; none: all. scale: a step of each, in units of its own.
    told: what samples of this generation were worth, by index.
    """

    number: int
    parent: int
    program: Program
    random: np.random.Generator
    names: Sequence[str] = ()
    scale: float | None = None
    told: dict[int, float] = field(default_factory=dict)
    generation: int = 0
    asked: int = 0
    best: float = np.inf
    since: int = 0

    def __post_init__(self) -> None:
        self.base = np.array(values(self.program, self.names))
        self.steps = np.maximum(np.abs(self.base), self.scale or 0.05)
        options = {
            "verbose": -9,
            "seed": np.nan,  # its own lots, not numpy's global ones
            "randn": lambda *shape: self.random.standard_normal(shape),
        }
        self.strategy = _strategy(self.base * 0.0, options)
        self.samples = self.strategy.ask()

    @property
    def ready(self) -> bool:
        """Whether a sample waits to be tried."""
        return not self.done and self.asked < len(self.samples)

    @property
    def done(self) -> bool:
        """Whether all generations are over, or the last few brought nothing."""
        return self.generation >= GENERATIONS or self.since >= PATIENCE

    def next(self) -> tuple[Program, dict[str, int]]:
        """A program with other constants, and by what its worth is to be told."""
        index, self.asked = self.asked, self.asked + 1
        moved = self.base + self.steps * self.samples[index]
        note = {"tuner": self.number, "generation": self.generation, "index": index}
        return replaced(self.program, moved, self.names), note

    def learn(self, note: Mapping[str, Any], gain: float | None) -> None:
        """What a sample gained over the parent; None where it was rejected."""
        if note["generation"] != self.generation:
            return
        self.told[note["index"]] = FAILED if gain is None else -gain
        if len(self.told) == len(self.samples):
            self.strategy.tell(self.samples, [self.told[k] for k in range(len(self.samples))])
            best, worst = min(self.told.values()), max(self.told.values())
            if best == worst:
                self.strategy.sigma *= FARTHER
            self.since = 0 if best < self.best else self.since + 1
            self.best = min(best, self.best)
            self.generation, self.asked, self.told = self.generation + 1, 0, {}
            self.samples = self.strategy.ask()


def widened(
    program: Program, seen: Seen, random: np.random.Generator
) -> tuple[Program, list[str]] | None:
    """The program with a few terms more in its score, whose weights, all nothing, are constants.

    Where the score is rounded, they may come before that. None where it returns in between.
    """
    program = program.copy()
    end = last_return(program)
    if end is None or end.value is None:
        return None
    places: list[tuple[ast.AST, str, int | None]] = [(end, "value", None)]
    places += [(node, "args", 0) for node in ast.walk(end.value) if _rounds(node)]
    place = places[int(random.integers(len(places)))]
    taken, names = {*program.constants, *stored(program)}, list[str]()
    for text in {term(seen, random, bounded=True): 0 for _ in range(random.integers(*TERMS))}:
        names.append(next(w for w in (f"w{k}" for k in range(1000)) if w not in taken))
        taken.add(names[-1])
        program.constants[names[-1]] = 0.0
        put(place, ast.BinOp(get(place), ast.Add(), parsed(f"{names[-1]} * ({text})")))
    return program, names


def _rounds(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("int", "math.floor")


def _named(program: Program, names: Sequence[str]) -> Sequence[str]:
    return names or [name for name, v in program.constants.items() if isinstance(v, float)]


def values(program: Program, names: Sequence[str] = ()) -> list[float]:
    """The constants of these names; or all that can be tuned: by name those that are no whole
    numbers, then literals."""
    found = [float(program.constants[name]) for name in _named(program, names)]
    nodes = [] if names else literals(program)
    return [*found, *(n.value for n in nodes if isinstance(n.value, float))]


def replaced(program: Program, numbers: Any, names: Sequence[str] = ()) -> Program:
    """The program with other constants, in the order of `values`."""
    program, left = program.copy(), [float(f"{n:.6g}") for n in numbers]
    for name in _named(program, names):
        program.constants[name] = left.pop(0)
    for node, number in zip([] if names else literals(program), left, strict=True):
        node.value = number
    return program
