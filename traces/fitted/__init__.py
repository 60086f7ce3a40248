"""Fitted workloads: a trace becomes a small model, and the model any number of synthetic traces.

What is kept is what a scheduler sees: kinds of requests with their constraints, batches (tasks that
come together) and their sizes, lifetimes as mixtures of log-normals by shape and size of batch,
how alike lives of one batch are, when batches come, what runs at the start, machines by kind. Jobs
of VMs that come together and long-lived ones that hold most are what Bergsma et al., *Generating
Complex, Realistic Cloud Workloads using Recurrent Neural Networks*, SOSP 2021, found to matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import Any

import polars as pl

from traces.admit import Label, admit
from traces.errors import TraceError, shown
from traces.fitted.drawing import Drawing
from traces.fitted.fitting import fit
from traces.fitted.likeness import Likeness, likeness
from traces.fitted.model import Model
from traces.fitted.reading import read as read_model
from traces.fitted.resampled import resampled
from traces.fitted.writing import write as write_model
from traces.rows import Rows
from traces.trace import Trace

__all__ = [
    "Likeness",
    "Model",
    "draw",
    "fit",
    "likeness",
    "read",
    "read_model",
    "resampled",
    "write_model",
]

HELD_TASKS = 1 << 20
"""Up to so many tasks are held in memory; more are drawn anew each time they are looked at."""
DRAWN_MAX = 100_000_000
MACHINES_MAX = 1_000_000


def read(
    *,
    path: str | PathLike[str],
    seed: int = 0,
    tasks: int | None = None,
    scale: float = 1.0,
) -> Trace:
    """Draws a trace from a model file: the same numbers give the same trace.

    scale: machines and arrivals, how many times the model's. tasks: how many in all, by default
    as many as the model had times the scale; others come at the same rate for longer or shorter.
    Raises TraceError.
    """
    return draw(read_model(path), seed=seed, tasks=tasks, scale=scale, file=str(path))


def draw(
    model: Model,
    *,
    seed: int = 0,
    tasks: int | None = None,
    scale: float = 1.0,
    file: str = "model",
) -> Trace:
    """As :func:`read`, of a model in memory."""
    _check("seed", seed, 0, 2**63 - 1)
    if not (isinstance(scale, (int, float)) and not isinstance(scale, bool) and 0 < scale <= 1e6):
        raise TraceError(field="trace.scale", found=shown(scale), expected="above 0, at most 1e6")
    count = max(1, round(model.tasks * scale)) if tasks is None else tasks
    _check("tasks", count, 1, DRAWN_MAX)
    drawing = Drawing(model, count, float(scale), seed)
    size = sum(max(1, round(kind.count * scale)) for kind in model.machines)
    if size > MACHINES_MAX:
        raise TraceError(
            field="trace.scale", found=f"{size:,} machines", expected=f"at most {MACHINES_MAX:,}"
        )
    return admit(
        _label(model, scale),
        tasks=_rows(drawing, file),
        machines=Rows(file, 1, drawing.machines(), text=False) if model.machines else None,
        resources=model.resources,
        units=model.units,
        scan=None if count <= HELD_TASKS else _scan(drawing),
    )


def _label(model: Model, scale: float) -> Label:
    grown = f", {scale:g} times as large" if scale != 1 else ""
    return Label(
        f"{model.name}_fitted",
        "fitted",
        replayed=(),
        assumed=(f"drawn from a model fitted to {model.name}{grown}", *model.assumed),
        ordered=model.ordered,
        unplaceable=model.unplaceable,
        oversized=model.unplaceable,
        advice=model.advice,
        snapshot=model.snapshot,
    )


def _rows(drawing: Drawing, file: str) -> Iterator[Rows]:
    first = 1
    for frame in drawing.runs():
        # Its rows are those of the drawing: the file has none.
        yield Rows(f"tasks drawn from {file}", first, frame, text=False)
        first += frame.height


def _scan(drawing: Drawing) -> pl.LazyFrame:
    """The tasks as a lazy frame that draws them when it is collected, a run at a time."""
    from polars.io.plugins import register_io_source

    def source(
        columns: list[str] | None, where: pl.Expr | None, most: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        for frame in drawing.runs():
            rows = frame if most is None else frame.head(most)
            most = None if most is None else most - rows.height
            rows = rows if where is None else rows.filter(where)
            yield rows if columns is None else rows.select(columns)
            if most == 0:
                return

    return register_io_source(source, schema=drawing.schema, is_pure=True)


def _check(option: str, value: Any, least: int, most: int) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and least <= value <= most):
        raise TraceError(
            field=f"trace.{option}",
            found=shown(value),
            expected=f"a whole number from {least} to {most}",
        )
