"""`unstrand evolve proposer=llm` as a user runs it: errors in one line, and no key anywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.contain import lock
from tests.llm.server import KEY, Script, serving
from unstrand import main

pytest.importorskip("openai", reason="the extra llm is not installed")
pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ["problem=rehearsal", "archive.finalists=2", "archive.lag=4", "proposer=llm"]


def evolve(*words: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "OPENAI_API_KEY"}
    environment |= {"PYTHONPATH": str(REPOSITORY), **({"OPENAI_API_KEY": key} if key else {})}
    return subprocess.run(
        [sys.executable, "-m", "unstrand", "evolve", *words],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=300,
        check=False,
    )


def test_a_run_keeps_its_answers_and_no_key(tmp_path: Path) -> None:
    script = Script(key=KEY)
    with serving(script) as url:
        asked = [*SMALL, f"llm.base_url={url}", "candidates=8", f"out={tmp_path / 'run'}"]
        done = evolve(*asked, "llm.prices.input=1", "llm.prices.output=2", key=KEY)
    assert done.returncode == 0, done.stderr
    assert "llm: about 5 requests" in done.stderr
    assert "US dollars" in done.stderr
    report = subprocess.run(
        [sys.executable, "-m", "unstrand", "report", str(tmp_path / "run")],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=True,
    )
    assert re.search(r"Models: \d+ requests, [\d,]+ tokens in", report.stdout)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file
    assert KEY not in done.stdout + done.stderr + report.stdout
    again = evolve(f"resume={tmp_path / 'run'}", "llm=replay", "json=true")
    assert again.returncode == 0, again.stderr
    first = json.loads((tmp_path / "run" / "summary.json").read_text())["results"]
    assert json.loads(again.stdout)["results"] == first
    new = evolve(
        *SMALL,
        "llm=replay",
        f"llm.journal={tmp_path / 'run'}",
        "candidates=8",
        "json=true",
        f"out={tmp_path / 'copy'}",
    )
    assert new.returncode == 0, new.stderr
    assert json.loads(new.stdout)["results"][0]["source"] == first[0]["source"]


@pytest.mark.parametrize(
    ("words", "key", "said"),
    [
        ([], "sk-wrong-9876543210", "the key in $OPENAI_API_KEY is refused (401)"),
        (["llm.model=gpt-none"], KEY, "gpt-none at http://127.0.0.1"),
    ],
)
def test_a_wrong_key_or_model_is_one_line(
    tmp_path: Path, words: list[str], key: str, said: str
) -> None:
    with serving(Script(key=KEY)) as url:
        done = evolve(
            *SMALL,
            *words,
            f"llm.base_url={url}",
            "candidates=8",
            f"out={tmp_path / 'run'}",
            key=key,
        )
    assert done.returncode == 2
    assert said in done.stderr
    last = [line for line in done.stderr.splitlines() if line.startswith("unstrand: ")]
    assert len(last) == 1
    assert "Traceback" not in done.stderr
    assert "9876543210" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["llm=openai"], "found no variable OPENAI_API_KEY"),
        (["llm.ensemble=[{weight:2}]"], "llm.ensemble[0]: found {'weight': 2}, expected keys with"),
        (["llm.ensemble=[{model:a,modle:b}]"], "found key 'modle'"),
        (["llm=replay"], "found no answers of models"),
        (["null=random"], "null: found with proposer=llm"),
        (["constitution.rules=[{name:a}]"], "constitution.rules[0]: found"),
        (["constitution.rules=[{name:a,rule:b,check:c}]"], "rules[0].check: found 'c'"),
    ],
)
def test_what_can_not_be_is_said_in_one_line_before_anything_is_asked(
    tmp_path: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    code = main.main(["evolve", *SMALL, *words, "candidates=8", f"out={tmp_path / 'run'}"])
    told = capsys.readouterr().err
    assert code == 2
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "run").exists()
