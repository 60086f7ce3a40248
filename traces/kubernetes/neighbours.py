"""What a pod asks of its neighbours: no other of its kind, or more than a cell can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traces.errors import shown
from traces.kubernetes.part import Part

HOST = "kubernetes.io/hostname"
_HOSTS = (HOST, "beta.kubernetes.io/hostname")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True)
class Among:
    """alone: no two of its job on a machine. not_counted: other hard rules among pods, in words."""

    alone: bool
    not_counted: tuple[str, ...]


def of_pod(metadata: Part, spec: Part) -> Among:
    """The hard rules among pods: affinity, spread, ports of the host. Raises TraceError."""
    labels, alone, others = metadata.texts("labels"), False, []
    namespace = metadata.text("namespace") or "default"
    affinity = spec.object("affinity")
    for term in _terms(affinity, "podAntiAffinity"):
        apart, rest = _apart(term, namespace, labels)
        alone |= apart
        others += ["pod anti-affinity"] * rest
    others += ["pod affinity" for _ in _terms(affinity, "podAffinity")]
    for spread in spec.parts("topologySpreadConstraints"):
        if spread.text("whenUnsatisfiable") in (None, "DoNotSchedule"):
            others.append("topology spread")
    for container in spec.parts("containers"):
        alone |= any(port.whole("hostPort") for port in container.parts("ports"))
    return Among(alone, tuple(dict.fromkeys(others)))


def _terms(affinity: Part | None, name: str) -> Iterator[Part]:
    part = affinity.object(name) if affinity else None
    if part is not None:
        yield from part.parts(_REQUIRED)


def _apart(term: Part, namespace: str, labels: dict[str, str]) -> tuple[bool, bool]:
    """Whether a term keeps pods of one job off each other's machine, and whether it asks more."""
    key, selector = term.needed("topologyKey"), term.object("labelSelector")
    itself = selector is not None and selects(selector, labels)
    spaces = [part.as_text() for part in term.parts("namespaces")]
    spaced = term.object("namespaceSelector")
    own = namespace in spaces or not (spaces or spaced) or (spaced is not None and not spaced.value)
    if key not in _HOSTS or not (itself and own):
        return False, True
    return True, spaced is not None or len(spaces) > 1


def selects(selector: Part, labels: dict[str, str]) -> bool:
    """Whether a label selector takes these labels; an empty one takes all. Raises TraceError."""
    if any(labels.get(key) != value for key, value in selector.texts("matchLabels").items()):
        return False
    return all(_holds(part, labels) for part in selector.parts("matchExpressions"))


def _holds(part: Part, labels: dict[str, str]) -> bool:
    key, operator = part.needed("key"), part.needed("operator")
    values = [value.as_text() for value in part.parts("values")]
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator not in ("Exists", "DoesNotExist"):
        known = "one of In, NotIn, Exists, DoesNotExist"
        raise part.item.wrong(f"{part.path}.operator", shown(operator), known)
    return (key in labels) == (operator == "Exists")
