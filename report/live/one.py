"""One candidate in full: its source, what it changed, what it scored, what its proposer was asked.

Only this is read from the journal when it is looked at; all else is in the index.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report import journal
from report.fields import Fields, ReportError
from report.live import text
from report.live.index import MOST_BYTES, Index, Told, bounded, verdict_in
from report.live.text import readable

MOST_LINES = 400  # of two sources that are compared
MOST_DRAWS = 200
MOST_MESSAGES = 20
LISTED = 60  # ancestors
ROUNDS = {
    "instruction": "A text that prompts may ask with",
    "answer": "The prompt and its answer",
    "repair": "What was sent back, and the answer to it",
    "ticket": "The prompt of its ticket",
}


@dataclass(frozen=True)
class Change:
    """A line of a difference. kind: `added`, `removed`, `where` or `same`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Message:
    """What was asked, or answered, and by whom."""

    who: str
    text: str


@dataclass(frozen=True)
class Draw:
    """One draw of train: its value, and its goodput where that is held."""

    value: float
    goodput: float | None


@dataclass(frozen=True)
class One:
    """A candidate as a page shows it.

    wrong: why its row can't be shown, one line; changes: None where there is no parent, or one of
    both is too long to be compared; asked: conversations by their title.
    """

    number: int
    told: Told | None
    wrong: str = ""
    source: str = ""
    changes: tuple[Change, ...] | None = None
    message: str = ""
    mark: str = ""
    whole: bool = False
    measures: tuple[tuple[str, float], ...] = ()
    draws: tuple[Draw, ...] = ()
    more_draws: int = 0
    asked: tuple[tuple[str, tuple[Message, ...]], ...] = ()
    costs: tuple[tuple[str, float], ...] = ()
    by: str = ""
    ancestors: tuple[Told, ...] = ()
    more_ancestors: int = 0
    children: tuple[Told, ...] = ()
    more_children: int = 0
    wrongs: tuple[str, ...] = ()


