"""Unread code through the real path: rejected with its reason, nothing outside touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import evolve
import heuristics
import sim
import traces
from evolve.candidate import Verdict
from evolve.evaluate import Evaluators, Job
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race
from sim.contain import lock
from tests.conftest import Say
from tests.evolve import tiny
from tests.evolve.attacks import ATTACKS, MARKS, SALTED
from tests.evolve.unchecked import Unchecked, unchecked

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
GOOD = "def score(free):\n    return -free.cpu\n"
SMALL = [
    "problem=synthetic_saturation",
    "problem.trace.machines=12",
    "problem.trace.tasks='200'",
    "problem.train.seeds=1",
    "problem.validation.seeds=1",
]


@pytest.fixture(scope="module")
def evaluators() -> Iterator[Evaluators]:
    trace = traces.load("synthetic", machines=30, tasks=500)
    works = sim.series(trace, load=0.9, machines=10, seeds=range(1), hours=3, history_h=6)
    problem = evolve.recovery_problem(
        works, works, works, baseline=heuristics.get("best_fit"), baselines=()
    )
    limits = evolve.Limits(compile_s=20, run_s=3)
    with closing(Evaluators(problem.arenas(), limits, 1)) as made:
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
    assert verdict.values == ()
    assert "\n" not in verdict.message
    assert not Path("/tmp/unstrand-attack").exists()
    again = evaluators.evaluate(Job(GOOD, "good", "train"))
    assert again.reason == ""
    assert abs(len(os.listdir("/proc/self/fd")) - len(before)) <= 3


@pytest.mark.parametrize("what", MARKS)
def test_what_can_be_no_champion_is_marked(evaluators: Evaluators, what: str) -> None:
    source, mark, _ = MARKS[what]
    race = Race(Grid(), size=0)
    verdict = evaluators.evaluate(Job(source, "candidate", "train", race=race, audit=True))
    marked = verdict.behaviour.mark if verdict.behaviour else ""
    assert (verdict.reason or marked) == mark


def test_what_decides_by_its_process_is_not_deterministic(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evolve.tried(tiny.saturation(), SALTED, "salted").reason == "forbidden_node"
    monkeypatch.setattr("evolve.evaluate.heuristic_of", unchecked)
    monkeypatch.setattr("evolve.evaluate.Request", Unchecked)
    found = evolve.tried(tiny.saturation(), SALTED, "salted")
    assert (found.reason, found.validation) == ("nondeterministic", None)
    assert found.message == "decided otherwise the second time"
    assert evolve.tried(tiny.saturation(), GOOD, "good").reason == ""


@pytest.mark.parametrize("what", ["has no opinion", *list(MARKS)[2:]])
def test_the_command_says_the_mark_in_one_line_and_exits_with_3(
    say: Say, tmp_path: Path, what: str
) -> None:
    source, mark, said = MARKS[what]
    (tmp_path / "mine.py").write_text(source)
    code, out, err = say("try", "mine.py", *SMALL, "out=r")
    assert (code, out) == (3, "")
    assert err.startswith(f"unstrand: rejected, {mark}: mine.py: {said}")
    assert err.count("\n") == 1


def test_the_command_says_why_in_one_line_and_exits_with_3(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import os\ndef score(free):\n    return 1.0\n")
    code, _, err = say("try", "mine.py", *SMALL, "out=r")
    assert code == 3
    assert err.count("\n") == 1
    assert err.startswith("unstrand: rejected, forbidden_name: mine.py:1: ")
    assert (tmp_path / "r" / "summary.json").exists()
    file.write_text(GOOD)
    code, _, err = say("try", "mine.py", *SMALL, "out=good")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("train", "validation", "reason"),
    [
        ((1.0, 1.01), (-1.0, -1.01), "degenerate"),  # wins where it was made, loses elsewhere
        ((1.0, 1.01), (-1.0, 3.0), ""),  # elsewhere is open
        ((-1.0, 3.0), (-1.0, -1.01), ""),  # no better where it was made
    ],
)
def test_what_wins_on_train_alone_is_degenerate(
    monkeypatch: pytest.MonkeyPatch,
    train: tuple[float, ...],
    validation: tuple[float, ...],
    reason: str,
) -> None:
    trace = traces.load("synthetic", machines=30, tasks=500)
    works = sim.series(trace, load=0.9, machines=12, seeds=range(1), hours=2, history_h=4)
    problem = evolve.recovery_problem(
        works, works, works, baseline=heuristics.get("best_fit"), baselines=()
    )
    found = {"train": train, "validation": validation}
    monkeypatch.setattr(
        Evaluators, "evaluate", lambda _, job: Verdict(found[job.arena], (1.0, 1.0), whole=True)
    )
    assert evolve.tried(problem, GOOD, "mine").reason == reason
