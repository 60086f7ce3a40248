"""What a fitted workload lacks of Azure's: `python -m bench.swapped [swaps]`.

Lifetimes change places within the trace itself, and nothing else changes: among batches (a job's
tasks of one request) of the same request and size, which is all that a fitted model ties them to;
or among whole jobs of the same tasks, which keeps what the batches of a job have in common. What
best fit strands then, and what others recover over it, stands beside the trace as it is. Needs
azure_v1 in $UNSTRAND_DATA (else ../shared/traces).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

import heuristics
import sim
import traces
from traces import Trace
from traces.places import data_folder
from unstrand import configuration

RULES = ("cosine", "worst_fit", "k8s_most_allocated")
Ints = NDArray[np.int64]
Rows = list[Ints]


def codes(frame: pl.DataFrame, *columns: str) -> Ints:
    """A number for each distinct row of some columns."""
    ranked = frame.select(pl.struct(*columns).rank("dense").alias("code"))
    return ranked["code"].to_numpy().astype(np.int64) - 1


def grouped(of: Ints, order: Ints, key: Callable[[Ints], Hashable]) -> Mapping[Hashable, Rows]:
    """Members of `of`, as rows in order, by what may change places with what."""
    found: dict[Hashable, Rows] = {}
    ends = np.cumsum(np.bincount(of))
    for first, last in zip(ends - np.bincount(of), ends, strict=True):
        rows = order[first:last]
        found.setdefault(key(rows), []).append(rows)
    return found


def swapped(trace: Trace, frame: pl.DataFrame, groups: Mapping[Hashable, Rows], seed: int) -> Trace:
    """The trace with lifetimes changed about within groups."""
    random, life = np.random.default_rng(seed), frame["lifetime"].to_numpy()
    other = life.copy()
    for members in groups.values():
        for place, came in enumerate(random.permutation(len(members))):
            other[members[place]] = life[members[came]]
    tasks = frame.drop("lasts").with_columns(pl.Series("lifetime", other))
    return replace(trace, tasks=tasks.lazy(), sha256="")


def line(name: str, trace: Trace) -> list[float]:
    """What best fit strands, and what the rules recover over it; printed as a row."""
    works = sim.series(trace, windows=6, seeds=range(2), load=0.85, split="test")
    base, *found = sim.compare(
        works,
        [heuristics.get(rule) for rule in RULES],
        baseline=heuristics.get("best_fit"),
        policies=[],
        bound="none",
        workers=2,
    )
    told = [base.result()["stranded_pct"], *(one.recovered.mean for one in found)]
    row(name, told)
    return told


def row(name: str, told: list[float]) -> None:
    """A row of the table."""
    print(f"| {name} | {told[0]:.2f} | {' | '.join(f'{v:+.2f}' for v in told[1:])} |", flush=True)


def main(swaps: int) -> None:
    """Print the table."""
    machines = configuration.plain("cell", "azure_270")["machines"]
    trace = traces.furnish(traces.load("azure_v1", path=data_folder() / "azure_v1"), machines)
    frame = trace.tasks.collect()
    frame = frame.with_columns(lasts=pl.col("lifetime").is_null())  # beyond the trace: stays so
    kind, job = codes(frame, "cpu", "mem", "lasts"), codes(frame, "job")
    batch = codes(frame, "job", "submit", "cpu", "mem", "lasts")
    alike = {
        "batches": grouped(
            batch, np.argsort(batch, kind="stable"), lambda rows: (kind[rows[0]], rows.size)
        ),
        "jobs": grouped(job, np.lexsort((batch, kind, job)), lambda rows: kind[rows].tobytes()),
    }
    print(f"| lifetimes | best_fit strands, % | {' | '.join(RULES)} |\n|---|--:|--:|--:|--:|")
    line("as they are", trace)
    for name, groups in alike.items():
        told = [
            line(f"swapped among {name}, {seed}", swapped(trace, frame, groups, seed))
            for seed in range(1, swaps + 1)
        ]
        row(f"**swapped among {name}, mean of {swaps}**", np.mean(told, axis=0).tolist())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
