"""What a pod asks for, as the scheduler counts it.

Containers are summed; of init containers the largest counts, each with the sidecars (init
containers that restart always) that started before it, and sidecars are summed with the containers
(KEP-753); what a pod asks for as a whole takes the place of its containers' (KEP-2837); the runtime
class's overhead comes on top (KEP-688). A limit counts where a request is missing, as the API
server fills it in.
"""

from __future__ import annotations

from collections.abc import Iterator

from traces.kubernetes.part import Part

_WHOLE_POD = ("cpu", "memory", "hugepages-")
Amounts = dict[str, int]


def of_pod(spec: Part) -> Amounts:
    """The amounts of a pod, by resource, in thousand-millionths. Raises TraceError."""
    containers: Amounts = {}
    for container in spec.parts("containers"):
        _add(containers, _asked(container))
    sidecars: Amounts = {}
    starting: Amounts = {}
    for container in spec.parts("initContainers"):
        asked = _asked(container)
        if container.text("restartPolicy") == "Always":
            _add(containers, asked)
            _add(sidecars, asked)
            _most(starting, sidecars)
        else:
            _add(asked, sidecars)
            _most(starting, asked)
    _most(containers, starting)
    for name, amount in _whole(spec, containers):
        containers[name] = amount
    _add(containers, spec.amounts("overhead"))
    return containers


def _asked(part: Part) -> Amounts:
    """Requests of a container, limits where it has none."""
    resources = part.object("resources")
    if resources is None:
        return {}
    return {**resources.amounts("limits"), **resources.amounts("requests")}


def _whole(spec: Part, containers: Amounts) -> Iterator[tuple[str, int]]:
    """What the pod as a whole asks for; its limit where neither it nor its containers ask."""
    resources = spec.object("resources")
    if resources is None:
        return
    requests, limits = resources.amounts("requests"), resources.amounts("limits")
    for name in {**limits, **requests}:
        if name.startswith(_WHOLE_POD):
            if name in requests:
                yield name, requests[name]
            elif name not in containers:
                yield name, limits[name]


def _add(to: Amounts, more: Amounts) -> None:
    for name, amount in more.items():
        to[name] = to.get(name, 0) + amount


def _most(to: Amounts, other: Amounts) -> None:
    for name, amount in other.items():
        to[name] = max(to.get(name, 0), amount)
