"""Fields of a summary, read with errors that name the file, the field, what was found."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class ReportError(ValueError):
    """A result folder that can't be read: one line with the file, what was found and expected."""


def clean(text: str, keep: str = "") -> str:
    """The text without control characters and lone surrogates, each replaced by U+FFFD.

    Names come from files and go to terminals, SVG and UTF-8 files; none of them takes these. So are
    ends of lines of Unicode's own, and what turns the direction of the text behind it.
    `keep` lists control characters that stay (line ends in a program's source).
    """
    return "".join(
        c
        if c in keep or not (unicodedata.category(c) in UNSHOWN or c in TURNING)
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(value: Any, limit: int = 60) -> str:
    """A found value for an error's line: its JSON on one line, cut at `limit` characters."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Fields:
    """One JSON object of a file; every access says what it expects and fails with the field's path.

    Methods raise ReportError where the value is absent or of another kind, unless a default of
    None is asked for by `optional_…`.
    """

    def __init__(self, file: Path, values: Any, at: str = "") -> None:
        self.file = file
        self.at = at
        if not isinstance(values, dict):
            raise self.error(at or "the file", values, "a JSON object")
        self.values: dict[str, Any] = values

    def path(self, key: str) -> str:
        """The field's path from the top of the file, as an error names it."""
        return f"{self.at}.{clean(key)}" if self.at else clean(key)

    def error(self, at: str, found: Any, expected: str) -> ReportError:
        """An error of one line for the field at path `at`."""
        return ReportError(f"{self.file}: {at}: found {shown(found)}, expected {expected}")

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def required(self, key: str, expected: str) -> Any:
        """The value as it stands, which must be there."""
        if key not in self.values:
            raise ReportError(f"{self.file}: {self.path(key)}: found nothing, expected {expected}")
        return self.values[key]

    def text(self, key: str) -> str:
        """A text, cleaned of control characters."""
        value = self.required(key, "text")
        if not isinstance(value, str):
            raise self.error(self.path(key), value, "text")
        return clean(value)

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the field is absent or null."""
        return self.text(key) if key in self else None

    def number(self, key: str) -> float:
        """A finite number."""
        value = self.required(key, "a finite number")
        if isinstance(value, bool) or not isinstance(value, int | float) or not finite(value):
            raise self.error(self.path(key), value, "a finite number")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        """A finite number, or None where the field is absent or null."""
        return self.number(key) if key in self else None

    def object(self, key: str) -> Fields:
        """A nested JSON object."""
        return Fields(self.file, self.required(key, "a JSON object"), self.path(key))

    def optional_object(self, key: str) -> Fields:
        """A nested JSON object, empty where the field is absent or null."""
        return self.object(key) if key in self else Fields(self.file, {}, self.path(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the field is absent or null."""
        values = self.values.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self.error(self.path(key), values, "a list of texts")
        return tuple(clean(v) for v in values)

    def objects(self, key: str) -> tuple[Fields, ...]:
        """A list of JSON objects with at least one entry; a lone object counts as a list of one."""
        values = self.required(key, "a list of JSON objects")
        if isinstance(values, dict):
            values = [values]
        if not isinstance(values, list) or not values:
            raise self.error(self.path(key), values, "a list with at least one JSON object")
        return tuple(
            Fields(self.file, value, f"{self.path(key)}[{i}]") for i, value in enumerate(values)
        )


def finite(value: float) -> bool:
    """Whether a JSON number is finite as a float; integers too large for one are not."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
