"""Peak memory of a replay in a child of its own, as tasks become four times as many."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import heuristics
import sim
import traces
from bench.cells import full_cell
from bench.measure import Effort, Row, child_answer

MACHINES, SHAPES, POOL = 1_213, 500, 100_000
FEW, TIMES = 1_000_000, 4
TARGET = 1.25


def replayed(how: str, where: str, count: int) -> dict[str, float]:
    """Replays `count` tasks; peak memory of this process in MiB, and how many tasks came."""
    trace = traces.read(where)
    if how == "drawn":
        rate = sim.workload(trace, load=0.9, hours=1.0, history_h=0).stream.rate
        work = sim.workload(trace, load=0.9, hours=count / rate / 3_600_000, history_h=0)
    else:
        work = sim.workload(trace, order="trace")
    run = sim.replay(work, heuristics.get("alpha_evolve"), samples=10)
    return {"peak_mib": peak_mib(), "tasks": run.counters["arrived"]}


def peak_mib() -> float:
    """The most memory that this process held at a time (Linux).

    Not `ru_maxrss`: a child begins with its parent's.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) / 1024


def rows(effort: Effort) -> Iterator[Row]:
    few = effort.some(FEW)
    with tempfile.TemporaryDirectory() as folder:
        for how, target in (("drawn", TARGET), ("its own order, from Parquet", None)):
            peaks = []
            for count in (few, TIMES * few):
                where = Path(folder) / ("pool" if how == "drawn" else f"trace-{count}")
                if not where.exists():
                    arrivals = POOL if how == "drawn" else count
                    traces.write(full_cell(MACHINES, SHAPES, arrivals), where)
                answer = child_answer(["-m", "bench.memory", how, str(where), str(count)])
                peaks.append(answer["peak_mib"])
            note = f"{peaks[0]:.0f} and {peaks[1]:.0f} MiB"
            what = f"{TIMES * few / 1e6:g} M over {few / 1e6:g} M tasks, {how}"
            yield Row("memory", what, "×", peaks[1] / peaks[0], target=target, note=note)


if __name__ == "__main__":
    print(json.dumps(replayed(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
