"""The documentation: a site without a warning that loads nothing, and a tutorial that runs."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from sim.contain import lock

from .conftest import REPOSITORY

needs_mkdocs = pytest.mark.skipif(
    not (find_spec("material") and find_spec("mkdocstrings")),
    reason="mkdocs-material or mkdocstrings is not installed (the extra docs)",
)
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?P<src>(?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|preload|icon))"""
    r"""[^>]*\bhref=["']?(?P<href>(?:https?:)?//[^"'\s>]+)"""
)


@needs_mkdocs
def test_the_site_is_built_without_a_warning_and_loads_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert {f"{page.stem}.html" for page in (REPOSITORY / "docs").glob("*.md")} <= {
        page.name for page in pages
    }
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not LOADED.search(text), page
        assert not re.search(r"<p>\s*```|<p><code>\w+ run", text), f"{page}: a fence that is none"
    for style in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", style.read_text()), style


def test_every_page_has_its_place_in_the_navigation() -> None:
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"([\w-]+\.md)\b", str(yaml.safe_load(text)["nav"])))
    assert listed == {page.name for page in (REPOSITORY / "docs").glob("*.md")}


@pytest.mark.skipif(bool(lock.missing()), reason="it searches, in a locked process")
def test_the_tutorial_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runpy.run_path(str(REPOSITORY / "docs" / "tutorial.py"))
    said = capsys.readouterr().out
    for line in (
        "Trace synthetic: 300 machines",
        "Workload of synthetic: 60 machines",
        "Replay of synthetic under mine",
        "best_fit, the baseline (3 pairs)",
        "Saturation under mine",
        "Compaction under mine",
    ):
        assert line in said
    assert Path(said.splitlines()[-1]).name == "report.html"


def test_the_tutorial_says_in_prose_what_each_cell_does() -> None:
    text = (REPOSITORY / "docs" / "tutorial.py").read_text(encoding="utf-8")
    for cell in text.split("# %% ")[1:]:
        title, prose, *_ = cell.splitlines()
        assert title[0].isupper()
        assert prose.startswith("# ")
