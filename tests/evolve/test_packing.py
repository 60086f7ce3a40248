"""Bin packing as a problem: instances by the published recipe, valued as `sim.packing` does."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import evolve
import heuristics
import sim
from evolve.journal import Journal
from sim.arenas.packing import Packing
from sim.composition import composed
from sim.contain import lock
from tests.conftest import Say
from tests.evolve import tiny
from traces import weibull

needs_lock = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)

SHIPPED = ("first_fit", "best_fit", "eoh", "funsearch_weibull")


def drawn(first: int, count: int = 2, *, items: int = 120, capacity: int = 100) -> list:
    return [weibull.draw(items=items, capacity=capacity, seed=first + k) for k in range(count)]


def works(first: int, count: int = 2, **asked: int) -> list[sim.Workload]:
    return [sim.workload(t, seed=first + k) for k, t in enumerate(drawn(first, count, **asked))]


@pytest.fixture(scope="module")
def problem() -> evolve.Problem:
    return evolve.packing_problem(
        works(100),
        works(200, capacity=150),
        works(0),
        held_out={"capacity 300": works(0, capacity=300)},
        baselines=("best_fit", "eoh"),
        parents=("best_fit", "worst_fit"),
    )


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("capacity", [100, 150])
def test_a_value_is_minus_the_excess_that_packing_gives(name: str, capacity: int) -> None:
    heuristic = heuristics.get(name)
    arena = Packing(tuple(works(7, 3, capacity=capacity)))
    packed = sim.pack(drawn(7, 3, capacity=capacity), heuristic)
    values = [arena.score(composed(heuristic), key, None).value for key in arena.keys]
    expected = [
        100 * (1 - used / bound) for used, bound in zip(packed.used, packed.bound, strict=True)
    ]
    assert values == pytest.approx(expected)
    assert min(packed.used) > 120 * 30 / capacity


def test_sizes_follow_the_recipe_and_their_seed() -> None:
    one, two, again = (weibull.draw(seed=seed).tasks.collect()["size"] for seed in (1, 2, 1))
    assert one.equals(again)
    assert not one.equals(two)
    assert one.min() >= 1
    assert one.max() <= 100
    assert (one == one.round()).all()
    # Weibull of shape 3 and scale 45: mean 45 Γ(4/3), half of all below 45 (ln 2)^(1/3)
    assert one.to_numpy().mean() == pytest.approx(40.18, abs=3 * 14.6 / 5000**0.5)
    assert (one.to_numpy() <= 39.8).mean() == pytest.approx(0.5, abs=0.03)


def test_the_seed_decides_the_items_whatever_the_capacity_and_none_is_larger() -> None:
    small, large = (weibull.draw(items=300, capacity=c, seed=3) for c in (40, 300))
    sizes = large.tasks.collect()["size"]
    assert small.tasks.collect()["size"].equals(sizes.clip(upper_bound=40))
    assert sizes.max() > 40


def test_a_candidate_sees_the_mix_of_train_and_not_what_is_to_come(
    problem: evolve.Problem,
) -> None:
    arenas = problem.arenas().values()
    mixes = [work.mix for arena in arenas if isinstance(arena, Packing) for work in arena.works]
    assert len(mixes) == 8
    assert all(mix is mixes[0] for mix in mixes)
    assert not np.array_equal(mixes[0].counts, works(0)[0].mix.counts)


@pytest.mark.campaign
@needs_lock
def test_a_search_ends_no_worse_than_its_parents(problem: evolve.Problem, tmp_path: Path) -> None:
    found = tiny.search(problem, tmp_path, 1, candidates=8, seed=1)
    with closing(Journal(tmp_path)) as journal:
        best, worst = (journal.noted(number, "taken")["score"] for number in (0, 1))
        assert [journal.candidates[n].operator for n in (0, 1)] == ["best_fit", "worst_fit"]
    assert max(one["score"] for one in found.results["archive"]) >= best > worst
    best_fit = sim.pack(drawn(0), heuristics.get("best_fit"))
    each = [100 * (1 - u / b) for u, b in zip(best_fit.used, best_fit.bound, strict=True)]
    assert found.results["measured"] == "minus_excess_pct"
    assert found.results["test"]["default"]["best_fit"]["mean"] == pytest.approx(np.mean(each))
    assert set(found.results["test"]) == {"default", "capacity 300"}


@needs_lock
@pytest.mark.campaign
def test_the_command_goes_the_whole_way_where_no_published_list_is(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSTRAND_DATA", str(tmp_path))
    words = ["evolve", "problem=bin_packing", "candidates=4", "json=true", "out=r"]
    words += [f"problem.{split}.items=60" for split in ("train", "validation", "test")]
    words += ["problem.baselines=[best_fit]", "problem.held_out=[150]"]
    code, out, err = say(*words, "problem.shipped=false", "problem.cuts=8")
    assert code == 0, err
    summary = json.loads(out)
    assert summary["trace"]["name"] == "weibull/60_in_100"
    assert summary["provenance"]["assumed"][0].startswith("items drawn: Weibull of shape 3")
    (result,) = summary["results"]
    assert set(result["test"]) == {"default", "capacity 150"}
    assert [len(result[split]["seeds"]) for split in ("train", "validation")] == [6, 9]
