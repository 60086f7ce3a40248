"""One saturation run on openb (default pods, gpu_node machines) and on the synthetic trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import heuristics
import traces
from bench.measure import Effort, Row, processor_seconds
from bench.plain_saturation import PlainSaturation
from sim.composition import composed, tie_code
from sim.kernel import compile_kernel
from sim.saturation import Experiment, Outcome, experiment, saturate_once

TARGETS = {"best_fit": 0.15, "fgd": 0.6}
PLAIN_TASKS = {"best_fit": None, "fgd": 300}
NODES, PODS = "openb_node_list_gpu_node.csv", "openb_pod_list_default.csv"
NO_DATA = "no openb trace in $UNSTRAND_DATA or ../shared/traces"


def openb() -> traces.Trace | None:
    """The default pod list on the gpu_node machines, or None where there is no such data."""
    folder = Path(os.environ.get("UNSTRAND_DATA", "../shared/traces")) / "openb"
    if not (folder / PODS).exists():
        return None
    return traces.load("openb", nodes=folder / NODES, tasks=folder / PODS)


def once(setup: Experiment, name: str, seed: int, placements: bool = False) -> Outcome:
    """One run of a shipped heuristic."""
    composition = composed(heuristics.get(name))
    kernels = [compile_kernel(h, setup.population.resources) for h in composition.levels]
    ties = tie_code(composition.ties(None))
    return saturate_once(setup, composition, kernels, seed, ties=ties, placements=placements)


def rows(effort: Effort) -> Iterator[Row]:
    for label, trace in (("openb", openb()), ("synthetic", traces.load("synthetic"))):
        for name, target in TARGETS.items():
            what = f"{label}, {name}"
            if trace is None:
                yield Row("saturation", what, "s", None, target=target, note=NO_DATA)
                continue
            yield _row(experiment(trace), name, what, effort, target if label == "openb" else None)


def _row(setup: Experiment, name: str, what: str, effort: Effort, target: float | None) -> Row:
    outcome = once(setup, name, 0, placements=True)
    ours = processor_seconds(lambda: once(setup, name, 0), effort.repeats)
    plain = PlainSaturation(setup, 0, name)
    some = PLAIN_TASKS[name]
    placed: list[int] = []
    seconds = processor_seconds(lambda: placed.extend(plain.run(some)))
    assert outcome.placements is not None
    if placed != outcome.placements[: len(placed)].tolist():
        raise AssertionError(f"{what}: the plain reference places otherwise")
    note = f"{outcome.decisions} decisions"
    if len(placed) < outcome.decisions:
        note += f"; plain from the first {len(placed)}"
    return Row(
        "saturation", what, "s", ours, seconds * outcome.decisions / len(placed), target, note
    )
