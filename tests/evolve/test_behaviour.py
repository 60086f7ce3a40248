"""What a program does, told from its choices."""

from __future__ import annotations

import pytest

import heuristics
import traces
from heuristics import HeuristicError
from sim.arenas.behaviour import Behaviour, Grid, Watch
from sim.choices import Course
from sim.composition import composed
from sim.saturation import experiment

CONSTANT = "def score(required, free):\n    return 1.0\n"
BY_PLACE = "import numpy as np\n\n\ndef scores(free):\n    return np.cumsum(free.cpu)\n"
TABLE = (
    "def score(required, free):\n"
    "    x = free.cpu\n"
    + "".join(
        f"    if required.cpu == {cpu}:\n        x = -free.cpu\n"
        for cpu in (11.4, 3.2, 12.0, 32.0, 8.0, 18.7, 15.2, 16.0, 4.0, 2.0, 6.0, 10.0)
    )
    + "    return x\n"
)
GENERAL = [name for name in heuristics.names() if ".size" not in heuristics.get(name).source]
NO_OPINION = ("first_fit", "random")


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch(Course(experiment(traces.load("synthetic", machines=60, tasks=900))))


def of(watch: Watch, source: str) -> Behaviour:
    return watch.behaviour(composed(heuristics.parse(source, filename="a.py", name="a")))


@pytest.mark.parametrize("name", GENERAL)
def test_what_is_shipped_has_an_opinion_and_knows_no_table(watch: Watch, name: str) -> None:
    expected = "degenerate" if name in NO_OPINION else ""
    assert watch.behaviour(composed(heuristics.get(name))).mark == expected


def test_a_constant_has_no_opinion(watch: Watch) -> None:
    assert of(watch, CONSTANT).mark == "degenerate"
    assert of(watch, "def score(required):\n    return required.cpu * 3.0\n").mark == "degenerate"


def test_a_table_of_exact_requests_is_told_and_a_range_of_them_is_none(watch: Watch) -> None:
    assert of(watch, TABLE).mark == ""
    assert watch.looks_up(composed(heuristics.parse(TABLE, filename="t.py", name="t")))
    ranges = "def score(required, free):\n    return free.cpu * (8.1 - required.cpu)\n"
    assert of(watch, ranges).mark == ""


def test_who_counts_machines_is_told(watch: Watch) -> None:
    with pytest.raises(HeuristicError) as caught:
        of(watch, BY_PLACE)
    assert caught.value.reason == "order_dependent"


def test_another_text_of_the_same_choices_has_the_same_signature(watch: Watch) -> None:
    one = of(watch, "def score(free, *, a=2.0):\n    x = a * free.cpu\n    return -x\n")
    two = of(watch, "def score(free):\n    return 7.0 - free.cpu * 0.5\n")
    other = of(watch, "def score(free):\n    return free.cpu\n")
    assert one == two
    assert other.signature != one.signature


def test_measures_tell_full_from_empty_machines(watch: Watch) -> None:
    best, worst = (watch.behaviour(composed(heuristics.get(n))) for n in ("best_fit", "worst_fit"))
    assert best.emptier < worst.emptier


def test_every_measure_falls_into_a_cell() -> None:
    grid = Grid(("emptier", "balance"), (4, 5))
    for emptier, balance, cell in ((0.0, 0.0, (0, 0)), (1.0, 9.0, (3, 4)), (0.5, 0.25, (2, 2))):
        measured = grid.of(Behaviour(emptier=emptier, balance=balance), 10)
        assert grid.cell(measured) == cell
