"""Amounts are rounded to whole units, to the nearest or down, and counted where they were not."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from traces.rounded import rounded

UNITS = {"cpu": 0.001, "mem": 1e-9}


def test_to_the_nearest_or_down_and_only_what_was_finer_counts() -> None:
    frame = pl.DataFrame({"cpu": [0.3336, 0.333, None, 0.3], "mem": [0.1, 0.2, 0.1, 2 / 3]})
    nearest, count = rounded(frame, ["cpu", "mem"], UNITS)
    assert nearest.rows() == [(0.334, 0.1), (0.333, 0.2), (None, 0.1), (0.3, 0.666666667)]
    assert count == 2
    below, count = rounded(frame, ["cpu", "mem"], UNITS, down=True)
    assert below.rows() == [(0.333, 0.1), (0.333, 0.2), (None, 0.1), (0.3, 0.666666666)]
    assert count == 2


@given(parts=st.integers(1, 1000))
def test_equal_parts_of_one_rounded_down_are_together_no_more_than_one(parts: int) -> None:
    whole, _ = rounded(pl.DataFrame({"mem": [1 / parts]}), ["mem"], UNITS, down=True)
    units = round(whole["mem"][0] / 1e-9)
    assert 10**9 - parts <= units * parts <= 10**9


@given(thousandths=st.integers(0, 10**9))
def test_what_is_a_whole_number_of_units_stays(thousandths: int) -> None:
    amount = thousandths / 1000
    for down in (False, True):
        whole, count = rounded(pl.DataFrame({"cpu": [amount]}), ["cpu"], UNITS, down=down)
        assert (whole["cpu"][0], count) == (amount, 0)
