"""A cluster at one moment as a Trace: running pods with their ages, waiting ones, nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from traces.admit import Label, admit
from traces.errors import TraceError
from traces.kubernetes import cluster, dump, frames, placing
from traces.kubernetes.cluster import Cluster
from traces.kubernetes.placing import Placing
from traces.kubernetes.pods import Pod
from traces.trace import Trace


def read(
    *,
    path: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
    tasks: str | PathLike[str] | None = None,
    pod_limit: bool = False,
) -> Trace:
    """Reads what kubectl get nodes,pods -A prints: a file, a folder of them, or two files.

    pod_limit: how many pods a node takes is a resource, of which each pod asks for one. Raises
    TraceError.
    """
    found = cluster.read(_files(path, nodes, tasks))
    found.pods.sort(key=_rank)
    placed = placing.place(found)
    made = frames.dimensions(found, pod_limit=pod_limit)
    return admit(
        Label(
            "kubernetes",
            "kubernetes",
            replayed=("requests", "machines", "placements") if found.nodes else ("requests",),
            assumed=tuple(_assumed(found, placed, pod_limit)),
            oversized=True,
            snapshot=True,
            dropped=dict(found.dropped),
        ),
        tasks=[frames.tasks(found, placed, made)],
        machines=frames.machines(found, placed, made),
        resources=made.resources,
        units=made.units,
    )


def _files(
    path: str | PathLike[str] | None,
    nodes: str | PathLike[str] | None,
    tasks: str | PathLike[str] | None,
) -> list[Path]:
    given = [Path(one) for one in (path, nodes, tasks) if one is not None]
    if not given:
        raise TraceError(
            field="trace.path", found="nothing", expected=f"{dump.EXPECTED}, or a folder of them"
        )
    return [file for one in given for file in dump.files(one)]


def _rank(pod: Pod) -> tuple[bool, float]:
    """Running before waiting, each the oldest first; of unknown age last."""
    return pod.node is None, float("inf") if pod.created is None else pod.created


def _assumed(found: Cluster, placed: Placing, pod_limit: bool) -> Iterator[str]:
    if found.moment is None:
        yield "no time in the dump (all pods as if begun at its moment)"
    else:
        moment = datetime.fromtimestamp(found.moment, UTC).isoformat(timespec="seconds")
        yield f"the moment is {moment.replace('+00:00', 'Z')} (the latest time in the dump)"
        if ageless := sum(pod.created is None for pod in found.pods):
            yield f"of unknown age: {_pods(ageless)} (as if begun at the moment)"
    waiting = [pod for pod in found.pods if pod.node is None]
    if waiting:
        nowhere = sum(pod.unschedulable for pod in waiting)
        yield f"waiting without a node: {_pods(len(waiting))} ({nowhere} found unschedulable)"
    if pinned := sum(pod.pinned for pod in found.pods):
        yield (
            f"of DaemonSets or run by nodes themselves: {_pods(pinned)} (one of a job a node on "
            "any that it may use)"
        )
    if placed.stayed:
        yield f"running where none like it could start now: {_pods(placed.stayed)} (which may)"
    rules = Counter(rule for pod in found.pods for rule in pod.not_counted)
    for rule, count in sorted(rules.items()):
        yield f"{rule} not counted: {_pods(count)}"
    if not found.nodes:
        yield "no nodes in the dump (nor rules about them)"
    else:
        yield from _of_nodes(found, pod_limit)


def _of_nodes(found: Cluster, pod_limit: bool) -> Iterator[str]:
    cordoned = sum(node.cordoned for node in found.nodes)
    failing = sum(not node.ready for node in found.nodes)
    if cordoned or failing:
        yield f"nodes that take only what tolerates it: {cordoned} cordoned and {failing} not ready"
    if not pod_limit:
        held = Counter(pod.node for pod in found.pods)
        limited = [node for node in found.nodes if node.pods is not None]
        full = sum(held[node.name] >= (node.pods or 0) for node in limited)
        yield (
            f"pods a node not counted (trace.pod_limit=true does; as many as may be on {full} of "
            f"{len(found.nodes)} nodes)"
        )


def _pods(count: int) -> str:
    return f"{count:,} pod" + ("" if count == 1 else "s")
