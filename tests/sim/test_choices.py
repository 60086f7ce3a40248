"""What heuristics choose on a course: the same questions for all, and honest answers."""

from __future__ import annotations

import numpy as np
import pytest

import heuristics
import traces
from heuristics import HeuristicError
from sim.choices import ENOUGH, NOTHING, Course
from sim.composition import composed
from sim.saturation import experiment


@pytest.fixture(scope="module")
def course() -> Course:
    return Course(experiment(traces.load("synthetic", machines=60, tasks=900)))


def chosen(course: Course, source: str, shift: float = 0.0) -> np.ndarray:
    written = heuristics.parse(source, filename="mine.py", name="mine")
    return course.choices(composed(written), shift=shift)


def test_a_machine_is_chosen_wherever_the_lot_found_one(course: Course) -> None:
    for name in ("best_fit", "fgd", "worst_fit"):
        machines, slots = course.choices(composed(heuristics.get(name)))
        assert machines.size >= ENOUGH
        assert ((machines >= 0) == (course.places >= 0)).all()
        assert (slots[machines < 0] == -1).all()


def test_the_course_fills_the_cell_whatever_is_chosen(course: Course) -> None:
    for filling in course.fillings:
        used = filling.used.mean(axis=(1, 2))
        assert used[0] == 0
        assert (np.diff(used) >= 0).all()
        assert filling.used[-1].max() > 0.9
    again = Course(course.setup)
    assert (again.places == course.places).all()


def test_a_rule_follows_what_it_says(course: Course) -> None:
    machines, _ = chosen(course, "def score(machine):\n    return -machine.tasks\n")
    plain = course.choices(composed(NOTHING))[0]
    first = course.fillings[0].tasks.shape[1]
    running = np.zeros(len(course.fillings[0].machines))
    for machine, lot, other in zip(machines[:first], course.places, plain, strict=False):
        if machine >= 0:
            assert running[machine] <= min(running[lot], running[other])
            running[lot] += 1


def test_lifetimes_and_hours_are_seen(course: Course) -> None:
    plain = chosen(course, "def score(free):\n    return -free.cpu\n")
    for text in (
        "def score(task, machine):\n    return 1.0 * (machine.exit >= task.lifetime)\n",
        "def score(free, cell):\n    return free.cpu * (cell.hour - 0.5 * 24.0)\n",
        "def score(free, task):\n    return free.cpu * (task.waited - 200.0)\n",
    ):
        assert (chosen(course, text) != plain).any(), text


def test_a_shift_leaves_what_fits_and_what_is_told_by_comparison(course: Course) -> None:
    exact = "def score(required, free):\n    return 1.0 * (free.cpu == required.cpu) - free.mem\n"
    table = (
        "def score(required, free):\n    return -free.cpu if required.cpu == 4.0 else free.cpu\n"
    )
    for shift in (1e-6, -1e-6):
        assert (
            chosen(course, exact, shift) == chosen(course, exact)
        ).mean() > 0.99  # ties of 1 GiB
        assert (chosen(course, table, shift) != chosen(course, table)).any()


def test_array_forms_that_count_machines_are_told(course: Course) -> None:
    by_place = "import numpy as np\n\n\ndef scores(free):\n    return np.cumsum(free.cpu)\n"
    with pytest.raises(HeuristicError) as caught:
        chosen(course, by_place)
    assert caught.value.reason == "order_dependent"
    faint = (
        "import numpy as np\n\n\ndef scores(free):\n    return np.arange(len(free.cpu)) + 1e12\n"
    )
    with pytest.raises(HeuristicError, match="differ with their order"):
        chosen(course, faint)
    whole = "import numpy as np\n\n\ndef scores(free):\n    return -free.cpu / np.max(free.cpu)\n"
    assert (chosen(course, whole)[0] >= -1).all()
