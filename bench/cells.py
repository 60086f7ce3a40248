"""Full cells to replay, made in memory: machines, shapes and a steady stream of tasks.

Machines have 32, 64 or 128 cores and 4 GiB a core, a sixth, a half and a third of them. A task asks
for cores and memory drawn apart from log-normals around 2 cores and 8 GiB, cut at 24 cores and
96 GiB, in whole milli-cores and MiB; it lives a mean of two hours, exponentially, whatever its
shape. Arrivals keep 90 % of the scarcer resource asked for, and the tasks that such a stream would
have running are there at the start, so the cell is full from its first arrival to its last.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from traces import Trace

LOAD = 0.9
MEAN_LIFE_S = 7200.0
CORES = (32, 64, 128)
SHARE_OF_MACHINES = (1 / 6, 1 / 2, 1 / 3)
GIB_A_CORE = 4
SEEDED = 0xBE7C4


def machines(count: int, random: np.random.Generator) -> pl.DataFrame:
    """Machines in the canonical schema."""
    cores = random.choice(CORES, size=count, p=SHARE_OF_MACHINES).astype(np.float64)
    return pl.DataFrame(
        {
            "id": [f"machine-{i}" for i in range(count)],
            "cpu": cores,
            "mem": cores * GIB_A_CORE,
            "model": pl.Series([None] * count, dtype=pl.String),
        }
    )


def shapes(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Distinct requests: milli-cores and MiB, (count,) each."""
    found = np.zeros((0, 2), np.int64)
    while len(found) < count:
        more = 2 * count
        cpu = np.exp(np.log(2000) + 0.8 * random.standard_normal(more))
        mem = np.exp(np.log(8192) + 0.8 * random.standard_normal(more))
        drawn = np.rint(np.column_stack([np.clip(cpu, 100, 24_000), np.clip(mem, 128, 98_304)]))
        distinct = np.unique(np.vstack([found, drawn.astype(np.int64)]), axis=0)
        found = random.permutation(distinct)
    return found[:count, 0], found[:count, 1]


def full_cell(machine_count: int, shape_count: int | None, arrivals: int, seed: int = 0) -> Trace:
    """A trace whose own order is a steady stream at 90 % load.

    shape_count: None where no two tasks ask for the same. arrivals: tasks that arrive after the
    start, in the mean; those running at the start come on top.
    """
    random = np.random.default_rng([SEEDED, seed, machine_count, shape_count or 0])
    fleet = machines(machine_count, random)
    sample_cpu, sample_mem = shapes(shape_count or 100_000, random)
    mean_cpu, mean_mem = sample_cpu.mean() / 1000.0, sample_mem.mean() / 1024.0
    running = int(LOAD * min(fleet["cpu"].sum() / mean_cpu, fleet["mem"].sum() / mean_mem))
    count = running + arrivals
    if shape_count is None:
        cpu, mem = shapes(count, random)
    else:
        which = random.integers(shape_count, size=count)
        cpu, mem = sample_cpu[which], sample_mem[which]
    span = arrivals * MEAN_LIFE_S / running
    submit = np.zeros(count)
    submit[running:] = np.sort(random.uniform(0.0, span, size=arrivals))
    life = random.exponential(MEAN_LIFE_S, size=count)
    names = [f"task-{i}" for i in range(count)]
    tasks = pl.DataFrame(
        {
            "id": names,
            "job": names,
            "submit": submit,
            "lifetime": life,
            "cpu": cpu / 1000.0,
            "mem": mem / 1024.0,
            "priority": np.zeros(count, np.int32),
            "models": pl.Series([None] * count, dtype=pl.String),
            "max_per_machine": pl.Series([None] * count, dtype=pl.Int32),
            "alive_at_start": np.arange(count) < running,
            "machine": pl.Series([None] * count, dtype=pl.String),
        }
    )
    kinds = "all distinct" if shape_count is None else f"{shape_count} shapes"
    return Trace(
        name=f"{machine_count} machines, {kinds}",
        format="memory",
        tasks=tasks.lazy(),
        machines=fleet.lazy(),
        resources=("cpu", "mem"),
        units={"cpu": 0.001, "mem": 1 / 1024},
        models=(),
        sha256="",
        task_count=count,
        machine_count=machine_count,
        span_s=span,
        replayed=(),
        assumed=(),
        ordered=False,
    )
