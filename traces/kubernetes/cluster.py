"""A dump as a whole: its nodes, the pods that hold or want something, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from traces.errors import TraceError
from traces.kubernetes import dump, nodes, pods
from traces.kubernetes.nodes import Node
from traces.kubernetes.part import Part
from traces.kubernetes.pods import Pod

_KINDS_MAX = 20
_Named = TypeVar("_Named", Node, Pod)


@dataclass
class Cluster:
    """nodes and pods in the order of the dump; pods: those that hold or want something.

    dropped: objects that are no task, by reason; moment: the latest time in the dump, seconds since
    1970, None where it tells none.
    """

    nodes: list[Node] = field(default_factory=list)
    pods: list[Pod] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    moment: float | None = None


def read(paths: Sequence[Path]) -> Cluster:
    """Reads the dumps of one cluster at one moment. Raises TraceError."""
    cluster = Cluster()
    names: dict[str, Node] = {}
    ids: dict[str, Pod] = {}
    for path in paths:
        for part in dump.objects(path):
            kind = _kind(part)
            if kind == "Node":
                node = nodes.read(part)
                _once(names, node.name, node)
                cluster.nodes.append(node)
                _see(cluster, node.seen)
            elif kind == "Pod":
                pod = pods.read(part)
                _once(ids, pod.id, pod)
                cluster.pods.append(pod)
                _see(cluster, pod.seen)
            else:
                reason = f"of kind {kind[:60]}"
                if reason not in cluster.dropped and len(cluster.dropped) >= _KINDS_MAX:
                    reason = "of other kinds"
                cluster.dropped[reason] += 1
    _check_any(paths[0], cluster)
    return _kept(cluster, names, paths[0])


def _kind(part: Part) -> str:
    """What an object is; by its shape where it does not say, as in a list of the API itself."""
    kind = part.text("kind")
    if kind is not None:
        return kind
    spec, status = part.value.get("spec"), part.value.get("status")
    if isinstance(spec, dict) and "containers" in spec:
        return "Pod"
    return "Node" if isinstance(status, dict) and "allocatable" in status else "none"


def _once(known: dict[str, _Named], name: str, one: _Named) -> None:
    if name in known:
        first = known[name].item
        where = f"{first.label} of {first.file}" if first.file != one.item.file else first.label
        raise one.item.wrong("metadata.name", f"the name again (first {where})", "each name once")
    known[name] = one


def _see(cluster: Cluster, moment: float | None) -> None:
    if moment is not None:
        cluster.moment = max(cluster.moment or moment, moment)


def _check_any(path: Path, cluster: Cluster) -> None:
    if not cluster.pods:
        others = ", ".join(f"{count} {why}" for why, count in cluster.dropped.items())
        found = f"{len(cluster.nodes)} nodes and no pod" + (f" ({others})" if others else "")
        raise TraceError(file=path, found=found, expected=dump.EXPECTED)


def _kept(cluster: Cluster, names: dict[str, Node], path: Path) -> Cluster:
    """Without pods that hold nothing and want nothing, and those of nodes that are not there."""
    kept = []
    for pod in cluster.pods:
        if pod.phase in ("Succeeded", "Failed"):
            cluster.dropped[f"{pod.phase}, so holds nothing"] += 1
        elif pod.node is not None and cluster.nodes and pod.node not in names:
            cluster.dropped["on a node that is not in the dump"] += 1
        else:
            kept.append(pod)
    if not kept:
        raise TraceError(
            file=path,
            found=f"no pod that holds or wants something among {len(cluster.pods)}",
            expected="some that run or wait",
        )
    return replace(cluster, pods=kept)
