"""docs/heuristics.md is true: its examples run, its table is that of the files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import heuristics

PAGE = Path(__file__).parents[2] / "docs" / "heuristics.md"
BLOCKS = re.findall(r"```python( heuristic)?\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("source", [block for kind, block in BLOCKS if kind])
def test_example_heuristics_are_in_the_language(source: str) -> None:
    assert heuristics.parse(source, filename="mine.py", name="mine").checked


@pytest.mark.parametrize("source", [block for kind, block in BLOCKS if not kind])
def test_examples_run(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(source, str(PAGE), "exec"), {})
    assert "did you mean best_fit" in capsys.readouterr().out


@pytest.mark.parametrize("name", [*heuristics.names(), *heuristics.discoveries()])
def test_the_table_says_what_the_file_says(name: str) -> None:
    line, source = heuristics.describe(name)
    params = heuristics.get(name).params
    constants = ", ".join(f"`{key}={value}`" for key, value in params.items()) or "–"
    assert f"| `{name}` | {line} | {constants} | {source} |" in PAGE.read_text("utf-8")
