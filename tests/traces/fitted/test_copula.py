"""Copulas: marginals with their atoms, and how they go together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.fitted import copula, remainder
from traces.fitted.model import Remainder


def test_a_correlation_is_found_again_whatever_the_marginals() -> None:
    random = np.random.default_rng(0)
    normal = random.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=20_000)
    values = np.column_stack([np.exp(normal[:, 0]), np.floor(8 * normal[:, 1] ** 3)])
    assert copula.correlation(values)[0, 1] == pytest.approx(0.7, abs=0.02)


def test_a_constant_goes_with_nothing() -> None:
    values = np.column_stack([np.arange(50.0), np.full(50, 3.0)])
    assert copula.correlation(values) == pytest.approx(np.eye(2), abs=1e-6)


def test_a_matrix_that_is_no_correlation_is_made_one() -> None:
    fixed = copula.nearest(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]))
    assert np.diag(fixed) == pytest.approx(1.0)
    assert np.linalg.eigvalsh(fixed).min() > 0


@given(st.lists(st.integers(0, 400), min_size=1, max_size=400), st.integers(2, 40))
def test_a_marginal_names_values_that_occur_and_ends_at_one(values: list[int], most: int) -> None:
    table = copula.marginal(np.array(values, np.float64), most)
    named, upto = zip(*table, strict=True)
    assert {*named} <= {*values}
    assert list(named) == sorted({*named})
    assert list(upto) == sorted(upto)
    assert upto[-1] == 1.0
    if len({*values}) <= most:
        assert {*named} == {*values}


def test_atoms_keep_their_share_and_the_mean_stays() -> None:
    random = np.random.default_rng(0)
    values = np.where(random.random(20_000) < 0.3, 4.0, np.round(random.lognormal(2, 1, 20_000), 3))
    drawn = copula.quantile(copula.marginal(values), (np.arange(20_000) + 0.5) / 20_000)
    assert (drawn == 4.0).mean() == pytest.approx((values == 4.0).mean(), abs=1e-3)
    assert drawn.mean() == pytest.approx(values.mean(), rel=0.02)
    assert {*drawn} <= {*values}


def test_a_remainder_is_drawn_with_its_correlation_and_labels() -> None:
    made = Remainder(
        (((1.0, 0.5), (2.0, 1.0)), ((8.0, 0.5), (16.0, 1.0))),
        ((1.0, 0.95), (0.95, 1.0)),
        ((3.0, None, None, 0), (1.0, "T4", 2, 7)),
    )
    amounts, label = remainder.draw(made, 4000, None, np.random.default_rng(0))
    alike = (amounts[:, 0] == 1.0) == (amounts[:, 1] == 8.0)
    assert alike.mean() > 0.85
    assert (label == 1).mean() == pytest.approx(0.25, abs=0.03)
