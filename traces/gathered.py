"""A table read run by run and kept as typed columns; rows that are no task are counted by why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from traces.columns import Column, typed
from traces.errors import TraceError
from traces.rows import Rows, Rule, enforce


def gathered(runs: Iterable[Rows], columns: Sequence[Column], rules: Sequence[Rule]) -> Rows:
    """Consecutive runs of one table, of which there is at least one, as one run of typed columns.

    No more of the text is held than one run's. Raises TraceError for the first row that doesn't
    cast or that breaks a rule.
    """
    frames, head = [], None
    for rows in runs:
        cast = typed(rows, columns)
        enforce(cast, rules)
        head = head or cast
        frames.append(cast.frame)
    assert head is not None
    return replace(head, frame=pl.concat(frames))


def without(rows: Rows, reasons: Mapping[str, pl.Expr], dropped: Counter[str]) -> Rows:
    """The rows that no reason leaves out; the others are counted by the first that applies.

    reasons: where each is true the row is no task; null counts as false.
    """
    masks = rows.frame.select(
        mask.fill_null(False).alias(reason) for reason, mask in reasons.items()
    )
    left = pl.repeat(True, rows.frame.height, dtype=pl.Boolean, eager=True)
    for reason in reasons:
        out = left & masks[reason]
        if out.any():
            dropped[reason] += int(out.sum())
            left &= ~out
    return rows if left.all() else rows.picked(left.arg_true())


def some(rows: Rows, dropped: Counter[str]) -> Rows:
    """The rows, of which there must be one. Raises TraceError that says why there is none."""
    if rows.frame.is_empty():
        raise none_left(rows.file, dropped)
    return rows


def none_left(file: object, dropped: Counter[str]) -> TraceError:
    """The error for a table, or tables, of which no row is a task."""
    why = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count)
    return TraceError(
        file=file, found=f"no row that is a task: {why}", expected="at least one that is"
    )
