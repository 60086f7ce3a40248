"""How far long work is, on stderr: a bar with rate and time left; plain lines in a file or pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]

_FIRST_LINE_S = 2.0
_NEXT_LINE_S = 10.0


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Yields a function to be told ``(done, total)``; what it shows goes away when work is done."""
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
    begun = time.perf_counter()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, rate=_rate(done, begun))

        yield tell


def _lines(what: str) -> Progress:
    begun = time.perf_counter()
    due = begun + _FIRST_LINE_S

    def tell(done: int, total: int) -> None:
        nonlocal due
        now = time.perf_counter()
        if now < due or done >= total:
            return
        due = now + _NEXT_LINE_S
        left = f", {(now - begun) * (total - done) / done:.0f} s left" if done else ""
        print(f"{what}: {done}/{total}, {_rate(done, begun)}{left}", file=sys.stderr, flush=True)

    return tell


def _rate(done: int, begun: float) -> str:
    per_s = done / max(time.perf_counter() - begun, 1e-9)
    return f"{per_s:,.0f}/s" if per_s >= 10 else f"{per_s:.2g}/s"
