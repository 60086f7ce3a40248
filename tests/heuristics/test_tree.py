"""Heuristics as trees: written as they were read, and told apart by what they say alone."""

from __future__ import annotations

import pytest

import heuristics
from heuristics.tree import identity, program_of, read, renamed, write

SOURCES = [n for n in heuristics.names() if heuristics.get(n).form == "score"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_program_read_and_written_is_the_same(name: str) -> None:
    original = heuristics.get(name)
    again = heuristics.parse(write(read(original)), filename="again.py", name="again")
    assert identity(again.source) == identity(write(read(again)))
    assert again.params == {k: v for k, v in original.params.items() if k in again.params}


def test_names_and_comments_make_no_new_program() -> None:
    one = "def score(free, *, a=1.0):\n    x = a * free.cpu\n    return x\n"
    two = '"""Other."""\ndef score(free, *, b=1.0):\n    y = b * free.cpu  # same\n    return y\n'
    assert identity(one) == identity(two)


@pytest.mark.parametrize(
    "other",
    [
        "def score(free, *, a=2.0):\n    x = a * free.cpu\n    return x\n",
        "def score(free, *, a=1.0):\n    x = a * free.mem\n    return x\n",
        "def score(free, *, a=1.0):\n    x = a * free.cpu\n    return a\n",
    ],
)
def test_a_number_an_amount_or_another_name_make_one(other: str) -> None:
    one = "def score(free, *, a=1.0):\n    x = a * free.cpu\n    return x\n"
    assert identity(one) != identity(other)


def test_a_copy_is_changed_alone() -> None:
    program = program_of("def score(free, *, a=1.0):\n    x = a * free.cpu\n    return x\n")
    before, copy = write(program), program.copy()
    del copy.body[0]
    copy.constants["a"] = 7.0
    assert write(program) == before


def test_under_other_names_it_is_the_same_program() -> None:
    program = program_of("def score(free, *, a=1.0):\n    x = a * free.cpu\n    return x\n")
    again = write(renamed(program, "_2"))
    assert "x_2 = a_2 * free.cpu" in again
    assert identity(again) == identity(write(program))
