"""Rules judged by a model, one by one, each verdict with words that must stand in the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from evolve.judging.rules import BROKEN, HELD, NOT_JUDGED, Finding, Rule
from evolve.llm.endpoint import Message
from evolve.llm.prompt import Templates

BY = "model"
SHORTEST, LONGEST = 6, 300  # characters of a quotation
MOST_OBJECTS = 20  # of an answer that are looked at, from its end
VERDICTS = {"held": HELD, "broken": BROKEN}

Ask = Callable[[str, Sequence[Message]], str]
"""Asks a model a question that has a name in the journal; its answer."""


def judged(source: str, rules: Sequence[Rule], ask: Ask, templates: Templates) -> list[Finding]:
    """What a model finds of each rule."""
    return [_one(source, rule, ask, templates) for rule in rules]


def _one(source: str, rule: Rule, ask: Ask, templates: Templates) -> Finding:
    facts = {"rule": rule.rule, "source": source.strip()}
    answer = ask(rule.name, [{"role": "user", "content": templates.rendered("judge", facts)}])
    said = _object(answer)
    verdict = VERDICTS.get(str(said.get("verdict", "")).strip().lower())
    quoted = str(said.get("quotation", "")).strip()[:LONGEST]
    if verdict is None:
        return Finding(rule.name, BY, NOT_JUDGED, "the answer held no verdict")
    if not quoted or _plain(quoted) not in _plain(source):
        return Finding(rule.name, BY, NOT_JUDGED, "its quotation does not stand in the program")
    if len(quoted) < SHORTEST:
        return Finding(rule.name, BY, NOT_JUDGED, "its quotation is too short to show anything")
    return Finding(rule.name, BY, verdict, quoted)


def _object(answer: str) -> dict[str, object]:
    """The last JSON object of an answer; an empty one where there is none."""
    read, at = json.JSONDecoder(), len(answer)
    for _ in range(MOST_OBJECTS):
        at = answer.rfind("{", 0, at)
        if at < 0:
            break
        try:
            said, _ = read.raw_decode(answer, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            return said
    return {}


def _plain(text: str) -> str:
    return " ".join(text.split())
