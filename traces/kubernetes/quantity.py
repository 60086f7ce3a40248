"""Quantities of Kubernetes: `500m`, `2`, `1Gi`, `1.5G`, `1e3`, `128974848`, exactly.

The grammar is that of apimachinery's resource.Quantity: a signed decimal number and a suffix, which
is binary (Ki to Ei), decimal (n, u, m, k to E) or an exponent. Amounts are whole numbers of a
thousand-millionth; anything finer is rounded up, as there.
"""

from __future__ import annotations

import re
from decimal import Decimal

NANO = 10**9
MOST = 2**63 - 1  # as there, in whole ones
EXPECTED = "a quantity such as 500m, 2, 1.5Gi, 1G or 1e3"
_LENGTH_MAX = 128
_FORM = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<whole>\d+)(?:\.(?P<part>\d*))?|\.(?P<alone>\d+))"
    r"(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<power>[+-]?\d{1,9}))?",
    re.ASCII,
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_MEANT = {
    **{f"{letter}iB": f"{letter}i" for letter in "KMGT"},
    **{f"{letter}B": letter for letter in "MGT"},
    **{"KB": "k", "kB": "k", "K": "k", "g": "G", "gi": "Gi", "mi": "Mi", "ki": "Ki"},
}
_BINARY = {f"{letter}i": 1 << (10 * power) for power, letter in enumerate("KMGTPE", 1)}
# Beyond these a number is nothing, or more than there can be, whatever its digits.
_POWER_MAX = 200


def nano(value: object) -> int | None:
    """A quantity in thousand-millionths, None for what is none. It may be text or a number."""
    text = _text(value)
    found = _FORM.fullmatch(text) if text is not None else None
    if found is None:
        return None
    part = found["part"] or found["alone"] or ""
    digits = int((found["whole"] or "") + part)
    power = int(found["power"] or _DECIMAL.get(found["suffix"] or "", 0)) - len(part) + 9
    power = max(min(power, _POWER_MAX), -_POWER_MAX)
    digits *= _BINARY.get(found["suffix"] or "", 1)
    amount = digits * 10**power if power >= 0 else _up(digits, 10**-power)
    return -amount if found["sign"] == "-" else amount


def up(amount: int, per: int) -> int:
    """An amount in thousand-millionths as a whole number of `per`ths, rounded up."""
    return _up(amount * per, NANO)


def _up(amount: int, divisor: int) -> int:
    return -(-amount // divisor)


def hint(value: object) -> str | None:
    """What was probably meant by a text that is no quantity."""
    text = str(value)[:_LENGTH_MAX]
    if nano(text.strip()) is not None and text.strip() != text:
        return f"did you mean {text.strip()}?"
    for wrong, right in _MEANT.items():
        if text.endswith(wrong) and nano(text.removesuffix(wrong) + right) is not None:
            return f"did you mean {text.removesuffix(wrong)}{right}?"
    return None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value if len(value) <= _LENGTH_MAX else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _LENGTH_MAX else "1e99"
    return str(value) if isinstance(value, (float, Decimal)) else None
