"""The table of loops says what it could not measure, and why."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from bench import loops
from bench.evaluator import FIRST, evaluate
from bench.measure import QUICK
from bench.rivals import RIVALS
from bench.stub import answering


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(loops, "ours", lambda count, workers: [k / 100 for k in range(count)])
    return tmp_path


def test_without_an_environment_the_table_says_absent_and_how_to_install() -> None:
    rows = list(loops.rows(QUICK))
    assert len(rows) == len(RIVALS) * (len(loops.COUNTS) + 1)
    for row in rows:
        assert row.plain is None
        assert row.note == "absent: not installed (python -m bench.rivals)"


def test_the_table_says_why_an_environment_could_not_be_made() -> None:
    for rival in RIVALS:
        rival.failure.parent.mkdir(parents=True, exist_ok=True)
        rival.failure.write_text("not installed: no such version", encoding="utf-8")
    notes = {row.note for row in loops.rows(QUICK)}
    assert notes == {"absent: not installed: no such version"}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#!/bin/sh\necho broken >&2\nexit 3\n", "exit 3: broken"),
        ("#!/bin/sh\necho '[[0.5, 1.0]]'\n", "kept 1 of 100 candidates"),
    ],
)
def test_a_loop_that_fails_or_keeps_too_few_is_absent(program: str, reason: str) -> None:
    for rival in RIVALS:
        rival.python.parent.mkdir(parents=True)
        rival.python.write_text(program, encoding="utf-8")
        rival.python.chmod(0o755)
    assert {row.note for row in loops.rows(QUICK)} == {f"absent: {reason}"}


def test_a_loop_that_runs_stands_beside_ours() -> None:
    times = json.dumps([[k / 50, 0.0] for k in range(100)])
    for rival in RIVALS:
        rival.python.parent.mkdir(parents=True)
        rival.python.write_text(f"#!/bin/sh\necho '{times}'\n", encoding="utf-8")
        rival.python.chmod(0o755)
    for row in [row for row in loops.rows(QUICK) if row.what.startswith("wall")]:
        assert row.ours == pytest.approx(10.0)
        assert row.plain == pytest.approx(20.0)
        assert row.ratio == pytest.approx(2.0)


def test_the_stub_answers_with_another_program_each_time(tmp_path: Path) -> None:
    programs = [FIRST]
    with answering() as url:
        for _ in range(2):
            asked = urllib.request.Request(f"{url}/chat/completions", data=b"{}")
            with urllib.request.urlopen(asked) as said:
                text = json.load(said)["choices"][0]["message"]["content"]
            programs.append(text.partition("```python\n")[2].partition("```")[0])
    values = set()
    for program in programs:
        compile(program, "program", "exec")
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        values.add(evaluate(str(tmp_path / "program.py"))["combined_score"])
    assert len(values) == 3
