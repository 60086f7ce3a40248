"""The page in a real browser: nothing fetched, no error said, nothing too wide or too faint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from report.build import told
from report.folder import read_all
from report.page import html

pytestmark = pytest.mark.browser

LONG = "a_rather_long_name_of_a_heuristic_of_ones_own_with_all_its_constants_in_it_0_25_0_75"


@pytest.fixture(scope="module")
def chromium(browsing: ModuleType) -> Iterator[Any]:
    """A running browser; skipped where none is installed."""
    path = browsing.chromium()
    if path is None:
        pytest.skip(f"no browser: found none of {', '.join(browsing.NAMES)} on PATH")
    with browsing.started(path) as browser:
        yield browser


def page(folders: list[Path], out: Path) -> Path:
    """The page of these folders alone, without tables and figures beside it."""
    out.write_text(html(*told(read_all(folders))), encoding="utf-8")
    return out


def look(chromium: Any, path: Path) -> None:
    """Open the page at two widths in both colour schemes, and check what it did."""
    charts = path.read_text(encoding="utf-8").count("data-spec=")
    for width in (420, 1280):
        for dark in (False, True):
            seen = chromium.visit(path, width, dark)
            where = f"{width} px, {'dark' if dark else 'light'}"
            assert seen.dark == dark, where
            assert seen.errors == [], where
            assert seen.requests == [path.resolve().as_uri()], where
            assert seen.charts == charts > 0, where
            assert seen.wide == [], where
            assert seen.width <= seen.inner == width, where
            assert seen.faint == [], where


def test_a_comparison_is_quiet_fetches_nothing_and_fits(
    chromium: Any, compared: Path, tmp_path: Path
) -> None:
    look(chromium, page([compared], tmp_path / "report.html"))


def test_several_results_of_every_kind_fit_on_one_page(
    chromium: Any,
    comparing: ModuleType,
    folders: ModuleType,
    saturated: Path,
    replayed: Path,
    evolved: Path,
    tmp_path: Path,
) -> None:
    queued = comparing.compare(
        tmp_path / "queued",
        heuristics=("best_fit", LONG, "cosine", "random"),
        windows=3,
        seeds=2,
        resources=("cpu", "mem", "gpu", "rdma", "disk"),
        weights={"cpu": 1.0, "gpu": 1.0},
        queue="fifo",
        price=12000.0,
        trace="a_trace_with_quite_a_name_" * 3,
        marks={"cosine": ("rejects work", "fresh packing"), "best_fit": ("fresh packing",)},
    )
    searched = folders.evolve_recovery(
        tmp_path / "searched", lists={"default": {"champion": (0.9, -2.0), LONG: (1.2, 0.1)}}
    )
    single = comparing.compare(
        tmp_path / "single", heuristics=("best_fit", "fgd"), seeds=1, bound="none"
    )
    null = folders.evolve(tmp_path / "null", null="one_plus_one", ahead=-1.0)
    paths = [queued, single, saturated, replayed, evolved, null, searched]
    look(chromium, page(paths, tmp_path / "report.html"))


def test_what_a_page_does_wrong_is_seen(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><img src='http://example.invalid/x.png'>"
        "<p style='color:#999'>faint</p><div id=wide style='width:3000px'>wide</div>"
        "<script>console.error('said'); nothing.at.all()</script>",
        encoding="utf-8",
    )
    seen = chromium.visit(path, 420, False)
    assert any("said" in error for error in seen.errors)
    assert any("ReferenceError" in error for error in seen.errors)
    assert "http://example.invalid/x.png" in seen.requests
    assert any("wide" in element for element in seen.wide)
    assert seen.width > seen.inner
    assert len(seen.faint) == 1
