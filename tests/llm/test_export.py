"""A run as training data: what TRL reads, split so that the test is not learnt from."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evolve.journal import Journal
from evolve.llm.export import KEPT, Data, Run
from sim.contain import lock
from tests.evolve import tiny
from tests.llm.searching import looped
from tests.llm.server import Script, serving
from unstrand import asking
from unstrand.export import _expect_elsewhere
from unstrand.failure import ConfigurationError

pytest.importorskip("openai", reason="the extra llm is not installed")
pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a model whose first answer can't be used, and whose next choose unlike others."""
    place = tmp_path_factory.mktemp("run")
    unlike = ("free.gpu", "-free.mem", "free.cpu - 9.0 * free.gpu", "required.cpu / free.cpu")
    programs = [f"def score(required, free):\n    return {told}\n" for told in unlike]
    script = Script(contents=["Nothing comes to mind.", *programs])
    with serving(script) as url, looped(place, url, 2, 26):
        pass
    return place


def exported(folder: Path, share: float = 0.25, seed: int = 0) -> tuple[Run, Data]:
    with closing(Journal(folder)) as journal:
        run = Run(tiny.saturation(), journal, asking.templates())
        return run, run.data(share, seed)


def test_datasets_reads_every_file_in_the_forms_of_trl(folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    _, data = exported(folder)
    for split, kinds in data.records.items():
        for kind, records in kinds.items():
            file = tmp_path / f"{kind}.{split}.jsonl"
            file.write_text("".join(json.dumps(one) + "\n" for one in records))
    columns = {
        "sft": {"prompt", "completion"},
        "proposals": {"prompt", "completion", "status", "reward"},
        "preferences": {"prompt", "chosen", "rejected", "margin"},
        "steps": {"prompt", "completions", "labels", "rewards"},
    }
    for kind, expected in columns.items():
        made = datasets.load_dataset(
            "json",
            data_files=str(tmp_path / f"{kind}.train.jsonl"),
            split="train",
            cache_dir=str(tmp_path / "cache"),
        )
        assert expected <= {*made.column_names}
        assert len(made) == len(data.records["train"][kind]) > 0
        first = made[0]
        if kind == "steps":
            assert len(first["completions"]) == len(first["labels"]) == len(first["rewards"])
            assert isinstance(first["prompt"], str)
        else:
            turns = [*first["prompt"], *first.get("completion", first.get("chosen"))]
            assert [one["role"] for one in turns][-1] == "assistant"
            assert {one["role"] for one in turns[:-1]} <= {"system", "user", "assistant"}


@pytest.mark.parametrize("seed", range(4))
def test_nothing_in_training_descends_from_the_test_or_shows_it(folder: Path, seed: int) -> None:
    run, data = exported(folder, seed=seed)
    test = run.tested(0.25, seed)
    assert 0 < len(test) <= 0.25 * len(run.past.candidates)
    ancestors: dict[int, set[int]] = {}
    for number, candidate in run.past.candidates.items():
        ancestors[number] = {*candidate.parents}.union(*(ancestors[p] for p in candidate.parents))
    trained = {one["candidate"] for one in data.records["train"]["proposals"]}
    for kind in ("preferences", "steps"):
        for one in data.records["train"][kind]:
            trained |= {number for number in one["candidates"] if number is not None}
    assert not trained & test
    for number in trained:
        assert not ancestors[number] & test
    hidden = [f"{run.past.candidates[number].source.strip()}\n" for number in test]  # whole
    for one in data.records["train"]["proposals"]:
        text = "".join(turn["content"] for turn in one["prompt"])
        assert not any(source in text for source in hidden)


def test_what_says_the_same_is_in_the_same_split(folder: Path, tmp_path: Path) -> None:
    run, _ = exported(folder)
    kept = [n for n, one in run.past.candidates.items() if one.parents and one.source.strip()]
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    # Every third candidate's program is made another's, and one's none at all.
    with closing(sqlite3.connect(place / "run.sqlite")) as base:
        for number, of in [*zip(kept[::3], kept[1::3], strict=False), (kept[2], None)]:
            body = json.loads(
                base.execute("SELECT body FROM candidate WHERE number = ?", (number,)).fetchone()[0]
            )
            body["source"] = run.past.candidates[of].source if of is not None else ""
            base.execute(
                "UPDATE candidate SET body = ? WHERE number = ?", (json.dumps(body), number)
            )
        base.commit()
    tested = 0
    for seed in range(6):
        run, data = exported(place, share=0.5, seed=seed)
        test = run.tested(0.5, seed)
        texts = {
            split: {*map(run._text, some)}
            for split, some in (("test", test), ("train", {*run.past.candidates} - test))
        }
        assert not texts["test"] & texts["train"] - {""}
        tested += len(test)
        told = [one["prompt"] for one in data.records["train"]["proposals"]]
        told += [one["prompt"] for one in data.records["train"]["preferences"]]
        hidden = texts["test"] - {""}
        for prompt in told:
            text = "".join(turn["content"] for turn in prompt)
            assert not any(source in text for source in hidden)
    assert tested


def test_a_prompt_that_is_made_anew_does_not_tell_what_came_of_it(folder: Path) -> None:
    run, _ = exported(folder, share=0.0)
    for number, candidate in run.past.candidates.items():
        if candidate.parents:
            text = "".join(one["content"] for one in run._rebuilt(candidate))
            assert candidate.source.strip() not in text or candidate.source in [
                run.past.candidates[parent].source for parent in candidate.parents
            ], number
            assert "Tried from" not in text


def test_of_two_answers_the_better_stands_first(folder: Path) -> None:
    run, data = exported(folder, share=0.0)
    pairs = data.records["train"]["preferences"]
    mended = [one for one in pairs if one["margin"] is None]
    assert "Nothing comes to mind." in [one["rejected"][0]["content"] for one in mended]
    for one in pairs:
        better, worse = one["candidates"]
        if worse is not None:
            gains: dict[int, Any] = run.past.gains
            assert gains[better] - gains[worse] == pytest.approx(one["margin"], abs=1e-6)
            assert one["margin"] > 0.0
            same = run.past.candidates
            assert same[better].parents == same[worse].parents


def test_what_was_kept_is_for_imitation_as_it_was_asked_and_answered(folder: Path) -> None:
    run, data = exported(folder, share=0.0)
    records = data.records["train"]["sft"]
    kept = [n for n, s in run.past.status.items() if s in KEPT]
    shipped = [n for n in kept if run.past.candidates[n].proposer == "shipped"]
    assert [one["candidate"] for one in records] == [n for n in kept if n not in shipped]
    with closing(Journal(folder)) as journal:
        for one in records:
            asked = journal.exchanged(one["candidate"], "repair") or journal.exchanged(
                one["candidate"], "answer"
            )
            assert one["prompt"] == asked["messages"]
            assert one["completion"][0]["content"] == asked["reply"]["text"]


@pytest.mark.parametrize("out", ["run", "."])
def test_a_run_is_not_replaced_by_its_own_export(tmp_path: Path, out: str) -> None:
    place = tmp_path / "run"
    place.mkdir()
    with pytest.raises(ConfigurationError, match="which holds the run"):
        _expect_elsewhere(place, str(tmp_path / out))
    _expect_elsewhere(place, str(tmp_path / "elsewhere"))
