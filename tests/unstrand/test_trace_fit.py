"""`unstrand trace fit` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import yaml

from tests.conftest import Say

SMALL = ["trace.tasks=1200", "trace.machines=40"]


def test_a_model_is_fitted_and_told_how_like_it_is(say: Say, tmp_path: Path) -> None:
    code, out, err = say("trace", "fit", "synthetic", *SMALL, "out=f")
    assert code == 0, err
    assert "KS" in out
    assert "by luck" in out
    summary = json.loads((tmp_path / "f" / "summary.json").read_text())
    (entry,) = summary["results"]
    assert {"cpu", "mem", "gpu", "lifetime"} <= {one["what"] for one in entry["marginals"]}
    assert all(0 <= one["ks"] <= 1 for one in entry["marginals"])
    model = yaml.safe_load((tmp_path / "f" / "model.yaml").read_text())
    assert model["tasks"] == 1200
    code, _, err = say(
        "trace", "convert", "trace=fitted", "trace.path=f/model.yaml", "trace.scale=3", "out=big"
    )
    assert code == 0, err
    assert (
        pl.scan_parquet(tmp_path / "big" / "tasks.parquet").select(pl.len()).collect().item()
        == 3600
    )
    code, out, _ = say("trace", "info", "f/model.yaml")
    assert code == 0
    assert "synthetic_fitted" in out


def test_it_is_validated_by_what_heuristics_recover(say: Say, tmp_path: Path) -> None:
    words = ["validate=true", "heuristics=[worst_fit]", "seeds=2", "twins=2", "resamples=1"]
    code, out, err = say("trace", "fit", "synthetic", *SMALL, *words, "json=true", "out=f")
    assert code == 0, err
    base, one = json.loads(out)["results"][0]["heuristics"]
    assert (base["heuristic"], one["heuristic"]) == ("best_fit", "worst_fit")
    assert len(one["twins_pct"]) == 2
    assert len(one["anew_pct"]) == 1
    low, high = one["recovered_pct_ci95"]
    assert one["in_interval"] == (low <= one["twins_mean_pct"] <= high)
    assert one["difference_points"] == pytest.approx(one["twins_mean_pct"] - one["recovered_pct"])
    assert pl.read_parquet(tmp_path / "f" / "heuristics.parquet").height == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["synthetic", "openb"], "trace fit: found 2 paths, expected one"),
        (["synthetic", "validate=true", "heuristics=[best_fit]"], "the baseline; expected another"),
        (["none.csv"], "none.csv"),
    ],
)
def test_what_can_not_be_fitted_is_one_line(
    say: Say, tmp_path: Path, words: list[str], said: str
) -> None:
    code, _, err = say("trace", "fit", *words, "out=f")
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "f").exists()
