"""A pod of a dump: what it asks for, where it may run, where it does, whose it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from traces.errors import nearest, shown
from traces.kubernetes import moments, neighbours, owners, requests, resources, rules
from traces.kubernetes.part import Item, Part
from traces.kubernetes.rules import Rule

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
_INT32 = 2**31


@dataclass
class Pod:
    """A pod.

    id: namespace/name. job: whose it is. amounts: requests in whole units, by resource, GPUs left
    out; gpus: thousandths of devices. rule: where it may start. node: where it runs, None where it
    waits. pinned: it belongs to its node, as a DaemonSet's do, so there is one of its job a node;
    static: the node itself runs it. alone: no other of its job may be on its machine.
    unschedulable: the scheduler found no node. not_counted: rules among pods that a cell does not
    have, in words. created: seconds since 1970; seen: the latest time that it tells.
    """

    item: Item
    id: str
    job: str
    amounts: dict[str, int]
    gpus: int
    rule: Rule
    node: str | None
    phase: str
    priority: int
    pinned: bool
    static: bool
    alone: bool
    unschedulable: bool
    not_counted: tuple[str, ...]
    created: float | None
    seen: float | None


def read(part: Part) -> Pod:
    """Reads a pod. Raises TraceError."""
    metadata = part.object("metadata")
    if metadata is None:
        raise part.item.wrong("metadata", "nothing", "an object with a name")
    id_ = f"{metadata.text('namespace') or 'default'}/{metadata.needed('name')}"
    part.item.name("pod", id_)
    spec, status = part.object("spec"), part.object("status")
    if spec is None:
        raise part.item.wrong("spec", "nothing", "an object with containers")
    annotations = metadata.object("annotations")
    notes = _notes(annotations)
    owner = owners.of_pod(metadata, id_, spec.text("nodeName"), owners.MIRROR in notes)
    asked = requests.of_pod(spec)
    rule = rules.of_pod(spec, notes, pinned=not owner.pinned)
    among = neighbours.of_pod(metadata, spec)
    created = moments.moment(metadata, "creationTimestamp")
    seen = [created, moments.latest(status)]
    return Pod(
        item=part.item,
        id=id_,
        job=owner.job,
        amounts={
            name: resources.whole(name, nano)
            for name, nano in asked.items()
            if nano and not resources.is_gpu(name) and not resources.is_card(name)
        },
        gpus=_gpus(part.item, annotations, asked),
        rule=replace(rule, gpu=next((n for n in asked if resources.is_gpu(n) and asked[n]), None)),
        node=spec.text("nodeName") or None,
        phase=_phase(status, spec),
        priority=_priority(spec),
        pinned=owner.pinned,
        static=owner.static,
        alone=owner.pinned or among.alone,
        unschedulable=_is_unschedulable(status),
        not_counted=among.not_counted,
        created=created,
        seen=max((time for time in seen if time is not None), default=None),
    )


def _notes(annotations: Part | None) -> dict[str, str]:
    """The annotations that are read here."""
    names = (rules.CARD_MODEL, resources.CARD_COUNT, resources.CARD_MILLI, owners.MIRROR)
    notes = {}
    for name in names if annotations else ():
        text = annotations.text(name) if annotations else None
        if text is not None:
            notes[name] = text
    return notes


def _gpus(item: Item, annotations: Part | None, asked: dict[str, int]) -> int:
    """Thousandths of devices, by the annotations of a GPU share where there are some."""
    noted: dict[str, int] = {}
    for name in (resources.CARD_COUNT, resources.CARD_MILLI) if annotations else ():
        part = annotations.part(name) if annotations else None
        if part is not None:
            noted[name] = part.as_amount()
    thousandths = resources.gpu_thousandths(noted or asked)
    if thousandths > 1000 and thousandths % 1000:
        raise item.wrong(
            f"metadata.annotations.{resources.CARD_MILLI}" if noted else "spec.containers",
            f"{thousandths / 1000:g} GPUs",
            "a share of one device or a whole number of devices",
        )
    return thousandths


def _phase(status: Part | None, spec: Part) -> str:
    phase = status.text("phase") if status else None
    if phase is None:
        return "Running" if spec.text("nodeName") else "Pending"
    if phase not in PHASES:
        raise spec.item.wrong(
            "status.phase", shown(phase), f"one of {', '.join(PHASES)}", nearest(phase, PHASES)
        )
    return phase


def _priority(spec: Part) -> int:
    priority = spec.whole("priority") or 0
    if abs(priority) >= _INT32:
        raise spec.item.wrong("spec.priority", str(priority), "a 32-bit whole number")
    return priority


def _is_unschedulable(status: Part | None) -> bool:
    for condition in status.parts("conditions") if status else ():
        if condition.text("type") == "PodScheduled":
            return condition.text("status") == "False"
    return False
