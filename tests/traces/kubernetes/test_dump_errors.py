"""What is wrong in a dump is told in one line: file, item, field, found, expected."""

from __future__ import annotations

import copy
import gzip
from pathlib import Path
from typing import Any

import pytest

import traces
from tests.traces.kubernetes.objects import Load, Object, node, pod

EXPECTED = "expected a dump as kubectl get nodes,pods -A -o json or -o yaml prints it"


def put(value: Any, path: str, new: Any) -> Any:
    """A copy of an object with another value at a dotted path."""
    value = copy.deepcopy(value)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = value
    for step in steps:
        inner = inner[step] if isinstance(inner, list) else inner.setdefault(step, {})
    inner[last] = new
    return value


def told(load: Load, *objects: Object, **options: Any) -> str:
    with pytest.raises(traces.TraceError) as caught:
        load(*objects, **options)
    line = str(caught.value)
    assert "\n" not in line
    return line.split("dump.json: ", 1)[1]


CASES: list[tuple[str, Any, str]] = [
    ("kind", 3, "items[1], field kind: found 3, expected text"),
    ("metadata", None, "items[1], field metadata: found nothing, expected an object with a name"),
    ("metadata", [], "items[1], field metadata: found a list, expected an object of fields"),
    ("metadata.name", "", "items[1], field metadata.name: found nothing, expected a name"),
    ("metadata.name", 7, "items[1], field metadata.name: found 7, expected text"),
    (
        "metadata.namespace",
        {},
        "items[1], field metadata.namespace: found an object, expected text",
    ),
    ("metadata.labels.app", 1, "field metadata.labels.app: found 1, expected text (quote it)"),
    ("metadata.creationTimestamp", "9999-12-31T23:59:59-12:00", "expected a time such as 2019-08-"),
    ("metadata.creationTimestamp", "yesterday", "found 'yesterday', expected a time such as 2019-"),
    ("metadata.creationTimestamp", "2024-02-30T00:00:00Z", "expected a time such as 2019-08-28T01"),
    (
        "metadata.creationTimestamp",
        "2024-03-01T11:00:00",
        "found '2024-03-01T11:00:00', expected a",
    ),
    ("metadata.ownerReferences", "x", "metadata.ownerReferences: found 'x', expected a list"),
    ("metadata.ownerReferences", [{"kind": "Job"}], "ownerReferences[0].name: found nothing"),
    ("metadata.ownerReferences", [3], "ownerReferences[0]: found 3, expected an object of fields"),
    ("spec", None, "field spec: found nothing, expected an object with containers"),
    ("spec.nodeName", 1, "field spec.nodeName: found 1, expected text"),
    ("spec.priority", "high", "field spec.priority: found 'high', expected a whole number"),
    ("spec.priority", 1.5, "field spec.priority: found 1.5, expected a whole number"),
    ("spec.priority", 2**31, "spec.priority: found 2147483648, expected a 32-bit whole number"),
    ("spec.priority", 10**400, "field spec.priority: found a number of hundreds of digits, expect"),
    ("spec.containers", {}, "field spec.containers: found an object, expected a list"),
    ("spec.containers.0", "x", "field spec.containers[0]: found 'x', expected an object of fields"),
    ("spec.nodeSelector", {"gpu": True}, "spec.nodeSelector.gpu: found true, expected text (quote"),
    (
        "spec.tolerations",
        [{"operator": "Equals"}],
        "found 'Equals', expected one of Equal, Exists,",
    ),
    (
        "spec.tolerations",
        [{"value": "x"}],
        "operator: found Equal, expected Exists where key is em",
    ),
    (
        "spec.tolerations",
        [{"key": "a", "effect": "no"}],
        "found 'no', expected one of NoSchedule, ",
    ),
    ("status.phase", "running", "found 'running', expected one of Pending, Running, Succeeded, "),
    ("status.conditions", [{"lastProbeTime": 3}], "conditions[0].lastProbeTime: found 3, expected"),
]
NODE_CASES: list[tuple[str, Any, str]] = [
    ("metadata.name", None, "items[0], field metadata.name: found nothing, expected a name"),
    (
        "metadata.labels",
        ["a"],
        "items[0] node n1, field metadata.labels: found a list, expected an",
    ),
    ("spec.unschedulable", "yes", "spec.unschedulable: found 'yes', expected true or false"),
    ("spec.taints", [{"key": "a"}], "field spec.taints[0].effect: found nothing, expected a name"),
    ("spec.taints", [{"key": "a", "effect": "NoRun"}], "'NoRun', expected one of NoSchedule, Pref"),
    ("status", None, "field status.allocatable.cpu: found nothing, expected a quantity"),
    (
        "status.allocatable",
        {"cpu": 1},
        "status.allocatable.memory: found nothing, expected a quant",
    ),
    ("status.allocatable.cpu", "8 cores", "found '8 cores', expected a quantity such as 500m, 2,"),
    ("status.allocatable.memory", "16GB", "found '16GB', expected a quantity such as 500m, 2, 1.5"),
    ("status.allocatable.memory", "-1Gi", "found '-1Gi', expected 0 or more"),
    ("status.allocatable.memory", "1e400", "found '1e400', expected at most 2^63-1"),
    (
        "status.allocatable.nvidia~com/gpu",
        65,
        "found 65, expected a whole number of devices, at mo",
    ),
    ("status.allocatable.nvidia~com/gpu", "500m", "found 0.5, expected a whole number of devices,"),
]


