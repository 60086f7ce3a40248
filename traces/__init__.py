"""Cluster traces: files in any known format become a Trace of tasks and machines."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from traces.errors import TraceError, nearest
from traces.trace import Advice, Trace

if TYPE_CHECKING:
    from traces.survey import Survey

__all__ = [
    "Advice",
    "Trace",
    "TraceError",
    "check",
    "formats",
    "furnish",
    "instances",
    "load",
    "names",
    "read",
    "write",
]

# A reader is a module with `read(**options) -> Trace`, imported when it is asked for.
_READERS = {
    "synthetic": "traces.synthetic",
    "openb": "traces.openb",
    "azure_v1": "traces.azure_v1",
    "dlrm2025": "traces.dlrm2025",
    "google2011": "traces.google2011",
    "google2019": "traces.google2019",
    "azure_packing": "traces.azure_packing",
    "huawei": "traces.huawei",
    "spot2026": "traces.spot2026",
    "pai2020": "traces.pai2020",
    "alibaba2018": "traces.alibaba2018",
    "kubernetes": "traces.kubernetes",
    "slurm": "traces.slurm",
    "swf": "traces.swf",
    "philly": "traces.philly",
    "helios": "traces.helios",
    "mapping": "traces.mapping",
    "bin_packing": "traces.bin_packing",
    "fitted": "traces.fitted",
    "canonical": "traces.canonical",
}


def names() -> tuple[str, ...]:
    """The traces that `load` knows by name."""
    return tuple(_READERS)


def formats() -> tuple[str, ...]:
    """The file formats that are read."""
    return tuple(name for name in _READERS if name != "synthetic")


def load(name: str = "synthetic", **options: Any) -> Trace:
    """Loads a trace by its name; options that are None take the reader's default.

    Which options there are is the reader's to say (docs/traces.md): path for the folder or file of
    most, nodes and tasks for the two files of openb. Raises TraceError for a trace or option that
    isn't known and for anything wrong in the files.
    """
    if name not in _READERS:
        raise TraceError(
            field="trace",
            found=repr(name),
            expected=f"one of {', '.join(_READERS)}",
            hint=nearest(name, _READERS),
        )
    reader: Callable[..., Trace] = import_module(_READERS[name]).read
    given = {option: value for option, value in options.items() if value is not None}
    known = inspect.signature(reader).parameters
    for option in given:
        if option not in known:
            raise TraceError(
                field=f"trace.{option}",
                found=f"it given for trace {name}",
                expected=f"only {', '.join(known)}",
                hint=nearest(option, known),
            )
    for option, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and option not in given:
            raise TraceError(
                field=f"trace.{option}", found="nothing", expected=f"it given for trace {name}"
            )
    return reader(**given)


def read(path: str | PathLike[str]) -> Trace:
    """Reads a canonical trace folder (docs/traces.md). Raises TraceError."""
    return load("canonical", path=path)


def write(trace: Trace, folder: str | PathLike[str]) -> None:
    """Writes a trace as a canonical folder, which `read` gives back with the same hash."""
    import_module("traces.canonical").write(trace, folder)


def furnish(trace: Trace, cell: Sequence[Mapping[str, Any]]) -> Trace:
    """The trace on machines of the user's own: `[{"count": 270, "cpu": 64, "mem": 120}]`.

    Raises TraceError that names `cell[i].field`.
    """
    furnished: Trace = import_module("traces.cell").furnish(trace, cell)
    return furnished


def check(trace: Trace) -> Survey:
    """Surveys a trace: counts, totals, offered load, what is assumed, warnings."""
    survey: Survey = import_module("traces.survey").check(trace)
    return survey


def instances(path: str | PathLike[str] | None = None) -> tuple[str, ...]:
    """The instances of a bin-packing file. Raises TraceError."""
    found: tuple[str, ...] = import_module("traces.bin_packing").instances(path)
    return found
