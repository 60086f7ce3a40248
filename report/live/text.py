"""What candidates and models wrote, as text that can't act on whoever reads it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

MOST_SHOWN = 64_000  # characters of one text
LINE = 200  # characters of what stands in a line
OTHER = re.compile(r"[^\x20-\x7e\n]")
REPLACED = "\N{REPLACEMENT CHARACTER}"


def readable(text: Any, most: int = MOST_SHOWN) -> str:
    """A text of several lines: its beginning, without what a terminal or an eye is led by.

    Control characters, marks that turn the direction of writing and lone surrogates become
    U+FFFD; a text that is cut says so. What is no text is told by its type.
    """
    if not isinstance(text, str):
        return f"(found {type(text).__name__}, expected text)"
    rest = len(text) - most
    shown = OTHER.sub(_harmless, text[:most].replace("\r\n", "\n").expandtabs(4))
    return f"{shown}\n… ({rest:,} more characters are not shown)" if rest > 0 else shown


def line(text: Any, most: int = LINE) -> str:
    """A text in one line, cut."""
    if not isinstance(text, str):
        return ""
    shown = " ".join(OTHER.sub(_harmless, text[: 4 * most].replace("\n", " ")).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _harmless(found: re.Match[str]) -> str:
    kind = unicodedata.category(found[0])
    return REPLACED if kind in ("Cc", "Cf", "Cs", "Co") else found[0]
