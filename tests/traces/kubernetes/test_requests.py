"""What a pod asks for, after the Kubernetes documentation and its enhancement proposals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from tests.traces.kubernetes.objects import Load, node, pod


def container(requests: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    resources = {"requests": requests} if requests is not None else {}
    limits = more.pop("limits", None)
    return {"name": "c", "resources": resources | ({"limits": limits} if limits else {}), **more}


def asked(trace: traces.Trace) -> dict[str, float]:
    return trace.tasks.select(trace.resources).collect().row(0, named=True)


def test_containers_are_summed_and_one_without_resources_asks_for_nothing(load: Load) -> None:
    containers = [container({"cpu": "100m", "memory": "70Mi"}), container({"cpu": "150m"}), {}]
    assert asked(load(node(), pod(containers=containers))) == {"cpu": 0.25, "mem": 70 / 1024}


def test_a_limit_counts_where_a_request_is_missing(load: Load) -> None:
    containers = [container({"cpu": "100m"}, limits={"cpu": "1", "memory": "200Mi"})]
    assert asked(load(node(), pod(containers=containers))) == {"cpu": 0.1, "mem": 200 / 1024}


def test_the_largest_init_container_counts_where_it_is_more_than_the_sum(load: Load) -> None:
    # As in the documentation: 200Mi and 150Mi to begin with, then 120Mi + 140Mi together.
    containers = [container({"memory": "120Mi"}), container({"memory": "140Mi"})]
    starts = [container({"memory": "200Mi", "cpu": "2"}), container({"memory": "150Mi"})]
    found = asked(load(node(), pod(containers=containers, initContainers=starts)))
    assert found == {"cpu": 2.0, "mem": 260 / 1024}


def test_sidecars_count_with_the_containers_and_with_what_starts_after_them(load: Load) -> None:
    # KEP-753: the pod runs 1 + 2 = 3; init 2 starts beside the sidecar: 2 + 4 = 6; init 1 alone: 5.
    sidecar = container({"cpu": "2"}, restartPolicy="Always")
    starts = [container({"cpu": "5"}), sidecar, container({"cpu": "4"})]
    assert asked(load(node(), pod({"cpu": "1"}, initContainers=starts)))["cpu"] == 6.0
    again = pod({"cpu": "1"}, initContainers=[container({"cpu": "5"}), sidecar])
    assert asked(load(node(), again))["cpu"] == 5.0
    last = pod({"cpu": "4"}, initContainers=[container({"cpu": "5"}), sidecar])
    assert asked(load(node(), last))["cpu"] == 6.0


def test_overhead_comes_on_top_of_everything(load: Load) -> None:
    # KEP-688: 250m and 120Mi of the runtime class.
    asks = pod({"cpu": "1", "memory": "1Gi"}, overhead={"cpu": "250m", "memory": "120Mi"})
    assert asked(load(node(), asks)) == {"cpu": 1.25, "mem": 1144 / 1024}


def test_what_the_pod_as_a_whole_asks_for_takes_the_place_of_its_containers(load: Load) -> None:
    # KEP-2837: requests of the pod count; a limit where nothing else asks; other resources do not.
    whole = {"requests": {"cpu": "3"}, "limits": {"cpu": "4", "memory": "2Gi"}}
    asks = pod(containers=[container({"cpu": "1", "example.com/dongle": "1"})], resources=whole)
    assert asked(load(node(), asks)) == {"cpu": 3.0, "mem": 2.0, "dongle": 1.0}
    beside = pod(containers=[container({"memory": "1Gi"})], resources={"limits": {"memory": "2Gi"}})
    assert asked(load(node(), beside))["mem"] == 1.0


def test_what_is_finer_than_the_scheduler_counts_is_rounded_up_by_pod(load: Load) -> None:
    containers = [container({"cpu": "100u", "memory": "1500m"}) for _ in range(3)]
    found = asked(load(node(), pod(containers=containers)))
    assert found == {"cpu": 0.001, "mem": 5 / 2**30}  # 0.3 m up, 4.5 bytes up


@pytest.mark.parametrize(
    ("memory", "unit"),
    [("1Gi", 2**20), ("2702284Ki", 2**12), ("1G", 2**9), ("128974848", 2**20), ("1000001", 1)],
)
def test_memory_is_counted_as_finely_as_the_dump_does(load: Load, memory: str, unit: int) -> None:
    trace = load(node(), pod({"cpu": "1", "memory": memory}))
    assert trace.units["mem"] == unit / 2**30


def test_resources_that_no_pod_asks_for_are_left_out(load: Load) -> None:
    has = {"ephemeral-storage": "94Gi", "hugepages-2Mi": "1Gi", "nvidia.com/gpu": "2"}
    assert load(node("n1", has), pod()).resources == ("cpu", "mem")
    asks = {"cpu": "1", "ephemeral-storage": "1G", "hugepages-2Mi": "4Mi", "a.b/x-y": 2}
    trace = load(node("n1", has), pod(asks))
    assert trace.resources == ("cpu", "mem", "x_y", "disk", "hugepages_2Mi")
    assert asked(trace) == {
        **{"cpu": 1.0, "mem": 0.0, "x_y": 2.0},
        **{"disk": 10**9 / 2**30, "hugepages_2Mi": 4 / 1024},
    }
    assert trace.machines.select("disk", "x_y").collect().row(0) == (94.0, 0.0)
    assert trace.unplaceable == 1


def test_names_of_resources_never_meet(load: Load) -> None:
    names = ["a.com/x", "b.com/x", "c.com/id", "d.com/gpu-x", "e.com/for", "f.com/1a", "g.com/mem"]
    asks = {"cpu": "1", **dict.fromkeys(names, "1")}
    trace = load(node(), pod(asks))
    assert trace.resources == (
        *("cpu", "mem", "a_com_x", "b_com_x", "c_com_id", "gpu_x", "r_for", "r_1a", "g_com_mem"),
    )


@pytest.mark.parametrize(
    ("name", "amount", "gpus"),
    [("nvidia.com/gpu", "2", 2.0), ("amd.com/gpu", 1, 1.0), ("nvidia.com/gpu", "250m", 0.25)],
)
def test_gpus_are_devices_or_a_share_of_one(
    load: Load, name: str, amount: object, gpus: float
) -> None:
    trace = load(node("n1", {name: 4}), pod({"cpu": "1", name: amount}))
    assert trace.resources == ("cpu", "mem", "gpu")
    assert asked(trace)["gpu"] == gpus
    assert trace.machines.collect()["gpu"].item() == 4.0


@pytest.mark.parametrize(
    ("count", "milli", "gpus"), [("1", "460", 0.46), ("4", "1000", 4.0), ("2", None, 2.0)]
)
@pytest.mark.parametrize("annotated", [True, False])
def test_shares_are_asked_for_as_alibaba_does(
    load: Load, count: str, milli: str | None, gpus: float, annotated: bool
) -> None:
    words = {"alibabacloud.com/gpu-count": count, "alibabacloud.com/gpu-milli": milli}
    words = {name: amount for name, amount in words.items() if amount is not None}
    asks = {"cpu": "1"} | ({} if annotated else words)
    made = pod(asks, annotations=words if annotated else None)
    has = {"alibabacloud.com/gpu-count": "8", "alibabacloud.com/gpu-milli": "8000"}
    trace = load(node("n1", has, labels={"alibabacloud.com/gpu-card-model": "T4"}), made)
    assert asked(trace) == {"cpu": 1.0, "mem": 0.0, "gpu": gpus}
    assert trace.machines.select("gpu", "model").collect().row(0) == (8.0, "T4")


def test_how_many_pods_a_node_takes_is_a_resource_where_it_is_asked(load: Load) -> None:
    some = [pod(name=f"p{number}") for number in range(3)]
    trace = load(node("n1", {"pods": "3"}), *some, pod_limit=True)
    assert trace.resources == ("cpu", "mem", "pods")
    assert trace.machines.collect()["pods"].to_list() == [3.0]
    assert trace.tasks.collect()["pods"].to_list() == [1.0] * 3
    said = "pods a node not counted (trace.pod_limit=true does; as many as may be on 1 of 1 nodes)"
    assert said in load(node("n1", {"pods": "3"}), *some).assumed


CPU = st.integers(0, 4000).map(lambda milli: f"{milli}m")
MEMORY = st.integers(0, 10**6).map(lambda kib: f"{kib}Ki")
RESOURCES = st.fixed_dictionaries({}, optional={"cpu": CPU, "memory": MEMORY})
CONTAINERS = st.lists(
    st.builds(
        lambda requests, limits, always: {
            "resources": {"requests": requests, "limits": limits},
            **({"restartPolicy": "Always"} if always else {}),
        },
        RESOURCES,
        RESOURCES,
        st.booleans(),
    ),
    max_size=4,
)


@given(containers=CONTAINERS, starts=CONTAINERS, overhead=RESOURCES)
def test_a_request_lies_between_what_runs_and_the_sum_of_all(
    containers: list[Any], starts: list[Any], overhead: dict[str, str]
) -> None:
    """Never under what runs together, never over what kubectl would count if all ran at once."""
    from traces.kubernetes import requests
    from traces.kubernetes.part import Item, Part

    spec = {"containers": containers, "initContainers": starts, "overhead": overhead}
    found = requests.of_pod(Part(Item(None, ""), "spec", spec))  # type: ignore[arg-type]

    def number(amounts: dict[str, str], name: str) -> int | None:
        return int(amounts[name].rstrip("mKi")) if name in amounts else None

    def one(container: Any, name: str) -> int:
        resources = container["resources"]
        asked = number(resources["requests"], name)
        return (number(resources["limits"], name) or 0) if asked is None else asked

    for name, scale in (("cpu", 10**6), ("memory", 1024 * 10**9)):
        above = number(overhead, name) or 0
        sidecars = [c for c in starts if "restartPolicy" in c]
        least = sum(one(c, name) for c in (*containers, *sidecars)) + above
        most = least + sum(one(c, name) for c in starts if "restartPolicy" not in c)
        assert least * scale <= found.get(name, 0) <= most * scale
