"""The shortest program of equal score: what is cut is in the language, and what is dead goes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest

import heuristics
from evolve.minimise import MOST_TRIED, cuts, minimised, terms
from heuristics import HeuristicError
from heuristics.tree import identity, program_of, read, size, write

SOURCES = [
    n
    for n in heuristics.names()
    if heuristics.get(n).form == "score" and heuristics.get(n).ties is None
]
SUMMED = (
    "def score(required, free, total):\n"
    "    left = free.cpu - required.cpu\n"
    "    dead = 3.0 * total.mem\n"
    "    return -left + 0.25 * free.mem - (dead - total.cpu)\n"
)


def keep_all(sources: Sequence[str]) -> str | None:
    return sources[0]


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_cut_is_shorter_and_what_is_tried_is_in_the_language(name: str) -> None:
    program = read(heuristics.get(name))
    made = list(cuts(program))
    assert [size(cut) for cut in made] == sorted(size(cut) for cut in made)
    assert all(size(cut) < size(program) for cut in made)
    tried: list[str] = []

    def keeps(sources: Sequence[str]) -> str | None:
        tried.extend(sources)
        return None

    unchanged = minimised(write(program), keeps)
    assert size(program_of(unchanged)) <= size(program)
    assert 0 < len(tried) <= MOST_TRIED
    for source in tried:
        heuristics.parse(source, filename="cut.py", name="cut")
    assert len({identity(source) for source in tried}) == len(tried)


def test_a_dead_term_goes_and_a_live_one_stays() -> None:
    def keeps(sources: Sequence[str]) -> str | None:
        """Whether memory is still asked for: nothing else counts."""
        return next((source for source in sources if "free.mem" in source), None)

    left = minimised(SUMMED, keeps)
    assert left == "def score(free):\n    return free.mem\n"


def test_a_guard_against_division_by_nothing_is_never_cut() -> None:
    def keeps(sources: Sequence[str]) -> str | None:
        """Whether anything is divided."""
        return next((source for source in sources if "/" in source), None)

    guarded = "def score(required, free):\n    return 2.0 * (free.cpu / max(required.mem, 1e-09))\n"
    left = minimised(guarded, keeps)
    assert left == "def score(required, free):\n    return free.cpu / max(required.mem, 1e-09)\n"


def test_nothing_goes_that_costs_something() -> None:
    live = "def score(free):\n    return free.cpu - free.mem\n"
    asked: list[str] = []

    def keeps(sources: Sequence[str]) -> str | None:
        asked.extend(sources)
        return live if live in sources else None

    assert minimised(live, keeps) == live
    assert len(asked) == 2


def test_what_may_all_go_ends_in_one_value() -> None:
    (statement,) = program_of(minimised(SUMMED, keep_all)).body
    assert isinstance(statement, ast.Return)
    assert isinstance(statement.value, ast.Attribute | ast.Constant)


def test_terms_are_those_of_the_sum_each_with_what_is_left_without_it() -> None:
    found = dict(terms(SUMMED))
    assert list(found) == ["-(left)", "0.25 * free.mem", "-(dead)", "total.cpu"]
    assert "dead" not in found["-(dead)"]
    assert found["total.cpu"].endswith("return -left + 0.25 * free.mem - dead\n")
    assert found["-(dead)"].endswith("return -left + 0.25 * free.mem + total.cpu\n")
    for source in found.values():
        heuristics.parse(source, filename="part.py", name="part")
    assert terms("def score(free):\n    return free.cpu\n") == []


def test_a_program_that_is_not_in_the_language_is_refused() -> None:
    with pytest.raises(HeuristicError):
        minimised("def score(free):\n    return eval('1')\n", keep_all)
