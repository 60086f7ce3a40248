"""What a run's folder is not believed where it is gone on with: it may be someone else's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evolve.journal import Journal
from unstrand import configuration, runs, schema
from unstrand.failure import ConfigurationError

ASKING = ["proposer=llm", "llm.model=m"]
MODELS = "[{model:a,base_url:'http://one.example/v1'},{model:b}]"


def begun(folder: Path, words: list[str], **odd: Any) -> Path:
    """A run that was begun with some settings, and does not go on by itself."""
    folder.mkdir()
    kept = configuration.outcome(configuration.compose("evolve", words, []))
    for name, value in odd.items():
        place = kept
        *groups, last = name.split("__")
        for group in groups:
            place = place[group]
        place[last] = value
    with closing(Journal(folder)) as journal:
        journal.setting("settings", kept)
    return folder


def going_on(folder: Path, words: list[str]) -> schema.Evolve:
    settings = configuration.compose("evolve", words, [])
    settings.resume = str(folder)
    return runs.resumed(settings)[1]


def test_a_value_of_a_journal_is_the_text_that_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hidden-7")
    odd = ["${oc.env:SECRET}", "a\\${oc.env:SECRET} \\\\${x}", "${"]
    for number, text in enumerate(odd):
        folder = begun(tmp_path / str(number), [], problem__trace__path=text)
        assert going_on(folder, []).problem.trace.path == text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["llm.base_url=http://elsewhere.example/v1"], "llm.base_url=http://elsewhere.example/v1"),
        (
            ["llm.base_url=http://127.0.0.1:9/v1", "llm.api_key_env=OTHER"],
            "the key in $OTHER, by its folder's word alone; expected "
            "llm.base_url=http://127.0.0.1:9/v1 llm.api_key_env=OTHER beside resume",
        ),
        (["llm.api_key_env=OTHER"], "expected llm.api_key_env=OTHER beside resume"),
        ([f"llm.ensemble={MODELS}"], "expected llm.ensemble=[…], as the run began beside resume"),
    ],
)
def test_nothing_is_sent_on_its_word_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("OTHER", "hidden-7")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    folder = begun(tmp_path / "run", [*ASKING, *words])
    with pytest.raises(ConfigurationError) as caught:
        going_on(folder, [])
    assert said in str(caught.value)
    assert "hidden-7" not in str(caught.value)
    assert going_on(folder, ["llm=replay"]).llm.replay
    assert vars(going_on(folder, words)).keys() == vars(schema.Evolve()).keys()


def test_a_server_on_this_machine_that_needs_no_key_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hidden-7")
    folder = begun(tmp_path / "run", [*ASKING, "llm=vllm"])
    assert going_on(folder, []).llm.base_url == "http://127.0.0.1:8000/v1"


def test_no_candidate_is_held_less_tightly_on_its_word(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run", ["contain=process"])
    with pytest.raises(ConfigurationError, match=r"contain: found lock, where .* with process"):
        going_on(folder, [])
    assert going_on(folder, ["contain=process"]).contain == "process"


def test_a_cap_that_is_not_told_anew_stands(tmp_path: Path) -> None:
    caps = ["llm.budget.tokens=1000", "llm.budget.usd=2"]
    folder = begun(tmp_path / "run", [*ASKING, *caps])
    found = going_on(folder, ["llm.budget.usd=5"]).llm.budget
    assert (found.tokens, found.usd) == (1000, 5.0)


@pytest.mark.parametrize("kept", ["5", "{", "[" * 100_000, b"\xff\x00", "null"])
def test_settings_that_are_none_are_told_and_leave_no_file_behind(
    kept: str | bytes, tmp_path: Path
) -> None:
    folder = begun(tmp_path / "run", [])
    with closing(sqlite3.connect(folder / runs.JOURNAL)) as base, base:
        base.execute("UPDATE run SET value = ? WHERE name = 'settings'", [kept])
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(ConfigurationError, match=r"resume: .*run\.sqlite"):
        going_on(folder, [])
    assert sorted(path.name for path in folder.iterdir()) == before


def test_other_data_than_a_run_began_with_is_told(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run", [])
    with closing(Journal(folder)) as journal:
        journal.setting("trace", "ab" * 32)
    runs.expect_same_data(folder, "ab" * 32)
    with pytest.raises(ConfigurationError, match="found other data, sha256 cdcdcdcdcdcd"):
        runs.expect_same_data(folder, "cd" * 32)
