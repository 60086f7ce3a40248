"""Finished results become runs of MLflow: parameters, figures with interval ends, files."""

from __future__ import annotations

import json
import math
import os
import sqlite3
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from report import ReportError
from unstrand import track

from .conftest import REPOSITORY, Run, Say

PATHS = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))
CONFIG = {"trace": {"name": "synthetic", "path": None}, "seeds": 2, "heuristics": ["a", "b"]}
ENTRY = {
    "heuristic": "fgd",
    "recovered_pct": 2.5,
    "recovered_pct_ci95": [2.0, 3.0],
    "goodput_delta_points": None,
    "marks": ["rejects work"],
    "placed": 12,
    "resources": {"gpu": {"stranded_pct": 1.0, "recovered_ci95": [0.5, None]}},
    "alloc_pct_at": {"130": {"gpu": {"mean": 95.0, "sd": None, "ci95": [94.0, 96.0], "n": 10}}},
    "test": {"default": {"champion": {"mean": 1.0}, "best_fit": {"mean": 2.0}}},
    "archive": [{"score": 1.0}],
}


def folder(place: Path, entry: dict[str, Any] = ENTRY) -> Path:
    """A result folder of saturate that can be read."""
    import polars as pl

    place.mkdir(parents=True)
    summary = {
        **{"schema": 1, "command": "saturate", "version": "0.1.0", "config": CONFIG},
        **{"config_sha256": "c" * 64, "started": "2026-01-01T00:00:00Z", "elapsed_s": 1.5},
        "trace": {"name": "synthetic", "sha256": "t" * 64},
        "results": [entry],
    }
    (place / "summary.json").write_text(json.dumps(summary))
    columns = {"heuristic": ["fgd"], "seed": [0], "offered_pct": [1.0], "resource": ["gpu"]}
    frame = pl.DataFrame(columns | {"allocated_pct": [1.0], "frag_pct": [1.0]})
    frame.write_parquet(place / "curve.parquet")
    return place


def test_parameters_are_the_configuration_flattened() -> None:
    assert dict(track.parameters(CONFIG)) == {
        "trace.name": "synthetic",
        "trace.path": "null",
        "seeds": "2",
        "heuristics": '["a", "b"]',
    }
    assert len(dict(track.parameters({"x": "y" * 10_000}))["x"]) == track.LONGEST_VALUE


def test_figures_come_with_the_ends_of_their_intervals() -> None:
    assert dict(track.figures(ENTRY, "fgd/")) == {
        "fgd/recovered_pct": 2.5,
        "fgd/recovered_pct.low": 2.0,
        "fgd/recovered_pct.high": 3.0,
        "fgd/placed": 12.0,
        "fgd/resources/gpu/stranded_pct": 1.0,
        "fgd/resources/gpu/recovered.low": 0.5,
        "fgd/alloc_pct_at/130/gpu/mean": 95.0,
        "fgd/alloc_pct_at/130/gpu.low": 94.0,
        "fgd/alloc_pct_at/130/gpu.high": 96.0,
        "fgd/alloc_pct_at/130/gpu/n": 10.0,
        "fgd/test/default/champion/mean": 1.0,
    }


@pytest.mark.parametrize("number", [math.nan, math.inf, 10**400, True, None, "1"])
def test_what_is_no_number_is_no_figure(number: object) -> None:
    assert dict(track.figures({"x": number, "y": 1}, "a/")) == {"a/y": 1.0}


def test_names_are_those_that_a_store_takes() -> None:
    hostile = '/../<script>"\x1b' + "x" * 1000
    ((name, _),) = track.figures({hostile: 1.0}, "")
    assert len(name) == track.LONGEST_NAME
    assert not set(name) - set("._x/script")


def test_a_sweep_is_its_jobs_in_order(tmp_path: Path) -> None:
    for number in (0, 10, 2):
        folder(tmp_path / "sweep" / str(number))
    found = track.read(tmp_path / "sweep")
    assert [one.name for one in found] == ["0", "2", "10"]
    assert [one.name for one in track.read(tmp_path / "sweep" / "2")] == ["2"]
    with pytest.raises(ReportError, match="expected a result folder"):
        track.read(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected one result folder or more"),
        (("missing",), "such as uri=sqlite:///mlflow.db"),
        (("missing", "uri=sqlite:///a.db"), "missing: found nothing, expected a result folder"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_kept(
    words: tuple[str, ...],
    said: str,
    say: Say,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(track.VARIABLE, raising=False)
    code, out, err = say("track", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not list(tmp_path.glob("*.db"))


def _is_installed() -> bool:
    try:
        return int(metadata.version("mlflow-skinny").split(".")[0]) >= 3
    except metadata.PackageNotFoundError:
        return False


needs_mlflow = pytest.mark.skipif(
    not _is_installed(), reason="mlflow 3 is not installed (the extra tracking)"
)


@needs_mlflow
def test_a_result_and_a_sweep_are_kept(unstrand: Run, tmp_path: Path) -> None:
    one = folder(tmp_path / "one")
    (one / "report.html").write_text("<p>page</p>")
    (one / "champion.py").symlink_to("/etc/hostname")
    for number in range(2):
        folder(tmp_path / "sweep" / str(number))
    done = unstrand(
        "track", "one", "sweep", "uri=sqlite:///kept.db", "into=mine", "--json", PYTHONPATH=PATHS
    )
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert [run["folder"] for run in runs] == ["one", "sweep", "sweep/0", "sweep/1"]
    assert [run["parent"] for run in runs] == [None, None, runs[1]["run"], runs[1]["run"]]

    kept = sqlite3.connect(tmp_path / "kept.db")
    assert kept.execute("select name from experiments where name = 'mine'").fetchall()
    rows = kept.execute("select run_uuid, name, status, start_time, end_time from runs").fetchall()
    states = {run: said for run, *said in rows}
    began = 1767225600000
    assert states[runs[0]["run"]] == ["one", "FINISHED", began, began + 1500]
    of = (runs[2]["run"],)
    metrics = dict(kept.execute("select key, value from metrics where run_uuid = ?", of))
    assert metrics["fgd/recovered_pct.low"] == 2.0
    params = dict(kept.execute("select key, value from params where run_uuid = ?", of))
    assert params["trace.name"] == "synthetic"
    tags = dict(kept.execute("select key, value from tags where run_uuid = ?", of))
    assert tags["mlflow.parentRunId"] == runs[1]["run"]
    assert tags["unstrand.command"] == "saturate"
    files = {path.name for path in tmp_path.rglob(f"{runs[0]['run']}/**/*") if path.is_file()}
    assert files == {"summary.json", "report.html"}  # what a link leads to is left alone


@pytest.mark.campaign
@needs_mlflow
def test_a_store_that_can_not_be_used_is_one_line(unstrand: Run, tmp_path: Path) -> None:
    folder(tmp_path / "one")
    for uri in ("nothing://user:secret@there", "sqlite:///one/summary.json"):
        done = unstrand("track", "one", f"uri={uri}", PYTHONPATH=PATHS)
        assert (done.returncode, done.stdout) == (2, "")
        last = done.stderr.splitlines()[-1]
        assert last.startswith("unstrand: uri: found one that mlflow can't use: ")
        assert "secret" not in done.stderr
