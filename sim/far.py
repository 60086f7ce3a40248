"""A crew on a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sim.errors import SimError
from sim.workers import Crew

T = TypeVar("T")
RETRIES = 8
"""How often one run is made again whose worker or machine was lost."""

_held: dict[str, Any] = {}  # in a worker: the last state that it made, by the call that asked


@contextmanager
def cluster(
    make: Callable[..., Any],
    arguments: tuple[Any, ...],
    *,
    workers: int = 0,
    address: str | None = None,
) -> Iterator[Crew]:
    """The workers of a cluster, as many as it has processors, whatever `workers` says.

    The arguments are shipped once to each machine, and each worker makes its state once. What a
    lost worker or machine was at is done again. address: of the cluster; None: as $RAY_ADDRESS
    says, else one of this machine's own.

    Raises:
        SimError: Ray is not here, or there is no such cluster.
    """
    far = Far(_ray(address), make, arguments)
    try:
        yield far
    finally:
        far.close()


class Far:
    """A crew that is elsewhere."""

    def __init__(self, ray: Any, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.ray, self.shipped = ray, ray.put((make, arguments))
        self.run = ray.remote(max_retries=RETRIES)(_run)
        self.under_way = set[Any]()

    def submit(self, work: Callable[[Any, Any], T], item: Any) -> Future[T]:
        """Have one of them do `work(state, item)`."""
        # In a list, the reference is handed on as it is, and looked up by a worker once.
        ref = self.run.remote([self.shipped], self.shipped.hex(), work, item)
        self.under_way.add(ref)
        told: Future[T] = Future()
        told.set_running_or_notify_cancel()

        def tell(found: Future[T]) -> None:
            self.under_way.discard(ref)
            if (error := found.exception()) is None:
                told.set_result(found.result())
            else:
                told.set_exception(self._own(error))

        ref.future().add_done_callback(tell)
        return told

    def close(self) -> None:
        """Have what is under way given up."""
        for ref in list(self.under_way):
            self.ray.cancel(ref, force=True)

    def _own(self, error: BaseException) -> BaseException:
        """An error of a run as it was raised there; one of the cluster in a line."""
        if isinstance(error, self.ray.exceptions.RayTaskError):
            return error.cause
        return SimError(f"executor=ray: {' '.join(str(error).split())[:300]}")


def _run(shipped: list[Any], key: str, work: Callable[[Any, Any], Any], item: Any) -> Any:
    """One run, in a worker."""
    if key not in _held:
        import ray

        while _held:
            close = getattr(_held.popitem()[1], "close", None)
            if close is not None:
                close()
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
