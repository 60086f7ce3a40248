"""The page in a real browser: nothing fetched, no error said, nothing too wide or too faint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from report.build import told
from report.folder import read_all
from report.page import html
from tests import browsing

pytestmark = pytest.mark.browser

LONG = "a_rather_long_name_of_a_heuristic_of_ones_own_with_all_its_constants_in_it_0_25_0_75"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browsing.chromium() as browser:
        yield browser


def page(folders: list[Path], out: Path) -> Path:
    """The page of these folders alone, without tables and figures beside it."""
    out.write_text(html(*told(read_all(folders))), encoding="utf-8")
    return out


def look(chromium: Any, path: Path, looks: Sequence[tuple[int, bool]]) -> None:
    """Open the page wide and narrow, light and dark, and check what it did."""
    charts = path.read_text(encoding="utf-8").count("data-spec=")
    for width, dark in looks:
        with browsing.opened(chromium, path.resolve().as_uri(), width, dark) as (opened, seen):
            where = f"{width} px, {'dark' if dark else 'light'}"
            assert seen.dark == dark, where
            assert seen.errors == [], where
            assert seen.requests == [path.resolve().as_uri()], where
            assert seen.charts == charts > 0, where
            assert opened.locator("svg.marks[role=img][aria-label]").count() == charts, where
            assert seen.wide == [], where
            assert seen.width <= seen.inner == width, where
            assert seen.faint == [], where
            assert seen.faults == [], where


def test_a_comparison_is_quiet_fetches_nothing_and_fits(
    chromium: Any, compared: Path, tmp_path: Path
) -> None:
    look(chromium, page([compared], tmp_path / "report.html"), browsing.LOOKS)


@pytest.mark.campaign  # fifty figures, four times
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
    look(chromium, page(paths, tmp_path / "report.html"), browsing.LOOKS)


def test_what_a_page_does_wrong_is_seen(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><img src='http://example.invalid/x.png'>"
        "<p style='color:#999'>faint</p><div id=wide style='width:3000px'>wide</div>"
        "<script>console.error('said'); nothing.at.all()</script>",
        encoding="utf-8",
    )
    with browsing.opened(chromium, path.as_uri(), 420, False) as (_, seen):
        assert any("said" in error for error in seen.errors)
        assert any("nothing is not defined" in error for error in seen.errors)
        assert "http://example.invalid/x.png" in seen.requests
        assert any("wide" in element for element in seen.wide)
        assert seen.width > seen.inner
        assert len(seen.faint) == 1
        assert any("image-alt" in fault for fault in seen.faults)