@pytest.mark.parametrize(("path", "value", "said"), CASES)
def test_what_is_wrong_in_a_pod_is_told_by_its_field(
    load: Load, path: str, value: Any, said: str
) -> None:
    line = told(load, node(), put(pod(), path, value))
    assert said in line
    assert line.startswith("items[1]")


@pytest.mark.parametrize(("path", "value", "said"), NODE_CASES)
def test_what_is_wrong_in_a_node_is_told_by_its_field(
    load: Load, path: str, value: Any, said: str
) -> None:
    made = put(node(), path, value)
    there = made["status"] and made["status"]["allocatable"]
    if there and "nvidia~com/gpu" in there:
        there["nvidia.com/gpu"] = there.pop("nvidia~com/gpu")
    line = told(load, made, pod())
    assert said in line
    assert line.startswith("items[0]")


def test_the_whole_line_of_a_wrong_quantity(load: Load) -> None:
    made = pod({"cpu": "1", "memory": "2GiB"})
    assert told(load, node(), made) == (
        "items[1] pod default/web, field spec.containers[0].resources.requests.memory: "
        "found '2GiB', expected a quantity such as 500m, 2, 1.5Gi, 1G or 1e3 (did you mean 2Gi?)"
    )


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-1", "found '-1', expected 0 or more"),
        (True, "found true, expected a quantity such as 500m"),
        ([], "found a list, expected a quantity such as 500m"),
        ("NaN", "found 'NaN', expected a quantity such as 500m"),
        (10**30, f"found {10**30}, expected at most 2^63-1"),
        (10**3000, "found a number of hundreds of digits, expected at most 2^63-1"),
        ("1e99999", "found '1e99999', expected at most 2^63-1"),
        ("9" * 5000, "…, expected a quantity such as 500m"),
    ],
)
def test_amounts_that_can_not_be_are_told(load: Load, amount: object, said: str) -> None:
    assert said in told(load, node(), pod({"cpu": amount}))


def test_amounts_beyond_what_a_trace_counts_are_told(load: Load) -> None:
    assert told(load, node(), pod({"cpu": "9e17"})) == (
        "items[1] pod default/web, field cpu: found 9e+17, expected at most 1e+15 units of 0.001"
    )


@pytest.mark.parametrize("asks", [{"nvidia.com/gpu": "1500m"}, {"a.b/gpu": 1, "c.d/gpu": "250m"}])
def test_a_gpu_and_a_half_is_an_error(load: Load, asks: dict[str, object]) -> None:
    assert told(load, node(), pod(asks)).endswith(
        "GPUs, expected a share of one device or a whole number of devices"
    )


def test_a_share_of_each_of_several_cards_is_an_error(load: Load) -> None:
    words = {"alibabacloud.com/gpu-count": "3", "alibabacloud.com/gpu-milli": "500"}
    assert told(load, node(), pod(annotations=words)) == (
        "items[1] pod default/web, field metadata.annotations.alibabacloud.com/gpu-milli: found "
        "1.5 GPUs, expected a share of one device or a whole number of devices"
    )


