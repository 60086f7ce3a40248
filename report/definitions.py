"""What each number means: the one place from which the page's appendix and docs/metrics.md come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from report import terms_of_comparisons, terms_of_runs, terms_of_searches
from report.definition import Definition

DEFINITIONS: tuple[Definition, ...] = (
    *terms_of_comparisons.TERMS,
    *terms_of_runs.TERMS,
    *terms_of_searches.TERMS,
)

BY_KEY = {definition.key: definition for definition in DEFINITIONS}

# The facts of a comparison's card, and where each is explained.
FACTS = {
    "Assumed": "provenance",
    "Baseline": "baseline",
    "Bound": "bound",
    "Cells": "splits",
    "Champion": "ancestry",
    "Intervals": "nested_interval",
    "Load": "load",
    "Offered": "offered",
    "Pairs": "pairs",
    "Pool": "splits",
    "Queue": "queued",
    "Replayed": "provenance",
    "Seeds": "seeds",
    "Simulated": "provenance",
    "Size": "complexity",
    "Sold by": "weights",
    "Start share": "start_share",
    "Test pairs": "pairs",
    "Test seeds": "splits",
    "Ties": "ties",
}

_BY_WORD = {word: definition.key for definition in DEFINITIONS for word in definition.words}
_WORDS = re.compile(
    r"(?<![\w.-])(" + "|".join(sorted(map(re.escape, _BY_WORD), key=len, reverse=True)) + r")(?!\w)"
)


def chosen(keys: Iterable[str]) -> tuple[Definition, ...]:
    """The definitions with these keys, in the appendix's order."""
    wanted = set(keys)
    return tuple(definition for definition in DEFINITIONS if definition.key in wanted)


def told(sentence: str, keys: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """A sentence in pieces, the first mention of each of these metrics with its key, else None."""
    wanted = set(keys)
    at = 0
    for match in _WORDS.finditer(sentence):
        key = _BY_WORD[match[0]]
        if key not in wanted:
            continue
        wanted.remove(key)
        if match.start() > at:
            yield sentence[at : match.start()], None
        yield match[0], key
        at = match.end()
    if at < len(sentence):
        yield sentence[at:], None


def markdown() -> str:
    """The page docs/metrics.md, whole."""
    parts = [
        "# Metrics",
        "",
        "What the numbers of a report mean. Every column header of `report.html` links to the",
        "same text in the page's appendix (`report/definitions.py` is the source of both).",
        "",
    ]
    for definition in DEFINITIONS:
        parts += [
            f'<a id="{definition.key}"></a>',
            "",
            f"## {definition.name}",
            "",
            definition.text,
            "",
            *([f"`{definition.formula}`", ""] if definition.formula else []),
            f"*Source: {definition.source}.*",
            "",
        ]
    return "\n".join(parts)
