"""The chart library is put together once, and what was kept is the same or is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from report import library


def test_what_is_kept_is_what_is_made_and_damage_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0

    def bundled() -> str:
        nonlocal made
        made += 1
        return "window.made = 'é';\nlast()"

    monkeypatch.setattr(library, "_bundled", bundled)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert library.library() == library.library() == bundled()
    assert made == 2
    (kept,) = (tmp_path / "unstrand").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8").replace("made", "evil"), encoding="utf-8")
    assert library.library() == bundled()
    kept.write_bytes(b"\xff\xfe\x00")
    assert library.library() == bundled()
    assert library.library() == bundled()


def test_where_nothing_can_be_kept_it_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unstrand").write_text("a file, no folder")
    monkeypatch.setattr(library, "_bundled", lambda: "x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert library.library() == "x"
