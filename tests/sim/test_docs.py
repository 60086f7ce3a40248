"""docs/simulator.md is true: its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_has_examples() -> None:
    assert len(BLOCKS) == 3


def test_the_notebook_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0], str(PAGE), "exec"), {})
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.endswith("% of the GPUs allocated")
    assert float(second.removeprefix("fgd ")) > float(third.removeprefix("best_fit "))


def test_the_comparison_of_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[1], str(PAGE), "exec"), {})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [name for name, *_ in rows] == ["best_fit", "fgd", "cosine"]
    assert rows[0][1:] == ["0.0", "0.0"]


def test_the_process_of_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    import heuristics
    import sim
    import traces

    space: dict[str, object] = {}
    exec(compile(BLOCKS[2], str(PAGE), "exec"), space)
    work = sim.workload(traces.load("synthetic"), hours=3, history_h=0)
    sim.replay(work, heuristics.get("first_fit"), process=space["process"])  # type: ignore[arg-type]
    assert len(capsys.readouterr().out.splitlines()) == 3
