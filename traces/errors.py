"""What a reader says of a file that it can't take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

_SHOWN = 80


class TraceError(ValueError):
    """A trace that can't be used: one line that says where, what was found, what was expected.

    `row` is the line of the file, header included, as an editor counts it; in Parquet the record's
    number from 1. `item` stands for it in a file of objects: `items[17] pod default/web`. Parts
    that don't apply are None and are left out of the line.
    """

    def __init__(
        self,
        *,
        file: object = None,
        row: int | None = None,
        field: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
        item: str | None = None,
    ) -> None:
        self.file = None if file is None else str(file)
        self.row = row
        self.field = field
        self.found = found
        self.expected = expected
        self.hint = hint
        self.item = item
        super().__init__(self._line())

    def _line(self) -> str:
        where = [f"row {self.row}"] if self.row is not None else []
        if self.item is not None:
            where.append(self.item)
        if self.field is not None:
            where.append(f"field {self.field}")
        what = [f"found {self.found}"] if self.found is not None else []
        if self.expected is not None:
            what.append(f"expected {self.expected}")
        parts = [part for part in (self.file, ", ".join(where), ", ".join(what)) if part]
        line = ": ".join(parts) + (f" ({self.hint})" if self.hint else "")
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)

    def __reduce__(self) -> tuple[object, ...]:
        parts = ("file", "row", "field", "found", "expected", "hint", "item")
        return _rebuild, ({part: getattr(self, part) for part in parts},)


def _rebuild(parts: dict[str, Any]) -> TraceError:
    return TraceError(**parts)


def shown(value: object) -> str:
    """A value as an error shows it: text quoted, whole floats without a point, long ones cut."""
    if value is None:
        return "a blank"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """'did you mean …' for a word that isn't known, or None where nothing is near."""
    close = difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else None
