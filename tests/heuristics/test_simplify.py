"""A simplified program is no longer, and scores as before."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
from heuristics.simplify import simplified
from heuristics.tree import Program, program_of, read, size, write
from tests.heuristics.states import feasible
from tests.shares import share

SOURCES = [n for n in heuristics.names() if heuristics.get(n).form == "score"]
LEAVES = (
    "free.cpu",
    "required.mem",
    "total.cpu",
    "machine.tasks",
    *("0.0", "1.0", "0", "1", "-1.0", "2.5", "1e-09", "1e9"),
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner)
    return st.one_of(
        pair.map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"({text} ** 2)"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} < {p[2]} else {p[0]})"),
    )


expressions = st.recursive(st.sampled_from(LEAVES), grown, max_leaves=12)


def scored(program: Program, given_: dict[str, Any]) -> float:
    """Its score, interpreted as compiled code computes."""
    heuristic = heuristics.parse(write(program), filename="mine.py", name="mine")
    with np.errstate(all="ignore"):
        answer = heuristic.function()(**{name: given_[name] for name in heuristic.arguments})
    return float(answer)


def alike(one: float, two: float) -> bool:
    return one == two or (math.isnan(one) and math.isnan(two))


@given(first=expressions, second=expressions, given_=feasible())
@settings(max_examples=share(60))
def test_a_simplified_program_scores_the_same(
    first: str, second: str, given_: dict[str, Any]
) -> None:
    source = "def score(required, free, total, machine):\n"
    source += f"    x = {first}\n    unread = x + 1.0\n    return {second} + 0.0 * x\n"
    program = program_of(source)
    short = simplified(program)
    assert size(short) < size(program)
    assert alike(scored(short, given_), scored(program, given_)), write(short)


@pytest.mark.parametrize("name", SOURCES)
@given(given_=feasible())
@settings(max_examples=10)
def test_a_shipped_one_simplified_scores_the_same(name: str, given_: dict[str, Any]) -> None:
    program = read(heuristics.get(name))
    assert alike(scored(simplified(program), given_), scored(program, given_))


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("free.cpu + 0.0", "free.cpu"),
        ("0.0 + free.cpu", "free.cpu"),
        ("free.cpu - 0", "free.cpu"),
        ("1.0 * free.cpu / 1", "free.cpu"),
        ("--free.cpu", "free.cpu"),
        ("2.0 * 3.0 + free.cpu", "6.0 + free.cpu"),
        ("free.cpu / 0.0", "free.cpu / 0.0"),
        ("1.0 / 0.0 + free.cpu", "1.0 / 0.0 + free.cpu"),
        ("1000000000000.0 * 10.0 - free.cpu", "1000000000000.0 * 10.0 - free.cpu"),
        ("0.0 - free.cpu", "0.0 - free.cpu"),
    ],
)
def test_what_is_neutral_goes_and_nothing_else(long: str, short: str) -> None:
    program = program_of(f"def score(free):\n    return {long}\n")
    before = write(program)
    assert ast.unparse(simplified(program).body[0]) == f"return {short}"
    assert write(program) == before


def test_what_nothing_reads_goes_with_what_it_alone_read() -> None:
    program = program_of(
        "def score(free):\n    a = free.cpu\n    b = a + 1.0\n    c = b\n    return free.mem\n"
    )
    assert write(simplified(program)) == "def score(free):\n    return free.mem\n"


LOOPED = """
def score(required, free, total):
    dead = 0.0
    live = 0.0
    other = 1.0
    for r in range(len(required)):
        had = free[r] / 2.0
        dead += had
        if free[r] > 3.0:
            dead += 2.0
        else:
            live += free[r]
    for k in range(3):
        other = other * dead
    return live
"""


def test_what_only_feeds_itself_goes_with_all_its_assignments() -> None:
    short = write(simplified(program_of(LOOPED)))
    for gone in ("dead", "had", "other", "range(3)"):
        assert gone not in short
    assert "if not free[r] > 3.0" in short


@given(
    given_=feasible(), returned=st.sampled_from(["dead", "live", "other", "live + other", "1.0"])
)
@settings(max_examples=share(20))
def test_a_looped_program_simplified_scores_the_same(given_: dict[str, Any], returned: str) -> None:
    program = program_of(LOOPED.replace("return live", f"return {returned}"))
    assert alike(scored(simplified(program), given_), scored(program, given_))
