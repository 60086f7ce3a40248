"""A search and a tuning whose candidates are scored on a Ray cluster are those made here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import evolve
import heuristics
import sim
import traces
from evolve.tuning import Plan, Tuned, opened, pairs, ranges, tune
from sim import far
from sim.composition import composed
from sim.contain import lock
from sim.scored import Measure
from tests import clusters
from tests.evolve import tiny

pytest.importorskip("ray", reason="needs ray: pip install 'unstrand[ray]'")
pytestmark = [
    pytest.mark.campaign,  # a cluster takes a while to stand
    pytest.mark.skipif(
        bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
    ),
]
COUNT = 12


@pytest.fixture
def cluster() -> Iterator[Any]:
    with clusters.standing() as made:
        yield made


def test_a_search_that_loses_a_machine_midway_finds_the_same(cluster: Any, tmp_path: Path) -> None:
    other = clusters.another(cluster)
    lost = []

    def killing(state: evolve.State) -> None:
        if state.tried == COUNT // 2 and not lost:
            clusters.kill(cluster, other)
            lost.append(state.tried)

    hire = partial(far.cluster, address=cluster.address)
    there = tiny.search(
        tiny.saturation(), tmp_path / "there", 2, candidates=COUNT, hire=hire, progress=killing
    )
    here = tiny.search(tiny.saturation(), tmp_path / "here", 1, candidates=COUNT)
    assert lost
    assert there == here
    assert tiny.candidates(tmp_path / "there") == tiny.candidates(tmp_path / "here")


def tuned(folder: Path, **asked: Any) -> Tuned:
    pytest.importorskip("optuna", reason="needs optuna: pip install 'unstrand[sweep]'")
    trace = traces.load("synthetic", machines=20, tasks=2000)
    works = sim.series(trace, windows=1, seeds=range(4), load=0.9, hours=3, history_h=2)
    borg, base = heuristics.get("borg_hybrid"), composed(heuristics.get("best_fit"))
    folder.mkdir()
    with (
        opened(folder, Plan(seed=1), ranges(borg, {})) as study,
        pairs(works, base, measure=Measure("reject", 2, 0.05, "none"), **asked) as scored,
    ):
        how: dict[str, Any] = {"trials": 6, "finalists": 2}
        return tune(study, scored, borg, train=range(3), validation=range(3, 4), **how)


def test_a_tuning_on_a_cluster_finds_the_same(cluster: Any, tmp_path: Path) -> None:
    hire = partial(far.cluster, address=cluster.address)
    assert tuned(tmp_path / "there", hire=hire) == tuned(tmp_path / "here")
