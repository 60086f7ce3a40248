"""A Ray cluster of machines' worth on this one, some of which may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
NODE = {"num_cpus": 1, "object_store_memory": 10**8}
"""Of this machine's own address, which Ray makes of a loopback one too: nothing leaves it."""


@contextmanager
def standing() -> Iterator[Any]:
    """A cluster of one raylet; `another` adds to it."""
    import ray
    from ray.cluster_utils import Cluster

    head = {"include_dashboard": False, **NODE}
    with patch.dict("os.environ", {"PYTHONPATH": str(ROOT)}):
        made = Cluster(initialize_head=True, head_node_args=head)
        try:
            yield made
        finally:
            ray.shutdown()
            made.shutdown()


def another(cluster: Any) -> Any:
    """A raylet more."""
    return cluster.add_node(**NODE)


def kill(cluster: Any, raylet: Any) -> None:
    """End a raylet, and what runs on it, without a word."""
    cluster.remove_node(raylet, allow_graceful=False)
    assert raylet not in cluster.list_all_nodes()
