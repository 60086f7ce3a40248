"""A search for recovered compute: pairs with the baseline, goodput held, splits kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import evolve
import heuristics
import sim
import traces
from sim.arenas.recovering import Recovering
from sim.composition import composed
from sim.contain import lock
from sim.scored import Measure
from tests.evolve import tiny

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)

PARENTS = ("best_fit", "fgd", "worst_fit")
SHORT = {"hours": 4.0, "history_h": 10.0}


def series(split: str, seeds: range, **asked: float) -> list[sim.Workload]:
    trace = traces.load("synthetic", machines=40, tasks=600)
    return sim.series(trace, split=split, seeds=seeds, **SHORT, **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def problem() -> evolve.Problem:
    return evolve.recovery_problem(
        series("train", range(100, 102), load=0.9, machines=20),
        series("validation", range(200, 202), load=0.95, machines=15),
        series("test", range(3), load=0.9, machines=20),
        baseline=heuristics.get("best_fit"),
        parents=PARENTS,
    )


@pytest.fixture(scope="module")
def ran(
    problem: evolve.Problem, tmp_path_factory: pytest.TempPathFactory
) -> tuple[evolve.Search, Path]:
    folder = tmp_path_factory.mktemp("run")
    return tiny.search(problem, folder, 1, candidates=6), folder


@pytest.fixture
def found(ran: tuple[evolve.Search, Path]) -> evolve.Search:
    return ran[0]


@pytest.mark.campaign
def test_a_search_for_recovery_is_the_same_whatever_the_workers(
    problem: evolve.Problem, found: evolve.Search, tmp_path: Path
) -> None:
    assert tiny.search(problem, tmp_path, 2, candidates=6) == found


def test_what_is_kept_is_worth_its_recovery_less_what_it_turned_away(
    problem: evolve.Problem, ran: tuple[evolve.Search, Path]
) -> None:
    found, folder = ran
    train, proposed = problem.train, tiny.candidates(folder)
    assert found.results["archive"]
    for kept in found.results["archive"]:
        source = proposed[kept["candidate"]].source
        composition = composed(heuristics.parse(source, filename="c.py", name="candidate"))
        runs = [train.score(composition, key, None) for key in train.keys]
        recovered = np.mean([run.value for run in runs])
        gained = np.mean([run.goodput for run in runs])
        assert kept["score"] == pytest.approx(recovered - 5 * max(0, 0.1 - gained))


def test_the_baseline_recovers_nothing_of_itself_and_the_verdict_is_a_comparison(
    found: evolve.Search,
) -> None:
    results = found.results
    assert results["measured"] == "recovered_pct"
    test = results["test"]["default"]
    assert test["best_fit"]["mean"] == 0
    works = series("test", range(3), load=0.9, machines=20)
    fgd = heuristics.get("fgd")
    rows = sim.compare(works, [fgd], baseline=heuristics.get("best_fit"), policies=())
    assert rows[1].recovered.mean == pytest.approx(test["fgd"]["mean"])
    held = results["goodput_delta_points"]["default"]["fgd"]["mean"]
    assert rows[1].goodput().mean() == pytest.approx(held)


def test_the_splits_share_no_job_and_no_seed(problem: evolve.Problem) -> None:
    arenas = [problem.train, problem.validation, problem.test]
    assert all(isinstance(arena, Recovering) for arena in arenas)
    works = [arena.works[0] for arena in arenas if isinstance(arena, Recovering)]
    jobs = [set(work.population.job[work.tasks].tolist()) for work in works]
    assert not jobs[0] & jobs[1]
    assert not jobs[2] & (jobs[0] | jobs[1])
    seeds = [set(arena.seeds) for arena in arenas]
    assert not seeds[0] & seeds[1]
    assert not seeds[2] & (seeds[0] | seeds[1])


def test_goodput_has_its_margin() -> None:
    works = series("train", range(1), load=0.9, machines=20)
    asked = {"baseline": heuristics.get("best_fit"), "measure": Measure(bound="none")}
    problem = evolve.recovery_problem(works, works, works, margin=0.5, **asked)  # type: ignore[arg-type]
    assert problem.worth([1.0, 2.0], [0.5, 0.5]) == 1.5
    assert problem.worth([1.0, 2.0], [0.0, 0.2]) == pytest.approx(1.5 - 5 * 0.4)
