"""Loaded by the server of workers alone: one who ends while a worker starts is no error of its.

What is then missing is the rest of what the worker was to be told, or a lock that it was to share.
"""

from __future__ import annotations

import sys
from pickle import UnpicklingError
from types import TracebackType

GONE = (EOFError, UnpicklingError, FileNotFoundError, ConnectionError)


def quiet(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say of an error what Python would, except where it means that the asker has ended."""
    if not issubclass(kind, GONE):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = quiet
