"""A replay of a fitted generator on 10,000 machines, in a child of its own: memory and rate.

The whole is ten times as many tasks (docs/speed.md); memory grows with their number.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import heuristics
import sim
import traces
from bench.measure import Effort, Row, child_answer
from bench.memory import peak_mib
from traces import fitted

MACHINES, TASKS = 10_000, 1_000_000


def replayed(model: str, tasks: int, machines: int) -> dict[str, float]:
    """Draws so many tasks and replays them in their order; MiB at most, tasks a second."""
    fleet = sum(one.count for one in fitted.read_model(model).machines)
    trace = fitted.read(path=model, tasks=tasks, scale=machines / fleet)
    began = time.process_time()
    work = sim.workload(trace, order="trace", load=0.9, machines=machines)
    run = sim.replay(work, heuristics.get("best_fit"), samples=10)
    seconds = time.process_time() - began
    return {
        "peak_mib": peak_mib(),
        "replay": tasks / run.seconds["simulate"],
        "whole": tasks / seconds,
    }


def rows(effort: Effort) -> Iterator[Row]:
    count, machines = effort.some(TASKS), effort.some(MACHINES)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.yaml"
        fitted.write_model(fitted.fit(traces.load("synthetic")), model)
        found = child_answer(["-m", "bench.large", str(model), str(count), str(machines)])
    what = f"{count / 1e6:g} M fitted tasks on {machines:,} machines"
    yield Row("large", what, "tasks/s", found["replay"], note="best_fit, the replay alone")
    yield Row("large", what, "tasks/s", found["whole"], note="with the workload made of them")
    yield Row("large", f"{what}, peak memory", "MiB", found["peak_mib"])


if __name__ == "__main__":
    print(json.dumps(replayed(sys.argv[1], *map(int, sys.argv[2:]))))
