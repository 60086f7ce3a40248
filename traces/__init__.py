"""Cluster traces: files in any known format become a Trace of tasks and machines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from traces.errors import TraceError, nearest
from traces.trace import Trace

if TYPE_CHECKING:
    from traces.survey import Survey

__all__ = ["Trace", "TraceError", "check", "formats", "instances", "load", "names", "read", "write"]

# A reader is a module with `read(**options) -> Trace`, imported when it is asked for.
_READERS = {
    "synthetic": "traces.synthetic",
    "openb": "traces.openb",
    "bin_packing": "traces.bin_packing",
    "canonical": "traces.canonical",
}


def names() -> tuple[str, ...]:
    """The traces that `load` knows by name."""
    return tuple(_READERS)


def formats() -> tuple[str, ...]:
    """The file formats that are read."""
    return tuple(name for name in _READERS if name != "synthetic")


def load(
    name: str = "synthetic",
    *,
    path: str | PathLike[str] | None = None,
    nodes: str | PathLike[str] | None = None,
    tasks: str | PathLike[str] | int | None = None,
    instance: str | None = None,
    machines: int | None = None,
    seed: int | None = None,
) -> Trace:
    """Loads a trace by its name; options that are None take the reader's default.

    path: the folder or file; nodes, tasks: the two files of openb; instance: one of a bin-packing
    file; tasks, machines, seed: numbers for the synthetic trace. Raises TraceError for a trace or
    option that isn't known and for anything wrong in the files.
    """
    if name not in _READERS:
        raise TraceError(
            field="trace",
            found=repr(name),
            expected=f"one of {', '.join(_READERS)}",
            hint=nearest(name, _READERS),
        )
    reader: Callable[..., Trace] = import_module(_READERS[name]).read
    given: dict[str, Any] = {
        "path": path,
        "nodes": nodes,
        "tasks": tasks,
        "instance": instance,
        "machines": machines,
        "seed": seed,
    }
    options = {option: value for option, value in given.items() if value is not None}
    known = inspect.signature(reader).parameters
    for option in options:
        if option not in known:
            raise TraceError(
                field=f"trace.{option}",
                found=f"it given for trace {name}",
                expected=f"only {', '.join(known)}",
            )
    for option, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and option not in options:
            raise TraceError(
                field=f"trace.{option}", found="nothing", expected=f"it given for trace {name}"
            )
    return reader(**options)


def read(path: str | PathLike[str]) -> Trace:
    """Reads a canonical trace folder (docs/traces.md). Raises TraceError."""
    return load("canonical", path=path)


def write(trace: Trace, folder: str | PathLike[str]) -> None:
    """Writes a trace as a canonical folder, which `read` gives back with the same hash."""
    import_module("traces.canonical").write(trace, folder)


def check(trace: Trace) -> Survey:
    """Surveys a trace: counts, totals, offered load, what is assumed, warnings."""
    survey: Survey = import_module("traces.survey").check(trace)
    return survey


def instances(path: str | PathLike[str] | None = None) -> tuple[str, ...]:
    """The instances of a bin-packing file. Raises TraceError."""
    found: tuple[str, ...] = import_module("traces.bin_packing").instances(path)
    return found
