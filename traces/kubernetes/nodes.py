"""A node of a dump: what it has to give, what it is called by, what keeps pods off."""

from __future__ import annotations

from dataclasses import dataclass

from traces.kubernetes import moments, resources, rules
from traces.kubernetes.part import Item, Part, cut
from traces.kubernetes.rules import Taint
from traces.schema import GPUS_MAX

GPU_LABELS = ("nvidia.com/gpu.product", rules.CARD_MODEL, "amd.com/gpu.product-name")
TYPE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_CORDONED = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
_NOT_READY = Taint("node.kubernetes.io/not-ready", "", "NoSchedule")


@dataclass
class Node:
    """A node.

    amounts: allocatable in whole units, by resource, GPUs left out; gpus: devices; gpu_name: the
    resource that they are, None without; product: the GPU's name, where a label tells it. pods:
    how many pods it takes, None where it does not say. seen: the latest time that it tells.
    """

    item: Item
    name: str
    labels: dict[str, str]
    taints: tuple[Taint, ...]
    amounts: dict[str, int]
    gpus: int
    gpu_name: str | None
    product: str | None
    pods: int | None
    cordoned: bool
    ready: bool
    seen: float | None

    @property
    def type(self) -> str:
        """What sort of machine its labels say that it is."""
        return next((self.labels[key] for key in TYPE_LABELS if self.labels.get(key)), "node")


def read(part: Part) -> Node:
    """Reads a node. Raises TraceError."""
    metadata = part.object("metadata")
    if metadata is None:
        raise part.item.wrong("metadata", "nothing", "an object with a name")
    name = metadata.needed("name")
    part.item.name("node", name)
    spec, status = part.object("spec"), part.object("status")
    labels = metadata.texts("labels")
    amounts = _allocatable(part, status)
    gpus, gpu_name = _gpus(part.item, amounts)
    ready = _is_ready(status)
    cordoned = spec is not None and spec.truth("unschedulable")
    taints = [*rules.taints(spec), *[_CORDONED] * cordoned, *[_NOT_READY] * (not ready)]
    product = next((labels[key] for key in GPU_LABELS if labels.get(key)), None)
    seen = [moments.moment(metadata, "creationTimestamp"), moments.latest(status)]
    return Node(
        item=part.item,
        name=name,
        labels=labels,
        taints=tuple(dict.fromkeys(taints)),
        amounts={
            key: resources.whole(key, nano)
            for key, nano in amounts.items()
            if not resources.is_gpu(key) and not resources.is_card(key)
        },
        gpus=gpus,
        gpu_name=gpu_name,
        product=product if gpus else None,
        pods=resources.whole("pods", amounts["pods"]) if "pods" in amounts else None,
        cordoned=cordoned,
        ready=ready,
        seen=max((time for time in seen if time is not None), default=None),
    )


def _allocatable(part: Part, status: Part | None) -> dict[str, int]:
    """What the node can give; all that it has where it does not say."""
    amounts: dict[str, int] = {}
    for field in ("capacity", "allocatable"):
        if status is not None:
            amounts = status.amounts(field) or amounts
    for name in ("cpu", "memory"):
        if name not in amounts:
            raise part.item.wrong(f"status.allocatable.{name}", "nothing", "a quantity")
    return amounts


def _gpus(item: Item, amounts: dict[str, int]) -> tuple[int, str | None]:
    """How many devices, and which resource they are."""
    there = [name for name, nano in amounts.items() if resources.is_gpu(name) and nano]
    if amounts.get(resources.CARD_COUNT):
        there = [resources.CARD_COUNT]
    if not there:
        return 0, None
    if len(there) > 1:
        found = " and ".join(cut(name) for name in there[:2])
        raise item.wrong("status.allocatable", found, "GPUs of one resource on a node")
    field, devices = f"status.allocatable.{cut(there[0])}", amounts[there[0]] / 10**9
    if not devices.is_integer() or devices > GPUS_MAX:
        raise item.wrong(field, f"{devices:g}", f"a whole number of devices, at most {GPUS_MAX}")
    return int(devices), there[0]


def _is_ready(status: Part | None) -> bool:
    for condition in status.parts("conditions") if status else ():
        if condition.text("type") == "Ready":
            return condition.text("status") == "True"
    return True
