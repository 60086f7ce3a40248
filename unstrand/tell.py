"""``unstrand tell RUN TICKET FILE``: an answer to a ticket, scored."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path

from unstrand import answering, failure, schema, show
from unstrand.failure import ConfigurationError

POSITIONALS = "RUN TICKET FILE [TICKET FILE …]"
EXAMPLES = (
    "unstrand tell results/mine 1 answer.md",
    "unstrand tell results/mine 2 mine.py 3 other.py json=true",
)
MOST_BYTES = 1 << 20
NONE = "-"  # in a ticket's place: an answer to none


def run(settings: schema.Tell, positionals: list[str]) -> int:
    """Score answers; 0 with what became of each, 3 where the only one is rejected."""
    place = answering.place_of("tell", positionals)
    pairs = positionals[1:]
    if not pairs or len(pairs) % 2:
        lacks = f"ticket {pairs[-1]} without a file" if pairs else "no ticket"
        raise ConfigurationError(f"tell: found {lacks}, expected TICKET FILE, once or more")
    answers = [
        (_number(ticket), _answer(file))
        for ticket, file in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    found = []
    with answering.answering(place, settings.contain, settings.workers) as outside:
        for ticket, text in answers:
            told = outside.tell(ticket, text)
            found.append(told)
            if not settings.json:
                print(answering.line(told), flush=True)
    if settings.json:
        said = [answering.said(told) for told in found]
        show.json_line(said if len(said) > 1 else said[0])
    rejected = [told for told in found if told.verdict.reason not in ("", "known")]
    return failure.REJECTED if len(found) == 1 and rejected else failure.OK


def _number(word: str) -> int | None:
    if word == NONE:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", word):
        raise ConfigurationError(f"tell: found ticket {word!r}, expected its number, or {NONE}")
    return int(word)


def _answer(file: str) -> str:
    """What a file says, or standard input where it is called ``-``."""
    try:
        with nullcontext(sys.stdin.buffer) if file == NONE else Path(file).open("rb") as opened:
            said = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"tell: {file}: {error.strerror}") from None
    if len(said) > MOST_BYTES:
        raise ConfigurationError(f"tell: {file}: found more than {MOST_BYTES:,} bytes of answer")
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {said[error.start]:#04x} at {error.start}"
        raise ConfigurationError(f"tell: {file}: found {where}, expected UTF-8 text") from None
