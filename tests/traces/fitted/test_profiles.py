"""How lives within a batch differ: curves, their clusters, and lives drawn by them."""

from __future__ import annotations

import numpy as np
import pytest

from traces.fitted import profiles
from traces.fitted.laws import ward


def test_a_curve_holds_the_lives_of_a_batch_over_their_median() -> None:
    logs = np.log([10.0, 20.0, 40.0, 7.0])
    median, curve = profiles.curves(np.array([0, 0, 0, 1]), logs, 2)
    assert np.exp(median) == pytest.approx([20.0, 7.0])
    assert np.exp(curve[0, [0, 3, -1]]) == pytest.approx([0.5, 1.0, 2.0])
    assert curve[1] == pytest.approx(0.0)


def test_batches_of_stragglers_are_told_from_even_ones() -> None:
    even = np.zeros((300, len(profiles.SHARES)))
    late = np.tile([0, 0, 0, 0, 0, 0, 3.0, 4.0], (100, 1))
    curve = np.vstack([even, late]) + 0.01 * np.random.default_rng(0).standard_normal((400, 8))
    table, of = profiles.cluster(curve, np.ones(400), most=2)
    assert len(table) == 2
    assert len({*of[:300]}) == len({*of[300:]}) == 1
    assert np.exp(table[of[-1], -1]) == pytest.approx(np.exp(4.0), rel=0.02)


def test_lives_are_drawn_as_the_profile_says() -> None:
    table = [[1.0] * 7 + [9.0]]
    size = np.array([50, 1, 50])
    ratio = profiles.ratios(table, np.array([0, -1, -1]), size, np.random.default_rng(0))
    first = np.sort(ratio[:50])
    assert (first[:48] == 1.0).all()
    assert first[-1] > 4.0
    assert (ratio[50:] == 1.0).all()


def test_clusters_merge_what_is_near_and_count_from_the_heaviest() -> None:
    points = np.array([[0.0], [0.1], [5.0], [5.2], [50.0]])
    weight = np.array([1.0, 1.0, 10.0, 10.0, 1.0])
    found, costs = ward(points, weight, 3, 0.0)
    assert found.tolist() == [1, 1, 0, 0, 2]
    assert len(costs) == 2
    assert ward(points, weight, 5, 1.0)[0].tolist() == [1, 1, 0, 0, 2]
    assert len({*ward(points, weight, 1, 0.0)[0]}) == 1
