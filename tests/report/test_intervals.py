"""Intervals are what the field calls them, and those of comparisons are the simulator's."""

from __future__ import annotations

import numpy as np
import pytest

from report.intervals import difference, estimate, nested, t_975

SIX_BY_TWO = [[1.0, 1.4], [0.8, 1.1], [1.3, 1.2], [0.9, 1.6], [1.1, 1.0], [1.5, 1.2]]


def test_intervals_are_students() -> None:
    from scipy import stats

    for freedom in (1, 2, 9, 29, 30, 31, 100):
        assert t_975(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)))
    with pytest.raises(ValueError, match="expected at least 1"):
        t_975(0)
    values = [95.1, 95.3, 95.6, 95.0]
    low, high = stats.t.interval(0.95, 3, sum(values) / 4, stats.sem(values))
    assert estimate(values).ci95 == pytest.approx((low, high))


def test_unpaired_differences_are_welchs() -> None:
    from scipy import stats

    ours, theirs = {0: 3.0, 1: 4.0, 2: 6.0}, {5: 1.0, 6: 1.5, 7: 1.25, 8: 0.5}
    gain, paired = difference(ours, theirs)
    welch = stats.ttest_ind(list(ours.values()), list(theirs.values()), equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert not paired
    assert gain.ci95 is not None
    assert gain.ci95[0] <= interval.low + 1e-12
    assert gain.ci95[1] >= interval.high - 1e-12
    assert difference({0: 1.0}, {1: 2.0})[0].ci95 is None
    assert difference({0: 1.0, 1: 1.0}, {2: 1.0, 3: 1.0})[0].ci95 == (0.0, 0.0)


def test_from_six_windows_on_windows_and_then_seeds_are_resampled() -> None:
    found = nested(SIX_BY_TWO)
    assert found.mean == pytest.approx(1.175)
    assert found.ci95 == pytest.approx((1.0223, 1.3277), abs=1e-4)
    assert found.n == 12
    # Windows that all agree leave the seeds' luck; seeds that all agree leave the windows'.
    assert nested([[0.0, 1.0]] * 8).ci95 == pytest.approx((0.0738, 0.9262), abs=1e-4)
    alike = [[v, v, v] for v in (1, 1, 1, 1, 1, 2)]
    assert nested(alike).ci95 == pytest.approx((0.9271, 1.6459), abs=1e-4)
    assert nested([[1.5, 1.5]] * 7).ci95 == (1.5, 1.5)


def test_under_six_windows_it_is_students_on_their_means_with_one_on_its_seeds() -> None:
    few = nested(SIX_BY_TWO[:5])
    assert few.ci95 == estimate([sum(row) / 2 for row in SIX_BY_TWO[:5]]).ci95
    assert few.n == 10
    assert nested([[1.0, 2.0, 4.0]]).ci95 == estimate([1.0, 2.0, 4.0]).ci95
    assert nested([[1.0]]).ci95 is None
    assert nested([[1.0], [2.0]]).ci95 == estimate([1.0, 2.0]).ci95


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (3, 4), (5, 1), (6, 2), (12, 3), (50, 10)])
def test_intervals_of_comparisons_are_the_simulators(shape: tuple[int, int]) -> None:
    from sim.statistics import interval

    values = np.random.default_rng(shape).normal(1.0, 0.3, shape)
    theirs, ours = interval(values), nested(values.tolist())
    assert ours.mean == pytest.approx(theirs.mean)
    assert ours.ci95 == (None if theirs.ci95 is None else pytest.approx(theirs.ci95))
