"""`unstrand evolve proposer=llm` as a user runs it: errors in one line, and no key anywhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.contain import lock
from tests.conftest import Say
from tests.llm.server import KEY, Script, serving
from unstrand import main

pytest.importorskip("openai", reason="the extra llm is not installed")
pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
SMALL = ["problem=rehearsal", "archive.finalists=2", "archive.lag=4", "proposer=llm"]


def test_a_run_keeps_its_answers_and_no_key(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(Script(key=KEY)) as url:
        prices = ["llm.prices.input=1", "llm.prices.output=2"]
        code, out, err = say(
            "evolve", *SMALL, *prices, f"llm.base_url={url}", "candidates=6", "out=run"
        )
    assert code == 0, err
    assert "llm: about 3 requests" in err
    assert "US dollars" in err
    _, shown, _ = say("report", "run")
    assert re.search(r"Models: \d+ requests, [\d,]+ tokens in", shown)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file
    assert KEY not in out + err + shown
    monkeypatch.delenv("OPENAI_API_KEY")
    taken = ["llm=replay", "llm.journal=run", "candidates=6", "json=true", "out=copy"]
    code, out, err = say("evolve", *SMALL, *taken)
    assert code == 0, err
    first = json.loads((tmp_path / "run" / "summary.json").read_text())["results"]
    assert json.loads(out)["results"][0]["source"] == first[0]["source"]


def _interruptible() -> None:
    """What was begun in the background of a shell ignores interruptions, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interruption_ends_a_run_whose_endpoint_says_nothing(tmp_path: Path) -> None:
    script = Script(rest="hang:300")
    with serving(script) as url:
        words = [*SMALL, f"llm.base_url={url}", "candidates=8", f"out={tmp_path / 'run'}"]
        words.append("llm.patience_s=100")
        run = subprocess.Popen(
            [sys.executable, "-m", "unstrand", "evolve", *words],
            env={**os.environ, "OPENAI_API_KEY": KEY},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_interruptible,
        )
        try:
            while not script.asked and run.poll() is None:
                time.sleep(0.05)
            run.send_signal(signal.SIGINT)
            assert run.stderr
            for line in run.stderr:
                if "answers that are under way" in line:
                    run.send_signal(signal.SIGINT)  # the one who asked does not wait for them
                    break
            _, told = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == 130, told
    assert "unstrand: interrupted" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "key", "said"),
    [
        ([], "sk-wrong-9876543210", "the key in $OPENAI_API_KEY is refused (401)"),
        (["llm.model=gpt-none"], KEY, "gpt-none at http://127.0.0.1"),
    ],
)
def test_a_wrong_key_or_model_is_one_line(
    say: Say, monkeypatch: pytest.MonkeyPatch, words: list[str], key: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with serving(Script(key=KEY)) as url:
        code, out, err = say(
            "evolve", *SMALL, *words, f"llm.base_url={url}", "candidates=8", "out=run"
        )
    assert code == 2
    assert said in err
    assert len([line for line in err.splitlines() if line.startswith("unstrand: ")]) == 1
    assert "Traceback" not in err
    assert "9876543210" not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["llm=openai"], "found no variable OPENAI_API_KEY"),
        (["llm.model=a", "llm.budget.usd=1"], "llm.budget.usd: found 1 and no llm.prices to count"),
        (
            ["llm.ensemble=[{model:a,prices:{input:1,output:1}},{model:b}]", "llm.budget.usd=1"],
            "llm.budget.usd: found 1 and no llm.ensemble[1].prices to count by",
        ),
        (["llm.ensemble=[{weight:2}]"], "llm.ensemble[0]: found no model in it, expected keys"),
        (["llm.ensemble=[{base_url:'http://secret9@a'}]"], "llm.ensemble[0]: found no model in it"),
        (["llm.ensemble=[{model:a,weight:-1}]"], "[0].weight: found -1, expected a number above 0"),
        (["llm.ensemble=[{model:a,max_tokens:0}]"], "[0].max_tokens: found 0, expected a number"),
        (["llm.ensemble=[{model:a,temperature:nan}]"], "[0].temperature: found nan, expected"),
        (["llm.ensemble=[{model:a,prices:{input:-1}}]"], "[0].prices.input: found -1, expected"),
        (["llm.ensemble=[{model:a,prices:{inputs:1}}]"], "[0].prices: found key 'inputs'"),
        (["llm.api_key_env=secret9-x"], "llm.api_key_env: found what no variable is called"),
        (["proposer=embedded", "llm.api_key_env=secret9-x"], "llm.api_key_env: found what no"),
        (["proposer=embedded", "llm.base_url=http://secret9@a/v1"], "llm.base_url: found a user"),
        (["llm.ensemble=[{model:a,modle:b}]"], "found key 'modle'"),
        (["llm.base_url=http://me:secret9@127.0.0.1:9/v1"], "llm.base_url: found a user, key or"),
        (["llm.base_url=http://127.0.0.1:9/v1?key=secret9"], "llm.base_url: found a user, key or"),
        (["llm.base_url=me:secret9@127.0.0.1:9/v1"], "llm.base_url: found a user, key or"),
        (["llm.base_url='http://[::1'"], "llm.base_url: found 'http://[::1', expected an address"),
        (["llm.base_url=127.0.0.1:9"], "llm.base_url: found '127.0.0.1:9', expected an address"),
        (["llm=replay"], "found no answers of models"),
        (["null=random"], "null: found with proposer=llm"),
        (["constitution.rules=[{name:a}]"], "constitution.rules[0]: found"),
        (["constitution.rules=[{name:a,rule:b,check:c}]"], "rules[0].check: found 'c'"),
        (
            ["constitution.rules=[{name:a,rule:b},{name:a,rule:c}]"],
            "[1].name: found 'a' again",
        ),
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
    assert "secret9" not in told
    assert not (tmp_path / "run").exists()
