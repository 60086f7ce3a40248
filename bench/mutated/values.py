"""Odd values: blanks, what is no number, the edges of types, other digits, other kinds."""

from __future__ import annotations

from typing import Any

TEXTS = (
    *("", " ", "0", "-0", "-1", "-5", "0.0", "1", "2", "1.5", "0.1", "0.333", "+5", " 7", "7 "),
    *("1e3", "1e15", "1e400", "1e-400", "1e-12", "nan", "NaN", "inf", "-inf", "Infinity"),
    *("0x10", "1_000", "1,000", "1.2.3", "--1", "9" * 30, "100", "101", "64", "65"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648"),
    *("4294967296", "9300000000000", "600000000", "599999999", "٣", "１２", "½", "1\u00a0000"),
    *("true", "FALSE", "None", "null", "NULL", "N/A", "Unknown", "NaT", "abc", "é", "\u202e"),
    *("x" * 300, "a\tb", 'a"b', "a|b", "|", "#", ";", "'", "=1+1", "\\", "\\N", "{}", "[1]"),
    *("2024-02-30T00:00:00", "2024-03-01T25:00:00", "9999-12-31T23:59:59", "0001-01-01 00:00:00"),
    *("1969-12-31 23:59:59", "2024-03-01T00:00:00Z", "2024-03-01 00:00:00.٣", "20240301"),
    *("1709251200", "2024-03-01T00:00:00+99:99", "2024-03-01", "00:00:00"),
)
KINDS = (
    *(None, True, False, 0, -1, 1, 2, 1.5, -0.0, 1e-12, 1e300, 2**31, 2**53 + 1, 2**63 - 1),
    *(2**63, 10**30, 100, 101),
)
NO_NUMBERS = (float("nan"), float("inf"), float("-inf"))
JSON: tuple[Any, ...] = ([], {}, [None], [1, "a"], {"a": 1}, [[[]]], "\ud83d", "😀")
BYTES = (b"", b"\x00\xff", b"1")
LARGE = 1000
"""Beyond it, a number of tasks makes a file slow and says no more, where it is not refused."""


def pool(kind: str) -> tuple[Any, ...]:
    """The values for a form of files."""
    if kind == "text":
        return TEXTS
    more = {"json": JSON, "any": BYTES, "typed": ()}[kind]
    return (*TEXTS, *KINDS, *NO_NUMBERS, *more)


def number(value: Any) -> float | None:
    """A value as a number, None where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
