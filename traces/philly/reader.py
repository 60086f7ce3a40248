"""Microsoft's Philly clusters of late 2017: jobs by the GPUs that they had; no CPU, no memory.

Two forms: the log as published, JSON with its list of machines (Jeon et al., Analysis of
Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads, USENIX ATC 2019;
msr-fiddle/philly-traces), and a table of jobs made from it (CSV, pollux and ElasticFlow).
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

import polars as pl

from traces import gangs
from traces.admit import Label, admit
from traces.errors import TraceError, shown
from traces.packed import head
from traces.philly import fleet, log, table
from traces.places import the_file, there
from traces.rows import Rows
from traces.schema import GPUS_MAX, UNITS
from traces.trace import Trace

NAMES = (
    *(f"cluster_job_log{end}" for end in ("", ".json", ".gz", ".json.gz")),
    *("philly.csv", "philly.csv.gz"),
)
EXPECTED = "Philly's log of jobs (JSON) or a table of them (CSV)"


def read(
    *,
    path: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
    gpus_per_machine: int = 8,
) -> Trace:
    """Reads the log or the table of jobs, told by how it begins. Raises TraceError.

    nodes: the list of machines, by default the one beside a log. gpus_per_machine: a job of more
    is a gang, of tasks of so many and one of the rest. A job lives from the first start of its
    attempts to the last end. Its machine is known where it was on one all the time.
    """
    whole = isinstance(gpus_per_machine, int) and not isinstance(gpus_per_machine, bool)
    if not whole or not 1 <= gpus_per_machine <= GPUS_MAX:
        raise TraceError(
            field="trace.gpus_per_machine",
            found=shown(gpus_per_machine),
            expected=f"a whole number from 1 to {GPUS_MAX}",
        )
    file = the_file("philly", path, NAMES)
    is_log = head(file, EXPECTED).lstrip()[:1] in (b"[", b"{")
    jobs = log.read(file) if is_log else table.read(file)
    listed = there(Path(nodes)) if nodes is not None else fleet.beside(file) if is_log else None
    machines, said = None, []
    if listed is not None:
        machines, more = fleet.read(listed, jobs.used)
        said += [f"as many GPUs as jobs had, more than listed: {more:,} machines"] * (more > 0)
    rows, unknown = _placed(_in_order(jobs.rows), machines)
    said += [f"ran on machines that are not listed: {unknown:,} jobs"] * (unknown > 0)
    tasks = gangs.members(rows, (pl.col("gpus") + gpus_per_machine - 1) // gpus_per_machine)
    tidy = _tasks(tasks, gpus_per_machine)
    replayed = ["requests", *["machines"] * (machines is not None), "arrival times", "lifetimes"]
    replayed += ["placements"] * (tidy.frame["machine"].count() > 0)
    return admit(
        Label(
            "philly",
            "philly",
            replayed=tuple(replayed),
            assumed=(
                "local times as they stand",
                "virtual clusters are not told apart",
                *gangs.said(tasks, f"jobs of more than {gpus_per_machine} GPUs"),
                *jobs.assumed,
                *said,
            ),
            oversized=True,
            dropped=jobs.dropped,
            rows=jobs.count,
        ),
        tasks=[tidy],
        machines=machines,
        resources=("gpu",),
        units=UNITS,
    )


def _in_order(rows: Rows) -> Rows:
    """The jobs by submit, in seconds from the first."""
    submit = pl.col("submit")
    order = rows.frame.select(submit).with_row_index("row").sort("submit", maintain_order=True)
    rows = rows.picked(order["row"].cast(pl.Int64))
    return rows.with_frame(rows.frame.with_columns(submit - submit.first()))


def _placed(rows: Rows, machines: Rows | None) -> tuple[Rows, int]:
    """The jobs, where they ran only if it is a machine that is known; how many ran elsewhere."""
    if machines is None:
        return rows.with_frame(rows.frame.with_columns(machine=pl.lit(None, pl.String))), 0
    ran = pl.col("machine")
    known = pl.when(ran.is_in(machines.frame["id"].implode())).then(ran)
    frame = rows.frame.with_columns(known.alias("machine"))
    return rows.with_frame(frame), rows.frame["machine"].count() - frame["machine"].count()


def _tasks(tasks: Rows, most: int) -> Rows:
    own = pl.min_horizontal(pl.lit(most, pl.Int64), pl.col("gpus") - pl.col("part") * most)
    frame = tasks.frame.select(
        "id",
        "job",
        "submit",
        "lifetime",
        own.cast(pl.Float64).alias("gpu"),
        pl.when(~pl.col("gang")).then("machine").alias("machine"),
        "gang",
    )
    return replace(tasks, frame=frame)
