"""A row that stands for several like tasks, such as a task of so many instances, as those tasks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from traces.errors import TraceError
from traces.rows import Rows, Rule

COPIES_MAX = 1_000_000
TASKS_MAX = 20_000_000
_RUN_TASKS = 1 << 17


def count_rules(column: str) -> list[Rule]:
    """What the number of tasks that a row stands for keeps; 0 is for the reader to drop."""
    count = pl.col(column)
    whole = "a whole number from 0"
    return [
        Rule(column, ~count.is_finite() | (count != count.round()) | (count < 0), whole),
        Rule(column, count > COPIES_MAX, f"at most {COPIES_MAX:,}"),
    ]


def each(rows: Rows, count: str, hint: str | None = None) -> Iterator[Rows]:
    """The rows, each as many times as its `count` says, with `copy` from 1; a run at a time.

    Raises TraceError where all together are more tasks than can be held.
    """
    counts = rows.frame[count].cast(pl.Int64).to_numpy()
    ends = np.cumsum(counts)
    if ends.size and ends[-1] > TASKS_MAX:
        raise TraceError(
            file=rows.file,
            field=count,
            found=f"{ends[-1]:,} tasks in all",
            expected=f"at most {TASKS_MAX:,}",
            hint=hint,
        )
    first = 0
    while first < ends.size:
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + _RUN_TASKS, side="right")), first + 1)
        index = np.repeat(np.arange(first, last), counts[first:last])
        copy = np.arange(1, index.size + 1) - (ends[index] - counts[index] - before)
        chosen = rows.picked(pl.Series(index, dtype=pl.Int64))
        yield chosen.with_frame(chosen.frame.with_columns(pl.Series("copy", copy)))
        first = last
