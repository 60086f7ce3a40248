"""Runs spread over processes; what comes back is in the order of what was asked."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Progress = Callable[[int, int], None]


class Crew(Protocol):
    """Workers, each with a state that it has made once."""

    def submit(self, work: Callable[[Any, Any], T], item: Any) -> Future[T]:
        """Have one of them do `work(state, item)`."""


Hire = Callable[..., AbstractContextManager[Crew]]
"""Called as `pool` is; `sim.far.cluster` is another."""

_shared: dict[str, Any] = {}


def _begin(make: Callable[..., Any], arguments: tuple[Any, ...], owner: int) -> None:
    threading.Thread(target=_leave_with, args=(owner,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked decides, and ends the rest
    _shared["state"] = make(*arguments)


def _leave_with(owner: int) -> None:
    """End this process once the one that asked for it has ended, however it went.

    A process that was killed can be asked for until its parent has heard of it, which may itself
    wait for the pipes that this process holds open; so it is watched, where the system can do that.
    """
    try:
        select.select([os.pidfd_open(owner)], [], [])
        os._exit(1)
    except ProcessLookupError:
        os._exit(1)
    except (AttributeError, OSError):
        pass
    while True:
        time.sleep(1.0)
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            os._exit(1)


def _do(work: Callable[[Any, Any], T], item: Any) -> T:
    return work(_shared["state"], item)


@dataclass(frozen=True)
class Pool:
    """A crew of processes."""

    executor: ProcessPoolExecutor

    def submit(self, work: Callable[[Any, Any], T], item: Any) -> Future[T]:
        """Have one of them do `work(state, item)`."""
        return self.executor.submit(_do, work, item)


def spread(
    make: Callable[..., Any],
    arguments: tuple[Any, ...],
    work: Callable[[Any, Any], T],
    items: Sequence[Any],
    *,
    workers: int,
    progress: Progress | None = None,
    hire: Hire | None = None,
) -> list[T]:
    """`work(state, item)` for each item, where each process makes its state once.

    With one worker all happens here. hire: whom else to have it done by. `make` and `work` are
    functions of modules, so that other processes find them.
    """
    tell = progress or (lambda done, of: None)
    if hire is None and (workers <= 1 or len(items) <= 1):
        state, found = make(*arguments), list[T]()
        for item in items:
            found.append(work(state, item))
            tell(len(found), len(items))
        return found
    with (hire or pool)(make, arguments, workers=min(workers, len(items))) as crew:
        runs = [crew.submit(work, item) for item in items]
        for done, run in enumerate(as_completed(runs), 1):
            run.result()  # raises at once what ends it all
            tell(done, len(items))
        return [run.result() for run in runs]


@contextmanager
def pool(make: Callable[..., Any], arguments: tuple[Any, ...], *, workers: int) -> Iterator[Crew]:
    """Processes forked from a server that has the cell loaded and nothing else.

    (polars keeps threads, which a fork does not survive; the server never loads it.)
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sim.starting", "sim.comparisons", "sim.saturation"])
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(make, arguments, os.getpid())
    ) as executor:
        try:
            yield Pool(executor)
        except BaseException:
            # What runs is worth nothing now; ended at once, it neither lingers nor complains.
            for process in list((executor._processes or {}).values()):
                process.terminate()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
