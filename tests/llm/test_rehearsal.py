"""The embedded mutator in a model's place: what it reads out of a prompt, and how it answers."""

from __future__ import annotations

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import heuristics
from bench.rehearsing import proposing
from evolve.embedded.operators import OPERATORS
from evolve.llm.rehearsal import HEEDED, answer, parents_in, shares_for, verdict
from heuristics.tree import identity, read, write

FGD, BEST = (heuristics.get(name).source for name in ("fgd", "best_fit"))
PROMPT = f"# Task\n\nImprove this.\n\n```python\n{FGD}```\n"


def asked(url: str, prompt: str) -> str:
    body = json.dumps({"model": "any", "messages": [{"role": "user", "content": prompt}]})
    request = Request(f"{url}/chat/completions", body.encode(), {"content-type": "text/json"})
    with urlopen(request, timeout=30) as said:
        content: str = json.load(said)["choices"][0]["message"]["content"]
        return content


def test_a_prompt_that_comes_again_is_answered_as_it_was() -> None:
    with proposing(1, fresh=False) as one, proposing(1, fresh=False) as two:
        assert len({asked(url, PROMPT) for url in (one, one, two)}) == 1


def test_a_prompt_that_comes_again_is_answered_afresh_where_that_is_asked_for() -> None:
    with proposing(1) as one, proposing(1) as two:
        first = [asked(one, PROMPT) for _ in range(6)]
        assert len({*first}) > 3
        assert [asked(two, PROMPT) for _ in range(6)] == first


def test_what_is_called_current_is_the_first_parent() -> None:
    prompt = f"# Prior programs\n```python\n{FGD}```\n# Current program\n```python\n{BEST}```\n"
    found = [identity(write(one)) for one in parents_in(prompt)]
    assert found == [identity(write(read(heuristics.get(name)))) for name in ("best_fit", "fgd")]


@pytest.mark.parametrize(
    ("task", "likelier"),
    [("Break every tie.", "break_ties"), ("Weigh what is scarce.", "add_term")],
)
def test_an_instruction_makes_its_operators_likelier(task: str, likelier: str) -> None:
    names = list(OPERATORS)
    plain, heeding = shares_for("# Task\n\nGo on."), shares_for(f"# Task\n\n{task}")
    assert heeding[names.index(likelier)] > 2 * plain[names.index(likelier)]
    assert heeding.sum() == pytest.approx(1.0)
    assert {*HEEDED} == {*OPERATORS}


def test_a_judge_quotes_the_constant_that_breaks_a_rule() -> None:
    learnt = "def score(free):\n    x = free.cpu * 0.73519\n    return x\n"
    plain = "def score(free):\n    x = free.cpu * 0.5\n    return x\n"
    for source, said, quoted in (
        (learnt, "broken", "x = free.cpu * 0.73519"),
        (plain, "held", "return x"),
    ):
        prompt = f"Rule: Constants are no table.\n```python\n{source}```\nverdict"
        assert json.loads(verdict(prompt, parents_in(prompt))) == {
            "verdict": said,
            "quotation": quoted,
        }


def test_no_program_in_a_prompt_is_answered_with_a_new_one() -> None:
    assert "def score" in answer("# Task\n\nWrite def score for cpu and mem.")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[]",
        b'{"messages": 3}',
        b'{"messages": [{"content": null}]}',
        b'{"messages": [{"content": ["x"]}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with proposing(1, fresh=False) as url:
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{url}/chat/completions", body, {}), timeout=30)
        assert refused.value.code == 400
        assert "def score" in asked(url, PROMPT)


@pytest.mark.parametrize("seed", range(8))
def test_an_instruction_asked_for_is_made_of_those_that_are_listed(seed: int) -> None:
    prompt = (
        "These instructions were given to a programmer who writes heuristics.\n\n"
        "- tried 4, kept 1: Weigh what is scarce, and nothing beyond that.\n"
        "- tried 2, kept 0: Look at where the parent strands before anything.\n\n"
        "Write one new instruction. Answer with the instruction alone."
    )
    said = answer(prompt, seed)
    assert said
    assert set(re.findall(r"[^.]+\.", said.replace(". ", "."))) <= {
        "Weigh what is scarce, and nothing beyond that.",
        "Look at where the parent strands before anything.",
    }
