"""Our loop beside openevolve's and shinka's: one proposer, one evaluator, one heuristic to begin.

    python -m bench.frameworks --out DIR [--problem openb] [--candidates 60] [--seeds 5]

All are asked for by the embedded mutator behind `unstrand serve-proposer fresh=true`, start from
`fgd`, and are scored on the problem's train split; the others' evaluator asks `bench.scores`, which
scores all draws, contained. Each run leaves its scores in DIR, and is not run again where they are.
Prints a Markdown table and writes DIR/frameworks.svg: the best score over proposals, and over time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

import evolve
import heuristics
from bench.problem import problem_of
from bench.rehearsing import proposing, searched
from bench.rivals import RIVALS, Absent, Rival
from bench.scores import scoring
from bench.task import Task
from evolve.llm.facts import Facts
from evolve.settings import State
from heuristics.tree import read, write
from report import figures
from report.palette import Palette
from sim.statistics import described
from unstrand import asking

START = "fgd"
START_SOURCE = write(read(heuristics.get(START)))  # as a search begins with it
WORKERS = 2
OURS = "unstrand"
MARKS = "# EVOLVE-BLOCK-START\n{}\n# EVOLVE-BLOCK-END\n"
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Run:
    """One loop under one seed. points: (seconds since it began, score) a proposal, in order."""

    loop: str
    seed: int
    points: Points

    def best(self) -> NDArray[np.float64]:
        """The best score so far, (proposals,)."""
        return np.maximum.accumulate(np.array([score for _, score in self.points]))

    def at(self, seconds: float) -> float:
        """The best score so far at a time; no number before the first."""
        before = [score for at_s, score in self.points if at_s <= seconds]
        return max(before, default=float("nan"))


def ours(problem: evolve.Problem, seed: int, candidates: int, url: str) -> Points:
    """When each of our proposals was taken in, and the best score by then."""
    began, points = time.monotonic(), list[tuple[float, float]]()

    def told(state: State) -> None:
        points.append((time.monotonic() - began, state.best))

    with searched(
        problem, url, seed=seed, candidates=candidates, workers=WORKERS, progress=told
    ) as loop:
        return points[len(loop.seeds) :]


def theirs(
    rival: Rival, problem: evolve.Problem, scores: str, seed: int, candidates: int, url: str
) -> Points:
    """When each of another loop's proposals was in its database, and its score."""
    facts, templates = Facts(problem).of_problem, asking.templates()
    message = "\n\n".join(
        templates.rendered(name, facts) for name in ("system", "problem", "arguments")
    )
    with tempfile.TemporaryDirectory() as place:
        task = Task(
            url=url,
            folder=place,
            candidates=candidates,
            workers=WORKERS,
            evaluator="asking_evaluator.py",
            first=MARKS.format(START_SOURCE),
            message=message,
            seed=seed,
        )
        return rival.taken(task, scores)[:candidates]


def kept(folder: Path, name: str, seed: int, loop: Callable[[str], Points]) -> Run:
    """A run, as it was kept or as it is made now. Raises Absent."""
    file = folder / f"{name.replace(' ', '-')}-{seed}.json"
    if not file.exists():
        with proposing(seed) as url:
            made = loop(url)
        file.write_text(json.dumps(made), encoding="utf-8")
    points = [(float(a), float(b)) for a, b in json.loads(file.read_text(encoding="utf-8"))]
    return Run(name, seed, points)


def table(runs: Sequence[Run], candidates: int, start: float) -> Iterator[str]:
    """A row a loop: its best score along the way, at the end with its interval, and its time."""
    counts = sorted({candidates // 4, candidates // 2, candidates})
    shortest = min(run.points[-1][0] for run in runs)
    yield (
        "| loop | "
        + " | ".join(f"after {count}" for count in counts)
        + f" | over `{START}` at the end | by seed | after {shortest:.0f} s | a run took, s |"
    )
    yield "|---|" + "--:|" * len(counts) + "---|---|--:|--:|"
    for name in dict.fromkeys(run.loop for run in runs):
        own = [run for run in runs if run.loop == name]
        along = [
            np.mean([run.best()[min(count, len(run.points)) - 1] for run in own])
            for count in counts
        ]
        leads = [max(run.best()[-1], start) - start for run in own]
        said = described(leads)
        ends = said["ci95"]
        interval = "" if ends is None else f" [{ends[0]:+.3f}, {ends[1]:+.3f}]"
        yield (
            f"| {name} | "
            + " | ".join(f"{max(value, start):.3f}" for value in along)
            + f" | {said['mean']:+.3f}{interval} | "
            + ", ".join(f"{lead:+.3f}" for lead in leads)
            + f" | {np.mean([max(run.at(shortest), start) for run in own]):.3f}"
            + f" | {np.mean([run.points[-1][0] for run in own]):.0f} |"
        )


def figure(runs: Sequence[Run], start: float) -> bytes:
    """The best score so far over proposals and over seconds: a line a run, thick the mean, SVG."""
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "loop": run.loop,
                    "seed": run.seed,
                    "proposals": range(1, len(run.points) + 1),
                    "seconds": [at_s for at_s, _ in run.points],
                    "score": np.maximum(run.best(), start),
                }
            )
            for run in runs
        ]
    )
    names = list(dict.fromkeys(run.loop for run in runs))
    styles = Palette().styles(names)
    colour = alt.Color(
        "loop:N",
        title=None,
        scale=alt.Scale(domain=names, range=[style.colour for style in styles]),
    )
    score = alt.Y("score:Q", title="best score on train, points", scale=alt.Scale(zero=False))
    panels = []
    for name, title in (("proposals", "proposals"), ("seconds", "wall time, s")):
        lines = alt.Chart(frame.select("loop", "seed", name, "score").to_arrow())
        each = lines.mark_line(interpolate="step-after", strokeWidth=1.5, opacity=0.75).encode(
            x=alt.X(f"{name}:Q", title=title), y=score, color=colour, detail="seed:N"
        )
        panels.append(each.properties(width=340, height=260))
    return figures.svg(alt.hconcat(*panels).to_json())


def main() -> None:
    """Run what is missing, print the table, write the figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.frameworks", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--problem", default="openb")
    parser.add_argument("--candidates", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    problem = problem_of(f"problem={asked.problem}", f"problem.parents=[{START}]")
    runs: list[Run] = []
    with scoring(problem, WORKERS, START_SOURCE) as (scores, start):
        for seed in range(asked.seeds):
            loops: dict[str, Callable[[str], Points]] = {
                OURS: partial(ours, problem, seed, asked.candidates)
            }
            for rival in RIVALS:
                loops[str(rival)] = partial(theirs, rival, problem, scores, seed, asked.candidates)
            for name, loop in loops.items():
                try:
                    runs.append(kept(asked.out, name, seed, loop))
                except Absent as reason:
                    print(f"{name}: {reason}")
    print("\n".join(table(runs, asked.candidates, start)))
    (asked.out / "frameworks.svg").write_bytes(figure(runs, start))


if __name__ == "__main__":
    main()
