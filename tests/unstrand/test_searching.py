"""What a search says of itself while it runs, and while its champion is chosen."""

from __future__ import annotations

import pytest

from evolve import State
from unstrand import searching


def test_it_says_how_far_it_is_and_then_what_it_is_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(searching.time, "monotonic", lambda: now[0])
    with searching.searching(None, 40) as tell:
        state = State(tried=10, elapsed_s=20.0, best=1.25)
        state.rejected["lost"] = 3
        tell(state)
        assert capsys.readouterr().err == ""
        now[0] += 20.0
        tell(state)
        said = capsys.readouterr().err
        assert "candidates 10 of 40, 0.5/s" in said
        assert "not kept 3 lost; best on train 1.250; proposing for 60 s more" in said
        state.at, state.judged, state.validation = "cutting down", 7, 0.5
        now[0] += searching.EVERY_S
        tell(state)
    assert "cutting down 7 scored; best on train 1.250; on validation 0.500" in (
        capsys.readouterr().err
    )
