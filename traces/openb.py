"""Alibaba's GPU cluster of 2023, openb: a list of nodes and a list of pods, CSV.

Amounts are milli-cores, MiB and milli-GPU, times seconds (Weng et al., FGD, USENIX ATC 2023;
hkust-adsl/kubernetes-scheduler-simulator).
"""

from __future__ import annotations

from os import PathLike

import polars as pl

from traces import csvfile
from traces.admit import Label, admit
from traces.columns import Column, typed
from traces.places import beside
from traces.rows import Origin, Rows, Rule, enforce
from traces.schema import UNITS, end_rules
from traces.trace import Advice, Trace

NODES, PODS = "openb_node_list_gpu_node.csv", "openb_pod_list_default.csv"

# 31 pods hold nearly all GPU-time, so lifetimes are drawn apart from the shape and capped.
_ADVICE = Advice(weights={"gpu": 1.0}, lifetimes="independent", lifetime_cap_h=168.0)

_ORIGINS = {
    "cpu": Origin("cpu_milli", 1000),
    "mem": Origin("memory_mib", 1024),
    "gpu": Origin("num_gpu"),
    "submit": Origin("creation_time"),
    "lifetime": Origin("deletion_time"),
    "models": Origin("gpu_spec"),
}
_NODE_ORIGINS = {**_ORIGINS, "id": Origin("sn"), "gpu": Origin("gpu")}
_POD_ORIGINS = {**_ORIGINS, "id": Origin("name")}

_NODE_COLUMNS = (
    Column("sn", "text"),
    Column("cpu_milli", "integer"),
    Column("memory_mib", "integer"),
    Column("gpu", "integer"),
    Column("model", "text", blank=True),
)
_POD_COLUMNS = (
    Column("name", "text"),
    Column("cpu_milli", "integer"),
    Column("memory_mib", "integer"),
    Column("num_gpu", "integer"),
    Column("gpu_milli", "integer"),
    Column("gpu_spec", "text", optional=True, blank=True),
    Column("creation_time", "number", optional=True),
    Column("deletion_time", "number", optional=True, blank=True),
)
_POD_RULES = (
    Rule("num_gpu", pl.col("num_gpu") < 0, "0 or more"),
    Rule("gpu_milli", ~pl.col("gpu_milli").is_between(0, 1000), "0 to 1000"),
    Rule(
        "gpu_milli",
        (pl.col("num_gpu") > 1) & (pl.col("gpu_milli") != 1000),
        "1000 where num_gpu is over 1 (whole devices)",
    ),
    Rule(
        "gpu_milli",
        (pl.col("num_gpu") == 1) & (pl.col("gpu_milli") == 0),
        "1 to 1000 where num_gpu is 1",
    ),
    Rule(
        "gpu_milli",
        (pl.col("num_gpu") == 0) & (pl.col("gpu_milli") != 0),
        "0 where num_gpu is 0",
    ),
)
_TIME_RULES = (
    Rule("creation_time", pl.col("creation_time") < 0, "0 or more"),
    *end_rules("deletion_time", "creation_time"),
)


def read(
    *,
    path: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
    tasks: str | PathLike[str] | None = None,
) -> Trace:
    """Reads a node list and a pod list, by default those of the GPU nodes and all pods.

    path: the folder to look for lists in that are not given. Raises TraceError.
    """
    node_list = beside("openb", path, nodes, NODES)
    pod_list = beside("openb", path, tasks, PODS)
    timed = {"creation_time", "deletion_time"} <= set(csvfile.header(pod_list))
    return admit(
        _label(timed),
        tasks=(_pods(rows) for rows in csvfile.batches(pod_list)),
        machines=_nodes(csvfile.whole(node_list)),
        resources=tuple(UNITS),
        units=UNITS,
    )


def _label(timed: bool) -> Label:
    jobs = "each pod is a job of its own"
    if timed:
        return Label(
            "openb",
            "openb",
            replayed=("requests", "machines", "arrival times", "lifetimes"),
            assumed=(jobs,),
            unplaceable=True,
            advice=_ADVICE,
        )
    return Label(
        "openb",
        "openb",
        replayed=("requests", "machines"),
        assumed=(jobs, "no times in the file: all pods submitted at 0, lifetimes unknown"),
        unplaceable=True,
        advice=_ADVICE,
    )


def _nodes(rows: Rows) -> Rows:
    frame = typed(rows, _NODE_COLUMNS).frame
    tidy = frame.select(
        pl.col("sn").alias("id"),
        pl.col("cpu_milli").alias("cpu") / 1000,
        pl.col("memory_mib").alias("mem") / 1024,
        pl.col("gpu").cast(pl.Float64),
        "model",
    )
    return Rows(rows.file, rows.first, tidy, origins=_NODE_ORIGINS)


def _pods(rows: Rows) -> Rows:
    cast = typed(rows, _POD_COLUMNS)
    names = cast.frame.columns
    timed = "creation_time" in names and "deletion_time" in names
    enforce(cast, (*_POD_RULES, *(_TIME_RULES if timed else ())))
    created, deleted = pl.col("creation_time"), pl.col("deletion_time")
    times = [created.alias("submit"), (deleted - created).alias("lifetime")] if timed else []
    spec = [pl.col("gpu_spec").alias("models")] if "gpu_spec" in names else []
    tidy = cast.frame.select(
        pl.col("name").alias("id"),
        *times,
        pl.col("cpu_milli").alias("cpu") / 1000,
        pl.col("memory_mib").alias("mem") / 1024,
        (pl.col("num_gpu") * pl.col("gpu_milli") / 1000).alias("gpu"),
        *spec,
    )
    return Rows(rows.file, rows.first, tidy, origins=_POD_ORIGINS)