def test_two_sorts_of_gpus_on_a_node_are_an_error(load: Load) -> None:
    two = node("n1", {"nvidia.com/gpu": 1, "amd.com/gpu": 1})
    assert told(load, two, pod()) == (
        "items[0] node n1, field status.allocatable: found nvidia.com/gpu and amd.com/gpu, "
        "expected GPUs of one resource on a node"
    )


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({"key": "a", "operator": "in", "values": ["b"]}, "found 'in', expected one of In, NotIn"),
        ({"key": "a", "operator": "In"}, "values: found none, expected at least one value"),
        ({"key": "a", "operator": "Gt", "values": ["x"]}, "found x, expected one whole number"),
        ({"key": "a", "operator": "Lt", "values": []}, "found none, expected one whole number"),
        ({"key": "a", "operator": "Exists", "values": ["b"]}, "found b, expected no values"),
        ({"key": "a", "operator": "In", "values": [1]}, "values[0]: found 1, expected text"),
        ({"operator": "In", "values": ["b"]}, "key: found nothing, expected a name"),
    ],
)
def test_affinity_that_can_not_be_is_told(load: Load, expression: Any, said: str) -> None:
    terms = [{"matchExpressions": [expression]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    line = told(load, node(), pod(affinity={"nodeAffinity": required}))
    assert said in line
    assert "nodeSelectorTerms[0].matchExpressions[0]" in line


def test_names_that_come_again_are_told_with_the_first(load: Load) -> None:
    assert told(load, node(), pod(), pod()) == (
        "items[2] pod default/web, field metadata.name: found the name again "
        "(first items[1] pod default/web), expected each name once"
    )
    assert "items[1] node n1, field metadata.name: found the name again (first items[0]" in told(
        load, node(), node(), pod()
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"found an empty file, {EXPECTED}"),
        (" \n", f"found an empty file, {EXPECTED}"),
        ("{", f"found text that is no JSON, {EXPECTED} (parse error: premature EOF)"),
        ('{"items": [{"kind": "Pod",}]}', f"found text that is no JSON, {EXPECTED}"),
        ('{"items": [NaN]}', f"found text that is no JSON, {EXPECTED}"),
        ('{"items": []} {}', f"found text that is no JSON, {EXPECTED}"),
        ('{"kind": "List", "items": []}', f"found 0 nodes and no pod, {EXPECTED}"),
        ('{"kind": "List", "items": {"a": 1}}', "field items: found an object, expected a list"),
        ('{"kind": "List", "items": [3]}', "items[0]: found 3, expected an object with kind"),
        ('{"kind": "List", "items": [null]}', "items[0]: found a blank, expected an object with"),
        ('{"kind": "List", "items": [[[]]]}', "items[0]: found a list, expected an object with"),
        ('{"kind": "Service"}', "found 0 nodes and no pod (1 of kind Service), expected a dump"),
        ("[]", f"found 0 nodes and no pod, {EXPECTED}"),
        ("items: []\n", f"found 0 nodes and no pod, {EXPECTED}"),
        ("- a\n- b\n", "[0]: found 'a', expected an object with kind, metadata, spec, status"),
        ("a line of text\n", "found 'a line of text', expected an object with kind, metadata,"),
        ("kind: List\nitems:\n- {a: &x 1, b: *x}\n", f"row 3: found an alias, *x, {EXPECTED}"),
        ("kind: !!python/name:os.system x\n", "row 1: found the tag 'tag:yaml.org,2002:python/na"),
        ("kind: Pod\nkind: Node\n", "row 2: found the key 'kind' twice, expected a dump"),
        ("? [a]\n: b\n", "row 1: found a key that is no text, expected a dump"),
        (
            "a: [b\n",
            f"row 2: found text that is no YAML, {EXPECTED} (did not find expected ',' or ",
        ),
        (
            "a: \x07\n",
            f"found text that is no YAML, {EXPECTED} (unacceptable character #x0007",
        ),
        ("PAR1", f"found Parquet data, {EXPECTED}"),
    ],
)
def test_files_that_are_no_dump_are_told(load: Load, text: str, said: str) -> None:
    assert said in told(load, text=text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"items": ["\xff"]}', "found text that is no JSON"),
        (b"a: \xff\n", "found text that is no YAML"),
        ("{}".encode("utf-16"), "found UTF-16 data"),
        (gzip.compress(b"{}" * 5000, mtime=0)[:-20], "found a gzip stream that ends early"),
        (gzip.compress(b"{}", mtime=0)[:-6] + b"xxxxxx", "found broken gzip data"),
        (b"\x1f\x8bnot gzip", "found broken gzip data"),
    ],
)
def test_bytes_that_are_no_text_are_told(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "dump.json").write_bytes(data)
    with pytest.raises(traces.TraceError) as caught:
        traces.load("kubernetes", path=tmp_path / "dump.json")
    assert said in str(caught.value)


def test_dumps_that_leave_nothing_to_place_are_told(load: Load) -> None:
    assert told(load, node()) == f"found 1 nodes and no pod, {EXPECTED}"
    assert told(load, node(), pod(phase="Succeeded"), pod(name="b", on="n9")) == (
        "found no pod that holds or wants something among 2, expected some that run or wait"
    )


def test_a_folder_without_dumps_and_no_path_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(traces.TraceError, match=r"found no file of .json, .yaml, .yml or .gz"):
        traces.load("kubernetes", path=tmp_path)
    with pytest.raises(
        traces.TraceError, match=r"field trace.path: found nothing, expected a dump"
    ):
        traces.load("kubernetes")
    with pytest.raises(traces.TraceError, match="found no such file"):
        traces.load("kubernetes", path=tmp_path / "none.json")


def test_an_item_that_is_unlike_the_others_is_told_by_its_number(load: Load) -> None:
    some = [pod(name=f"p{n}") for n in range(40)]
    some[17] = put(some[17], "spec.containers.0.resources.requests.cpu", "one")
    assert told(load, node(), *some).startswith("items[18] pod default/p17, field spec.container")
