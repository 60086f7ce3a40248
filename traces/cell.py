"""Machines for a trace that has none, or other ones: a cell of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from traces import parquet
from traces.admit import Label, admit
from traces.errors import TraceError, nearest, shown
from traces.rows import Rows, enforce
from traces.schema import machine_rules
from traces.trace import Trace

MACHINES_MAX = 10**6
# What a source says that its machines and placements are; both go where a cell takes their place.
_OF_MACHINES = ("machines", "placements")


def furnish(trace: Trace, cell: Sequence[Mapping[str, Any]]) -> Trace:
    """The trace on the machines of a cell, in place of its own if it has some.

    cell: kinds of machines in order, `{"count": 270, "cpu": 64, "mem": 120, "model": None}`, in
    natural amounts; a resource left out is 0. Machines are named m00001 and on. Tasks that fit no
    machine are kept and counted in `unplaceable`; where tasks ran before is forgotten. Raises
    TraceError that names `cell[i].field`.
    """
    kinds = _kinds(cell, trace)
    tasks = trace.tasks.with_columns(machine=pl.lit(None, pl.String))
    admitted = admit(
        Label(
            trace.name,
            trace.format,
            replayed=tuple(part for part in trace.replayed if part not in _OF_MACHINES),
            assumed=(*trace.assumed, _said(kinds, trace.resources)),
            ordered=trace.ordered,
            oversized=True,
            advice=trace.advice,
            snapshot=trace.snapshot,
            dropped=trace.dropped,
            rows=trace.rows,
        ),
        tasks=_runs(trace.name, tasks),
        machines=Rows("cell", 1, _machines(kinds), text=False),
        resources=trace.resources,
        units=trace.units,
        scan=tasks,
    )
    return replace(admitted, tasks=tasks)  # they are tidy already


def _kinds(cell: Sequence[Mapping[str, Any]], trace: Trace) -> pl.DataFrame:
    """One row a kind of machine: count, the trace's resources, model."""
    if not cell:
        raise TraceError(field="cell", found="no kind of machine", expected="at least one")
    rows = [_kind(number, kind, trace) for number, kind in enumerate(cell)]
    amounts = dict.fromkeys(trace.resources, pl.Float64)
    schema = {"count": pl.Int64, **amounts, "model": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    try:
        enforce(Rows("cell", 0, frame, text=False), machine_rules(trace.resources, trace.units))
    except TraceError as error:
        raise _wrong(error.row or 0, error.field, error.found, error.expected) from None
    if (total := frame["count"].sum()) > MACHINES_MAX:
        raise TraceError(
            field="cell", found=f"{total} machines", expected=f"at most {MACHINES_MAX}"
        )
    return frame


def _kind(number: int, kind: object, trace: Trace) -> list[Any]:
    if not isinstance(kind, Mapping):
        raise TraceError(
            field=f"cell[{number}]",
            found=shown(kind),
            expected=f"count, {', '.join(trace.resources)}, model",
        )
    known = ("count", *trace.resources, "model")
    for name, value in kind.items():
        # What nobody asks for makes no difference where there is none of it.
        if name not in known and value not in (0, None):
            raise _wrong(
                number,
                str(name),
                "a resource that the trace does not have",
                f"only {', '.join(known)}",
                nearest(str(name), known),
            )
    count, model = kind.get("count"), kind.get("model")
    whole = _is_number(count) and float(count or 0).is_integer()
    if not whole or not 1 <= float(count or 0) <= MACHINES_MAX:
        raise _wrong(
            number,
            "count",
            "none" if count is None else shown(count),
            f"a whole number of machines from 1 to {MACHINES_MAX}",
        )
    if model is not None and not (isinstance(model, str) and model):
        raise _wrong(number, "model", shown(model), "a model's name, or none")
    amounts = [kind.get(name) or 0 for name in trace.resources]
    for name, amount in zip(trace.resources, amounts, strict=True):
        if not _is_number(amount):
            raise _wrong(number, name, shown(amount), "a number")
    return [int(count or 0), *map(float, amounts), model]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _wrong(
    number: int,
    field: str | None,
    found: str | None,
    expected: str | None,
    hint: str | None = None,
) -> TraceError:
    return TraceError(field=f"cell[{number}].{field}", found=found, expected=expected, hint=hint)


def _machines(kinds: pl.DataFrame) -> pl.DataFrame:
    """One row a machine, kinds in order."""
    each = kinds.select(pl.all().repeat_by("count").explode()).drop("count")
    wide = max(5, len(str(each.height)))
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(wide)
    return each.select(("m" + number).alias("id"), pl.all())


def _runs(name: str, tasks: pl.LazyFrame) -> Iterator[Rows]:
    first = 1
    for frame in tasks.collect_batches(maintain_order=True, chunk_size=parquet.BATCH_ROWS):
        yield Rows(name, first, frame, text=False)
        first += frame.height


def _said(kinds: pl.DataFrame, resources: Sequence[str]) -> str:
    """`machines: 270 × cpu 64 mem 120, 30 × cpu 64 mem 248`."""
    said = []
    for kind in kinds.iter_rows(named=True):
        sizes = [f"{name} {shown(kind[name])}" for name in resources if kind[name]]
        model = [kind["model"]] if kind["model"] else []
        said.append(f"{kind['count']} × {' '.join(sizes + model)}")
    return f"machines: {', '.join(said)}"
