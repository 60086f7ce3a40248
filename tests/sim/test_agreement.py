"""The compiled cell places every task where the plain oracle does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
import sim
from tests.shares import share
from tests.sim.agreement import check, drawn
from tests.sim.cells import Settings


@pytest.mark.parametrize("seed", range(60))
def test_cells_of_fixed_seeds_agree(seed: int) -> None:
    check(drawn(seed))


@settings(max_examples=share(20), deadline=None)
@given(st.integers(1_000_000, 2**31))
def test_random_cells_agree(seed: int) -> None:
    check(drawn(seed))


@pytest.mark.parametrize(
    "name", [n for n in heuristics.names() if heuristics.get(n).form == "score"]
)
@pytest.mark.parametrize("ties", ["first", "random"])
def test_every_shipped_heuristic_agrees_on_a_crowded_cell(name: str, ties: str) -> None:
    case = drawn(7) | {
        "settings": Settings(machines=7, tasks=60, span_s=40, shapes=7),
        "names": [name],
        "steps": [0.0],
        "ties": ties,
        "queue": "skip",
    }
    assert check(case) > 20


@pytest.mark.parametrize("machines", [129, 300, 700])
@pytest.mark.parametrize("name", ["alpha_evolve", "best_fit", "random", "dot_product", "nilas"])
def test_cells_of_many_blocks_agree(name: str, machines: int) -> None:
    case = drawn(11) | {
        "settings": Settings(machines=machines, tasks=250, span_s=40, shapes=5),
        "names": [name],
        "steps": [0.0],
        "ties": "first",
        "queue": "reject",
    }
    assert check(case) > 50


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(20))
def test_ten_thousand_random_cells_agree(part: int) -> None:
    for seed in range(10_000 + 500 * part, 10_500 + 500 * part):
        check(drawn(seed))


def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    case = drawn(7) | {"names": ["best_fit"], "steps": [0.0], "ties": "first", "queue": "reject"}
    original = sim.compose
    monkeypatch.setattr(
        sim, "compose", lambda _, steps: original([heuristics.get("worst_fit")], steps)
    )
    with pytest.raises(AssertionError):
        check(case)
