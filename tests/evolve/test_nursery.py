"""Sources scored contained: as outside where they are good, rejected where they are not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import heuristics
import sim
import traces
from evolve import lock
from evolve.contained import Nursery
from evolve.nursery import Limits, Request
from evolve.recovering import Recovering
from sim.composition import composed
from sim.scored import Measure

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
GOOD = (
    "def score(required, free, mix):\n"
    "    x = 0.0\n"
    "    for m in range(len(mix.cpu)):\n"
    "        x += mix.weight[m] * abs(free.cpu - required.cpu - mix.cpu[m])\n"
    "    return -x\n"
)
LOOPS = "".join(f"{'    ' * k}for i{k} in range(64):\n" for k in range(1, 7))
ENDLESS = (
    "import math\n"
    "def score(free):\n"
    "    x = free.cpu\n"
    f"{LOOPS}{'    ' * 7}x = x + math.sin(x + i1)\n"
    "    return x\n"
)
BAD = {
    "syntax": ("def score(free:\n", 1),
    "forbidden_name": ("import os\ndef score(free):\n    return 1.0\n", 1),
    "not_finite": ("def score(free):\n    return (free.cpu - free.cpu) / 0.0\n", 2),
    "raised": ("def score(gpus):\n    return gpus[400]\n", 2),
    "timeout": (ENDLESS, None),
}


@pytest.fixture(scope="module")
def arena() -> Recovering:
    trace = traces.load("synthetic", machines=30, tasks=500)
    works = sim.series(trace, load=0.9, machines=10, seeds=range(2), hours=3, history_h=6)
    return Recovering(works, Measure(bound="none"), composed(heuristics.get("best_fit")))


@pytest.fixture(scope="module")
def nursery(arena: Recovering) -> Iterator[Nursery]:
    with closing(Nursery({"one": arena}, Limits(compile_s=20, run_s=3))) as made:
        yield made


def test_a_contained_score_is_the_score(arena: Recovering, nursery: Nursery) -> None:
    answer = nursery.score("one", Request(GOOD, "good.py"))
    composition = composed(heuristics.parse(GOOD, filename="good.py", name="good"))
    outside = [arena.score(composition, key, None) for key in arena.keys]
    assert answer.values == tuple(one.value for one in outside)
    assert answer.goodput == tuple(one.goodput for one in outside)


@pytest.mark.parametrize("reason", BAD)
def test_what_is_bad_is_rejected_with_its_reason(nursery: Nursery, reason: str) -> None:
    source, line = BAD[reason]
    answer = nursery.score("one", Request(source, "bad.py"))
    assert (answer.reason, answer.line, answer.values) == (reason, line, ())
    assert nursery.score("one", Request(GOOD, "good.py")).reason == ""


def test_a_first_draw_below_the_floor_is_the_last(nursery: Nursery) -> None:
    assert len(nursery.score("one", Request(GOOD, "good.py", floor=1e9)).values) == 1
    assert len(nursery.score("one", Request(GOOD, "good.py", floor=-1e9, margin=0.1)).values) == 2


def test_a_killed_nursery_is_replaced_and_nothing_is_left(arena: Recovering) -> None:
    with closing(Nursery({"one": arena}, Limits(compile_s=20, run_s=3))) as made:
        before = made.score("one", Request(GOOD, "good.py"))
        assert made.process is not None
        os.kill(made.process.pid, signal.SIGKILL)
        made.process.wait()
        assert made.score("one", Request(GOOD, "good.py")) == before
        pid = made.process.pid
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"HOME" not in environment
        assert len(os.listdir(f"/proc/{pid}/task")) == 1
    assert not Path(f"/proc/{pid}").exists()


def test_it_holds_one_arena_after_another(arena: Recovering) -> None:
    other = Recovering(arena.works[:1], arena.measure, arena.baseline)
    with closing(Nursery({"one": arena, "other": other}, Limits(compile_s=20, run_s=3))) as made:
        both = made.score("one", Request(GOOD, "good.py"))
        first = made.score("other", Request(GOOD, "good.py"))
        assert first.values == both.values[:1]
        assert made.score("one", Request(GOOD, "good.py")) == both


def test_without_a_lock_it_is_only_said_so(arena: Recovering, monkeypatch: object) -> None:
    assert isinstance(monkeypatch, pytest.MonkeyPatch)
    monkeypatch.setattr("evolve.contained.missing", lambda: ["Landlock ABI 6 or newer (found 4)"])
    with pytest.raises(lock.Unlockable, match=r"lacks Landlock ABI 6.*contain=process"):
        Nursery({"one": arena})
    Nursery({"one": arena}, Limits(locked=False)).close()
