"""What varying a prompt's instruction brings, beside one that stays: python -m bench.instructions

    python -m bench.instructions [--problem synthetic_saturation] [--candidates 150] [--seeds 10]

The model is the embedded mutator, which heeds some words of a task (`evolve.llm.rehearsal`), so an
instruction changes what it does. `fixed` asks with the first of `conf/prompt/instructions.yaml`
alone, `given` with all of them, `varied` makes new ones too. Prints Markdown tables: an arm a row,
with differences to `fixed` paired by seed; and the instructions of the last varied run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import evolve
from bench.problem import problem_of
from bench.rehearsing import proposing, searched
from sim.statistics import described
from unstrand import asking

NEVER = 10**9
ARMS: dict[str, dict[str, Any]] = {
    "fixed": {"evolve": False},
    "given": {"every": NEVER},
    "varied": {},
}


@dataclass(frozen=True)
class Run:
    """What one search came to: its best on train, and of its proposals the per cent kept."""

    best: float
    kept_pct: float
    told: list[dict[str, Any]]


def one(problem: evolve.Problem, arm: str, seed: int, candidates: int) -> Run:
    """Search once."""
    with (
        proposing(seed) as url,
        searched(problem, url, seed=seed, candidates=candidates, workers=2, **ARMS[arm]) as loop,
    ):
        own = [loop.past.status[n] for n in loop.past.status if n >= len(loop.seeds)]
        kept = sum(status in ("new", "improved") for status in own)
        told = loop.proposer.told()["instructions"]
        return Run(loop.state.best, 100.0 * kept / len(own), told)


def line(arm: str, runs: Sequence[Run], fixed: Sequence[Run]) -> str:
    """A row: means, and differences to the fixed prompt with intervals."""
    cells = []
    for name, digits in (("best", 3), ("kept_pct", 1)):
        values = [getattr(run, name) for run in runs]
        cells.append(f"{sum(values) / len(values):.{digits}f}")
        over = described([a - getattr(b, name) for a, b in zip(values, fixed, strict=True)])
        low, high = over["ci95"] or (float("nan"),) * 2
        shown = f"{over['mean']:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
        cells.append("" if arm == "fixed" else shown)
    return f"| {arm} | " + " | ".join(cells) + " |"


def main() -> None:
    """Run all, and print a row as soon as an arm is done."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("--problem", default="synthetic_saturation")
    parser.add_argument("--candidates", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    problem = problem_of(f"problem={asked.problem}", "problem.parents=[best_fit,fgd]")
    print("| instructions | best on train | over fixed | kept, % | over fixed |")
    print("|---|--:|---|--:|---|", flush=True)
    fixed: list[Run] = []
    for arm in ARMS:
        runs = [one(problem, arm, seed, asked.candidates) for seed in range(asked.seeds)]
        fixed = fixed or runs
        print(line(arm, runs, fixed), flush=True)
    print(f"\n{len(asking.instructions())} given; the last varied run's, by what was kept:\n")
    print("| instruction | made | programs | kept |\n|---|---|--:|--:|")
    for said in sorted(runs[-1].told, key=lambda said: -said["kept"] / max(said["tried"], 1)):
        print(f"| {said['text']} | {said['made']} | {said['tried']} | {said['kept']} |")


if __name__ == "__main__":
    main()
