"""A new candidate, from its source to its score on openb: check, compile, one saturation run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import heuristics
from bench.measure import Effort, Row
from bench.saturations import NO_DATA, once, openb
from sim.composition import composed
from sim.kernel import compile_kernel
from sim.saturation import Experiment, experiment, saturate_once

FORMULA = """
def score(required, free, total):
    cpu = required.cpu / max(free.cpu, 1e-9)
    mem = required.mem / max(free.mem, 1e-9)
    left = (free.cpu - required.cpu) / max(total.cpu, 1e-9)
    gpu = (free.gpu - required.gpu) / max(total.gpu, 1.0)
    return CONSTANT * cpu + mem - left * left - gpu
"""
FORMULA_TARGET, LOOP_TARGET = 0.4, 1.5


def scored(setup: Experiment, source: str, number: int) -> float:
    """Seconds of processor time for one candidate; each number makes it new."""
    began = time.process_time()
    heuristic = heuristics.parse(source, filename=f"candidate_{number}.py", name="candidate")
    composition = composed(heuristic)
    kernels = [compile_kernel(h, setup.population.resources) for h in composition.levels]
    saturate_once(setup, composition, kernels, 0, ties=0)
    return time.process_time() - began


def rows(effort: Effort) -> Iterator[Row]:
    loop = Path(heuristics.get("mix_fit").filename).read_text(encoding="utf-8")
    sources: dict[str, tuple[Callable[[int], str], float]] = {
        "a formula": (lambda k: FORMULA.replace("CONSTANT", f"{1 + k / 8}"), FORMULA_TARGET),
        "a loop over mix (mix_fit's text)": (
            lambda k: loop.replace("1e-6", f"{k + 1}e-6"),
            LOOP_TARGET,
        ),
    }
    trace = openb()
    setup = None if trace is None else experiment(trace)
    if setup is not None:
        once(setup, "best_fit", 0)  # a search does this once, not for each candidate
    for what, (text, target) in sources.items():
        if setup is None:
            yield Row("candidate", what, "s", None, target=target, note=NO_DATA)
            continue
        taken = [scored(setup, text(k), k) for k in range(effort.repeats)]
        note = "in a process that has scored one before"
        yield Row("candidate", what, "s", statistics.median(taken), target=target, note=note)
