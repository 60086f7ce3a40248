"""The evaluator that other loops ask: a problem's score, and what is rejected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bench.asking_evaluator
import heuristics
from bench.asking_evaluator import REJECTED
from bench.frameworks import Run
from bench.scores import scoring
from sim import composition
from sim.contain import lock
from tests.evolve import tiny

BEST = heuristics.get("best_fit").source
EVALUATOR = Path(bench.asking_evaluator.__file__)


@pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
@pytest.mark.campaign
def test_a_program_scores_over_loopback_what_it_scores_here(tmp_path: Path) -> None:
    problem = tiny.saturation()
    composed = composition.composed(heuristics.get("best_fit"))
    draws = [problem.train.score(composed, key, None) for key in problem.train.keys]
    own = problem.worth([one.value for one in draws], [one.goodput for one in draws])
    programs = {"good": BEST, "wrong": "def score(fre):\n    return 1.0\n", "none": "hello"}
    with scoring(problem, 1, BEST) as (url, start):
        assert start == own
        for name, source in programs.items():
            (tmp_path / f"{name}.py").write_text(source)
            place = tmp_path / name
            place.mkdir()
            asked = ["--program_path", f"{place}.py", "--results_dir", str(place)]
            subprocess.run(
                [sys.executable, str(EVALUATOR), *asked],
                env={**os.environ, "SCORES": url},
                check=True,
            )
    scores = {
        name: json.loads((tmp_path / name / "metrics.json").read_text())["combined_score"]
        for name in programs
    }
    assert scores == {"good": own, "wrong": REJECTED, "none": REJECTED}
    assert json.loads((tmp_path / "none" / "correct.json").read_text()) == {"correct": False}


def test_the_best_so_far_never_falls() -> None:
    run = Run("one", 0, [(1.0, 2.0), (2.0, REJECTED), (4.0, 3.0)])
    assert run.best().tolist() == [2.0, 2.0, 3.0]
    assert [run.at(seconds) for seconds in (1.0, 3.9, 4.0)] == [2.0, 2.0, 3.0]
