"""What a search does with answers: each comes to a candidate or a reason, and nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evolve.archive import Archive
from evolve.journal import Journal
from evolve.llm.budget import Caps
from evolve.llm.models import Model, Prices
from evolve.llm.prompt import CUT
from evolve.past import Past
from evolve.proposer import Proposal
from sim.arenas.behaviour import Grid
from sim.contain import lock
from tests.evolve import tiny
from tests.llm.searching import asked, looped, search
from tests.llm.server import MODEL, Script, serving

pytest.importorskip("openai", reason="the extra llm is not installed")

from evolve.llm.endpoint import EndpointError, EndpointFailure
from evolve.llm.proposer import ProposerError, Writer

contained = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
PROGRAM = "```python\ndef score(free, *, a={}):\n    return -a * free.cpu - free.mem\n```"
TWO = PROGRAM.format(1.0) + "\n" + PROGRAM.format(2.0)


@pytest.fixture(scope="module")
def problem() -> Any:
    return tiny.saturation()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path)) as made:
        yield made


def proposed(problem: Any, journal: Journal, script: Script, **how: Any) -> Proposal:
    """One proposal of a search that has nothing yet."""
    with serving(script) as url:
        writer = Writer(problem, {}, asked(url, **how), journal)
        with closing(writer):
            past = Past(Archive(Grid(), 1, 3))
            made = writer.propose(7, 0, past, np.random.default_rng(1))
            assert not isinstance(made, Proposal)
            return made.result(30.0)


def test_a_prompt_says_what_a_programmer_has_to_know(problem: Any, journal: Journal) -> None:
    script = Script(contents=[PROGRAM.format(1.0)])
    made = proposed(problem, journal, script)
    prompt = "\n".join(one["content"] for one in script.asked[0])
    for said in ("12 empty machines", "`.gpu`", "frag.gain", "allocated", "320 statements", "cpu "):
        assert said in prompt
    assert not made.note.get("fault")
    assert made.costs == {
        "requests": 1,
        "tokens_in": 100,
        "tokens_out": len(PROGRAM.format(1.0)) // 4,
        "usd": 0.0,
    }


@pytest.mark.parametrize(
    ("fault", "content", "said"),
    [
        ("empty", "", "the answer was empty"),
        ("refusal", "", "refused"),
        ("", "Nothing comes to mind.", "found no function"),
        ("", TWO, "found 2 functions"),
        ("", "```python\ndef rank(free):\n    return 1.0\n```", "expected score"),
        ("cut", PROGRAM.format(1.0), "llm.max_tokens"),
        ("", "x" * (2 << 20), "had no end"),
    ],
)
def test_an_answer_that_is_none_is_sent_back_once(
    problem: Any, journal: Journal, fault: str, content: str, said: str
) -> None:
    script = Script(faults=[fault], contents=[content, PROGRAM.format(1.0)])
    made = proposed(problem, journal, script)
    assert not made.note.get("fault")
    assert len(script.asked) == 2
    assert said in script.asked[1][-1]["content"]
    assert made.costs["requests"] == 2
    again = Script(faults=[fault, fault, ""], contents=[content, content, "never asked"])
    with closing(Journal(_other(journal))) as other:
        bad = proposed(problem, other, again)
    assert said in bad.note["fault"]["message"]
    assert len(again.asked) == 2


def _other(journal: Journal) -> Path:
    place = journal.path.parent / "other"
    place.mkdir(exist_ok=True)
    return place


def test_a_prompt_that_is_too_long_is_cut_in_the_order_that_is_told(
    problem: Any, journal: Journal
) -> None:
    whole = Script(contents=[PROGRAM.format(1.0)])
    proposed(problem, journal, whole)
    length = sum(len(one["content"]) for one in whole.asked[0])
    script = Script(limit=length - 1)
    with (
        closing(Journal(_other(journal))) as other,
        pytest.raises(EndpointError, match="nothing is left to cut"),
    ):
        proposed(problem, other, script)
    assert len(script.asked) == len(CUT) + 1


def test_what_is_asked_and_answered_is_in_the_journal_and_asked_once(
    problem: Any, journal: Journal
) -> None:
    script = Script(contents=["nothing", PROGRAM.format(1.0)])
    made = proposed(problem, journal, script)
    kept = journal.exchanged(7, "answer"), journal.exchanged(7, "repair")
    assert [one["messages"] for one in kept] == script.asked
    assert kept[0]["reply"]["text"] == "nothing"
    silent = Script()
    assert proposed(problem, journal, silent) == made
    assert proposed(problem, journal, silent, replay=True) == made
    assert silent.asked == []


def test_a_replay_asks_nobody(problem: Any, journal: Journal) -> None:
    script = Script()
    with pytest.raises(EndpointError, match="no answer for candidate 7"):
        proposed(problem, journal, script, replay=True)
    assert script.asked == []


@contained
@pytest.mark.campaign
def test_a_search_ends_with_a_champion_whatever_is_answered(tmp_path: Path) -> None:
    odd = ["Nothing.", TWO, "", "```python\nimport os\n```", PROGRAM.format(3.0)] * 2
    faults = ["", "", "refusal", "429", "500", "reset", "", "truncated"]
    script = Script(faults=faults, contents=odd)
    with serving(script) as url:
        found = search(tmp_path, url, 2, 16, repair=False, evolve=False)
    told = found.results["proposer"]
    assert found.results["candidates"] == 16
    assert told["name"] == "llm"
    assert told["requests"] == 14
    assert sum(found.results["rejected"].values()) + sum(found.results["kept"].values()) == 16
    assert found.results["rejected"]["syntax"] >= 2
    proposed = tiny.candidates(tmp_path)[2:]
    assert {one.proposer for one in proposed} == {"llm"}
    faulty = [one for one in proposed if "fault" in one.note]
    assert Counter(one.note["fault"]["reason"] for one in faulty)["syntax"] >= 2


@contained
def test_the_budget_ends_a_search_at_the_same_candidate_however_fast_it_is(
    tmp_path: Path,
) -> None:
    model = Model(MODEL, most_tokens=200, prices=Prices(1.0, 4.0))
    counts = []
    for workers, concurrent, delay_s in ((1, 1, 0.0), (2, 4, 0.1)):
        folder, script = tmp_path / f"{workers}", Script(delay_s=delay_s)
        with serving(script) as url:
            how = {"models": (replace(model, base_url=url),), "caps": Caps(usd=0.015)}
            with looped(folder, url, workers, 40, concurrent=concurrent, **how) as loop:
                told = loop.proposer.told()
                counts.append(len(loop.journal.candidates))
        assert told["usd"] <= 0.015
        assert told["ended_by"].startswith("llm.budget.usd: 0.0")
        assert told["usd"] == pytest.approx(told["tokens_in"] / 1e6 + told["tokens_out"] * 4 / 1e6)
    assert counts[0] == counts[1]
    assert 2 < counts[0] < 40


@contained
def test_answers_that_can_never_be_used_stop_the_search_and_it_goes_on(tmp_path: Path) -> None:
    script = Script(rest="empty")
    with serving(script) as url:
        how: dict[str, Any] = {"failures": 4, "repair": False}
        with (
            pytest.raises(ProposerError, match="the last 4 answers could not be used"),
            looped(tmp_path, url, 1, 9, **how),
        ):
            pass
        script.rest = ""
        with looped(tmp_path, url, 1, 9, **how) as loop:
            assert len(loop.journal.candidates) == 9
    known = [json.dumps(one) for one in script.answered]
    assert len(known) == len({*known})


@contained
def test_a_server_that_goes_away_stops_the_search_and_it_goes_on(tmp_path: Path) -> None:
    script = Script(faults=[""] * 5, rest="503")
    with serving(script) as url:
        with pytest.raises(EndpointFailure), looped(tmp_path, url, 2, 10, patience_s=0.6):
            pass
        script.rest = ""
        with looped(tmp_path, url, 1, 10) as loop:
            assert len(loop.journal.candidates) == 10
            ((kept,),) = loop.journal.base.execute("SELECT COUNT(*) FROM exchange")
            assert len(script.answered) == loop.proposer.told()["requests"] == kept
