"""Arrivals: hours of the day, levels and bursts are found again."""

from __future__ import annotations

import numpy as np
import pytest

from traces.fitted import arrivals
from traces.fitted.likeness import autocorrelation
from traces.fitted.model import Arrivals, Burst

DAY = 86400.0
BUSY = tuple(float(1.0 + 0.8 * np.sin(2 * np.pi * hour / 24)) for hour in range(24))


def drawn(made: Arrivals, count: int, seed: int = 0, drift: tuple[float, ...] = ()) -> np.ndarray:
    random = np.random.default_rng(seed)
    times = arrivals.draw(made, np.zeros(count, np.int64), [drift], made.span_s, 1.0, random)
    return np.sort(times)


def test_a_daily_cycle_and_levels_are_found_again() -> None:
    made = Arrivals(8 * DAY, 1, (1.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0), BUSY)
    times = drawn(made, 40_000)
    found = arrivals.fit(np.floor(times), 1.0)
    assert np.array(found.hours) == pytest.approx(BUSY, abs=0.12)
    levels = np.array(found.levels)
    assert levels[3] / np.delete(levels, 3).mean() == pytest.approx(3.0, rel=0.05)
    assert sum(burst.variance for burst in found.bursts) < 0.05


def test_bursts_are_found_again_and_autocorrelate() -> None:
    made = Arrivals(20 * DAY, 1, (1.0,), (1.0,) * 24, (Burst(2.0, 0.5),))
    times = drawn(made, 60_000)
    found = arrivals.fit(np.floor(times), 1.0)
    assert sum(burst.variance for burst in found.bursts) == pytest.approx(0.5, abs=0.2)
    again = drawn(found, 60_000, seed=1)
    old, new = (autocorrelation(some, made.span_s)[:3] for some in (times, again))
    assert new == pytest.approx(old, abs=0.2)
    assert old[0] > 0.3


def test_a_drift_sends_batches_to_its_parts() -> None:
    made = Arrivals(4 * DAY, 1, (1.0,) * 4)
    times = drawn(made, 2000, drift=(0.0, 0.0, 0.0, 4.0))
    assert times.min() >= 3 * DAY
    assert times.max() <= 4 * DAY


def test_a_longer_span_begins_anew() -> None:
    made = Arrivals(2 * DAY, 1, (1.0, 3.0))
    random = np.random.default_rng(0)
    times = arrivals.draw(made, np.zeros(8000, np.int64), [()], 4 * DAY, 1.0, random)
    days = np.bincount((times / DAY).astype(int).clip(max=3), minlength=4) / 8000
    assert days == pytest.approx([0.125, 0.375, 0.125, 0.375], abs=0.02)


def test_times_lie_on_the_grid_and_within_the_span() -> None:
    times = arrivals.on_grid(np.array([0.0, 299.0, 300.0, 899.9, 900.0]), 900.0, 300.0)
    assert times.tolist() == [0.0, 0.0, 300.0, 600.0, 600.0]


def test_no_span_is_one_instant() -> None:
    assert arrivals.fit(np.zeros(5), 1.0) == Arrivals(0.0)
