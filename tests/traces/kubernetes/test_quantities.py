"""Quantities against their grammar, and against decimal arithmetic."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.kubernetes import quantity

SUFFIXES = {
    "": Fraction(1),
    **{
        s: Fraction(10) ** p
        for s, p in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{s}i": Fraction(1024) ** p for p, s in enumerate("KMGTPE", 1)},
}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("500m", Fraction(1, 2)),
        ("2", 2),
        (2, 2),
        (0, 0),
        (0.5, Fraction(1, 2)),
        (Decimal("1.5"), Fraction(3, 2)),
        ("1Gi", 2**30),
        ("1G", 10**9),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("1E3", 1000),
        ("1e3", 1000),
        ("1e-3", Fraction(1, 1000)),
        ("1E+3", 1000),
        ("128974848", 128974848),
        ("129M", 129 * 10**6),
        ("123Mi", 123 * 2**20),
        ("128974848000m", 128974848),
        ("2702284Ki", 2702284 * 1024),
        ("1.5Gi", 3 * 2**29),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("+1", 1),
        ("-1", -1),
        ("100n", Fraction(1, 10**7)),
        ("12u", Fraction(12, 10**6)),
        ("0e999999999", 0),
    ],
)
def test_every_form_of_the_grammar_is_read_exactly(text: object, whole: Fraction | int) -> None:
    assert quantity.nano(text) == whole * quantity.NANO


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "1 Gi",
            " 1",
            "1 ",
            "Gi",
            "m",
            ".",
            "-",
            "+-1",
            "1..2",
            "1.2.3",
            "0x10",
            "1_000",
        ),
        *("1GB", "1GiB", "1gi", "1K", "1kI", "1mm", "1Mim", "1e", "1e1.5", "1ee3", "1Ee3", "e3"),
        *("nan", "NaN", "inf", "Infinity", "1,5", "١", "１", "1\n", "9" * 200, "1e9999999999"),
        *(None, True, [], {}, float("nan"), float("inf"), Decimal("NaN"), b"1"),
    ],
)
def test_what_is_no_quantity_is_none(text: object) -> None:
    assert quantity.nano(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [("1GiB", "1Gi"), ("1GB", "1G"), ("16K", "16k"), ("5g", "5G"), ("5gi", "5Gi"), ("1 ", "1")],
)
def test_what_was_probably_meant_is_said(text: str, hint: str) -> None:
    assert quantity.hint(text) == f"did you mean {hint}?"


@given(
    whole=st.integers(0, 10**12),
    part=st.none() | st.text("0123456789", max_size=12),
    suffix=st.sampled_from([*SUFFIXES]),
    sign=st.sampled_from(["", "+", "-"]),
)
def test_an_amount_is_the_decimal_times_its_suffix_rounded_up_to_a_thousand_millionth(
    whole: int, part: str | None, suffix: str, sign: str
) -> None:
    number = str(whole) if part is None else f"{whole}.{part}"
    exact = Fraction(number.rstrip(".") or "0") * SUFFIXES[suffix] * quantity.NANO
    up = -(-exact.numerator // exact.denominator)
    assert quantity.nano(f"{sign}{number}{suffix}") == (-up if sign == "-" else up)


@given(st.decimals(0, 10**15, allow_nan=False, places=9))
def test_a_decimal_survives_the_way_there_and_back(number: Decimal) -> None:
    for text in (format(number, "f"), str(number.normalize())):
        amount = quantity.nano(text)
        assert amount is not None
        with localcontext(prec=60):
            assert Decimal(amount) / quantity.NANO == number


@given(power=st.integers(-30, 30), digits=st.integers(0, 10**9), mark=st.sampled_from("eE"))
def test_an_exponent_is_a_power_of_ten(power: int, digits: int, mark: str) -> None:
    exact = Fraction(digits) * Fraction(10) ** power * quantity.NANO
    assert quantity.nano(f"{digits}{mark}{power}") == -(-exact.numerator // exact.denominator)
