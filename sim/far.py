"""Runs spread over a Ray cluster; what comes back is in the order of what was asked."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sim.errors import SimError
from sim.workers import Progress

T = TypeVar("T")
RETRIES = 8
"""How often one run is made again whose worker or machine was lost."""

_held: dict[str, Any] = {}  # in a worker: the last state that it made, by the call that asked


def spread(
    make: Callable[..., Any],
    arguments: tuple[Any, ...],
    work: Callable[[Any, Any], T],
    items: Sequence[Any],
    *,
    address: str | None = None,
    progress: Progress | None = None,
) -> list[T]:
    """`work(state, item)` for each item on a cluster, where each worker makes its state once.

    The arguments are shipped once to each machine. What a lost worker or machine was at is done
    again. address: of the cluster; None: as $RAY_ADDRESS says, else one of this machine's own.

    Raises:
        SimError: Ray is not here, or there is no such cluster.
    """
    ray = _ray(address)
    shipped = ray.put((make, arguments))
    run = ray.remote(max_retries=RETRIES)(_run)
    # In a list, the reference is handed on as it is, and looked up by a worker once.
    refs = [run.remote([shipped], shipped.hex(), work, item) for item in items]
    waiting = list(refs)
    while waiting:
        _, waiting = ray.wait(waiting, num_returns=1)
        if progress is not None:
            progress(len(refs) - len(waiting), len(refs))
    try:
        return list(ray.get(refs))
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None


def _run(shipped: list[Any], key: str, work: Callable[[Any, Any], Any], item: Any) -> Any:
    """One run, in a worker."""
    if key not in _held:
        import ray

        _held.clear()
        make, arguments = ray.get(shipped[0])
        _held[key] = make(*arguments)
    return work(_held[key], item)


def _ray(address: str | None) -> Any:
    """Ray, joined to its cluster."""
    try:
        import ray
    except ImportError:
        raise SimError("executor=ray needs ray: pip install 'unstrand[ray]'") from None
    if ray.is_initialized():
        return ray
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    _expect_there(address)
    try:
        ray.init(
            address=address,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except ConnectionError as error:
        raise SimError(f"executor.address: {' '.join(str(error).split())[:200]}") from None
    return ray


def _expect_there(address: str) -> None:
    """Raise SimError where nobody listens at HOST:PORT: Ray itself would wait for a minute."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or "/" in host:
        return
    try:
        socket.create_connection((host, int(port)), timeout=5.0).close()
    except OSError as error:
        raise SimError(
            f"executor.address: found {address}, where no cluster is ({error.strerror or error})"
        ) from None
