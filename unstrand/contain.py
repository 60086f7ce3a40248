"""What holds the files among the heuristics that a command runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.contain.apart import Apart
    from unstrand.schema import Run


@contextmanager
def taping(
    settings: Run, heuristics: Sequence[Any], *, explains: bool = False
) -> Iterator[Apart | None]:
    """Who decides for the files among the heuristics; None where none is, or with contain=off.

    explains: whether it is to take decisions apart, and nothing else.

    Raises Unlockable where this machine lacks what contain=lock is made of.
    """
    if not {held(one, settings) for one in heuristics} & {"lock", "process"}:
        yield None
        return
    from sim.contain.apart import Apart, Rehearsal
    from sim.contain.nursery import Limits

    limits = Limits(run_s=settings.contain_seconds, locked=settings.contain == "lock")
    with closing(Apart(limits, Rehearsal.small(explains))) as apart:
        yield apart


def held(heuristic: Any, settings: Run) -> str | None:
    """What holds a heuristic: lock, process or off; None of one that came with the product."""
    return None if heuristic.shipped else settings.contain
