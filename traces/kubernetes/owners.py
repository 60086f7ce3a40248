"""Whose a pod is: the controller that makes others like it, and whether it belongs to its node."""

from __future__ import annotations

from dataclasses import dataclass

from traces.kubernetes.part import Part

MIRROR = "kubernetes.io/config.mirror"
_HASH = "pod-template-hash"


@dataclass(frozen=True)
class Owner:
    """The job of a pod. pinned: one a node, where the node is; static: run by the node itself."""

    job: str
    pinned: bool = False
    static: bool = False


def of_pod(metadata: Part, id_: str, node: str | None, mirror: bool) -> Owner:
    """The owner of a pod: its controller, a ReplicaSet's Deployment, or the pod itself.

    A static pod, which has a mirror in the API, is named after its node. Raises TraceError.
    """
    namespace = id_.split("/", 1)[0]
    owner = _controller(metadata)
    if mirror or (owner is not None and owner.text("kind") == "Node"):
        name = id_.split("/", 1)[1].removesuffix(f"-{node}")
        return Owner(f"{namespace}/static/{name}", pinned=True, static=True)
    if owner is None:
        return Owner(id_)
    kind, name = owner.needed("kind"), owner.needed("name")
    if kind == "ReplicaSet":
        suffix = metadata.texts("labels").get(_HASH)
        plain = name.removesuffix(f"-{suffix}") if suffix else name
        if plain not in ("", name):
            return Owner(f"{namespace}/Deployment/{plain}")
    return Owner(f"{namespace}/{kind}/{name}", pinned=kind == "DaemonSet")


def _controller(metadata: Part) -> Part | None:
    """The owner that controls it, else the first one."""
    first = None
    for reference in metadata.parts("ownerReferences"):
        if reference.truth("controller"):
            return reference
        first = first or reference
    return first
