"""What all commands' summaries share: seeds, decision latency, names that tell results apart."""

from __future__ import annotations

from collections.abc import Sequence

from report.fields import Fields, ReportError
from report.folder import Folder


def seeds_of(folder: Folder) -> tuple[int, ...]:
    """The seeds of a folder's summary. Raises ReportError where they are no list of integers."""
    values = folder.summary.required("seeds", "a list of integers")
    if not isinstance(values, list) or any(
        isinstance(v, bool) or not isinstance(v, int) for v in values
    ):
        raise folder.summary.error("seeds", values, "a list of integers")
    return tuple(values)


def decision_us(folder: Folder, heuristic: str, result: Fields) -> float | None:
    """Decision latency of a heuristic, µs, from the timings, else from its result."""
    timings = folder.summary.optional_object("timings_s").optional_object("decision_us")
    found = timings.optional_number(heuristic)
    return result.optional_number("decision_us") if found is None else found


def labels(keys: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """Distinct names for (heuristic, ties, folder): as short as tells them apart."""
    out = []
    for i, (heuristic, ties, folder) in enumerate(keys):
        same = [other for j, other in enumerate(keys) if j != i and other[0] == heuristic]
        if not same:
            out.append(heuristic)
        elif all(other[1] != ties for other in same):
            out.append(f"{heuristic} (ties {ties})")
        else:
            out.append(f"{heuristic} ({folder})")
    for i, label in enumerate(out):
        if label in out[:i]:
            raise ReportError(
                f"{keys[i][2]}: found heuristic {keys[i][0]} twice, expected one result each"
            )
    return tuple(out)


def resources_in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Resources as the page shows them: gpu, cpu, mem where present, then the others."""
    known = [name for name in ("gpu", "cpu", "mem") if name in names]
    return (*known, *(name for name in dict.fromkeys(names) if name not in known))
