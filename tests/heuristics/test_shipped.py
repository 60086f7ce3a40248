"""What every heuristic of the product keeps to."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
from tests.heuristics.states import Vector, ask, feasible
from tests.shares import share

LISTED = [
    "alignment",
    "alpha_evolve",
    "balance",
    "best_fit",
    "best_fit_own",
    "borg_hybrid",
    "cosine",
    "dot_product",
    "eoh",
    "epvm",
    "fgd",
    "first_fit",
    "funsearch_or3",
    "funsearch_or_short",
    "funsearch_weibull",
    "gpu_clustering",
    "gpu_packing",
    "k8s_balanced_allocation",
    "k8s_least_allocated",
    "k8s_most_allocated",
    "k8s_requested_to_capacity_ratio",
    "l2",
    "lava",
    "mix_fit",
    "nilas",
    "protean",
    "random",
    "worst_fit",
]
DISCOVERED = list(heuristics.discoveries())
SINGLE = [name for name in [*LISTED, *DISCOVERED] if heuristics.get(name).form == "score"]
BINS = [n for n in SINGLE if any(f.endswith(".size") for f in heuristics.get(n).fields)]
ONE_MACHINE = [name for name in SINGLE if name not in BINS]
ALL_MACHINES = [name for name in LISTED if heuristics.get(name).form == "scores"]


def test_the_list_is_complete() -> None:
    assert list(heuristics.names()) == LISTED


def test_what_a_search_found_is_no_published_rule() -> None:
    assert not set(DISCOVERED) & set(LISTED)
    for name in DISCOVERED:
        _, source = heuristics.describe(name)
        assert "unstrand evolve" in source


@pytest.mark.parametrize("name", [*LISTED, *DISCOVERED])
def test_is_written_in_the_language_and_cites_its_source(name: str) -> None:
    assert heuristics.get(name).checked
    line, source = heuristics.describe(name)
    assert line.endswith(".")
    assert len(line) <= 100
    assert source


@pytest.mark.parametrize("name", ONE_MACHINE)
@settings(max_examples=share(30), deadline=None)
@given(given=feasible())
def test_scores_a_feasible_machine_with_a_finite_number(name: str, given: dict[str, Any]) -> None:
    value = ask(name, given)
    assert isinstance(value, (int, float, np.integer, np.floating))
    assert abs(value) <= 1e100


@pytest.mark.parametrize("name", BINS)
@settings(max_examples=share(30), deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_scores_a_bin_with_a_finite_number(name: str, sizes: tuple[int, int]) -> None:
    required, free = (Vector(size=np.float64(size)) for size in sizes)
    bin_ = Vector(size=np.float64(500.0))
    machine = SimpleNamespace(machines=np.float64(9.0), tasks=np.float64(1.0))
    given_ = {"required": required, "free": free, "total": bin_, "machine": machine}
    value = ask(name, {**given_, "cell": SimpleNamespace(largest=bin_)})
    assert abs(value) <= 1e100


@pytest.mark.parametrize("name", ["best_fit", "worst_fit", "dot_product", "fgd"])
@settings(max_examples=share(30), deadline=None)
@given(given=feasible())
def test_whole_cuts_the_fraction(name: str, given: dict[str, Any]) -> None:
    whole, exact = ask(name, given, whole=1), ask(name, given, whole=0)
    assert whole == math.trunc(exact + 1e-9)


@pytest.mark.parametrize("name", ALL_MACHINES)
@pytest.mark.parametrize("free", [[150.0], [30.0, 30.0, 150.0], [150.0, 31.0, 100.0, 150.0]])
def test_scores_every_machine_with_a_finite_number(name: str, free: list[float]) -> None:
    values = heuristics.get(name).function()(required=Vector(size=30), free=_column(free))
    assert values.shape == (len(free),)
    assert np.isfinite(values).all()


def _column(sizes: list[float]) -> Any:
    return SimpleNamespace(size=np.array(sizes))
