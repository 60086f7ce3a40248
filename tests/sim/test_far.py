"""Runs on a Ray cluster: two machines' worth of it on this one, and what is lost done again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray", reason="needs ray: pip install 'unstrand[ray]'")
from ray.cluster_utils import Cluster  # noqa: E402

import heuristics  # noqa: E402
import sim  # noqa: E402
import traces  # noqa: E402
from sim import far  # noqa: E402
from sim.errors import SimError  # noqa: E402

pytestmark = pytest.mark.campaign  # a cluster takes a while to stand
ROOT = Path(__file__).parents[2]
STORE = 10**8  # bytes


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two raylets, one of which may be killed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": STORE},
    )
    yield made
    ray.shutdown()
    made.shutdown()


def compared(**asked: Any) -> list[dict[str, Any]]:
    trace = traces.load("synthetic", machines=20, tasks=2000)
    works = sim.series(trace, windows=1, seeds=range(6), load=0.9, hours=3, history_h=2)
    pair = [heuristics.get("fgd"), heuristics.get("cosine")]
    found = sim.compare(works, pair, baseline=heuristics.get("best_fit"), probes=2, **asked)
    return [one.result() for one in found]


def test_a_machine_that_is_killed_midway_changes_no_number(cluster: Any) -> None:
    other = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    seen: list[tuple[int, int]] = []

    def killing(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) == 4:
            cluster.remove_node(other, allow_graceful=False)

    def over(*given: Any, **asked: Any) -> list[Any]:
        return far.spread(*given, **asked | {"address": cluster.address})

    assert compared(executor=over, progress=killing) == compared()
    assert seen[-1] == (54, 54)
    assert other not in cluster.list_all_nodes()


def test_an_error_of_a_run_comes_back_as_it_was(cluster: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        far.spread(_nothing, (), _divided, [1, 0], address=cluster.address)


def test_no_cluster_at_an_address_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(SimError, match=rf"executor\.address: found 127.0.0.1:{port}, where no"):
        far.spread(_nothing, (), _divided, [1], address=f"127.0.0.1:{port}")


def _nothing() -> None:
    return None


def _divided(_: None, item: int) -> float:
    return 1 / item
