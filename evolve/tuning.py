"""A program's constants tuned by CMA-ES (Hansen, *The CMA Evolution Strategy: A Tutorial*, 2016).

Each sample is a candidate like any other: it runs its race, and what it is worth beside its
parent, on the draws that it was given, is what the strategy is told.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heuristics.tree import Program

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that there is nothing to draw its plots with
    import cma

FEWEST, MOST = 2, 24  # constants that are tuned together
SAMPLES, GENERATIONS = 8, 5
FAILED = 1e3


@dataclass
class Tuner:
    """One parent's constants and the strategy that moves them.

    told: what samples of this generation were worth, by index.
    """

    parent: int
    program: Program
    random: np.random.Generator
    sigma: float = 0.4
    told: dict[int, float] = field(default_factory=dict)
    generation: int = 0
    asked: int = 0

    def __post_init__(self) -> None:
        self.base = np.array(values(self.program))
        self.scale = np.maximum(np.abs(self.base), 0.05)
        options = {
            "popsize": SAMPLES,
            "verbose": -9,
            "seed": np.nan,  # its own lots, not numpy's global ones
            "randn": lambda *shape: self.random.standard_normal(shape),
        }
        self.strategy: Any = cma.CMAEvolutionStrategy(self.base * 0.0, self.sigma, options)
        self.samples = self.strategy.ask()

    @property
    def ready(self) -> bool:
        """Whether a sample waits to be tried."""
        return not self.done and self.asked < len(self.samples)

    @property
    def done(self) -> bool:
        """Whether all generations are over."""
        return self.generation >= GENERATIONS

    def next(self) -> tuple[Program, dict[str, int]]:
        """A program with other constants, and by what its worth is to be told."""
        index, self.asked = self.asked, self.asked + 1
        moved = self.base + self.scale * self.samples[index]
        return replaced(self.program, moved), {"generation": self.generation, "index": index}

    def learn(self, note: Mapping[str, Any], gain: float | None) -> None:
        """What a sample gained over the parent; None where it was rejected."""
        if note["generation"] != self.generation:
            return
        self.told[note["index"]] = FAILED if gain is None else -gain
        if len(self.told) == len(self.samples):
            self.strategy.tell(self.samples, [self.told[k] for k in range(len(self.samples))])
            self.generation, self.asked, self.told = self.generation + 1, 0, {}
            self.samples = self.strategy.ask()


def _literals(program: Program) -> list[ast.Constant]:
    """Numbers in the text that are more than guards against division by nothing."""
    return [
        node
        for statement in program.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and type(node.value) is float and abs(node.value) > 1e-6
    ]


def values(program: Program) -> list[float]:
    """The constants that can be tuned: those by name that are no whole numbers, then literals."""
    named = [float(v) for v in program.constants.values() if isinstance(v, float)]
    return [*named, *(n.value for n in _literals(program) if isinstance(n.value, float))]


def replaced(program: Program, numbers: Any) -> Program:
    """The program with other constants."""
    program, left = program.copy(), [float(f"{n:.6g}") for n in numbers]
    for name, value in program.constants.items():
        if isinstance(value, float):
            program.constants[name] = left.pop(0)
    for node, number in zip(_literals(program), left, strict=True):
        node.value = number
    return program
