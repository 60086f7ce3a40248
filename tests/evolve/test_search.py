"""The search finds the same champion again, and only what is in the language."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import evolve
import heuristics
import traces
from evolve.operators import OPERATORS, term
from evolve.tree import identity, read, write

SMALL = {"train_seeds": 1, "validation_seeds": 2, "test_seeds": 2}
PARENTS = ("best_fit", "fgd", "balance", "worst_fit")
SOURCES = [n for n in heuristics.names() if heuristics.get(n).form == "score"]


@pytest.fixture(scope="module")
def problem() -> evolve.Problem:
    trace = traces.load("synthetic", machines=40, tasks=600)
    other = traces.load("synthetic", machines=40, tasks=600, seed=5)
    return evolve.saturation_problem(trace, held_out={"other": other}, parents=PARENTS, **SMALL)


@pytest.fixture(scope="module")
def found(problem: evolve.Problem) -> evolve.Search:
    return evolve.search(problem, candidates=14, seed=3, workers=1)


@pytest.mark.campaign
def test_the_same_seed_finds_the_same_whatever_the_workers(
    problem: evolve.Problem, found: evolve.Search
) -> None:
    one, two = found, evolve.search(problem, candidates=14, seed=3, workers=2)
    assert one.champion.source == two.champion.source
    assert one.results == two.results
    assert [c.source for c in one.candidates] == [c.source for c in two.candidates]


def test_a_search_never_ends_below_its_parents_on_what_it_selected_by(
    found: evolve.Search,
) -> None:
    assert len(found.candidates) == 14
    parents = [c.score for c in found.candidates if c.parent < 0]
    assert max(c.score for c in found.candidates if np.isfinite(c.score)) >= max(parents)
    heuristics.parse(found.champion.source, filename="champion.py", name="champion")


def test_the_verdict_compares_pairs_on_lists_that_the_search_never_saw(
    found: evolve.Search,
) -> None:
    results = found.results
    assert set(results["test"]) == {"default", "other"}
    for entry in results["test"].values():
        difference = entry["champion"]["mean"] - entry["fgd"]["mean"]
        assert entry["champion_minus_fgd"]["mean"] == pytest.approx(difference)
        assert entry["champion_minus_fgd"]["n"] == 2
    assert not set(results["train"]["seeds"]) & set(results["test_seeds"])
    assert not set(results["validation"]["seeds"]) & set(results["test_seeds"])


@pytest.mark.parametrize("name", SOURCES)
def test_a_program_read_and_written_scores_as_before(name: str) -> None:
    original = heuristics.get(name)
    again = heuristics.parse(write(read(original)), filename="again.py", name="again")
    assert identity(again.source) == identity(write(read(again)))
    assert again.params == {k: v for k, v in original.params.items() if k in again.params}


def test_names_and_comments_make_no_new_candidate() -> None:
    one = "def score(free, *, a=1.0):\n    x = a * free.cpu\n    return x\n"
    two = '"""Other."""\ndef score(free, *, b=1.0):\n    y = b * free.cpu  # same\n    return y\n'
    other = "def score(free, *, a=2.0):\n    x = a * free.cpu\n    return x\n"
    assert identity(one) == identity(two)
    assert identity(one) != identity(other)


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_changes_a_copy_and_leaves_its_parents(operator: str) -> None:
    random = np.random.default_rng(1)
    changed = 0
    for seed in range(30):
        parents = [read(heuristics.get(n)) for n in ("best_fit", "balance")]
        before = [write(p) for p in parents]
        program = OPERATORS[operator][0](parents, ("cpu", "mem", "gpu"), random)
        assert [write(p) for p in parents] == before, seed
        if program is not None:
            source = write(program)
            ast.parse(source)
            changed += source != before[0]
    assert changed > 5


def test_every_term_is_in_the_language() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        text = term(("cpu", "mem", "gpu"), random)
        arguments = sorted({n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)})
        arguments = [a for a in arguments if a not in ("max", "int")]
        source = f"def score({', '.join(arguments)}):\n    return {text}\n"
        heuristics.parse(source, filename="t.py", name="t")


def test_a_search_without_a_budget_is_refused(problem: evolve.Problem) -> None:
    with pytest.raises(Exception, match="a search needs a budget"):
        evolve.search(problem)
