"""How far long work is, on stderr: a bar with rate and time left; plain lines in a file or pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, "int | None"], None]

_FIRST_LINE_S = 2.0
_NEXT_LINE_S = 10.0


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Yields a function to be told ``(done, total)``, None where the total is not known; what it
    shows goes away when work is done."""
    if sys.stderr.isatty():
        with _bar(what) as tell:
            yield tell
    else:
        yield _lines(what)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    pace = _Pace()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def tell(done: int, total: int | None) -> None:
            pace.told(done)
            bar.update(task, completed=done, total=total, rate=pace.rate())

        yield tell


def _lines(what: str) -> Progress:
    due = time.perf_counter() + _FIRST_LINE_S
    pace = _Pace()

    def tell(done: int, total: int | None) -> None:
        nonlocal due
        pace.told(done)
        now = time.perf_counter()
        if now < due or (total is not None and done >= total):
            return
        due = now + _NEXT_LINE_S
        if total is None:
            parts = [f"{what}: {done}", pace.rate()]
        else:
            parts = [f"{what}: {done}/{total}", pace.rate(), pace.left(total)]
        said = ", ".join(filter(None, parts))
        print(said, file=sys.stderr, flush=True)

    return tell


class _Pace:
    """The rate since the first report, so that compiling before it is not taken for slow work."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last = (0.0, 0)

    def told(self, done: int) -> None:
        self._last = (time.perf_counter(), done)
        if self._first is None:
            self._first = self._last

    def rate(self) -> str:
        per_s = self._per_s()
        return "" if not per_s else f"{per_s:,.0f}/s" if per_s >= 10 else f"{per_s:.2g}/s"

    def left(self, total: int) -> str:
        per_s = self._per_s()
        return f"{(total - self._last[1]) / per_s:.0f} s left" if per_s else ""

    def _per_s(self) -> float:
        if self._first is None or self._last[0] <= self._first[0]:
            return 0.0
        return (self._last[1] - self._first[1]) / (self._last[0] - self._first[0])
