"""Nodes and pods as tables of machines and tasks: their resources, units, amounts, times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from traces.kubernetes import resources
from traces.kubernetes.cluster import Cluster
from traces.kubernetes.nodes import Node
from traces.kubernetes.part import Item, cut
from traces.kubernetes.placing import Placing
from traces.kubernetes.pods import Pod
from traces.rows import Rows
from traces.schema import UNITS, UNITS_MAX

PODS = "pods"


@dataclass(frozen=True)
class Dimensions:
    """The resources of a cell: those that some pod asks for, and how many pods a node takes.

    names: ours by Kubernetes' name, GPUs left out. units: the natural amount of one, by our name.
    """

    names: dict[str, str]
    units: dict[str, float]

    @property
    def resources(self) -> tuple[str, ...]:
        """Our names, cpu, mem, gpu first."""
        return tuple(self.units)


def dimensions(cluster: Cluster, *, pod_limit: bool) -> Dimensions:
    """The resources of a cluster. Raises TraceError for amounts beyond what a trace can hold."""
    asked = {name for pod in cluster.pods for name, amount in pod.amounts.items() if amount}
    names = resources.named({"cpu", "memory", *asked})
    holders: list[Node | Pod] = [*cluster.nodes, *cluster.pods]
    units = {
        ours: resources.unit(name, [holder.amounts.get(name, 0) for holder in holders])
        for name, ours in names.items()
    }
    for name, ours in names.items():
        for holder in holders:
            _check(holder.item, name, holder.amounts.get(name, 0), units[ours])
    if any(pod.gpus for pod in cluster.pods):
        units["gpu"] = UNITS["gpu"]
    order = [name for name in (*UNITS, *units) if name in units]
    units = {name: units[name] for name in order}
    return Dimensions(names, {**units, PODS: 1.0} if pod_limit else units)


def _check(item: Item, name: str, amount: int, unit: float) -> None:
    natural = resources.natural(name, amount)
    if natural > UNITS_MAX * unit:
        raise item.wrong(cut(name), f"{natural:g}", f"at most {UNITS_MAX:g} units of {unit:g}")


def machines(cluster: Cluster, placing: Placing, made: Dimensions) -> Rows | None:
    """The nodes as machines, in their order; None where there are none."""
    if not cluster.nodes:
        return None
    rows: dict[str, list[Any]] = {
        "id": [node.name for node in cluster.nodes],
        "model": list(placing.model),
        "gpu": [float(node.gpus) for node in cluster.nodes],
        PODS: [float(node.pods or 0) for node in cluster.nodes],
    }
    for name, ours in made.names.items():
        rows[ours] = [resources.natural(name, n.amounts.get(name, 0)) for n in cluster.nodes]
    chosen = {name: rows[name] for name in ("id", *made.resources, "model")}
    return _rows(cluster.nodes[0].item, chosen, {"id": pl.String, "model": pl.String})


def tasks(cluster: Cluster, placing: Placing, made: Dimensions) -> Rows:
    """The pods as tasks, in their order."""
    there = {node.name for node in cluster.nodes}
    pods = cluster.pods
    rows: dict[str, list[Any]] = {
        "id": [pod.id for pod in pods],
        "job": [pod.job for pod in pods],
        "submit": list(_submits(cluster)),
        "lifetime": [None] * len(pods),
        "gpu": [pod.gpus / 1000 for pod in pods],
        PODS: [1.0] * len(pods),
        "priority": [pod.priority for pod in pods],
        "models": list(placing.models),
        "max_per_machine": [1 if pod.alone else None for pod in pods],
        "alive_at_start": [pod.node is not None for pod in pods],
        "machine": [pod.node if pod.node in there else None for pod in pods],
    }
    for name, ours in made.names.items():
        rows[ours] = [resources.natural(name, pod.amounts.get(name, 0)) for pod in pods]
    left_out = {"gpu", PODS} - {*made.resources}
    chosen = {name: values for name, values in rows.items() if name not in left_out}
    types = {
        **dict.fromkeys(("id", "job", "models", "machine"), pl.String),
        "lifetime": pl.Float64,
        "priority": pl.Int64,
        "max_per_machine": pl.Int64,
        "alive_at_start": pl.Boolean,
    }
    return _rows(pods[0].item, chosen, types)


def _submits(cluster: Cluster) -> Iterator[float]:
    """Minus the age of what runs, 0 for what waits, in seconds from the moment."""
    for pod in cluster.pods:
        known = pod.node is not None and pod.created is not None and cluster.moment is not None
        yield (pod.created or 0.0) - (cluster.moment or 0.0) if known else 0.0


def _rows(item: Item, columns: dict[str, list[Any]], types: dict[str, Any]) -> Rows:
    schema = {name: types.get(name, pl.Float64) for name in columns}
    frame = pl.DataFrame(columns, schema=schema)
    numbers = np.arange(frame.height, dtype=np.int64)
    return Rows(str(item.file), 0, frame, text=False, numbers=numbers)
