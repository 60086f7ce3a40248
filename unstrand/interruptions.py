"""What ends a command from outside, and that it is not lost on the way."""

from __future__ import annotations

import signal
import sys
from typing import Any, NoReturn

SOON_S = 0.05  # until what was lost is raised again


def heard() -> None:
    """Let SIGTERM end a command as Ctrl-C does, by an exception that clears up behind it.

    Where either is raised while a callback of C code runs (as when the cell is compiled), Python
    can only report it: then it is raised again a moment later.
    """
    signal.signal(signal.SIGTERM, _terminate)
    sys.unraisablehook = _again


def end_waits() -> None:
    """Let Ctrl-C end a wait of the main thread again.

    polars puts a handler of its own in place with its first query, after which such a wait goes on.
    """
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def _again(lost: sys.UnraisableHookArgs) -> Any:
    """Have an interruption that could not be raised be raised soon; of others, report."""
    error = lost.exc_value
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        sys.__unraisablehook__(lost)
        return

    def raised(_number: int, _frame: object) -> NoReturn:
        raise error

    signal.signal(signal.SIGALRM, raised)
    signal.setitimer(signal.ITIMER_REAL, SOON_S)
