"""A candidate held against written rules: by execution, and by a model that has to quote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import evolve
import heuristics
from evolve.evaluate import Evaluators
from evolve.judging.checks import CHECKS, checked
from evolve.judging.constitution import Constitution
from evolve.judging.judge import judged
from evolve.judging.rules import BROKEN, HELD, NOT_JUDGED, Finding, Rule, agreement, share_held
from heuristics.tree import read, write
from sim.contain import lock
from sim.contain.nursery import Limits
from sim.errors import SimError
from tests.evolve import tiny
from unstrand import asking, configuration

contained = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
RULES = [Rule(name, f"rule of {name}", name) for name in CHECKS]
BEST_FIT = write(read(heuristics.get("best_fit")))


@pytest.fixture(scope="module")
def evaluators() -> Iterator[Evaluators]:
    with closing(Evaluators(tiny.saturation().arenas(), Limits(), 1)) as made:
        yield made


@contained
@pytest.mark.parametrize(
    ("source", "broken"),
    [
        (BEST_FIT, []),
        ("def score(free, required):\n    return free.cpu - required.cpu\n", ["packs"]),
        (
            "def score(free):\n    return -free.cpu * (free.mem > 100.0) - 0.001 * free.gpu\n",
            ["scale"],
        ),
        ("def score(free, machine):\n    return -free.gpu - (machine.model == 1)\n", ["singled"]),
        (
            "import math\n\n\ndef score(free, required):\n"
            "    return math.sin(1234567.8 * free.cpu + 7654321.1 * required.mem)\n",
            ["scale", "constants"],
        ),
    ],
)
def test_execution_tells_what_breaks_a_rule(
    evaluators: Evaluators, source: str, broken: list[str]
) -> None:
    found = checked(source, RULES, evaluators)
    assert [one.rule for one in found] == [rule.name for rule in RULES]
    assert {*broken} <= {one.rule for one in found if one.verdict == BROKEN}
    if not broken:
        assert all(one.verdict == HELD for one in found), found
    assert all(one.evidence for one in found)


@contained
def test_what_has_no_scores_is_not_sane_at_the_extremes(evaluators: Evaluators) -> None:
    source = "def score(free):\n    return 1.0 / free.gpu\n"
    found = {one.rule: one for one in checked(source, RULES, evaluators)}
    assert found["extremes"].verdict == BROKEN
    assert "not_finite" in found["extremes"].evidence


def answers(*texts: str) -> Any:
    left = list(texts)

    def ask(name: str, messages: Sequence[Any]) -> str:
        assert BEST_FIT.strip() in messages[0]["content"]
        return left.pop(0)

    return ask


def test_a_verdict_without_words_of_the_program_is_none() -> None:
    quoted = BEST_FIT.strip().splitlines()[-1].strip()
    texts = [
        json.dumps({"verdict": "held", "quotation": quoted}),
        "Well. " + json.dumps({"verdict": "BROKEN", "quotation": f"  {quoted}"}),
        json.dumps({"verdict": "held", "quotation": "return 42"}),
        json.dumps({"verdict": "held"}),
        "It is fine.",
        "{not json}",
        "{" * 200_000,
        '{"verdict":"held","quotation":' + "[" * 100_000,
        json.dumps({"verdict": "held", "quotation": quoted}) + " {so it is}",
        "",
    ]
    rules = [Rule(f"{n}", "a rule") for n in range(len(texts))]
    found = judged(BEST_FIT, rules, answers(*texts), asking.templates())
    assert [one.verdict for one in found] == [HELD, BROKEN, *[NOT_JUDGED] * 6, HELD, NOT_JUDGED]
    assert found[0].evidence == quoted


def test_agreement_counts_what_both_have_judged() -> None:
    def found(rule: str, by: str, verdict: str) -> Finding:
        return Finding(rule, by, verdict, "")

    each = [
        [found("a", "x", HELD), found("a", "y", HELD), found("b", "x", BROKEN)],
        [found("a", "x", HELD), found("a", "y", BROKEN), found("b", "y", NOT_JUDGED)],
    ]
    assert agreement(each, ("x", "y")) == {"judged_by_both": 2, "same": 1}
    assert share_held(each[0]) == 0.5
    assert share_held([found("a", "x", NOT_JUDGED)]) is None


@contained
@pytest.mark.parametrize("breaks", [False, True])
def test_the_champion_as_it_is_cut_down_is_what_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    cut = "def score(free):\n    return -free.cpu\n"
    judged: list[str] = []

    def check(of: Any) -> tuple[str, str]:
        judged.append(of.source)
        return (BROKEN if breaks and of.source == cut else HELD), f"look {len(judged)}"

    monkeypatch.setitem(CHECKS, "whole", check)
    monkeypatch.setattr("evolve.champion.minimised", lambda *_: cut)
    rules = Constitution((Rule("whole", "Whole.", "whole"),), asking.templates())
    found = tiny.search(tiny.saturation(), tmp_path, 2, candidates=3, constitution=rules)
    judgement = found.results["judgement"]
    assert judgement["passed_over"] == []
    assert judged[1:] == [cut] != judged[:1]
    assert found.source == (judged[0] if breaks else cut)
    assert judgement["findings"][0]["evidence"] == ("look 1" if breaks else "look 2")
    assert judgement["findings"][0]["verdict"] == HELD
    assert judgement.get("cut_breaks") == (["whole"] if breaks else None)


@contained
@pytest.mark.campaign
def test_the_gate_passes_over_what_breaks_rules(tmp_path: Path) -> None:
    never = Constitution((Rule("never", "Never.", "never"),), asking.templates(), 1.0)
    CHECKS["never"] = lambda of: (BROKEN, "never")
    try:
        with pytest.raises(SimError, match=r"none of . finalists holds 1 of the rules"):
            tiny.search(tiny.saturation(), tmp_path / "shut", 2, candidates=8, constitution=never)
    finally:
        del CHECKS["never"]


def test_the_shipped_constitution_names_checks_that_there_are() -> None:
    settings = configuration.compose("evolve", [], [])
    made = asking.constitution(settings.constitution)
    assert len(made.rules) == 8
    assert {rule.check for rule in made.rules if rule.check} == {*CHECKS}
    assert evolve.Settings().constitution is None
