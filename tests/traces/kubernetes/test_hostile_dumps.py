"""Whatever stands in a dump, it is read or told in one line, in bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share
from tests.traces.kubernetes.objects import listed, node, pod
from tests.traces.kubernetes.test_rules import affinity
from tests.traces.test_hostile_input import spoilt, survives

CLUSTER = [
    node(
        labels={"disk": "ssd", "nvidia.com/gpu.product": "T4"},
        allocatable={"nvidia.com/gpu": "4"},
        taints=[{"key": "team", "value": "ml", "effect": "NoSchedule"}],
        unschedulable=False,
    ),
    pod(
        {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "1"},
        labels={"app": "web"},
        annotations={"alibabacloud.com/gpu-milli": "500"},
        owner=("ReplicaSet", "web-1"),
        tolerations=[{"key": "team", "operator": "Exists"}],
        nodeSelector={"disk": "ssd"},
        priority=5,
        initContainers=[{"restartPolicy": "Always", "resources": {"limits": {"cpu": 1}}}],
        overhead={"memory": "120Mi"},
        topologySpreadConstraints=[{"whenUnsatisfiable": "DoNotSchedule"}],
        **affinity([("disk", "In", ["ssd"])]),
    ),
    {"kind": "Service", "metadata": {"name": "s"}},
]
ODD = [
    *(None, True, 0, -1, 2**70, 1.5, "", "x", "1", "NaN", "1e400", "-1Gi", "2024-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2024-01-01T24:00:00Z"),
    *([], {}, [[]], [{}], {"": ""}, {"a": 1}, {"a": {"b": None}}, ["In"], "Exists", "\x00", "|"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    if not isinstance(value, (dict, list)):
        return [path]
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = changed(value[path[0]], path[1:], new)
    return made


def read(folder: Path, name: str, text: str) -> None:
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    survives(lambda: traces.load("kubernetes", path=folder / name))


PLACES = [place for place in places(CLUSTER) if place]


@settings(max_examples=share(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), max_size=3))
def test_any_value_of_a_wrong_type(
    changes: list[tuple[Any, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    cluster: Any = CLUSTER
    for path, new in changes:
        if path in places(cluster):
            cluster = changed(cluster, path, new)
    folder = tmp_path_factory.mktemp("changed")
    read(folder, "dump.json", listed(cluster))


YAML = "kind: List\nitems:\n- " + "\n- ".join(map(json.dumps, CLUSTER))
BLOCK = """\
apiVersion: v1
items:
- kind: Node
  metadata: {name: n1}
  status:
    allocatable:
      cpu: "8"
      memory: 32Gi
- kind: Pod
  metadata:
    name: web
    creationTimestamp: 2024-03-01T11:00:00Z
  spec:
    containers:
    - resources:
        requests:
          cpu: 500m
          memory: 1e9
    nodeName: n1
  status: {phase: Running}
kind: List
"""


@settings(max_examples=share(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=spoilt(listed(CLUSTER)) | spoilt(YAML) | spoilt(BLOCK))
def test_any_text_of_a_dump_spoilt(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    read(tmp_path_factory.mktemp("spoilt"), "dump", text)


HEAD = '{"kind": "List", "items": [{"kind": "Pod", "x": '
YAML_HEAD = "kind: List\nitems:\n- kind: Pod\n  x: "
MIB = 1 << 20
LONG = {
    "a string": (HEAD + '"', "a", 12),
    "spaces": (HEAD, " ", 12),
    "digits": (HEAD, "1", 12),
    "many values": (HEAD + "[", "1,", 12),
    "lists in lists": (HEAD, "[", 12),
    "objects in objects": (HEAD, '{"a":', 12),
    "a line of YAML": (YAML_HEAD, "a", 12),
    "a block of YAML": (YAML_HEAD + "|\n", "    aaaaaaaaaaa\n", 12),
    "lists in lists of YAML": (YAML_HEAD, "[\n", 12),
    "many keys": ("kind: List\nitems:\n- ", "{a: b}: c\n  ", 12),
}
SAID = ("8 MiB without the end", "more than 100 levels", "a line of more than a MiB", "a key that")


@pytest.mark.parametrize("name", LONG)
def test_what_does_not_end_is_told_before_it_is_held(tmp_path: Path, name: str) -> None:
    head, piece, mib = LONG[name]
    path = tmp_path / "dump"
    with path.open("w") as file:
        file.write(head)
        for _ in range(mib):
            file.write(piece * (MIB // len(piece)))
    with pytest.raises(traces.TraceError) as caught:
        traces.load("kubernetes", path=path)
    assert any(said in str(caught.value) for said in SAID)


def test_aliases_that_stand_for_billions_are_refused_at_the_first(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghi"
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in pairwise(names)]
    (tmp_path / "dump.yaml").write_text("\n".join([*lines, "items: *i"]))
    with pytest.raises(traces.TraceError, match=r"row 2: found an alias, \*a, expected a dump"):
        traces.load("kubernetes", path=tmp_path / "dump.yaml")


PROGRAM = """
import resource, sys, traces
from pathlib import Path
limit = 1_500_000_000
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    traces.load("kubernetes", path=sys.argv[1])
except traces.TraceError as error:
    print(error)
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.campaign
@pytest.mark.parametrize("name", LONG)
def test_a_gigabyte_of_it_takes_no_more_memory(tmp_path: Path, name: str) -> None:
    head, piece, _ = LONG[name]
    path = tmp_path / "dump"
    with path.open("w") as file:
        file.write(head)
        for _ in range(1000):
            file.write(piece * (MIB // len(piece)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    line, held_kb = done.stdout.strip().split("\n")
    assert any(said in line for said in SAID)
    assert int(held_kb) < 400_000


def test_names_of_megabytes_do_not_make_the_line_long(tmp_path: Path) -> None:
    long = "x" * (1 << 20)
    asks = {f"{long}/a": "1", "cpu": "-1"}
    several = [
        [pod(asks, name=long)],
        [pod({f"{long}/a": "?"})],
        [node(long, labels={"a": 3})],
        [node("n", {f"{long}/gpu": 1, f"b{long}/gpu": 1})],
        [pod(phase=long)],
        [pod(created=long)],
        [pod(**affinity([("a", "Gt", [long, long])]))],
        [{"kind": f"{number}{long[:60]}"} for number in range(1000)],
    ]
    for number, some in enumerate(several):
        read(tmp_path, str(number), listed(some))
