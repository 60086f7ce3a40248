"""Folders that can't be read give one line with the file, what was found and expected."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

import report
from report.definitions import markdown

Spoil = Callable[[Path], None]


def changed(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        summary = json.loads((folder / "summary.json").read_text())
        change(summary)
        (folder / "summary.json").write_text(json.dumps(summary))

    return spoil


def curve(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        change(pl.read_parquet(folder / "curve.parquet")).write_parquet(folder / "curve.parquet")

    return spoil


def written(name: str, content: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content) and None


def at_130(summary: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = summary["results"][1]["alloc_pct_at"]["130"]["gpu"]
    return found


SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "no summary": (lambda f: (f / "summary.json").unlink(), "summary.json", "found nothing"),
    "no curve": (lambda f: (f / "curve.parquet").unlink(), "curve.parquet", "found nothing"),
    "half a summary": (written("summary.json", b'{"schema": 1,'), "summary.json", "expected JSON"),
    "no object": (written("summary.json", b"[1]"), "summary.json", "a JSON object"),
    "no UTF-8": (written("summary.json", b"\xff\xfe"), "summary.json", "no UTF-8"),
    "deep": (written("summary.json", b"[" * 200_000), "summary.json", "expected the JSON"),
    "curve of text": (written("curve.parquet", b"not parquet"), "curve.parquet", "Parquet"),
    "empty curve": (written("curve.parquet", b""), "curve.parquet", "Parquet"),
    "schema": (changed(lambda s: s.update(schema=2)), "schema", "found 2, expected 1"),
    "command": (changed(lambda s: s.update(command="ask")), "command", 'found "ask"'),
    "no results": (changed(lambda s: s.update(results=[])), "results", "at least one"),
    "no trace": (changed(lambda s: s.pop("trace")), "trace", "found nothing"),
    "text mean": (changed(lambda s: at_130(s).update(mean="x")), "mean", 'found "x"'),
    "nan mean": (changed(lambda s: at_130(s).update(mean=float("nan"))), "mean", "finite number"),
    "huge mean": (changed(lambda s: at_130(s).update(mean=10**400)), "mean", "finite number"),
    "interval": (changed(lambda s: at_130(s).update(ci95=[1])), "ci95", "pair of numbers"),
    "seeds": (changed(lambda s: s.update(seeds=10)), "seeds", "a list of integers"),
    "other seeds": (changed(lambda s: s.update(seeds=[0, 1])), "curve.parquet", "expected one"),
    "name": (
        changed(lambda s: s["results"][0].update(heuristic=3)),
        "results[0].heuristic",
        "found 3, expected text",
    ),
    "ratios": (
        changed(lambda s: s["results"][0]["alloc_pct_at"].update(much={})),
        "results[0].alloc_pct_at",
        "offered ratios",
    ),
    "columns": (curve(lambda c: c.drop("seed")), "curve.parquet", "expected also seed"),
    "kind": (
        curve(lambda c: c.with_columns(pl.col("allocated_pct").cast(pl.String))),
        "allocated_pct",
        "expected numbers",
    ),
    "no rows": (curve(lambda c: c.clear()), "curve.parquet", "found no rows"),
    "no heuristic": (
        curve(lambda c: c.filter(pl.col("heuristic") != "fgd")),
        "heuristic fgd",
        "found 0 rows",
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_folder_gives_one_line_and_no_files(
    kind: str, folders: ModuleType, tmp_path: Path
) -> None:
    spoil, where, what = SPOILT[kind]
    folder = folders.saturate(tmp_path / "in", seeds=range(3))
    spoil(folder)
    with pytest.raises(report.ReportError) as caught:
        report.build([folder], tmp_path / "out")
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    assert where in line
    assert what in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["summary.json", "champion.py", "run.sqlite", "overrides.json"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_link_and_a_pipe_are_refused_and_nothing_behind_them_is_shown(
    name: str, kind: str, folders: ModuleType, tmp_path: Path
) -> None:
    folder = folders.evolve(tmp_path / "in")
    secret = tmp_path / "secret"
    secret.write_text("not to be shown")
    (folder / name).unlink(missing_ok=True)
    if kind == "link":
        (folder / name).symlink_to(secret)
    else:
        os.mkfifo(folder / name)
    said = f"{name}: found {'a symbolic link' if kind == 'link' else 'no plain file'}"
    with pytest.raises(report.ReportError, match=said):
        report.build([folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_that_is_a_link_is_refused(saturated: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "summary.json").write_bytes((saturated / "summary.json").read_bytes())
    (folder / "curve.parquet").symlink_to(saturated / "curve.parquet")
    with pytest.raises(report.ReportError, match=r"curve\.parquet: found a symbolic link"):
        report.terminal([folder])


def test_ten_megabytes_of_source_are_refused(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve(tmp_path / "in")
    (folder / "champion.py").write_text("# a line\n" * 1_200_000)
    with pytest.raises(report.ReportError, match=r"champion\.py: found 10,800,000 bytes"):
        report.terminal([folder])


def test_a_missing_folder_a_file_and_no_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(report.ReportError, match=r"gone: found nothing, expected a result folder"):
        report.terminal([tmp_path / "gone"])
    (tmp_path / "file").touch()
    with pytest.raises(report.ReportError, match="file: found a file"):
        report.build([tmp_path / "file"], tmp_path / "out")
    with pytest.raises(report.ReportError, match="found no folder"):
        report.build([], tmp_path / "out")


def test_one_seed_replayed_twice_is_an_error(folders: ModuleType, tmp_path: Path) -> None:
    a, b = folders.replay(tmp_path / "a"), folders.replay(tmp_path / "b")
    with pytest.raises(report.ReportError, match="best_fit on seed 0"):
        report.terminal([a, b])


def test_a_folder_that_cannot_be_written_is_named(saturated: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(report.ReportError, match="expected a folder to write into"):
        report.build([saturated], tmp_path / "file")


def test_the_report_may_be_written_into_the_result_folder(
    folders: ModuleType, tmp_path: Path
) -> None:
    folder = folders.saturate(tmp_path / "in", seeds=range(2))
    first = report.build([folder], folder).page.read_bytes()
    assert report.build([folder], folder).page.read_bytes() == first
    assert (folder / "summary.json").exists()


def test_docs_metrics_is_the_pages_appendix() -> None:
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert page.read_text(encoding="utf-8") == markdown()
