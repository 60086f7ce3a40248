"""What goes wrong, as a user sees it: one line and an exit code."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable

OK = 0
FAILED = 1
BAD_INPUT = 2
REJECTED = 3
INTERRUPTED = 130
BROKEN_PIPE = 141

# The errors of the other rooms, looked up among what is loaded already: an error can only have
# come from a package that has been imported, and importing one here would slow every start.
_BAD_INPUT = (
    ("traces", "TraceError"),
    ("traces.public", "FetchError"),
    ("heuristics", "HeuristicError"),
    ("report", "ReportError"),
    ("evolve.llm.endpoint", "EndpointError"),  # a key or a model that an endpoint does not know
    ("evolve.llm.proposer", "ProposerError"),
    ("evolve.journal", "JournalError"),  # a run's folder that is busy, or no run's
    ("evolve.tuning.study", "StudyError"),  # a study that is busy, or none
    ("sim.contain.lock", "Unlockable"),  # this machine can't contain what was to be run
    ("sim.errors", "SimError"),  # a request that can't be met, a process of the user's that failed
)


_FAILURES = (  # foreseen as well, but no one's input
    ("traces.public", "FetchFailure"),
    ("evolve.journal", "JournalFailure"),
    ("evolve.llm.endpoint", "EndpointFailure"),
    ("evolve.llm.proposer", "ProposerError"),
)


class ConfigurationError(ValueError):
    """What was asked for can't be: an unknown key, a wrong type, a name that is not there."""


class Rejected(Exception):
    """A candidate that was rejected; its reason is part of the line."""


class LauncherFailure(RuntimeError):
    """A sweep's launcher that gave up before all jobs had ended."""


class ReaderGone(BaseException):
    """Whoever read stdout has closed it; nothing that catches errors is to hold this up."""


def exit_code(error: BaseException) -> int:
    """The exit code that an error stands for."""
    if isinstance(error, Rejected):
        return REJECTED
    if _is_one_of(error, _FAILURES):
        return FAILED
    if isinstance(error, ConfigurationError) or _is_one_of(error, _BAD_INPUT):
        return BAD_INPUT
    return FAILED


def one_line(error: BaseException) -> str:
    """An error as one line for a user; one that nobody foresaw names its type as well."""
    text = " ".join(str(error).split())
    foreseen = isinstance(error, ConfigurationError | Rejected | LauncherFailure)
    if foreseen or _is_one_of(error, _BAD_INPUT):
        return text
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return "out of memory"
    return f"unexpected {type(error).__name__}: {text} (UNSTRAND_DEBUG=1 shows where)"


def nearest(name: str, names: Iterable[str]) -> str:
    """``"; did you mean 'x' or 'y'?"`` with the names nearest to one, or an empty text."""
    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if not close and len(name) > 2:
        close = [word for word in known if word.startswith(name)][:3]
    if not close:
        return ""
    return f"; did you mean {' or '.join(repr(word) for word in close)}?"


def _is_one_of(error: BaseException, kinds: Iterable[tuple[str, str]]) -> bool:
    for module, name in kinds:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return True
    return False
