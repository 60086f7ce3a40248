"""Rows that stand for several tasks are those tasks, each with the number of its row."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces import copies
from traces.rows import Rows


def rows(counts: list[int]) -> Rows:
    return Rows("table.csv", 2, pl.DataFrame({"n": pl.Series(counts, dtype=pl.Float64)}))


@given(counts=st.lists(st.integers(1, 9), max_size=30), run=st.integers(1, 12))
def test_each_row_is_there_so_many_times_whatever_the_runs(counts: list[int], run: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "_RUN_TASKS", run)
        runs = list(copies.each(rows(counts), "n"))
    numbers = [int(number) for one in runs for number in one.every_number()]
    copied = [copy for one in runs for copy in one.frame["copy"]]
    found = list(zip(numbers, copied, strict=True))
    assert found == [(2 + i, c) for i, n in enumerate(counts) for c in range(1, n + 1)]
    assert all(one.frame.height <= max(run, *counts) for one in runs)


def test_too_many_are_told_with_what_to_do() -> None:
    with pytest.raises(traces.TraceError, match=r"field n: found 20,000,001 tasks .*\(take less\)"):
        list(copies.each(rows([20_000_000, 1]), "n", "take less"))
