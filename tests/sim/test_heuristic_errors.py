"""A score that can't be used is an error that names task, machine and line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
from tests.sim.cells import Settings, random_trace, recorded

BAD = {
    "nan": ("    return (free.cpu - free.cpu) / 0.0\n", "not_finite", 2),
    "infinite": ("    return 1.0 / (free.cpu - free.cpu)\n", "not_finite", 2),
    "huge": (
        "    return 1e12 * 1e12 * 1e12 * 1e12 * 1e12 * 1e12 * 1e12 * 1e12 * 1e12\n",
        "not_finite",
        2,
    ),
}


def work_of(seed: int = 3) -> sim.Workload:
    return recorded(random_trace(np.random.default_rng(seed), Settings(machines=4, tasks=30)), 0)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("contain", [True, False])
def test_a_score_that_is_no_number_is_named(tmp_path: Path, kind: str, contain: bool) -> None:
    body, reason, line = BAD[kind]
    file = tmp_path / "mine.py"
    file.write_text(f"def score(required, free):\n{body}")
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(work_of(), heuristics.load(file, contain=contain))
    assert caught.value.reason in (reason, "raised")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert "on machine m" in str(caught.value)
    assert "for task 0 (job j" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_index_outside_an_array_is_raised_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def score(gpus):\n    a = 1.0\n    return a + gpus[40]\n")
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(work_of(), heuristics.load(file))
    assert (caught.value.reason, caught.value.line) == ("raised", 3)
    assert "IndexError" in str(caught.value)


def test_a_field_that_the_trace_has_not_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def score(free):\n    return free.rdma\n")
    with pytest.raises(heuristics.HeuristicError, match=r"reads free\.rdma, but the trace has cpu"):
        sim.replay(work_of(), heuristics.load(file))


def two_resources() -> sim.Workload:
    settings = Settings(resources=("cpu", "mem"), models=False)
    return sim.workload(random_trace(np.random.default_rng(5), settings), order="trace")


@pytest.mark.parametrize("contain", [True, False])
def test_cpu_mem_and_gpu_read_as_0_where_the_trace_has_them_not(
    tmp_path: Path, contain: bool
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "def score(required, free, total, mix, cell, frag):\n"
        "    gone = required.gpu + free.gpu + total.gpu + cell.free.gpu + frag.gain.gpu\n"
        "    for m in range(len(mix.gpu)):\n"
        "        gone = gone + mix.gpu[m]\n"
        "    return free.cpu if gone == 0 and len(mix.gpu) > 0 else 0.0\n"
    )
    other = tmp_path / "other.py"
    other.write_text("def score(free):\n    return free.cpu\n")
    runs = [
        sim.replay(two_resources(), heuristics.load(path, contain=contain), placements=True)
        for path in (file, other)
    ]
    placed = [run.placements["machine"].tolist() for run in runs if run.placements]
    assert placed[0] == placed[1]
    assert len(set(placed[0])) > 1


def test_a_heuristic_of_nothing_but_what_the_trace_has_not_is_refused() -> None:
    said = r"reads frag\.gain\.gpu, but the trace has cpu, mem"
    with pytest.raises(heuristics.HeuristicError, match=said):
        sim.replay(two_resources(), heuristics.get("fgd"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("free.cpu[:-1]", "not_a_float"),
        ("float(len(free.cpu))", "not_a_float"),
        ("free.cpu * math.nan", "x"),
    ],
)
def test_the_array_form_must_answer_for_each_machine(
    tmp_path: Path, body: str, reason: str
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"import math\nimport numpy as np\ndef scores(free):\n    return {body}\n")
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(work_of(), heuristics.load(file, contain=False))
    assert caught.value.reason in (reason, "not_finite")


def test_any_python_runs_without_containment_and_places_as_the_compiled_form(
    tmp_path: Path,
) -> None:
    source = (
        "def score(required, free, slot, gpus, frag, machine, cell, mix, task, total):\n"
        "    best = -1.0 * (free.cpu - required.cpu) + 0.25 * slot + frag.gain.gpu\n"
        "    if slot >= 0:\n        best = best - gpus[slot]\n"
        "    return best + 0.01 * machine.tasks + 0.001 * machine.kin + 0.1 * task.priority\n"
    )
    file = tmp_path / "mine.py"
    file.write_text(source)
    runs = [
        sim.replay(
            work_of(3), heuristics.load(file, contain=contain), placements=True, queue="skip"
        )
        for contain in (True, False)
    ]
    first, second = (run.placements for run in runs)
    assert first is not None
    assert second is not None
    assert len(first["task"]) > 10
    for name, column in first.items():
        assert np.array_equal(column, second[name]), name


def test_the_array_form_places_as_its_score(tmp_path: Path) -> None:
    one, all_ = tmp_path / "one.py", tmp_path / "all.py"
    one.write_text(
        "def score(required, free):\n    return required.cpu - free.cpu - 0.5 * free.mem\n"
    )
    all_.write_text(
        "def scores(required, free):\n    return required.cpu - free.cpu - 0.5 * free.mem\n"
    )
    runs = [
        sim.replay(work_of(8), heuristics.load(f), placements=True, queue="fifo")
        for f in (one, all_)
    ]
    first, second = (run.placements for run in runs)
    assert first is not None
    assert second is not None
    for name, column in first.items():
        assert np.array_equal(column, second[name]), name


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import sys\nsys.exit(0)\ndef score(free):\n    return 1.0\n", 2),
        ("import sys\ndef score(free):\n    sys.exit(3)\n", 3),
        ("def score(free):\n    raise BaseException('x')\n", 2),
        ("1 / 0\ndef score(free):\n    return 1.0\n", 1),
    ],
)
def test_a_file_that_is_not_contained_can_not_end_the_program(
    tmp_path: Path, source: str, line: int
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(source)
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(work_of(), heuristics.load(file, contain=False))
    assert (caught.value.reason, caught.value.line) == ("raised", line)


def test_what_a_heuristic_prints_is_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text("print('read')\ndef score(free):\n    print('asked')\n    return 1.0\n")
    sim.replay(work_of(), heuristics.load(file, contain=False))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("read\nasked\n")


def test_the_array_form_says_what_the_trace_has(tmp_path: Path) -> None:
    with pytest.raises(heuristics.HeuristicError, match="the trace has no size, it has cpu, mem"):
        sim.replay(work_of(), heuristics.get("eoh"))


@pytest.mark.parametrize("body", ["int(z / z)", "int(1.0 / z)", "5.0 % z", "5 // int(z)"])
def test_numbers_that_are_none_do_not_become_one(tmp_path: Path, body: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"def score(free):\n    z = free.cpu - free.cpu\n    return {body}\n")
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(work_of(), heuristics.load(file))
    assert caught.value.line == 3


def test_an_array_form_that_counts_many_machines_alone_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n\n\ndef scores(free):\n"
        "    if len(free.cpu) > 33:\n        return np.arange(len(free.cpu)) * 1.0\n"
        "    return -free.cpu\n"
    )
    drawn = random_trace(np.random.default_rng(1), Settings(machines=60, tasks=40))
    trace = replace(drawn, ordered=False)
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(recorded(trace, 0), heuristics.load(file))
    assert caught.value.reason == "order_dependent"
