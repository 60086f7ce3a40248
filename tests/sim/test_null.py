"""A comparison of a rule with itself finds nothing: exactly so in pairs, and in 95 of 100 trials
where its runs on some seeds are compared with its runs on others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

import heuristics
import sim
from heuristics import Heuristic
from sim.recovery import Recovered
from sim.state import Floats
from sim.statistics import interval
from sim.works import Workload
from tests.sim.hand import written
from traces import Trace

TRIALS = 200
DESIGNS = [(1, 8), (3, 4), (8, 2)]  # windows, seeds


def best_fit(name: str) -> Heuristic:
    return replace(heuristics.get("best_fit"), name=name)


def cell() -> Trace:
    """Of which each seed gets a third, drawn from machines of three kinds."""
    random = np.random.default_rng(1)
    kinds = [{"cpu": 16.0, "mem": 64.0}, {"cpu": 32.0, "mem": 48.0}, {"cpu": 24.0, "mem": 96.0}]
    tasks = [
        {
            "cpu": float(random.integers(1, 9)),
            "mem": float(random.integers(2, 33)),
            "lifetime": float(random.integers(20, 200)),
        }
        for _ in range(60)
    ]
    return written(kinds * 10, tasks)


def works(windows: int, seeds: range) -> list[Workload]:
    return sim.series(
        cell(),
        windows=windows,
        seeds=seeds,
        order="drawn",
        load=0.9,
        machines=10,
        hours=0.15,
    )


def compared(windows: int, seeds: range) -> list[Recovered]:
    return sim.compare(
        works(windows, seeds),
        [best_fit("the same by another name")],
        baseline=best_fit("best_fit"),
        policies=(),
        bound="none",
    )


@pytest.mark.parametrize("queue", ["reject", "fifo", "skip"])
@pytest.mark.parametrize("ties", ["first", "random", "rounded"])
@pytest.mark.parametrize(("windows", "seeds"), [(1, 3), (3, 2), (6, 1)])
def test_a_rule_by_another_name_differs_by_nothing_at_all(
    queue: str, ties: str, windows: int, seeds: int
) -> None:
    base, other = sim.compare(
        works(windows, range(seeds)),
        [best_fit("the same by another name")],
        baseline=best_fit("best_fit"),
        queue=queue,
        ties=ties,
        policies=(),
    )
    for one in (base, other):
        assert (one.by_resource() == 0).all()
        assert (one.goodput() == 0).all()
        result = one.result()
        assert (result["recovered_pct"], result["goodput_delta_points"]) == (0.0, 0.0)
        assert tuple(result["recovered_pct_ci95"]) == (0.0, 0.0)
        assert tuple(result["goodput_delta_ci95"]) == (0.0, 0.0)
        assert result["marks"] == base.marks() == []
        assert result["recovered_machines"] == 0.0
        assert result["of_stranded_pct"] == 0.0
        assert result["of_recoverable_pct"] in (0.0, None)
        for of in result["resources"].values():
            assert (of["recovered_points"], tuple(of["recovered_ci95"])) == (0.0, (0.0, 0.0))
    same = {**other.result(), "heuristic": "best_fit"}
    assert same == base.result()


@dataclass(frozen=True)
class Runs:
    """Weighted stranded and allocated of best fit, (windows, seeds) each."""

    stranded: Floats
    allocated: Floats


@cache
def runs(windows: int, seeds: int) -> Runs:
    """A pool of runs of best fit, as a comparison makes and weighs them."""
    base = compared(windows, range(seeds))[0]
    weight = base.grid.weight
    laid = base.grid.laid
    return Runs(
        laid([float(one.stranded @ weight) for one in base.reference]),
        laid([float(one.used @ weight) for one in base.reference]),
    )


def covered(pool: Floats, windows: int, seeds: int) -> float:
    """Share of trials whose interval covers zero; a trial's runs are all different ones."""
    random = np.random.default_rng([windows, seeds, TRIALS])
    hits = 0
    for _ in range(TRIALS):
        some = random.permutation(len(pool))[:windows]
        mine, other = random.permutation(pool.shape[1])[: 2 * seeds].reshape(2, seeds)
        found = interval(pool[np.ix_(some, mine)] - pool[np.ix_(some, other)]).ci95
        assert found is not None
        hits += found[0] <= 0.0 <= found[1]
    return hits / TRIALS


@pytest.mark.parametrize(("windows", "seeds"), DESIGNS)
def test_a_rule_against_itself_on_other_seeds_is_no_gain(windows: int, seeds: int) -> None:
    pool = runs(8, 24)
    assert 0.91 <= covered(pool.stranded, windows, seeds) <= 0.99
    assert 0.91 <= covered(pool.allocated, windows, seeds) <= 0.99


@pytest.mark.campaign
@pytest.mark.parametrize(("windows", "seeds"), [*DESIGNS, (2, 3), (5, 4), (6, 1), (8, 8)])
def test_a_rule_against_itself_on_many_other_seeds_is_no_gain(windows: int, seeds: int) -> None:
    pool = runs(8, 150)
    assert 0.91 <= covered(pool.stranded, windows, seeds) <= 0.99
    assert 0.91 <= covered(pool.allocated, windows, seeds) <= 0.99


def test_what_a_seed_draws_is_not_the_same_in_all_windows() -> None:
    """Else windows of a seed have its luck in common, which no interval on windows can tell."""
    of = works(4, range(6))
    ids = [work.machines.ids for work in of]
    assert len(set(ids)) == len(of)
    again = [work.machines.ids for work in works(4, range(6))]
    assert ids == again
    pool = runs(8, 24).stranded
    scatter = pool.mean(axis=0).var(ddof=1) / (pool.var(ddof=1) / len(pool))
    assert 0.4 < scatter < 2.0  # 1 if windows are independent, 8 if a seed's are all alike
