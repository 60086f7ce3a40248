"""Progress in a file or pipe: few plain lines, on stderr."""

from __future__ import annotations

import pytest

from unstrand import progress


def test_quick_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("replay") as tell:
        for done in range(100):
            tell(done, 100)
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_long_work_says_how_far_how_fast_and_how_long_yet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    with progress.progress("replay") as tell:
        for done in range(1, 31):
            now[0] = float(done)
            tell(done, 30)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "replay: 2/30, 1/s, 28 s left",
        "replay: 12/30, 1/s, 18 s left",
        "replay: 22/30, 1/s, 8 s left",
    ]
