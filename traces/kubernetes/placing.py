"""Which classes of nodes a pod may use: its rules, its jobs' nodes, and where it runs already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from traces import classes
from traces.classes import CLASSES_MAX, Classes
from traces.kubernetes.cluster import Cluster
from traces.kubernetes.feasible import Feasible
from traces.kubernetes.nodes import Node
from traces.kubernetes.pods import Pod
from traces.kubernetes.rules import Requirement, Rule


@dataclass(frozen=True)
class Placing:
    """models: each pod's classes, `A|B`, None for any. model: each node's class.

    stayed: pods that run where they could not start now.
    """

    models: list[str | None]
    model: list[str | None]
    stayed: int


def place(cluster: Cluster) -> Placing:
    """The classes of nodes and who may use which. Raises TraceError where there are too many."""
    if not cluster.nodes:
        return Placing([None] * len(cluster.pods), [], 0)
    feasible = Feasible(cluster.nodes)
    number = {node.name: index for index, node in enumerate(cluster.nodes)}
    statics = _statics(cluster.pods)
    rules = [
        replace(pod.rule, on=frozenset(statics[pod.job])) if pod.static else pod.rule
        for pod in cluster.pods
    ]
    masks = [feasible.nodes(rule) for rule in rules]
    stays = [_stays(pod, mask, number) for pod, mask in zip(cluster.pods, masks, strict=True)]
    made = _classes(cluster, rules, masks, stays)
    allowed: dict[tuple[int, int | None], str | None] = {}
    for mask, stay in zip(masks, stays, strict=True):
        if (mask, stay) not in allowed:
            allowed[mask, stay] = made.allowed(mask, () if stay is None else (stay,))
    return Placing(
        models=[allowed[key] for key in zip(masks, stays, strict=True)],
        model=[made.name(index) for index in range(len(cluster.nodes))],
        stayed=sum(stay is not None for stay in stays),
    )


def _statics(pods: Sequence[Pod]) -> dict[str, set[str]]:
    """The nodes of each static job."""
    nodes: dict[str, set[str]] = defaultdict(set)
    for pod in pods:
        if pod.static and pod.node is not None:
            nodes[pod.job].add(pod.node)
    return nodes


def _stays(pod: Pod, mask: int, number: dict[str, int]) -> int | None:
    """The node that a pod runs on though it could not start there now, None where it could."""
    node = number.get(pod.node) if pod.node is not None else None
    return node if node is not None and not mask >> node & 1 else None


def _classes(
    cluster: Cluster, rules: Sequence[Rule], masks: Sequence[int], stays: Sequence[int | None]
) -> Classes:
    nodes = cluster.nodes
    kinds = [node.product or node.gpu_name for node in nodes]
    titles = [node.type for node in nodes]
    stayed = [stay for stay in stays if stay is not None]
    try:
        return classes.tell_apart(kinds, titles, masks, stayed)
    except classes.TooMany:
        pass
    raise nodes[0].item.wrong(
        None,
        f"rules of pods that tell more than {CLASSES_MAX} classes of nodes apart"
        f"{_most(nodes, rules, masks)}",
        f"at most {CLASSES_MAX}",
        "leave out of the dump the pods that are bound to single nodes",
    )


def _most(nodes: Sequence[Node], rules: Sequence[Rule], masks: Sequence[int]) -> str:
    """Which label most of the rules that name few nodes go by."""
    few: Counter[str] = Counter()
    for rule, mask in {*zip(rules, masks, strict=True)}:
        if mask.bit_count() <= max(len(nodes) // CLASSES_MAX, 1):
            few.update({need.key for need in _needs(rule)})
    if not few:
        return ""
    label, count = few.most_common(1)[0]
    return f", {count} of them by {label[:60]}"


def _needs(rule: Rule) -> Iterator[Requirement]:
    yield from rule.all_of
    for term in rule.one_of or ():
        yield from term
