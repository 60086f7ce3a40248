"""Valid dumps of Kubernetes, JSON and YAML: nodes in one file, pods in another."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from bench.mutated.accounts import Counts, dropped
from bench.mutated.forms import ABSENT, Listed
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import Trace

_JSON = Listed(begin=b'{"kind": "List", "items": [\n', end=b"\n]}\n")
_YAML = Listed(begin=b"kind: List\nitems:\n- ", between=b"\n- ", end=b"\n")
_ASKED = "spec>containers>0>resources>requests"


def _kubernetes(random: Random, count: int, *, yaml: bool = False) -> Case:
    node_columns = (
        *("kind", "metadata>name", "metadata>labels>disk", "metadata>creationTimestamp"),
        *("spec>unschedulable", "spec>taints", "status>allocatable>cpu"),
        *(
            "status>allocatable>memory",
            "status>allocatable>nvidia.com/gpu",
            "status>allocatable>pods",
        ),
        "status>conditions",
    )
    taint = [{"key": "dedicated", "value": "a", "effect": "NoSchedule"}]
    nodes: list[list[Any]] = [
        [
            *("Node", f"n{n}", random.choice(("ssd", "hdd")), "2024-03-01T08:00:00Z"),
            *(random.choice((ABSENT, True)), random.choice((ABSENT, taint)), "64", "256Gi"),
            *(random.choice((ABSENT, "4")), "110", [{"type": "Ready", "status": "True"}]),
        ]
        for n in range(max(count // 10, 3))
    ]
    columns = (
        *("kind", "metadata>name", "metadata>namespace", "metadata>creationTimestamp"),
        *("metadata>ownerReferences", "spec>nodeName", "spec>nodeSelector>disk", "spec>priority"),
        *("spec>tolerations", f"{_ASKED}>cpu", f"{_ASKED}>memory", f"{_ASKED}>nvidia.com/gpu"),
        *("spec>overhead", "status>phase", "status>startTime"),
    )
    owner = [{"kind": "ReplicaSet", "name": "web-7d9", "controller": True}]
    daemon = [{"kind": "DaemonSet", "name": "agent", "controller": True}]
    pods: list[list[Any]] = []
    for n in range(count):
        there = random.random() < 0.7
        pods.append(
            [
                *("Pod", f"p{n}", random.choice((ABSENT, "web")), "2024-03-01T10:00:00Z"),
                *(
                    random.choice((ABSENT, owner, daemon)),
                    f"n{n % len(nodes)}" if there else ABSENT,
                ),
                *(random.choice((ABSENT, ABSENT, "ssd")), random.choice((ABSENT, 100))),
                *(random.choice((ABSENT, [{"operator": "Exists"}])), random.choice(("500m", "2"))),
                *(random.choice(("1Gi", "1G", "2702284Ki")), random.choice((ABSENT, ABSENT, "1"))),
                *(
                    random.choice((ABSENT, {"cpu": "10m"})),
                    "Running" if there else "Pending",
                    ABSENT,
                ),
            ]
        )
    amounts = ("1e3", "2GiB", "0.5", "-1", "1Ki", "1n", "12E", "9" * 25, "1e-9", ".5", "5.", "m")
    odd: dict[str, Any] = dict.fromkeys((*columns[9:12], *node_columns[6:10]), amounts)
    odd["kind"] = ("Service", "List", "PodList", "Node", "Pod", "node")
    odd["status>phase"] = ("Succeeded", "Failed", "running", "Unknown")
    odd["spec>nodeName"] = ("n999", "")
    odd["metadata>creationTimestamp"] = (
        "2024-03-01T10:00:00+01:00",
        "2024-02-30T10:00:00Z",
        "2024-03-01",
    )
    form, end = (_YAML, "yaml") if yaml else (_JSON, random.choice(("json", "json.gz")))
    sheets = [
        Sheet(f"pods.{end}", form, columns, rows(pods), "objects", odd=odd),
        Sheet(f"nodes.{end}", form, node_columns, rows(nodes), "objects", odd=odd),
    ]
    limit = random.random() < 0.2

    def options(folder: Path) -> dict[str, Any]:
        return {
            "tasks": folder / f"pods.{end}",
            "nodes": folder / f"nodes.{end}",
            "pod_limit": limit,
        }

    return Case(sheets, options, _of_kubernetes)


def _of_kubernetes(trace: Trace, folder: Path) -> Counts:
    """An object is a pod that is a task, a node, or counted."""
    return {"objects": (trace.task_count + trace.machine_count, dropped(trace))}


def _kubernetes_yaml(random: Random, count: int) -> Case:
    return _kubernetes(random, count, yaml=True)


FORMATS = (
    Format("kubernetes (JSON)", "kubernetes", _kubernetes, rows=1200, weight=0.5),
    Format("kubernetes (YAML)", "kubernetes", _kubernetes_yaml, rows=1200, weight=0.5),
)
