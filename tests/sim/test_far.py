"""Runs on a Ray cluster: two machines' worth of it on this one, and what is lost done again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

import heuristics
import sim
import traces
from sim import far
from sim.errors import SimError
from sim.workers import spread
from tests import clusters

pytest.importorskip("ray", reason="needs ray: pip install 'unstrand[ray]'")


@pytest.fixture
def cluster() -> Iterator[Any]:
    with clusters.standing() as made:
        yield made


def compared(**asked: Any) -> list[dict[str, Any]]:
    trace = traces.load("synthetic", machines=20, tasks=2000)
    works = sim.series(trace, windows=1, seeds=range(6), load=0.9, hours=3, history_h=2)
    pair = [heuristics.get("fgd"), heuristics.get("cosine")]
    found = sim.compare(works, pair, baseline=heuristics.get("best_fit"), probes=2, **asked)
    return [one.result() for one in found]


@pytest.mark.campaign  # a cluster takes a while to stand
def test_a_machine_that_is_killed_midway_changes_no_number(cluster: Any) -> None:
    other = clusters.another(cluster)
    seen: list[tuple[int, int]] = []

    def killing(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) == 4:
            clusters.kill(cluster, other)

    hire = partial(far.cluster, address=cluster.address)
    assert compared(hire=hire, progress=killing) == compared()
    assert seen[-1] == (54, 54)


@pytest.mark.campaign  # a cluster takes a while to stand
def test_an_error_of_a_run_comes_back_as_it_was(cluster: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        _divide(cluster.address)


def test_no_cluster_at_an_address_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(SimError, match=rf"executor\.address: found 127.0.0.1:{port}, where no"):
        _divide(f"127.0.0.1:{port}")


def _divide(address: str) -> None:
    spread(_nothing, (), _divided, [1, 0], workers=2, hire=partial(far.cluster, address=address))


def _nothing() -> None:
    return None


def _divided(_: None, item: int) -> float:
    return 1 / item
