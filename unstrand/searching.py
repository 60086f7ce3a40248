"""How far a search is: one screen on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import evolve
    from evolve import State
    from unstrand import schema

EVERY_S = 10.0
SOON_S = 2.0  # of which no rate is told
Tell = Callable[["State"], None]


def plan(settings: schema.Evolve) -> evolve.Settings:
    """How a search goes about it, by its settings."""
    import evolve
    from unstrand import asking

    archive = settings.archive
    return evolve.Settings(
        seed=settings.seed,
        islands=archive.islands,
        pressure=archive.pressure,
        migrate=archive.migrate,
        lag=archive.lag,
        grid=evolve.Grid(tuple(archive.measures), tuple(archive.cells)),
        null=settings.null,
        start=settings.seeds,
        finalists=archive.finalists,
        constitution=asking.constitution(settings.constitution),
    )


@contextmanager
def searching(minutes: float | None, candidates: int | None) -> Iterator[Tell]:
    """Yields what is to be told of a search's state."""
    from evolve.settings import SEARCHING

    def said(state: State) -> dict[str, str]:
        if state.at != SEARCHING:
            return {
                state.at: f"{state.judged:,} scored",
                "best on train": f"{state.best:.3f}",
                "on validation": _known(state.validation),
            }
        rate = state.tried / state.elapsed_s if state.elapsed_s > SOON_S else None
        left = 60 * minutes - state.elapsed_s if minutes is not None else None
        if candidates is not None:
            left = (candidates - state.tried) / rate if rate else None
        of = "" if candidates is None else f" of {candidates:,}"
        return {
            "candidates": f"{state.tried:,}{of}" + (f", {rate:.1f}/s" if rate else ""),
            "generation": f"{state.generation}",
            "kept": _counted(state.kept),
            "not kept": _counted(state.rejected),
            "best on train": f"{state.best:.3f}",
            "proposing for": "" if left is None else f"{max(left, 0.0):.0f} s more",
        }

    if sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), transient=True, refresh_per_second=4) as live:
            yield lambda state: live.update(_screen(said(state)))
    else:
        yield _Lines(said)


def _known(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


class _Lines:
    """A line now and then."""

    def __init__(self, said: Callable[[State], dict[str, str]]) -> None:
        self.said, self.due = said, time.monotonic() + 2.0

    def __call__(self, state: State) -> None:
        now = time.monotonic()
        if now >= self.due:
            self.due = now + EVERY_S
            parts = (f"{name} {value}" for name, value in self.said(state).items() if value)
            print("evolve: " + "; ".join(parts), file=sys.stderr, flush=True)


def _screen(said: dict[str, str]) -> Any:
    from rich.table import Table

    table = Table(show_header=False, title="evolve", title_justify="left")
    for name, value in said.items():
        table.add_row(name, value)
    return table


def _counted(counts: Any) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())
