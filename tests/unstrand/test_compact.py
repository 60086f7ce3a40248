"""`unstrand compact` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from tests.conftest import Say

SMALL = ["trace.machines=40", "trace.tasks=800", "trials=3"]


def test_heuristics_are_told_apart_by_the_machines_that_they_need(say: Say, tmp_path: Path) -> None:
    code, out, err = say("compact", "heuristics=[best_fit,fgd,worst_fit]", *SMALL, "out=c")
    assert code == 0, err
    assert "of the machines" in out
    results = json.loads((tmp_path / "c" / "summary.json").read_text())["results"]
    assert [one["heuristic"] for one in results] == ["best_fit", "fgd", "worst_fit"]
    trials = pl.read_parquet(tmp_path / "c" / "trials.parquet")
    for one in results:
        own = trials.filter(pl.col("heuristic") == one["heuristic"])["machines"].to_list()
        held = sorted(10**9 if n is None else n for n in own)
        median = one["needed_machines_median"]
        assert median == (None if held[1] == 10**9 else held[1])
        if median is not None:
            assert abs(one["needed_pct_median"] - 100 * median / one["machines"]) < 1e-9
    assert {one["tasks"] for one in results} == {results[0]["tasks"]}
    code, shown, err = say("report", "c", "out=page")
    assert code == 0, err
    assert "Machines needed" in shown
    assert "Machines needed" in (tmp_path / "page" / "report.html").read_text()


def test_the_same_seed_gives_the_same_trials(say: Say, tmp_path: Path) -> None:
    for out in ("a", "b"):
        code, _, err = say("compact", "heuristic=best_fit", *SMALL, f"out={out}")
        assert code == 0, err
    first, second = ((tmp_path / out / "trials.parquet").read_bytes() for out in ("a", "b"))
    assert first == second


def test_what_can_not_be_is_one_line(say: Say, tmp_path: Path) -> None:
    code, _, err = say("compact", "put=bestfit", "out=c")
    assert code == 2
    assert "best_fit" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "c").exists()
