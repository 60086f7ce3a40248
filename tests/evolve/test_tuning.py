"""Constants tuned: where they may lie, and that a study is the same however it was come by."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import heuristics
from evolve.tuning import Pair, Plan, StudyError, Tuned, opened, ranges, tune
from heuristics import Heuristic
from sim.composition import Composition
from sim.errors import SimError

BORG = heuristics.get("borg_hybrid")
needs_optuna = pytest.mark.usefixtures("_optuna")


@pytest.fixture
def _optuna() -> None:
    pytest.importorskip("optuna", reason="needs optuna: pip install 'unstrand[sweep]'")


def written(**constants: float) -> Heuristic:
    said = ", ".join(f"{name}={value!r}" for name, value in constants.items())
    source = f"def score(required, free, *, {said}):\n    return free.cpu\n"
    return heuristics.parse(source, filename="mine.py", name="mine")


@given(st.floats(1e-6, 1e6), st.booleans())
def test_a_constant_may_become_four_times_as_large_or_small_and_keeps_its_sign(
    size: float, positive: bool
) -> None:
    default = size if positive else -size
    (found,) = ranges(written(a=default), {})
    assert found.low < default < found.high
    assert {abs(found.low), abs(found.high)} == {size / 4, size * 4}
    assert found.low * found.high > 0
    assert found.log == positive
    assert not found.whole


@given(st.integers(-500, 500).filter(lambda n: n not in (0, 1)))
def test_a_whole_number_stays_one_and_never_becomes_zero(default: int) -> None:
    (found,) = ranges(written(a=default), {})
    assert found.whole
    assert isinstance(found.low, int)
    assert found.low <= default <= found.high
    assert found.low * found.high > 0


def test_zero_and_switches_are_held_and_so_is_what_is_told_to_be() -> None:
    one = written(a=0.0, b=2.0, c=3.0, switch=1)
    assert [found.name for found in ranges(one, {"c": None})] == ["b"]
    assert [found.name for found in ranges(one, {"a": [-1.0, 1.0]})] == ["a", "b", "c"]
    assert ranges(one, {"switch": [0, 1]})[-1].whole
    (found,) = ranges(one, {"b": [0.1, 10, "log"], "c": None})
    assert (found.low, found.high, found.log, found.whole) == (0.1, 10, True, False)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"d": [0, 1]}, "space.d: mine has no such constant"),
        ({"b": [2.0, 1.0]}, "space.b: found [2.0, 1.0], expected [low,high]"),
        ({"b": [0.0, 1.0, "log"]}, "space.b: found [0.0, 1.0, 'log'], expected"),
        ({"b": 3.0}, "space.b: found 3.0, expected"),
        ({"b": [0.0, math.inf]}, "space.b: found"),
        ({"b": None}, "space: found nothing to tune, mine has a, b"),
    ],
)
def test_a_range_that_is_none_is_said(space: dict[str, Any], said: str) -> None:
    with pytest.raises(SimError, match=said.replace("[", r"\[").replace(".", r"\.")):
        ranges(written(a=0.0, b=2.0), space)


@dataclass
class Bowl:
    """Pairs on which one set of constants is the best; ends after so many runs, as a kill does."""

    ends: int = 10**9
    runs: int = 0
    seen: list[tuple[float, ...]] = field(default_factory=list)

    def submit(self, composition: Composition, at: int, lane: int = 0) -> Future[Any]:
        self.runs += 1
        if self.runs > self.ends:
            raise KeyboardInterrupt
        params = composition.levels[0].params
        far = (math.log(params["stranding"] / 2.5)) ** 2 + (math.log(params["load"] / 0.3)) ** 2
        self.seen.append(tuple(params.values()))
        done: Future[Any] = Future()
        done.set_result(Pair(1.0 - far + 0.01 * math.sin(7.0 * at + far), 1.0))
        return done

    def against(self, at: int, run: Any) -> Any:
        return run


def tuned(folder: Path, bowl: Bowl, *, trials: int, **plan: Any) -> Tuned:
    folder.mkdir(exist_ok=True)
    with opened(folder, Plan(seed=3, **plan), ranges(BORG, {})) as study:
        return tune(
            *(study, bowl, BORG),  # type: ignore[arg-type]
            train=range(6),
            validation=range(6, 9),
            trials=trials,
            finalists=3,
        )


@needs_optuna
def test_a_tuning_finds_what_is_better_and_ends_losers_early(tmp_path: Path) -> None:
    found = tuned(tmp_path / "a", Bowl(), trials=16)
    assert found.chosen.validation > found.finalists[0].validation + 0.5
    assert found.finalists[0].trial is None
    assert len(found.trials) == 17  # with the values as written
    assert found.trials[0].params == BORG.params
    assert found.trials[0].worth == pytest.approx(found.defaults)
    pruned = [one for one in found.trials if one.state == "pruned"]
    assert pruned
    assert all(one.pairs < 6 for one in pruned)
    assert {one.trial for one in found.finalists}.isdisjoint({one.number for one in pruned})


@needs_optuna
def test_none_ends_early_where_that_is_not_asked_for(tmp_path: Path) -> None:
    found = tuned(tmp_path / "a", Bowl(), trials=4, prune=False, sampler="random")
    assert [one.state for one in found.trials] == ["complete"] * 5


@needs_optuna
@pytest.mark.parametrize("ends", [8, 41])
def test_a_study_that_was_stopped_goes_on_as_if_it_had_not_been(ends: int, tmp_path: Path) -> None:
    whole = tuned(tmp_path / "whole", Bowl(), trials=8)
    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path / "part", Bowl(ends), trials=8)
    found = tuned(tmp_path / "part", Bowl(), trials=8)
    assert [(one.params, one.worth, one.state) for one in found.trials] == [
        (one.params, one.worth, one.state) for one in whole.trials
    ]
    assert found.chosen.params == whole.chosen.params


@needs_optuna
def test_no_two_processes_work_on_one_study(tmp_path: Path) -> None:
    space = ranges(BORG, {})
    with (
        opened(tmp_path, Plan(), space),
        pytest.raises(StudyError, match="another process works on this study"),
        opened(tmp_path, Plan(), space),
    ):
        pass


@needs_optuna
def test_a_file_that_is_no_study_is_said(tmp_path: Path) -> None:
    (tmp_path / "study.sqlite").write_text("nothing of the kind, but long enough to be read " * 40)
    with pytest.raises(StudyError, match="found no study"), opened(tmp_path, Plan(), ()):
        pass


@needs_optuna
@pytest.mark.parametrize("name", ["a b?c", "ü#%20", "q'\"&=;"])
def test_a_folder_may_be_called_anything(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with opened(tmp_path / name, Plan(), ranges(BORG, {})) as study:
        study.setting("settings", {"a": 1})
    assert [path.name for path in (tmp_path / name).iterdir()] == ["study.sqlite"]
