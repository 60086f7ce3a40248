"""Intervals cover what they say they cover, and are made as they say they are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from sim.statistics import RESAMPLES, described, interval, resampled

EIGHT_BY_TWO = np.array(
    [[0, 9], [4, 4], [7, 1], [2, 2], [12, 30], [5, 6], [3, 1], [8, 0]], np.float64
)


def exact(values: np.ndarray) -> Counter[int]:
    """How often each sum of S·W draws comes of all resamples: windows, then seeds within them."""
    windows, seeds = values.shape
    slot: Counter[int] = Counter()
    for window in values.astype(int).tolist():
        sums = Counter({0: 1})
        for _ in range(seeds):
            sums = _plus(sums, Counter(window))
        slot += sums
    total = Counter({0: 1})
    for _ in range(windows):
        total = _plus(total, slot)
    return total


def _plus(a: Counter[int], b: Counter[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for x, m in a.items():
        for y, n in b.items():
            found[x + y] += m * n
    return found


@pytest.mark.parametrize("values", [EIGHT_BY_TWO, EIGHT_BY_TWO[:, :1], EIGHT_BY_TWO[:6]])
def test_windows_are_resampled_and_then_seeds_within_them(values: np.ndarray) -> None:
    sums = exact(values)
    every = sum(sums.values())
    assert every == (len(values) * values.shape[1] ** values.shape[1]) ** len(values)
    means = np.sort(resampled(values)) * values.size
    for total in sorted(sums):
        share = sum(n for other, n in sums.items() if other <= total) / every
        found = np.searchsorted(means, total + 0.5) / RESAMPLES
        assert abs(found - share) < 4.5 * np.sqrt(share * (1 - share) / RESAMPLES) + 5e-4


def test_the_resampled_spread_becomes_that_of_students_t_on_windows() -> None:
    for values in (EIGHT_BY_TWO, EIGHT_BY_TWO[:, :1]):
        found = interval(values)
        assert found.ci95 is not None
        means = resampled(values)
        units = values.mean(axis=1)
        half = stats.t.ppf(0.975, 7) * stats.sem(units)
        low, high = np.quantile(means, (0.025, 0.975))
        scale = half / (stats.norm.ppf(0.975) * means.std())
        expected = [values.mean() + scale * (q - values.mean()) for q in (low, high)]
        assert found.ci95 == pytest.approx(expected)
        assert found.mean == values.mean()
        assert high - found.mean > found.mean - low  # it leans as the windows do


def test_under_six_windows_it_is_students_t_on_their_means() -> None:
    for count in (2, 3, 5):
        values = EIGHT_BY_TWO[:count]
        units = values.mean(axis=1)
        expected = stats.t.interval(0.95, count - 1, units.mean(), stats.sem(units))
        assert interval(values).ci95 == pytest.approx(expected)


def test_with_one_window_it_is_students_t_on_its_seeds_and_with_one_pair_none() -> None:
    seeds = EIGHT_BY_TWO[:, 0]
    expected = stats.t.interval(0.95, 7, seeds.mean(), stats.sem(seeds))
    assert interval(seeds[None, :]).ci95 == pytest.approx(expected)
    assert interval(np.array([[3.0]])).ci95 is None
    assert described([3.0])["ci95"] is None
    assert described([])["mean"] is None


def test_what_never_varies_has_an_interval_of_no_width() -> None:
    for shape in ((1, 4), (3, 2), (6, 1), (8, 3)):
        assert interval(np.zeros(shape)).ci95 == (0.0, 0.0)
    alike = interval(np.tile([[0.0, 1.0]], (8, 1))).ci95  # windows alike: the seeds' luck is left
    assert alike is not None
    assert alike[0] < 0.25
    assert alike[1] > 0.75


def coverage(windows: int, seeds: int, between: float, within: float, trials: int) -> float:
    """Share of trials on nested normal data whose interval covers the true mean."""
    random = np.random.default_rng([windows, seeds, round(10 * between), trials])
    covered = 0
    for _ in range(trials):
        luck = within * random.normal(size=(windows, seeds))
        found = interval(between * random.normal(size=(windows, 1)) + luck).ci95
        assert found is not None
        covered += found[0] <= 0.0 <= found[1]
    return covered / trials


SPREADS = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.01)]


@pytest.mark.parametrize(("windows", "seeds"), [(1, 8), (3, 4), (6, 1), (8, 2)])
@pytest.mark.parametrize(("between", "within"), SPREADS)
def test_intervals_cover_the_mean_of_nested_normal_data(
    windows: int, seeds: int, between: float, within: float
) -> None:
    if windows == 1:
        between = 0.0  # one window tells of itself alone
    assert 0.91 <= coverage(windows, seeds, between, within, 200) <= 0.99


@pytest.mark.campaign
@pytest.mark.parametrize(("windows", "seeds"), [(2, 3), (6, 2), (6, 8), (8, 2), (12, 4), (20, 1)])
@pytest.mark.parametrize(("between", "within"), SPREADS)
def test_intervals_cover_95_per_cent_of_2000_trials(
    windows: int, seeds: int, between: float, within: float
) -> None:
    assert 0.93 <= coverage(windows, seeds, between, within, 2000) <= 0.97
