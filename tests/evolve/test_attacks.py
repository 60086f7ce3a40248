"""Unread code through the real path: rejected with its reason, nothing outside touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import evolve
import heuristics
import sim
import traces
from evolve import lock
from evolve.evaluate import Evaluators, Job
from tests.evolve.attacks import ATTACKS

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
GOOD = "def score(free):\n    return -free.cpu\n"


@pytest.fixture(scope="module")
def evaluators() -> Iterator[Evaluators]:
    trace = traces.load("synthetic", machines=30, tasks=500)
    works = sim.series(trace, load=0.9, machines=10, seeds=range(1), hours=3, history_h=6)
    problem = evolve.recovery_problem(
        works, works, works, baseline=heuristics.get("best_fit"), baselines=()
    )
    with closing(Evaluators(problem, evolve.Limits(compile_s=20, run_s=3), 1)) as made:
        yield made


@pytest.mark.parametrize("what", ATTACKS)
def test_what_attacks_is_rejected_with_its_reason(
    evaluators: Evaluators, tmp_path: Path, what: str
) -> None:
    source, reasons = ATTACKS[what]
    if isinstance(source, bytes):
        file = tmp_path / "candidate.py"
        file.write_bytes(source)
        with pytest.raises(heuristics.HeuristicError) as caught:
            heuristics.load(file)
        assert caught.value.reason in reasons
        return
    before = sorted(os.listdir("/proc/self/fd"))
    verdict = evaluators.evaluate(Job(source, "candidate", "train"))
    assert verdict.reason in reasons, verdict
    assert verdict.scores == ()
    assert "\n" not in verdict.message
    assert not Path("/tmp/unstrand-attack").exists()
    again = evaluators.evaluate(Job(GOOD, "good", "train"))
    assert again.reason == ""
    assert abs(len(os.listdir("/proc/self/fd")) - len(before)) <= 3


def test_the_command_says_why_in_one_line_and_exits_with_3(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import os\ndef score(free):\n    return 1.0\n")
    small = ["problem.train.seeds=1", "problem.train.machines=10", "problem.train.hours=2"]
    command = [sys.executable, "-m", "unstrand", "try", str(file), *small, f"out={tmp_path / 'r'}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"unstrand: rejected, forbidden_name: {file}:1: ")
    assert (tmp_path / "r" / "summary.json").exists()
    file.write_text(GOOD)
    command[-1] = f"out={tmp_path / 'good'}"
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