def one(index: Index, number: int) -> One | None:
    """A candidate by its number; None where the journal has none of that number.

    Raises ReportError where the journal can't be read.
    """
    told = index.known.candidates.get(number)
    with journal.opened(index.file) as base:
        row = base.execute(
            f"SELECT {bounded('number')} FROM candidate WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            return None
        if row[1] is None:
            said = f"found {row[2] or 0:,} bytes, expected at most {MOST_BYTES:,}"
            return One(number, told, wrong=f"{index.file}: candidate {number}: {said}")
        try:
            fields = journal.body(index.file, row[1], f"candidate {number}")
            candidate = journal.proposal(number, fields)
        except ReportError as error:
            return One(number, told, wrong=str(error))
        wrongs: list[str] = []
        return One(
            number=number,
            told=told,
            source=readable(candidate.source),
            changes=_changes(index, base, candidate),
            **_verdict(index, base, number, wrongs),
            **_asked(base, number, fields),
            **_kin(index, number),
            wrongs=tuple(wrongs),
        )


def _changes(
    index: Index, base: sqlite3.Connection, candidate: journal.Candidate
) -> tuple[Change, ...] | None:
    if not candidate.parents:
        return None
    row = base.execute(
        f"SELECT {bounded('number')} FROM candidate WHERE number = ?", (candidate.parents[0],)
    ).fetchone()
    if row is None or row[1] is None:
        return None
    try:
        fields = journal.body(index.file, row[1], "candidate")
        parent = journal.proposal(candidate.parents[0], fields).source
    except ReportError:
        return None
    before, after = (readable(source).splitlines() for source in (parent, candidate.source))
    if max(len(before), len(after)) > MOST_LINES:
        return None
    lines = list(difflib.unified_diff(before, after, n=3, lineterm=""))[2:]
    kinds = {"+": "added", "-": "removed", "@": "where"}
    return tuple(
        Change(kinds.get(shown[:1], "same"), shown if shown[:1] == "@" else shown[1:])
        for shown in lines
    )


def _verdict(
    index: Index, base: sqlite3.Connection, number: int, wrongs: list[str]
) -> dict[str, Any]:
    try:
        seen = verdict_in(index.file, base, number)
        if seen is None:
            return {}
        measured = journal.draws(seen)
        behaviour = seen.optional_object("behaviour")
        held = measured.goodput if len(measured.goodput) == len(measured.values) else ()
        every = zip(measured.values, held or [None] * len(measured.values), strict=True)
        draws = tuple(Draw(value, goodput) for value, goodput in every)
        return {
            "message": readable(seen.values.get("message") or "", 4_000),
            "mark": behaviour.optional_text("mark") or "",
            "whole": seen.values.get("whole") is True,
            "measures": tuple(
                (name, behaviour.number(name))
                for name in ("emptier", "balance")
                if name in behaviour
            ),
            "draws": draws[:MOST_DRAWS],
            "more_draws": max(0, len(draws) - MOST_DRAWS),
        }
    except ReportError as error:
        wrongs.append(str(error))
        return {}


def message_of(index: Index, base: sqlite3.Connection, number: int) -> str:
    """Why a candidate was not kept, in one line; an empty text where the journal does not say."""
    try:
        seen = verdict_in(index.file, base, number)
    except ReportError:
        return ""
    return "" if seen is None else text.line(seen.values.get("message"))


def _asked(base: sqlite3.Connection, number: int, fields: Fields) -> dict[str, Any]:
    """What its proposer was asked and answered; a ticket's answer is in the candidate itself."""
    noted = fields.values.get("note")
    note: Mapping[str, Any] = noted if isinstance(noted, dict) else {}
    found: list[tuple[str, tuple[Message, ...]]] = []
    try:
        for round in ("instruction", "answer", "repair"):
            found += _exchange(base, number, round)
        if type(ticket := note.get("ticket")) is int:
            found += _exchange(base, ticket, "ticket")
    except sqlite3.OperationalError:  # a journal from before there were models
        pass
    if "answer" in note:
        found.append(("The answer", (Message("answer", readable(note["answer"])),)))
    by = next((str(note[name]) for name in ("model", "by") if isinstance(note.get(name), str)), "")
    costs = fields.values.get("costs")
    known = Fields(fields.file, costs if isinstance(costs, dict) else {})
    shown = [name for name in ("requests", "tokens_in", "tokens_out", "usd") if name in known]
    try:
        amounts = tuple((name, known.number(name)) for name in shown)
    except ReportError:
        amounts = ()
    return {"asked": tuple(found), "by": text.line(by, 80), "costs": amounts}


def _exchange(
    base: sqlite3.Connection, number: int, round: str
) -> list[tuple[str, tuple[Message, ...]]]:
    row = base.execute(
        f"SELECT {bounded('number')} FROM exchange WHERE number = ? AND round = ?",
        (number, round),
    ).fetchone()
    if row is None:
        return []
    if row[1] is None:
        said = f"(found {row[2] or 0:,} bytes, expected at most {MOST_BYTES:,})"
        return [(ROUNDS[round], (Message("journal", said),))]
    try:
        body = json.loads(str(row[1]))
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return [(ROUNDS[round], (Message("journal", "(found no JSON object)"),))]
    asked = body.get("messages")
    messages = [_message(one) for one in (asked if isinstance(asked, list) else [])]
    if len(messages) > MOST_MESSAGES:
        messages = messages[-MOST_MESSAGES:]
    reply = body.get("reply")
    if isinstance(reply, dict):
        messages.append(Message("answer", readable(reply.get("text"))))
    return [(ROUNDS[round], tuple(messages))]


def _message(said: Any) -> Message:
    if not isinstance(said, dict):
        return Message("message", readable(said))
    return Message(text.line(said.get("role"), 40) or "message", readable(said.get("content")))


def _kin(index: Index, number: int) -> dict[str, Any]:
    every = ancestors(index, number)[1:]
    born = index.known.children.get(number, [])
    return {
        "ancestors": tuple(every[:LISTED]),
        "more_ancestors": max(0, len(every) - LISTED),
        "children": tuple(index.known.candidates[child] for child in born[:LISTED]),
        "more_children": max(0, len(born) - LISTED),
    }


def ancestors(index: Index, number: int) -> Sequence[Told]:
    """A candidate and all that it comes from, youngest first, as far as they can be read."""
    known = index.known.candidates
    found: dict[int, Told] = {}
    left = [number]
    while left:
        at = left.pop()
        if at in known and at not in found:
            found[at] = known[at]
            left += known[at].candidate.parents
    return [found[at] for at in sorted(found, reverse=True)]
