"""Fields of a model file, each taken by its name and checked, told by it where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from traces.errors import TraceError
from traces.yamlfile import Book

_MISSING = object()
ROWS_MAX = 20_000


class Fields:
    """A mapping of a file: `where` it stands, and its keys, all of them known."""

    def __init__(self, book: Book, where: str, value: object, known: Sequence[str]) -> None:
        self._book, self.where = book, where
        self._values: dict[str, Any] = book.section(value, where, known)

    def path(self, name: str) -> str:
        """The dotted name of a key."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        return name in self._values

    def wrong(self, name: str, found: object, expected: str) -> TraceError:
        """The error for a key."""
        return self._book.wrong(self.path(name), found, expected)

    def raw(self, name: str, default: object = _MISSING) -> Any:
        """A value as it stands. Raises TraceError where it must be there and is not."""
        value = self._values.get(name, default)
        if value is _MISSING:
            raise self.wrong(name, "nothing", "a value")
        return value

    def number(
        self,
        name: str,
        default: object = _MISSING,
        *,
        least: float = 0.0,
        most: float = 1e15,
        above: bool = False,
    ) -> float:
        """A number in bounds, above the lower one where `above` says so."""
        return self._number(self.path(name), self.raw(name, default), least, most, above=above)

    def whole(
        self, name: str, default: object = _MISSING, *, least: int = 0, most: int = 10**9
    ) -> int:
        """A whole number in bounds."""
        return self._whole(self.path(name), self.raw(name, default), least, most)

    def text(self, name: str, default: object = _MISSING) -> str:
        """A text that is not empty."""
        return self._book.text(self.raw(name, default), self.path(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, value, "true or false")
        return value

    def fields(self, name: str, known: Sequence[str]) -> Fields:
        """A mapping within."""
        return Fields(self._book, self.path(name), self.raw(name), known)

    def rows(self, name: str, known: Sequence[str]) -> Iterator[Fields]:
        """The mappings of a list; none where it is left out."""
        for number, value in enumerate(self.items(name)):
            yield Fields(self._book, f"{self.path(name)}[{number}]", value, known)

    def items(self, name: str, default: object = ()) -> Sequence[Any]:
        """A list, empty where it is left out."""
        value = self.raw(name, default)
        if not isinstance(value, (list, tuple)) or len(value) > ROWS_MAX:
            raise self.wrong(name, value, f"a list of at most {ROWS_MAX:,}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(
            self._book.text(value, f"{self.path(name)}[{at}]")
            for at, value in enumerate(self.items(name))
        )

    def numbers(self, name: str, *, least: float = 0.0, most: float = 1e15) -> tuple[float, ...]:
        """A list of numbers in bounds."""
        return tuple(
            self._number(f"{self.path(name)}[{at}]", value, least, most)
            for at, value in enumerate(self.items(name))
        )

    def pairs(self, name: str, *, least: float = 0.0) -> tuple[tuple[float, float], ...]:
        """A list of [value, number from 0], at least one; values are no less than `least`."""
        made = []
        for at, value in enumerate(self.items(name)):
            where = f"{self.path(name)}[{at}]"
            first, second = self._some(where, value, 2)
            made.append((
                self._number(f"{where}[0]", first, least, 1e15),
                self._number(f"{where}[1]", second, 0.0, 1e15),
            ))  # fmt: skip
        if not made:
            raise self.wrong(name, "none", "at least one pair")
        return tuple(made)

    def steps(self, name: str, *, least: float = 0.0) -> tuple[tuple[float, float], ...]:
        """A list of [value, share up to it], both increasing, the last share 1."""
        made = self.pairs(name, least=least)
        if any(b[0] <= a[0] or b[1] < a[1] for a, b in pairwise(made)):
            raise self.wrong(name, "values or shares that fall", "[value, share], both increasing")
        if abs(made[-1][1] - 1) > 1e-3:
            raise self.wrong(name, f"a last share of {made[-1][1]:g}", "1")
        return made

    def wholes(self, name: str, most: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
        """The lists of a list, each of as many whole numbers from 0 as have a bound."""
        for at, value in enumerate(self.items(name)):
            where = f"{self.path(name)}[{at}]"
            some = self._some(where, value, len(most))
            bounds = zip(some, most, strict=True)
            yield where, [self._whole(f"{where}[{i}]", v, 0, m) for i, (v, m) in enumerate(bounds)]

    def _some(self, where: str, value: object, count: int) -> Sequence[Any]:
        if not isinstance(value, list) or len(value) != count:
            raise self._book.wrong(where, value, f"{count} numbers, [{', '.join('…' * count)}]")
        return value

    def _number(
        self, where: str, value: object, least: float, most: float, *, above: bool = False
    ) -> float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if good and least <= value <= most and not (above and value == least):  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        bounds = f"above {least:g}, at most" if above else f"from {least:g} to"
        raise self._book.wrong(where, value, f"a number {bounds} {most:g}")

    def _whole(self, where: str, value: object, least: int, most: int) -> int:
        good = isinstance(value, int) and not isinstance(value, bool)
        if good and least <= value <= most:  # type: ignore[operator]
            return int(value)  # type: ignore[call-overload, no-any-return]
        raise self._book.wrong(where, value, f"a whole number from {least} to {most:,}")
