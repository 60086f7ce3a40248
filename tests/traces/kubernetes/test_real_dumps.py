"""Both real dumps against totals added up by hand, as kubectl describe node adds them.

Five nodes of 940m; four of them of 2702284Ki and z7lx of 2702292Ki. Requests a node, in milli-cores
and KiB, of pods that have neither succeeded nor failed:

nodes.yaml, pods.json (fluentd-elasticsearch asks for 200m 200Mi = 204800Ki on every node)
  7kwg  200 + redis-master 100 (100Mi = 102400Ki) + redis-slave 100 (102400Ki)     400m  409600Ki
  dmtd  200 + foobar 100 + two redis-slave-unlimit-2 of 100; 3 more succeeded      500m  204800Ki
  nvv4  200 + foobar 100 + redis-slave-unlimit 100                                 400m  204800Ki
  z7lx  200 + redis-slave 100 (102400Ki) + redis-slave-unlimit 100                 400m  307200Ki
  zpc5  200 + redis-slave-unlimit-3 500 (1700280Ki)                                700m 1905080Ki
  none  redis-slave-unlimit-3 500 (1700280Ki) waits: 240m are left on zpc5, and 440m at most

evicted_nodes.yaml, evicted_pods.yaml (on every node fluentd-gcp 100m 204800Ki beside a container
that asks for nothing, kube-proxy 100m, prometheus-to-sd 1m 20480Ki: 201m 225280Ki)
  7kwg  201 + kube-dns-autoscaler 20 (10240Ki)
        + kube-dns 100 + 150 + 10 (70Mi + 20Mi + 20Mi = 112640Ki)                  481m  348160Ki
  dmtd  201 + redis-slave 100 (102400Ki); 3 succeeded                              301m  327680Ki
  nvv4  201 + redis-master 100 + redis-slave 100 (102400Ki each)
        + heapster 13 + 50 (120Mi = 122880Ki + 92960Ki) + fluentd-gcp-scaler 0
        + metrics-server 43 + 5 (55Mi + 50Mi = 107520Ki)                           512m  753440Ki
  z7lx  201 + kube-dns 260 (112640Ki) + l7-default-backend 10 (20480Ki)
        + event-exporter 0                                                         471m  358400Ki
  zpc5  201 + two foobar of 100 + redis-master-evict 500 (1700280Ki)               901m 1925560Ki
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import traces

PREFIX = "gke-tesg1-default-pool-ff7a1295-"
FIRST = {
    "7kwg": (400, 409600),
    "dmtd": (500, 204800),
    "nvv4": (400, 204800),
    "z7lx": (400, 307200),
    "zpc5": (700, 1905080),
}
EVICTED = {
    "7kwg": (481, 348160),
    "dmtd": (301, 327680),
    "nvv4": (512, 753440),
    "z7lx": (471, 358400),
    "zpc5": (901, 1925560),
}
DUMPS = [
    ("nodes.yaml", "pods.json", FIRST, (2400, 3031480), (15, 1, 3), "2019-08-28T01:31:54Z"),
    (
        "evicted_nodes.yaml",
        "evicted_pods.yaml",
        EVICTED,
        (2666, 3713240),
        (29, 0, 3),
        "2019-09-05T15:52:56Z",
    ),
]
KIB, MILLI = 2**20, 1000


@pytest.mark.parametrize(("nodes", "pods", "held", "total", "counts", "moment"), DUMPS)
def test_a_real_dump_has_the_totals_that_kubectl_tells(
    real_file: Callable[[str], Path],
    nodes: str,
    pods: str,
    held: dict[str, tuple[int, int]],
    total: tuple[int, int],
    counts: tuple[int, int, int],
    moment: str,
) -> None:
    trace = traces.load(
        "kubernetes",
        nodes=real_file(f"kubernetes/{nodes}"),
        tasks=real_file(f"kubernetes/{pods}"),
    )
    machines = trace.machines.collect()
    assert machines.select("id", "cpu", "mem", "model").rows() == [
        (PREFIX + name, 0.94, (2702292 if name == "z7lx" else 2702284) / KIB, None)
        for name in ("7kwg", "dmtd", "nvv4", "z7lx", "zpc5")
    ]
    running = trace.tasks.filter("alive_at_start")
    sums = running.group_by("machine").agg(pl.col("cpu").sum(), pl.col("mem").sum()).collect()
    found = {
        name.removeprefix(PREFIX): (round(cpu * MILLI, 6), mem * KIB)
        for name, cpu, mem in sums.rows()
    }
    assert found == held
    assert tuple(map(sum, zip(*held.values(), strict=True))) == total
    run, wait, succeeded = counts
    assert trace.task_count == run + wait
    assert running.collect().height == run
    assert trace.dropped == {"Succeeded, so holds nothing": succeeded}
    assert trace.snapshot
    assert trace.recorded
    assert trace.resources == ("cpu", "mem")
    assert f"the moment is {moment} (the latest time in the dump)" in trace.assumed


def test_what_the_first_dump_says_of_single_pods(real_file: Callable[[str], Path]) -> None:
    trace = traces.load(
        "kubernetes",
        nodes=real_file("kubernetes/nodes.yaml"),
        tasks=real_file("kubernetes/pods.json"),
    )
    columns = ["job", "submit", "lifetime", "cpu", "priority", "max_per_machine", "machine"]
    rows = {row[0]: row[1:] for row in trace.tasks.select("id", *columns).collect().rows()}
    assert rows["default/redis-slave-unlimit-3-8fb949488-q474t"] == (
        *("default/Deployment/redis-slave-unlimit-3", 0.0, None, 0.5, 0, None, None),
    )
    # 2019-08-15T17:53:52Z is 12 days, 7 h 38 min 2 s before 2019-08-28T01:31:54Z.
    assert rows["default/fluentd-elasticsearch-9wwrd"] == (
        "default/DaemonSet/fluentd-elasticsearch",
        -(12 * 86400 + 7 * 3600 + 38 * 60 + 2),
        None,
        0.2,
        1000000,
        1,
        PREFIX + "nvv4",
    )
    assert rows["default/foobar-wrong-1566950700-2mtv4"][0] == (
        "default/Job/foobar-wrong-1566950700"
    )
    assert "waiting without a node: 1 pod (1 found unschedulable)" in trace.assumed
    assert any("0 of 5 nodes" in text for text in trace.assumed)
