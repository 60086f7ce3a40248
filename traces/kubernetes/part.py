"""A part of an object of a dump, read as what it should be; what it is not is told by its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traces.errors import TraceError, shown
from traces.kubernetes import quantity

_WHOLE_MAX = 2**63
_NAME_MAX = 253


@dataclass
class Item:
    """An object of a dump: its file, and what an error calls it (`items[17] pod default/web`)."""

    file: Path
    label: str

    def name(self, kind: str, name: str) -> None:
        """Adds to the label what the object is and what it is called."""
        self.label = f"{self.label} {kind} {cut(name)}".strip()

    def wrong(
        self, field: str | None, found: str, expected: str, hint: str | None = None
    ) -> TraceError:
        """The error for a field of this object."""
        return TraceError(
            file=self.file,
            item=self.label or None,
            field=field,
            found=found,
            expected=expected,
            hint=hint,
        )


class Part:
    """A value somewhere in an object. What is absent and what is null are the same: None."""

    __slots__ = ("item", "path", "value")

    def __init__(self, item: Item, path: str, value: Any) -> None:
        self.item, self.path, self.value = item, path, value

    def wrong(self, expected: str, found: str | None = None, hint: str | None = None) -> TraceError:
        """The error for this part."""
        return self.item.wrong(self.path or None, found or _what(self.value), expected, hint)

    def part(self, name: str) -> Part | None:
        """A field of this object."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object of fields")
        value = self.value.get(name)
        if value is None:
            return None
        return Part(self.item, f"{self.path}.{cut(name)}" if self.path else name, value)

    def object(self, name: str) -> Part | None:
        """A field that is an object."""
        part = self.part(name)
        if part is not None and not isinstance(part.value, dict):
            raise part.wrong("an object of fields")
        return part

    def parts(self, name: str) -> Iterator[Part]:
        """The entries of a field that is a list, none where there is none."""
        part = self.part(name)
        if part is None:
            return
        if not isinstance(part.value, list):
            raise part.wrong("a list")
        for number, value in enumerate(part.value):
            yield Part(self.item, f"{part.path}[{number}]", value)

    def text(self, name: str) -> str | None:
        """A field that is text."""
        part = self.part(name)
        return None if part is None else part.as_text()

    def as_text(self) -> str:
        """This part, which is text."""
        if not isinstance(self.value, str):
            raise self.wrong("text")
        return self.value

    def needed(self, name: str) -> str:
        """A field that is text and not empty."""
        text = self.text(name)
        if not text:
            path = f"{self.path}.{name}" if self.path else name
            raise self.item.wrong(path, "nothing", "a name")
        return text

    def truth(self, name: str) -> bool:
        """A field that is true or false, false where there is none."""
        part = self.part(name)
        if part is not None and not isinstance(part.value, bool):
            raise part.wrong("true or false")
        return part is not None and bool(part.value)

    def whole(self, name: str) -> int | None:
        """A field that is a whole number."""
        part = self.part(name)
        if part is None:
            return None
        value = part.value
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _WHOLE_MAX:
            raise part.wrong("a whole number")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """A field that maps texts to texts, as labels do."""
        part = self.object(name)
        if part is None:
            return {}
        for key, value in part.value.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise Part(self.item, f"{part.path}.{cut(str(key))}", value).wrong(
                    "text", hint="quote it" if isinstance(value, (bool, int)) else None
                )
        return dict(part.value)

    def amounts(self, name: str) -> dict[str, int]:
        """A field that maps resources to quantities, in thousand-millionths."""
        part = self.object(name)
        if part is None:
            return {}
        amounts = {}
        for key, value in part.value.items():
            if value is not None:
                one = Part(self.item, f"{part.path}.{cut(str(key))}", value)
                amounts[str(key)] = one.as_amount()
        return amounts

    def as_amount(self) -> int:
        """This part, which is a quantity from 0, in thousand-millionths."""
        amount = quantity.nano(self.value)
        if amount is None:
            raise self.wrong(quantity.EXPECTED, hint=quantity.hint(self.value))
        if amount < 0:
            raise self.wrong("0 or more")
        if amount > quantity.MOST * quantity.NANO:
            raise self.wrong("at most 2^63-1")
        return amount


def cut(text: str) -> str:
    """A name, of which the API takes no more than 253 letters, as an error shows it."""
    return text if len(text) <= _NAME_MAX else text[: _NAME_MAX - 1] + "…"


def _what(value: object) -> str:
    """A value as an error shows it, lists and objects by their kind."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a number of hundreds of digits"
    return shown(value)
