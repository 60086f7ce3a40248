"""The loop beside its null arms: the same problem, start, budget and seeds.

    python -m bench.arms --out DIR [--problem openb] [--candidates 150] [--seeds 5]

Each run keeps its journal in a folder of its own under DIR, so that it goes on where it was
stopped; what is asked without a race (the parents, the finalists) is scored once for all of them.
A run's champion is the best on validation among its finalists, as in a search, not cut down; it is
compared with the best of the parents on the test pool. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import evolve
import heuristics
from bench.problem import problem_of
from evolve.candidate import Verdict
from evolve.embedded.nulls import NULLS
from evolve.evaluate import Evaluators, Job
from evolve.journal import Journal
from evolve.search import Loop
from evolve.settings import Budget
from sim.contain.lock import missing
from sim.statistics import described

PARENTS = "[fgd,best_fit,cosine,balance,l2,gpu_packing,nilas,k8s_balanced_allocation]"
ARMS = (None, *NULLS)
BESIDE = ("fgd", "l2", "k8s_balanced_allocation")  # the best parents that reject no work


@dataclass(frozen=True)
class Run:
    """One arm under one seed: worth on train and validation; by name, worth on test."""

    train: float
    validation: float
    test: dict[str, float]


class Remembering(Evaluators):
    """Evaluators that several searches of one problem share."""

    def __init__(self, *asked: Any) -> None:
        super().__init__(*asked)
        self.done: dict[tuple[Any, ...], Future[Verdict]] = {}

    def submit(self, job: Job) -> Future[Verdict]:
        """Have a job done, or what became of it: one without a rival is the same in each search."""
        race = job.race
        if race is not None and (race.best or race.rivals or race.seen):
            return super().submit(job)
        key = (job.source, job.arena, job.ties, job.audit, race is None)
        if key not in self.done:
            self.done[key] = super().submit(job)
        return self.done[key]


def one(
    problem: evolve.Problem,
    evaluators: Evaluators,
    arm: str | None,
    seed: int,
    candidates: int,
    folder: Path,
) -> Run:
    """Search, or go on with it, and open the test pool."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = evolve.Settings(seed=seed, null=arm)
    with closing(Journal(folder)) as journal:
        loop = Loop(problem, settings, evaluators, journal)
        loop.run(Budget(candidates))
        finalists = loop.archive.ranked()[: settings.finalists]
        sources = [entry.candidate.source for entry in finalists]
        judged = loop.judged([Job(text, "finalist", "validation") for text in sources])
        worths = [
            -np.inf if verdict.reason else problem.worth(verdict.values, verdict.goodput)
            for verdict in judged
        ]
        best = int(np.argmax(worths))
        names = [name for name in BESIDE if name in problem.parents]
        compared = {"champion": sources[best]} | {n: heuristics.get(n).source for n in names}
        opened = loop.judged([Job(text, name, "test") for name, text in compared.items()])
        test = {
            name: problem.worth(verdict.values, verdict.goodput)
            for name, verdict in zip(compared, opened, strict=True)
            if not verdict.reason
        }
        return Run(finalists[best].score, float(worths[best]), test)


def line(arm: str | None, runs: Sequence[Run]) -> str:
    """A row: means over seeds, and the lead over the best parent with its interval."""
    leads = [
        run.test["champion"] - max(run.test[n] for n in BESIDE if n in run.test) for run in runs
    ]
    said = described(leads)
    ends = said["ci95"]
    interval = "" if ends is None else f" [{ends[0]:+.2f}, {ends[1]:+.2f}]"
    means = [
        float(np.mean(values))
        for values in (
            [run.train for run in runs],
            [run.validation for run in runs],
            [run.test["champion"] for run in runs],
        )
    ]
    shown = " | ".join(f"{mean:+.2f}" for mean in means)
    each = ", ".join(f"{lead:+.2f}" for lead in leads)
    return f"| {arm or 'the loop'} | {shown} | {said['mean']:+.2f}{interval} | {each} |"


def main() -> None:
    """Run all, and print a row as soon as an arm is done."""
    parser = argparse.ArgumentParser(prog="python -m bench.arms", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--problem", default="openb")
    parser.add_argument("--candidates", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    problem = problem_of(f"problem={asked.problem}", f"problem.parents={PARENTS}")
    print("| arm | train | validation | test | over the best parent | by seed |")
    print("|---|--:|--:|--:|---|---|", flush=True)
    limits = evolve.Limits(locked=not missing())
    with closing(Remembering(problem.arenas(), limits, 2)) as evaluators:
        for arm in ARMS:
            name = arm or "loop"
            runs = [
                one(problem, evaluators, arm, n, asked.candidates, asked.out / f"{name}-{n}")
                for n in range(asked.seeds)
            ]
            print(line(arm, runs), flush=True)


if __name__ == "__main__":
    main()
