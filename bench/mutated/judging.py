"""Reads a case and holds the reader to its own account of the rows."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import traces
from bench.mutated.sheets import Case, Sheet

SECONDS_MAX = 120
LINE_MAX = 2000


class Broken(AssertionError):
    """A reader that did what none may do."""


@dataclass(frozen=True)
class Verdict:
    """What became of a case: an error and where it is, or rows in, kept and reported, by group."""

    error: traces.TraceError | None = None
    sheet: Sheet | None = None
    index: int | None = None
    counts: tuple[int, int, int] = (0, 0, 0)


def judge(case: Case, reader: str, folder: Path, *, survey: bool = False) -> Verdict:
    """Writes the files of a case and reads them. Raises Broken.

    survey: the trace is checked as well, which looks at every task again.
    """
    case.write(folder)
    trace = read(case, reader, folder, survey=survey)
    if isinstance(trace, traces.TraceError):
        return _placed(case, trace)
    kept, there = case.account(trace, folder), case.rows_in()
    for group, rows in there.items():
        if sum(kept[group]) != rows:
            raise Broken(
                f"{rows} rows of {group} in, {kept[group][0]} kept, {kept[group][1]} reported; "
                f"dropped {dict(trace.dropped)}, assumed {trace.assumed}"
            )
    own = trace.rows or trace.task_count + sum(trace.dropped.values())
    if "tasks" in there and own != there["tasks"]:
        raise Broken(f"{there['tasks']} rows in, of which the trace says {own}")
    counted = [kept[group] for group in there]
    return Verdict(
        counts=(sum(there.values()), *(sum(part) for part in zip(*counted, strict=True)))
    )


def read(
    case: Case, reader: str, folder: Path, *, survey: bool = False
) -> traces.Trace | traces.TraceError:
    """Reads the files as they lie there: a trace, or one line that says enough. Raises Broken."""
    try:
        with _in_time():
            trace = traces.load(reader, **case.options(folder))
            if survey:
                traces.check(trace)
    except traces.TraceError as error:
        _check_line(error)
        return error
    except Broken:
        raise
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise Broken(f"{type(error).__name__}: {error}") from error
    return trace


def _check_line(error: traces.TraceError) -> None:
    said = str(error)
    if "\n" in said or len(said) > LINE_MAX or not said.isprintable():
        raise Broken(f"an error that is no line: {said!r}") from error
    if error.found is None or error.expected is None:
        raise Broken(f"an error that says too little: {said}") from error
    if error.file is None and not (error.field or "").startswith("trace."):
        raise Broken(f"an error that names no file: {said}") from error


def _placed(case: Case, error: traces.TraceError) -> Verdict:
    """Where in the case an error is."""
    for sheet in case.sheets:
        if sheet.file not in str(error.file) or sheet.name not in str(error):
            continue
        index = sheet.form.place(error, sheet)
        if index is not None:
            # The head of a text, or its end, is no row.
            return Verdict(error, sheet, index if 0 <= index < len(sheet.rows) else None)
    return Verdict(error)


@contextmanager
def _in_time() -> Iterator[None]:
    """Raises Broken where it takes too long: processor time, whatever else the machine does."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Broken(f"it takes more than {SECONDS_MAX} s of processor time")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def peak_mib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
