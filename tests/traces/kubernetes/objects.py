"""Nodes and pods as the API writes them, small ones made by hand, and dumps of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import traces

Object = dict[str, Any]
MOMENT = "2024-03-01T12:00:00Z"


def node(name: str = "n1", allocatable: Mapping[str, Any] | None = None, **spec: Any) -> Object:
    """A node of 8 cores and 32 GiB; `labels` goes into its metadata, the rest into its spec."""
    labels = spec.pop("labels", {})
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "creationTimestamp": MOMENT},
        "spec": spec,
        "status": {
            "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110", **(allocatable or {})}
        },
    }


def pod(
    requests: Mapping[str, Any] | None = None,
    *,
    name: str = "web",
    on: str | None = "n1",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: tuple[str, str] | None = None,
    phase: str | None = None,
    created: str | None = "2024-03-01T11:00:00Z",
    **spec: Any,
) -> Object:
    """A pod of 1 core and 1 GiB that runs on n1; further words go into its spec."""
    asked = {"cpu": "1", "memory": "1Gi"} if requests is None else dict(requests)
    metadata: Object = {"name": name, "namespace": "default", "labels": dict(labels or {})}
    if created is not None:
        metadata["creationTimestamp"] = created
    if annotations:
        metadata["annotations"] = dict(annotations)
    if owner is not None:
        metadata["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    if on is not None:
        spec["nodeName"] = on
    spec.setdefault("containers", [{"name": "main", "resources": {"requests": asked}}])
    state = phase or ("Pending" if on is None else "Running")
    return {"kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": state}}


def listed(objects: Sequence[Object]) -> str:
    """A list of objects as kubectl prints it, JSON."""
    return json.dumps({"apiVersion": "v1", "items": list(objects), "kind": "List"}, indent=1)


Load = Callable[..., traces.Trace]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads the trace of some objects, or of a text."""

    def loaded(*objects: Object, text: str | None = None, **options: Any) -> traces.Trace:
        path = tmp_path / "dump.json"
        path.write_text(listed(objects) if text is None else text)
        return traces.load("kubernetes", path=path, **options)

    return loaded
