"""Changes of a row: of a value, of the text of its line, or of where it stands and how often."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.mutated import values
from bench.mutated.forms import ABSENT
from bench.mutated.sheets import Row, Sheet


@dataclass(frozen=True)
class Change:
    """What is done to rows of one table: `do` to a value of `column`, or to whole rows.

    Its `name` says all of it, so what became of it once need not be tried again.
    """

    sheet: int
    column: int | None
    name: str
    do: Callable[[Random, Sheet, int], bool]


def all_of(number: int, sheet: Sheet) -> list[Change]:
    """Every change that a table can be made to suffer."""
    changes = []
    for column, name in enumerate(sheet.columns):
        odd = [*values.pool(sheet.form.kind), *sheet.odd.get(name, ())]
        if sheet.form.kind in ("json", "any"):
            odd.append(ABSENT)
        if name in sheet.count:
            odd = [v for v in odd if not values.LARGE < (values.number(v) or 0) < 1e7]
        for value in odd:
            shown = "absent" if value is ABSENT else repr(value)
            changes.append(Change(number, column, shown, _put(column, value)))
        moves = _MOVES if name not in sheet.count else [m for m in _MOVES if m is not _scaled]
        for move in moves:
            changes.append(Change(number, column, move.__name__, _moved(column, move)))
    lines = {"text": _LINES, "json": _JSON_LINES, "typed": (), "any": ()}[sheet.form.kind]
    changes += [Change(number, None, line.__name__, _as_line(line)) for line in lines]
    changes += [Change(number, None, whole.__name__, whole) for whole in _WHOLES]
    return changes


def _put(column: int, value: Any) -> Callable[[Random, Sheet, int], bool]:
    def do(random: Random, sheet: Sheet, index: int) -> bool:
        return _set(sheet.rows[index], column, value)

    return do


def _set(row: Row, column: int, value: Any) -> bool:
    old = row.values[column]
    same = old is value or (type(old) is type(value) and old == value)
    row.values[column] = value
    return not same


Move = Callable[[Random, Sheet, int, int], Any]


def _moved(column: int, move: Move) -> Callable[[Random, Sheet, int], bool]:
    def do(random: Random, sheet: Sheet, index: int) -> bool:
        return _set(sheet.rows[index], column, move(random, sheet, index, column))

    return do


def _number(sheet: Sheet, index: int, column: int) -> float | None:
    return values.number(sheet.rows[index].values[column])


def _like(sheet: Sheet, index: int, column: int, number: float | None) -> Any:
    """A number in the type of the value that it takes the place of; that value where it is none."""
    old = sheet.rows[index].values[column]
    if number is None or not math.isfinite(number):
        return old
    value: Any = int(number) if number.is_integer() else number
    return str(value) if isinstance(old, str) else value


def _negated(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = _number(sheet, index, column)
    return _like(sheet, index, column, None if old is None else -old)


def _scaled(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = _number(sheet, index, column)
    by = random.choice((1e-6, 0.001, 0.01, 0.5, 2, 10, 100, 1000, 1e6))
    return _like(sheet, index, column, None if old is None else old * by)


def _shifted(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = _number(sheet, index, column)
    by = random.choice((-600, -1, -0.5, 0.001, 0.25, 1, 3, 600))
    return _like(sheet, index, column, None if old is None else old + by)


def _of_another_row(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    return random.choice(sheet.rows).values[column]


def _of_the_next_row(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    return sheet.rows[(index + 1) % len(sheet.rows)].values[column]


def _of_another_column(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    return random.choice(sheet.rows[index].values)


def _upper(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = sheet.rows[index].values[column]
    return old.upper() if isinstance(old, str) else old


def _longer(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = sheet.rows[index].values[column]
    return old + random.choice(("é", " ", "#2", "0", "x")) if isinstance(old, str) else old


def _shorter(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    old = sheet.rows[index].values[column]
    return old[: random.randrange(len(old))] if isinstance(old, str) and old else old


def _retyped(random: Random, sheet: Sheet, index: int, column: int) -> Any:
    """A number as text, a text that is one as a number."""
    old = sheet.rows[index].values[column]
    if isinstance(old, str) and sheet.form.kind != "text":
        return _number(sheet, index, column) if _number(sheet, index, column) is not None else [old]
    return old if isinstance(old, str) else str(old)


_MOVES: Sequence[Move] = (
    *(_negated, _scaled, _shifted, _of_another_row, _of_the_next_row, _of_another_column),
    *(_upper, _longer, _shorter, _retyped),
)

Line = Callable[[Random, bytes, bytes], bytes]


def _as_line(change: Line) -> Callable[[Random, Sheet, int], bool]:
    def do(random: Random, sheet: Sheet, index: int) -> bool:
        row = sheet.rows[index]
        before = sheet.form.line(sheet.columns, row.values) if row.raw is None else row.raw
        separator = getattr(sheet.form, "separator", " ").encode()
        row.raw = change(random, before, separator)
        return row.raw != before

    return do


def _cut(random: Random, line: bytes, separator: bytes) -> bytes:
    return line[: random.randrange(1, max(len(line), 2))]


def _short(random: Random, line: bytes, separator: bytes) -> bytes:
    return line.rpartition(separator)[0] or line


def _long(random: Random, line: bytes, separator: bytes) -> bytes:
    return line + separator + b"7"


def _ended(random: Random, line: bytes, separator: bytes) -> bytes:
    return line + separator


def _indented(random: Random, line: bytes, separator: bytes) -> bytes:
    return b" " + line


def _open_quote(random: Random, line: bytes, separator: bytes) -> bytes:
    return b'"' + line


def _inner_quote(random: Random, line: bytes, separator: bytes) -> bytes:
    at = random.randrange(len(line) + 1)
    return line[:at] + b'"' + line[at:]


def _quoted(random: Random, line: bytes, separator: bytes) -> bytes:
    fields = line.split(separator)
    return separator.join(f if f.startswith(b'"') else b'"' + f + b'"' for f in fields)


def _all_in_quotes(random: Random, line: bytes, separator: bytes) -> bytes:
    return b'"' + line.replace(b'"', b'""') + b'"'


def _nul(random: Random, line: bytes, separator: bytes) -> bytes:
    at = random.randrange(len(line) + 1)
    return line[:at] + b"\0" + line[at:]


def _latin(random: Random, line: bytes, separator: bytes) -> bytes:
    at = random.randrange(len(line) + 1)
    return line[:at] + b"\xe9" + line[at:]


def _utf16(random: Random, line: bytes, separator: bytes) -> bytes:
    return line.decode("utf-8", "replace").encode("utf-16")


def _surrogate(random: Random, line: bytes, separator: bytes) -> bytes:
    return line + b"\xed\xa0\x80"


def _mark(random: Random, line: bytes, separator: bytes) -> bytes:
    return b"\xef\xbb\xbf" + line


def _return(random: Random, line: bytes, separator: bytes) -> bytes:
    at = random.randrange(len(line) + 1)
    return line[:at] + b"\r" + line[at:]


def _returned(random: Random, line: bytes, separator: bytes) -> bytes:
    return line + b"\r"


def _parted_otherwise(random: Random, line: bytes, separator: bytes) -> bytes:
    return line.replace(separator, random.choice((b";", b"\t", b", ")))


def _noise(random: Random, line: bytes, separator: bytes) -> bytes:
    data = bytearray(line or b"x")
    for _ in range(random.randint(1, 3)):
        data[random.randrange(len(data))] = random.choice(b"0123456789-.,:|\"'[]{}eE+xX \t&*!#%")
    return bytes(data)


_LINES: Sequence[Line] = (
    *(_cut, _short, _long, _ended, _indented, _open_quote, _inner_quote, _quoted, _all_in_quotes),
    *(_nul, _latin, _utf16, _surrogate, _mark, _return, _returned, _parted_otherwise, _noise),
)


def _key_twice(random: Random, line: bytes, separator: bytes) -> bytes:
    return line[:-1] + b", " + line[1:]


def _deep(random: Random, line: bytes, separator: bytes) -> bytes:
    return line[:-1] + b', "deep": ' + b"[" * 200 + b"]" * 200 + b"}"


def _in_a_list(random: Random, line: bytes, separator: bytes) -> bytes:
    return b"[" + line + b"]"


def _pruned(random: Random, line: bytes, separator: bytes) -> bytes:
    """Something that has parts is replaced by what has none, or has others."""
    try:
        top = json.loads(line)
    except ValueError:
        return line
    inner: list[tuple[Any, Any]] = []
    waiting: list[Any] = [top]
    while waiting:
        at = waiting.pop()
        keys = at.items() if isinstance(at, dict) else enumerate(at)
        for key, value in keys:
            if isinstance(value, (dict, list)):
                inner.append((at, key))
                waiting.append(value)
    if not inner:
        return line
    owner, key = random.choice(inner)
    owner[key] = random.choice((None, "", "x", 0, -1.5, True, [], {}, [[]], [{}], {"a": {}}))
    return json.dumps(top).encode()


_JSON_LINES: Sequence[Line] = (
    *(_cut, _ended, _indented, _open_quote, _inner_quote, _nul, _latin, _utf16, _mark, _return),
    *(_returned, _noise, _key_twice, _deep, _in_a_list, _pruned, _pruned),
)


def _twice(random: Random, sheet: Sheet, index: int) -> bool:
    """It becomes the same as another row."""
    row, other = sheet.rows[index], random.choice(sheet.rows)
    if other is row or (other.values == row.values and other.raw == row.raw):
        return False
    row.values, row.raw = [*other.values], other.raw
    return True


def _elsewhere(random: Random, sheet: Sheet, index: int) -> bool:
    """It changes places with another row."""
    to = random.randrange(len(sheet.rows))
    rows = sheet.rows
    rows[index], rows[to] = rows[to], rows[index]
    return False


def _columns_swapped(random: Random, sheet: Sheet, index: int) -> bool:
    row = sheet.rows[index]
    if len(row.values) < 2:
        return False
    one, two = random.sample(range(len(row.values)), 2)
    same = row.values[one] == row.values[two]
    row.values[one], row.values[two] = row.values[two], row.values[one]
    return not same


_WHOLES = (_twice, _elsewhere, _columns_swapped)
