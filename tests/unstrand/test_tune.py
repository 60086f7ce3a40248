"""``tune`` from end to end on a tiny trace: its folder, its promises, and how it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from report.build import told
from report.folder import read

from .conftest import Say, command, environment
from .test_commands import on, same
from .test_kill import until

pytest.importorskip("optuna", reason="needs optuna: pip install 'unstrand[sweep]'")

QUICK = (
    *("heuristic=borg_hybrid", "baseline=cosine", "machines=4", "load=0.9", "hours=2", "history=1"),
    *("seeds=3", "train.seeds=4", "validation.seeds=2", "probe.count=2", "policies=[]"),
    *("trials=6", "finalists=2"),
)


def entry(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text())["results"][0]


def test_tune_says_whether_tuning_helps_and_leaves_its_trials(say: Say, tiny: Path) -> None:
    code, out, err = say("tune", *on(tiny), *QUICK, "space.base=null", "out=r")
    assert code == 0, err
    found = entry(Path("r"))
    better = found["tuned_minus_defaults"]["better"]
    assert ("beat" in out.splitlines()[0]) or not better
    assert ("Not shown" in out.replace("\n", " ") or "as written beat" in out) or better
    assert [one["name"] for one in found["constants"]] == ["stranding", "load"]
    assert found["held"] == {"base": 100.0}
    assert sum(found["trials"].values()) == 7
    trials = pl.read_parquet("r/trials.parquet")
    assert trials.columns == [
        *("trial", "state", "pairs", "worth", "why", "params.stranding", "params.load"),
    ]
    assert trials.row(0, named=True)["params.stranding"] == 1.0
    (kept,) = [one for one in found["finalists"] if one["trial"] is None]
    best = max(found["finalists"], key=lambda one: one["validation"])
    assert found["validation"] == {"defaults": kept["validation"], "tuned": best["validation"]}
    pairs = pl.read_parquet("r/pairs.parquet")
    assert set(pairs["seed"].unique()) == {0, 1, 2}
    ((section,), _) = told([read(Path("r"))])
    assert section.title == "borg_hybrid tuned on tiny"
    assert " ".join(out.split()).startswith(section.headline)
    assert all(figure.draw(False) for figure in section.all_figures)
    code, _, err = say("tune", *on(tiny), *QUICK, "out=r")
    assert (code, "standing already" in err) == (2, True)


@pytest.mark.campaign  # its share is in test_comparison
def test_workers_change_nothing(say: Say, tiny: Path) -> None:
    for workers in ("1", "2"):
        words = ("tune", *on(tiny), *QUICK, f"workers={workers}", f"out=w{workers}")
        assert say(*words)[0] == 0
    assert same(Path("w1")) == same(Path("w2"))


@pytest.mark.campaign
def test_a_tuning_that_was_killed_goes_on_as_if_it_had_not_been(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    words = ("tune", *on(tiny), *QUICK, "trials=14")
    assert say(*words, "out=whole")[0] == 0
    run = subprocess.Popen(
        [*command(), *words, "out=part"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def tried() -> bool:
        try:
            with closing(sqlite3.connect("file:part/study.sqlite?mode=ro", uri=True)) as base:
                return base.execute("SELECT COUNT(*) FROM trials").fetchone()[0] > 6
        except sqlite3.Error:
            return False

    try:
        assert until(tried, 120)
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert not Path("part/summary.json").exists()
    assert "has not ended" in say("report", "part")[2]
    code, _, err = say("tune", "resume=part")
    assert code == 0, err
    assert same(Path("whole")) == same(Path("part"))


def test_a_study_goes_on_with_more_trials_and_its_own_settings(say: Say, tiny: Path) -> None:
    assert say("tune", *on(tiny), *QUICK, "trials=2", "out=r")[0] == 0
    code, _, err = say("tune", "resume=r", "trials=5")
    assert code == 0, err
    assert sum(entry(Path("r"))["trials"].values()) == 6
    code, _, err = say("tune", "resume=r", "load=0.5")
    assert (code, "load: found with resume" in err) == (2, True)
    code, _, err = say("tune", "resume=r", "contain=off")
    assert (code, "contain: found off" in err) == (2, True)
    shutil.rmtree("r")
    assert say("tune", "resume=r")[0] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["heuristics=[fgd]"], "tune takes one"),
        (["split=train"], "compared on test"),
        (["space.nosuch=[0,1]"], "space.nosuch: borg_hybrid has no such constant"),
        (["heuristic=best_fit"], "space: found nothing to tune, best_fit has memory, whole"),
        (["heuristic.compose=[{name:fgd,step:0}]"], "heuristic.compose: found"),
        (["sampler=cma"], "sampler: found 'cma', expected tpe or random"),
    ],
)
def test_what_tune_can_not_do_is_one_line_and_leaves_nothing(
    words: list[str], said: str, say: Say, tiny: Path
) -> None:
    code, out, err = say("tune", *on(tiny), "machines=4", *words, "out=r")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not Path("r").exists()


def test_a_failure_before_the_first_trial_leaves_what_was_there(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "inf.py").write_text(
        "def score(required, free, *, k=1.5, b=2):\n    return free.cpu / (k - k)\n"
    )
    Path("r").mkdir()
    Path("r/summary.json").write_text("{}")
    Path("link").symlink_to("r")
    words = [word for word in QUICK if not word.startswith("heuristic=")]
    for out in ("r", "link"):
        code, _, err = say(
            *("tune", *on(tiny), *words, "heuristic.file=inf.py", "contain=off"),
            *(f"out={out}", "overwrite=true"),
        )
        assert code == 2, err
        assert Path("r/summary.json").read_text() == "{}"
        assert sorted(path.name for path in Path().iterdir()) == ["inf.py", "link", "r", "tiny"]
    assert Path("link").is_symlink()


def test_a_look_at_the_test_split_is_counted(say: Say, tiny: Path) -> None:
    assert say("tune", *on(tiny), *QUICK, "trials=2", "out=r")[0] == 0
    assert entry(Path("r"))["test_opened"] == 1
    assert say("tune", "resume=r", "trials=3")[0] == 0
    assert entry(Path("r"))["test_opened"] == 2
    ((section,), _) = told([read(Path("r"))])
    assert any("was opened 2 times" in line for line in section.details)
