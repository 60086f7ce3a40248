"""Where a pod may run, after kubernetes.io: Assigning Pods to Nodes; Taints and Tolerations."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share
from tests.traces.kubernetes.objects import Load, Object, node, pod
from traces.classes import CLASSES_MAX
from traces.kubernetes import nodes as node_reader
from traces.kubernetes import rules as rule_reader
from traces.kubernetes.feasible import Feasible
from traces.kubernetes.part import Item, Part


def allowed(trace: traces.Trace, task: str = "default/web") -> list[str]:
    """The machines that a task may use, by name."""
    models = trace.tasks.filter(id=task).collect()["models"].item()
    machines = trace.machines.collect()
    if models is None:
        return machines["id"].to_list()
    return machines.filter(pl.col("model").is_in(models.split("|")))["id"].to_list()


def affinity(*terms: list[tuple[str, str, list[str]]], fields: bool = False) -> dict[str, Any]:
    """Required node affinity: terms of key, operator, values."""
    kind = "matchFields" if fields else "matchExpressions"
    made = [
        {kind: [{"key": key, "operator": op, "values": values} for key, op, values in term]}
        for term in terms
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": made}}
    return {"affinity": {"nodeAffinity": required}}


NODES = (
    node("n1", labels={"disk": "ssd", "cores": "8"}),
    node("n2", labels={"disk": "hdd", "cores": "16"}),
    node("n3", labels={"disk": "ssd", "cores": "many"}),
    node("n4"),
)
ALL = ["n1", "n2", "n3", "n4"]


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({}, ALL),
        ({"nodeSelector": {"disk": "ssd"}}, ["n1", "n3"]),
        ({"nodeSelector": {"disk": "ssd", "cores": "8"}}, ["n1"]),
        ({"nodeSelector": {"disk": "tape"}}, []),
        (affinity([("disk", "In", ["ssd", "tape"])]), ["n1", "n3"]),
        (affinity([("disk", "NotIn", ["ssd"])]), ["n2", "n4"]),
        (affinity([("disk", "Exists", [])]), ["n1", "n2", "n3"]),
        (affinity([("disk", "DoesNotExist", [])]), ["n4"]),
        (affinity([("cores", "Gt", ["8"])]), ["n2"]),
        (affinity([("cores", "Lt", ["9"])]), ["n1"]),
        (affinity([("disk", "In", ["ssd"]), ("cores", "Gt", ["1"])]), ["n1"]),
        (affinity([("disk", "In", ["hdd"])], [("cores", "Lt", ["9"])]), ["n1", "n2"]),
        (affinity(), []),
        (affinity([]), []),
        (affinity([], [("disk", "In", ["hdd"])]), ["n2"]),
        (affinity([("metadata.name", "In", ["n2", "n4"])], fields=True), ["n2", "n4"]),
        (affinity([("metadata.name", "NotIn", ["n2"])], fields=True), ["n1", "n3", "n4"]),
        ({"nodeSelector": {"disk": "ssd"}, **affinity([("cores", "Exists", [])])}, ["n1", "n3"]),
    ],
)
def test_selectors_and_affinity_say_where(load: Load, spec: Any, names: list[str]) -> None:
    trace = load(*NODES, pod(on=None, **spec))
    assert allowed(trace) == names
    assert trace.unplaceable == (not names)


TAINT = {"key": "team", "value": "ml", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("taint", "toleration", "may"),
    [
        (TAINT, None, False),
        (TAINT, {"key": "team", "operator": "Equal", "value": "ml", "effect": "NoSchedule"}, True),
        (TAINT, {"key": "team", "value": "ml"}, True),
        (TAINT, {"key": "team", "value": "web"}, False),
        (TAINT, {"key": "team", "operator": "Exists"}, True),
        (TAINT, {"key": "other", "operator": "Exists"}, False),
        (TAINT, {"operator": "Exists"}, True),
        (TAINT, {"operator": "Exists", "effect": "NoExecute"}, False),
        (TAINT | {"effect": "NoExecute"}, None, False),
        (TAINT | {"effect": "NoExecute"}, {"key": "team", "operator": "Exists"}, True),
        (TAINT | {"effect": "PreferNoSchedule"}, None, True),
        ({"key": "gone", "effect": "NoSchedule"}, {"key": "gone"}, True),
        ({"key": "sla", "value": "950", "effect": "NoSchedule"}, ("sla", "Gt", "900"), True),
        ({"key": "sla", "value": "950", "effect": "NoSchedule"}, ("sla", "Lt", "900"), False),
        ({"key": "sla", "value": "gold", "effect": "NoSchedule"}, ("sla", "Gt", "900"), False),
    ],
)
def test_taints_keep_off_what_does_not_tolerate_them(
    load: Load, taint: Any, toleration: Any, may: bool
) -> None:
    if isinstance(toleration, tuple):
        toleration = dict(zip(("key", "operator", "value"), toleration, strict=True))
    tolerations = [toleration] if toleration else []
    trace = load(node("n1", taints=[taint]), node("n2"), pod(on=None, tolerations=tolerations))
    assert allowed(trace) == (["n1", "n2"] if may else ["n2"])


def test_a_cordoned_node_keeps_what_runs_and_takes_nothing_new(load: Load) -> None:
    trace = load(
        node("n1", unschedulable=True),
        node("n2"),
        pod(name="runs", on="n1"),
        pod(name="waits", on=None),
        pod(name="old", on="n2"),
    )
    assert allowed(trace, "default/runs") == ["n1", "n2"]
    assert allowed(trace, "default/waits") == ["n2"]
    assert allowed(trace, "default/old") == ["n2"]
    assert "running where none like it could start now: 1 pod (which may)" in trace.assumed
    said = "nodes that take only what tolerates it: 1 cordoned and 0 not ready"
    assert said in trace.assumed


def test_a_node_that_is_not_ready_takes_nothing_new(load: Load) -> None:
    failing = node("n1")
    failing["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    assert allowed(load(failing, node("n2"), pod(on=None))) == ["n2"]


def test_classes_are_named_by_gpu_then_type_and_numbered(load: Load) -> None:
    gpu = {"nvidia.com/gpu": "4"}
    kind = {"node.kubernetes.io/instance-type": "m5.large"}
    trace = load(
        node("g1", gpu, labels={"nvidia.com/gpu.product": "A|100"}),
        node("g2", gpu, labels={"nvidia.com/gpu.product": "A|100"}, taints=[TAINT]),
        node("g3", gpu),
        node("c1", labels=kind),
        node("c2", labels=kind | {"disk": "ssd"}),
        pod({"cpu": 1}, on=None, nodeSelector={"disk": "ssd"}),
        pod({"nvidia.com/gpu": 1}, on=None, name="train"),
    )
    assert trace.machines.select("id", "model").collect().rows() == [
        ("g1", "A/100"),
        ("g2", "A/100-2"),
        ("g3", "nvidia.com/gpu"),
        ("c1", "m5.large"),
        ("c2", "m5.large-2"),
    ]
    assert allowed(trace, "default/train") == ["g1", "g3", "c1", "c2"]


def test_nodes_that_no_rule_tells_apart_have_no_class(load: Load) -> None:
    trace = load(*NODES, pod())
    assert trace.models == ()
    assert trace.tasks.collect()["models"].to_list() == [None]


def test_gpus_of_one_vendor_are_not_taken_for_anothers(load: Load) -> None:
    trace = load(
        node("n1", {"nvidia.com/gpu": 1}),
        node("n2", {"amd.com/gpu": 1}),
        pod({"amd.com/gpu": 1}, on=None),
    )
    assert allowed(trace) == ["n2"]


def test_the_model_that_a_gpu_share_names_is_kept(load: Load) -> None:
    key = "alibabacloud.com/gpu-card-model"
    has = {"alibabacloud.com/gpu-count": 2}
    some = [node(model, has, labels={key: model}) for model in ("T4", "P100", "A10")]
    made = pod({}, on=None, annotations={key: "T4|A10", "alibabacloud.com/gpu-milli": "500"})
    trace = load(*some, made)
    assert trace.tasks.select("gpu", "models").collect().row(0) == (0.5, "A10|T4")


def test_pods_of_a_daemon_set_are_one_a_node_on_any_that_it_may_use(load: Load) -> None:
    some = [node(f"n{n}", labels={"disk": "ssd"} if n < 90 else {}) for n in range(100)]
    pinned = [
        pod(
            name=f"agent-{n}",
            on=f"n{n}",
            owner=("DaemonSet", "agent"),
            nodeSelector={"disk": "ssd"},
            **affinity([("metadata.name", "In", [f"n{n}"])], fields=True),
        )
        for n in range(90)
    ]
    trace = load(*some, *pinned)
    assert trace.tasks.select("job", "max_per_machine", "models").unique().collect().rows() == [
        ("default/DaemonSet/agent", 1, "node")
    ]
    assert len(allowed(trace, "default/agent-3")) == 90
    assert trace.tasks.collect()["machine"].to_list() == [f"n{n}" for n in range(90)]
    said = "of DaemonSets or run by nodes themselves: 90 pods (one of a job a node on any that it "
    assert said + "may use)" in trace.assumed


@pytest.mark.parametrize("mirrored", [True, False])
def test_static_pods_are_one_a_node_where_their_kind_is(load: Load, mirrored: bool) -> None:
    def static(name: str, on: str) -> Object:
        marks = {"kubernetes.io/config.mirror": "0a1b"} if mirrored else None
        owner = None if mirrored else ("Node", on)
        return pod(name=f"{name}-{on}", on=on, annotations=marks, owner=owner)

    control = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
    trace = load(
        *(node(name, taints=[control]) for name in ("m1", "m2")),
        *(node(name) for name in ("w1", "w2")),
        *(static("apiserver", name) for name in ("m1", "m2")),
        *(static("proxy", name) for name in ("m1", "m2", "w1", "w2")),
        pod(on="w1"),
    )
    assert allowed(trace, "default/apiserver-m1") == ["m1", "m2"]
    assert allowed(trace, "default/proxy-w2") == ["m1", "m2", "w1", "w2"]
    assert allowed(trace) == ["w1", "w2"]
    found = trace.tasks.filter(id="default/apiserver-m1").collect()
    assert found.select("job", "max_per_machine").row(0) == ("default/static/apiserver", 1)


@pytest.mark.parametrize("count", [CLASSES_MAX, CLASSES_MAX + 1])
def test_more_classes_than_a_trace_has_is_an_error_that_says_what_to_do(
    load: Load, count: int
) -> None:
    name = "kubernetes.io/hostname"
    some = [node(f"n{n}", labels={name: f"n{n}"}) for n in range(count)]
    pinned = [pod(name=f"db-{n}", on=f"n{n}", nodeSelector={name: f"n{n}"}) for n in range(count)]
    if count <= CLASSES_MAX:
        assert len(load(*some, *pinned).models) == count
        return
    with pytest.raises(traces.TraceError) as caught:
        load(*some, *pinned)
    assert str(caught.value).endswith(
        "dump.json: items[0] node n0: found rules of pods that tell more than 61 classes of nodes "
        "apart, 62 of them by kubernetes.io/hostname, expected at most 61 (leave out of the dump "
        "the pods that are bound to single nodes)"
    )


LABELS = {"app": "db", "tier": "back"}


@pytest.mark.parametrize(
    ("term", "alone", "counted"),
    [
        ({"labelSelector": {"matchLabels": {"app": "db"}}}, True, False),
        ({"labelSelector": {"matchLabels": {"app": "web"}}}, False, True),
        ({"labelSelector": {}}, True, False),
        ({}, False, True),
        ({"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "zone"}, False, True),
        ({"labelSelector": {}, "namespaces": ["default"]}, True, False),
        ({"labelSelector": {}, "namespaces": ["other"]}, False, True),
        ({"labelSelector": {}, "namespaceSelector": {}}, True, True),
    ],
)
def test_pods_that_keep_off_their_own_kind_are_one_a_machine(
    load: Load, term: Any, alone: bool, counted: bool
) -> None:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    term = {"topologyKey": "kubernetes.io/hostname", **term}
    apart = {"podAntiAffinity": {required: [term]}}
    trace = load(node(), pod(labels=LABELS, affinity=apart))
    assert trace.tasks.collect()["max_per_machine"].to_list() == [1 if alone else None]
    assert ("pod anti-affinity not counted: 1 pod" in trace.assumed) == counted


@pytest.mark.parametrize(
    ("expression", "alone"),
    [
        (("app", "In", ["db", "x"]), True),
        (("app", "NotIn", ["db"]), False),
        (("tier", "Exists", []), True),
        (("tier", "DoesNotExist", []), False),
        (("zone", "NotIn", ["a"]), True),
    ],
)
def test_label_selectors_have_four_operators(
    load: Load, expression: tuple[str, str, list[str]], alone: bool
) -> None:
    words = dict(zip(("key", "operator", "values"), expression, strict=True))
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [words]}}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    trace = load(node(), pod(labels=LABELS, affinity={"podAntiAffinity": {required: [term]}}))
    assert trace.tasks.collect()["max_per_machine"].to_list() == [1 if alone else None]


def test_ports_of_the_host_are_taken_once_a_machine(load: Load) -> None:
    containers = [{"ports": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 443}]}]
    assert load(node(), pod(containers=containers)).tasks.collect()["max_per_machine"].item() == 1


def test_rules_among_pods_that_a_cell_does_not_have_are_counted(load: Load) -> None:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    near = {"podAffinity": {required: [{"topologyKey": "zone", "labelSelector": {}}]}}
    spread = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]
    soft = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]
    trace = load(
        node(),
        pod(name="a", affinity=near),
        pod(name="b", affinity=near, topologySpreadConstraints=spread),
        pod(name="c", topologySpreadConstraints=soft),
    )
    counted = [text for text in trace.assumed if "not counted" in text and "a node" not in text]
    assert counted == ["pod affinity not counted: 2 pods", "topology spread not counted: 1 pod"]


KEYS, VALUES = st.sampled_from("ab"), st.sampled_from(["1", "2", "x"])
EXPRESSIONS = st.one_of(
    st.tuples(KEYS, st.sampled_from(["In", "NotIn"]), st.lists(VALUES, min_size=1, max_size=2)),
    st.tuples(KEYS, st.sampled_from(["Exists", "DoesNotExist"]), st.just([])),
    st.tuples(KEYS, st.sampled_from(["Gt", "Lt"]), st.lists(st.just("1"), min_size=1, max_size=1)),
)
TERMS = st.none() | st.lists(st.lists(EXPRESSIONS, max_size=2), max_size=2)
TAINTS = st.fixed_dictionaries(
    {"key": KEYS, "value": VALUES, "effect": st.sampled_from(["NoSchedule", "NoExecute"])}
)
TOLERATIONS = st.fixed_dictionaries(
    {"key": KEYS, "operator": st.sampled_from(["Equal", "Exists"]), "value": VALUES},
    optional={"effect": st.sampled_from(["NoSchedule", "NoExecute"])},
)
LABELLED = st.dictionaries(KEYS, VALUES)


def holds(labels: dict[str, str], key: str, operator: str, values: list[str]) -> bool:
    value = labels.get(key)
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) == (operator == "Exists")
    if value is None or not value.isdigit():
        return False
    return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])


def may(spec: Any, terms: Any, one: Object) -> bool:
    """As plainly as the documentation says it."""
    labels = one["metadata"]["labels"]
    if any(labels.get(key) != value for key, value in spec["nodeSelector"].items()):
        return False
    if terms is not None and not any(
        term and all(holds(labels, *expression) for expression in term) for term in terms
    ):
        return False
    return all(
        any(
            toleration["key"] == taint["key"]
            and toleration.get("effect", taint["effect"]) == taint["effect"]
            and (toleration["operator"] == "Exists" or toleration["value"] == taint["value"])
            for toleration in spec["tolerations"]
        )
        for taint in one["spec"]["taints"]
    )


@settings(max_examples=share(100), deadline=None)
@given(
    some=st.lists(st.tuples(LABELLED, st.lists(TAINTS, max_size=2)), min_size=1, max_size=5),
    selector=LABELLED,
    terms=TERMS,
    tolerations=st.lists(TOLERATIONS, max_size=2),
)
def test_all_nodes_at_once_are_judged_as_one_by_one(
    some: Any, selector: dict[str, str], terms: Any, tolerations: Any
) -> None:
    made = [node(f"n{n}", labels=labels, taints=taints) for n, (labels, taints) in enumerate(some)]
    words = affinity(*terms) if terms is not None else {}
    spec = {"nodeSelector": selector, "tolerations": tolerations, **words}

    def part(value: Any) -> Part:
        return Part(Item(None, ""), "", value)  # type: ignore[arg-type]

    feasible = Feasible([node_reader.read(part(one)) for one in made])
    mask = feasible.nodes(rule_reader.of_pod(part(spec), {}, pinned=True))
    assert [bool(mask >> n & 1) for n in range(len(made))] == [may(spec, terms, n) for n in made]
