"""The search finds the same champion again, and only what is in the language."""

from __future__ import annotations

import ast
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import evolve
import heuristics
import traces
from evolve.embedded.operators import OPERATORS
from evolve.embedded.terms import Seen, term
from evolve.journal import Journal
from heuristics.cost import operations
from heuristics.tree import program_of, read, write
from sim.contain import lock
from tests.evolve import tiny

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)

SMALL = {"train_seeds": 1, "validation_seeds": 2, "test_seeds": 2}
PARENTS = ("best_fit", "fgd", "balance", "worst_fit")


@pytest.fixture(scope="module")
def problem() -> evolve.Problem:
    trace = traces.load("synthetic", machines=20, tasks=300)
    other = traces.load("synthetic", machines=20, tasks=300, seed=5)
    return evolve.saturation_problem(trace, held_out={"other": other}, parents=PARENTS, **SMALL)


Ran = tuple[evolve.Search, Path]


@pytest.fixture(scope="module")
def ran(problem: evolve.Problem, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("run")
    return tiny.search(problem, folder, 1, candidates=14), folder


def test_it_goes_on_with_a_larger_budget_as_if_it_had_been_asked_for(
    problem: evolve.Problem, ran: Ran, tmp_path: Path
) -> None:
    _, folder = ran
    shutil.copy(folder / "run.sqlite", tmp_path)
    more = tiny.search(problem, tmp_path, 2, candidates=16)
    assert more.results["candidates"] == 16
    assert tiny.candidates(tmp_path)[:14] == tiny.candidates(folder)
    again = tiny.search(problem, tmp_path, 1, candidates=14)  # what is known is taken in again
    assert again.results["candidates"] == 16
    assert again == more


@pytest.mark.campaign
def test_what_costs_more_operations_than_allowed_is_not_tried(
    problem: evolve.Problem, tmp_path: Path
) -> None:
    most = 100  # fgd takes thousands, balance 145
    found = tiny.search(replace(problem, operations=most), tmp_path, 2, candidates=10)
    setup = problem.train.watch.course.setup
    devices = int(setup.machines.devices.max())
    proposed = tiny.candidates(tmp_path)
    assert [c.operator for c in proposed[:2]] == ["best_fit", "worst_fit"]
    for candidate in proposed:
        program = program_of(candidate.source)
        assert operations(program, setup.mix.counts.size, devices) <= most
    assert found.results["operations"] <= most


def test_a_search_never_ends_below_its_parents_on_what_it_selected_by(ran: Ran) -> None:
    found, folder = ran
    proposed = tiny.candidates(folder)
    assert [c.operator for c in proposed[: len(PARENTS)]] == list(PARENTS)
    assert [c.number for c in proposed] == list(range(14))
    assert len({c.identity for c in proposed}) == 14
    assert all(p < c.number for c in proposed for p in c.parents)
    scores = {one["candidate"]: one["score"] for one in found.results["archive"]}
    with closing(Journal(folder)) as journal:
        parents = [journal.noted(n, "taken")["score"] for n in range(len(PARENTS))]
    assert max(scores.values()) >= max(parents)
    assert found.results["nodes"]["kept"] <= found.results["nodes"]["found"]
    heuristics.parse(found.source, filename="champion.py", name="champion")


def test_the_verdict_compares_pairs_on_lists_that_the_search_never_saw(ran: Ran) -> None:
    results = ran[0].results
    assert set(results["test"]) == {"default", "other"}
    for entry in results["test"].values():
        difference = entry["champion"]["mean"] - entry["fgd"]["mean"]
        assert entry["champion_minus_fgd"]["mean"] == pytest.approx(difference)
        assert entry["champion_minus_fgd"]["n"] == 2
    assert not set(results["train"]["seeds"]) & set(results["test_seeds"])
    assert not set(results["validation"]["seeds"]) & set(results["test_seeds"])


def test_the_test_pool_is_opened_once_the_search_has_ended(ran: Ran) -> None:
    with closing(sqlite3.connect(ran[1] / "run.sqlite")) as base:
        said = [kind for (kind,) in base.execute("SELECT kind FROM event ORDER BY id")]
        tested = base.execute("SELECT MIN(rowid) FROM verdict WHERE key LIKE 'test:%'").fetchone()
        trained = base.execute("SELECT MAX(rowid) FROM verdict WHERE key LIKE 'train:%'").fetchone()
    assert said == ["taken"] * 14 + ["opened"]
    assert tested > trained


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_changes_a_copy_and_leaves_its_parents(operator: str) -> None:
    random = np.random.default_rng(1)
    changed = 0
    for seed in range(30):
        parents = [read(heuristics.get(n)) for n in ("best_fit", "balance")]
        before = [write(p) for p in parents]
        program = OPERATORS[operator][0](parents, Seen(("cpu", "mem", "gpu")), random)
        assert [write(p) for p in parents] == before, seed
        if program is not None:
            source = write(program)
            ast.parse(source)
            changed += source != before[0]
    assert changed > 5


def test_every_term_is_in_the_language() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        text = term(Seen(("cpu", "mem", "gpu")), random)
        arguments = sorted({n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)})
        arguments = [a for a in arguments if a not in ("max", "min", "abs", "int", "math")]
        source = f"import math\n\n\ndef score({', '.join(arguments)}):\n    return {text}\n"
        heuristics.parse(source, filename="t.py", name="t")


def test_nothing_of_time_is_offered_where_no_task_ends() -> None:
    def reads_times(seen: Seen) -> bool:
        texts = [term(seen, random, bounded=k % 2 == 0) for k in range(300)]
        return any("lifetime" in text or "exit" in text for text in texts)

    random = np.random.default_rng(0)
    assert not reads_times(Seen(("cpu", "mem"), departures=False))
    assert reads_times(Seen(("cpu", "mem")))


def test_a_search_without_a_budget_is_refused(problem: evolve.Problem) -> None:
    with pytest.raises(Exception, match="a search needs a budget"):
        evolve.search(problem)
