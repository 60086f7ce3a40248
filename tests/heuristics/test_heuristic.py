"""Reading heuristics, setting their constants, and how they compute when interpreted."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import heuristics
from heuristics import HeuristicError


def read(source: str, **options: Any) -> heuristics.Heuristic:
    return heuristics.parse(source, filename="mine.py", name="mine", **options)


def test_an_unknown_heuristic_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(
        HeuristicError, match="no heuristic is called bestfit; did you mean best_fit"
    ):
        heuristics.get("bestfit")


def test_constants_are_set_by_name() -> None:
    heuristic = read("def score(free, *, alpha=0.5, beta=2):\n    return alpha * free.cpu + beta\n")
    assert heuristic.params == {"alpha": 0.5, "beta": 2}
    changed = heuristic.with_params(alpha=0.25)
    assert changed.params == {"alpha": 0.25, "beta": 2}
    assert changed.source == heuristic.source
    assert changed.function()(free=SimpleNamespace(cpu=np.float64(4))) == 3


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"alhpa": 1}, "no constant 'alhpa'; did you mean alpha"),
        ({"alpha": float("nan")}, "must be a finite number, but it was nan"),
        ({"alpha": "big"}, "must be a finite number, but it was 'big'"),
    ],
)
def test_a_wrong_constant_says_what_is_right(params: dict[str, Any], message: str) -> None:
    heuristic = read("def score(free, *, alpha=0.5):\n    return alpha * free.cpu\n")
    with pytest.raises(HeuristicError, match=message):
        heuristic.with_params(**params)


def test_a_file_is_loaded_with_its_constants(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text('TIES = "first"\n\n\ndef score(free, *, a=1):\n    return a * free.cpu\n')
    heuristic = heuristics.load(file, a=3)
    assert (heuristic.name, heuristic.ties, heuristic.params) == ("mine", "first", {"a": 3})


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HeuristicError, match=r"none\.py: can't be read: No such file"):
        heuristics.load(tmp_path / "none.py")


def test_any_python_runs_only_where_the_language_is_switched_off(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import json\n\n\ndef twice(x: float) -> float:\n    return 2 * x\n\n\n"
        "def score(free, *, a: float = 1.5) -> float:\n    return twice(a * free.cpu)\n"
    )
    with pytest.raises(HeuristicError) as caught:
        heuristics.load(file)
    assert caught.value.reason == "forbidden_name"
    heuristic = heuristics.load(file, contain=False, a=2.0)
    assert not heuristic.checked
    assert heuristic.function()(free=SimpleNamespace(cpu=3.0)) == 12


def test_unchecked_files_still_name_known_arguments() -> None:
    with pytest.raises(HeuristicError, match="no argument is called node"):
        read("def score(node):\n    return 1\n", check=False)


def test_fields_are_every_path_that_is_read() -> None:
    heuristic = read(
        "def score(required, free, mix, frag, cell):\n    s = frag.after.gpu + len(mix.weight)\n"
        "    for r in range(len(required)):\n        s += free[r] / cell.largest[r]\n"
        "    return s + mix.cpu[0] + free.cpu + cell.hour\n"
    )
    assert heuristic.fields == {
        "frag.after.gpu", "mix.weight", "free[]", "cell.largest[]", "mix.cpu", "free.cpu",
        "cell.hour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 0", np.inf),
        ("-1 / 0", -np.inf),
        ("free.cpu / (free.cpu - free.cpu)", np.inf),
        ("math.log(0)", -np.inf),
        ("math.exp(1000)", np.inf),
        ("math.sqrt(-1)", np.nan),
        ("(1 < 2) + (2 < 3)", 2),
        ("(not 0) + (1 < 2)", 2),
        ("2 ** 8 * 7 // 2 % 100", 96),
        ("free.cpu ** 3", 8),
        ("min(1, 2) + max(1, 2) + abs(-3) + int(2.9) + float(1)", 9),
    ],
)
def test_interpreted_numbers_are_those_of_the_compiled_form(
    expression: str, expected: float
) -> None:
    source = f"import math\n\n\ndef score(free):\n    return {expression}\n"
    value = read(source).function()(free=SimpleNamespace(cpu=np.float64(2)))
    np.testing.assert_equal(float(value), expected)


def test_whole_numbers_stay_64_bits_wide() -> None:
    source = "def score():\n    x = 3\n    for i in range(64):\n        x = x * x\n    return x\n"
    assert isinstance(read(source).function()(), np.int64)


def test_interpreted_heuristics_reach_nothing_else() -> None:
    function = heuristics.get("fgd").function()
    assert function.__wrapped__.__globals__["__builtins__"] == {}  # type: ignore[attr-defined]


def test_the_line_of_an_exception_is_found() -> None:
    heuristic = read("def score(gpus):\n    x = 1\n    return gpus[9] + x\n")
    with pytest.raises(IndexError) as caught:
        heuristic.function()(gpus=np.zeros(2))
    assert heuristic.line_of(caught.value) == 3
    assert heuristic.line_of(ValueError()) is None


def test_an_error_is_one_line_and_survives_pickling() -> None:
    error = HeuristicError("raised", "a\nb", file="mine.py", line=3)
    assert str(error) == "mine.py:3: a\N{REPLACEMENT CHARACTER}b"
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason, str(again)) == (error.reason, str(error))


def test_the_reasons_are_a_closed_list() -> None:
    with pytest.raises(ValueError, match="reason must be one of"):
        HeuristicError("odd", "message")
