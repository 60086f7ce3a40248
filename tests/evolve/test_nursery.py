"""Sources scored contained: as outside where they are good, rejected where they are not."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

import heuristics
import sim
import traces
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race, Standing
from sim.arenas.recovering import Recovering
from sim.composition import composed
from sim.contain import lock
from sim.contain.contained import TRIES, Holder, Nursery
from sim.contain.message import KNOWN
from sim.contain.nursery import Limits
from sim.contain.request import Request
from sim.errors import SimError
from sim.scored import Measure
from sim.tape import Tape
from tests.evolve.processes import children, is_up

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
SLOW = ENDLESS.replace("range(64)", "range(4)")
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


LIMITS = Limits(compile_s=20, run_s=3)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with closing(Nursery(LIMITS)) as made:
        yield made


@pytest.fixture
def holder(nursery: Nursery, arena: Recovering) -> Iterator[Holder]:
    with closing(Holder(nursery, arena)) as made:
        yield made


def test_a_contained_score_is_the_score(arena: Recovering, holder: Holder) -> None:
    answer = holder.score(Request(GOOD, "good.py"))
    composition = composed(heuristics.parse(GOOD, filename="good.py", name="good"))
    outside = [arena.score(composition, key, None) for key in arena.keys]
    assert answer.values == tuple(one.value for one in outside)
    assert answer.goodput == tuple(one.goodput for one in outside)


@pytest.mark.parametrize("reason", BAD)
def test_what_is_bad_is_rejected_with_its_reason(holder: Holder, reason: str) -> None:
    source, line = BAD[reason]
    answer = holder.score(Request(source, "bad.py"))
    assert (answer.reason, answer.line, answer.values) == (reason, line, ())
    assert holder.score(Request(GOOD, "good.py")).reason == ""


def test_an_audited_source_says_what_it_decided(arena: Recovering, holder: Holder) -> None:
    answer = holder.score(Request(GOOD, "good.py", audit=True))
    composition = composed(heuristics.parse(GOOD, filename="good.py", name="good"))
    for key, said in zip(arena.keys, answer.tapes, strict=True):
        tape = Tape()
        arena.score(composition, key, None, tape)
        assert said == tape.decisions.tobytes()


def test_who_is_behind_after_a_draw_gets_no_other(holder: Holder) -> None:
    ahead = Race(Grid(), size=9, slack={1: 1.0}, best=Standing(1e3, (1e3, 1e3), (0.0, 0.0)))
    behind = Race(Grid(), size=9, slack={1: 1.0}, best=Standing(-1e3, (-1e3, -1e3), (0.0, 0.0)))
    assert len(holder.score(Request(GOOD, "good.py", race=ahead)).values) == 1
    assert len(holder.score(Request(GOOD, "good.py", race=behind)).values) == 2


def test_choices_that_were_paid_for_get_no_draw(holder: Holder) -> None:
    first = holder.score(Request(GOOD, "good.py", race=Race(Grid(), size=9)))
    assert first.behaviour is not None
    seen = first.behaviour.signature.to_bytes(8, "little", signed=True)
    again = holder.score(Request(GOOD, "good.py", race=Race(Grid(), size=9, seen=seen)))
    assert (again.reason, again.values) == (KNOWN, ())
    assert again.behaviour == first.behaviour


def while_it_works(holder: Holder, kill: Callable[[int], object]) -> object:
    """The answer to a slow source, and what `kill` did with the holder's process meanwhile."""
    holder.score(Request(GOOD, "good.py"))
    assert holder.nursery.process is not None
    (pid,) = children(holder.nursery.process.pid)[-1:]
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(0.01):
            with suppress(IndexError, ProcessLookupError):
                if kill(pid):
                    return

    killer = threading.Thread(target=go_on)
    killer.start()
    try:
        return holder.score(Request(SLOW, "slow.py"))
    finally:
        stop.set()
        killer.join()


def killed(pid: int) -> bool:
    os.kill(pid, signal.SIGKILL)
    return True


def kill_nursery(holder: Holder) -> Callable[[int], object]:
    process = holder.nursery.process
    return lambda pid: children(pid)[0] and process is not None and killed(process.pid)


KILLS: dict[str, Callable[[Holder], Callable[[int], object]]] = {
    "a child": lambda _: lambda pid: killed(children(pid)[0]),
    "a holder": lambda _: lambda pid: children(pid)[0] and killed(pid),
    "a nursery": kill_nursery,
}


@pytest.mark.parametrize(
    "what",
    [
        name if name == "a holder" else pytest.param(name, marks=pytest.mark.campaign)
        for name in KILLS
    ],
)
def test_what_is_killed_from_outside_is_done_again(arena: Recovering, what: str) -> None:
    with closing(Nursery(LIMITS)) as own, closing(Holder(own, arena)) as holder:
        before = holder.score(Request(SLOW, "slow.py"))
        assert before.reason == ""
        assert while_it_works(holder, KILLS[what](holder)) == before


def test_what_is_always_killed_has_crashed_in_the_end(arena: Recovering) -> None:
    kills = []

    def every(pid: int) -> bool:
        for child in children(pid):
            if child not in kills:
                kills.append(child)
                os.kill(child, signal.SIGKILL)
        return False

    with closing(Nursery(LIMITS)) as own, closing(Holder(own, arena)) as holder:
        answer = while_it_works(holder, every)
        assert answer.reason == "crash"  # type: ignore[attr-defined]
        assert len(kills) >= TRIES  # and the one that waits for the next


def test_a_nursery_that_never_comes_up_is_said_so(
    arena: Recovering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.contain.contained.START", "pass  # {path} {fd}")
    with closing(Nursery(LIMITS)) as own, closing(Holder(own, arena)) as holder:
        fds = len(os.listdir("/proc/self/fd"))
        with pytest.raises(SimError, match="ended before it was ready, 3 times"):
            holder.score(Request(GOOD, "good.py"))
        own.close()
        assert len(os.listdir("/proc/self/fd")) == fds


def test_a_nursery_has_no_environment_one_thread_and_leaves_nothing(arena: Recovering) -> None:
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    with closing(Nursery(LIMITS)) as own, closing(Holder(own, arena)) as holder:
        assert holder.score(Request(GOOD, "good.py")).reason == ""
        assert own.process is not None
        pids = [own.process.pid, *children(own.process.pid)]
        assert len(pids) == 2
        for pid in pids:
            assert b"HOME" not in Path(f"/proc/{pid}/environ").read_bytes()
            assert len(os.listdir(f"/proc/{pid}/task")) == 1
    deadline = time.monotonic() + 10
    while any(map(is_up, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_up, pids))
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_a_closed_nursery_is_not_started_again(arena: Recovering) -> None:
    own = Nursery(LIMITS)
    own.close()
    with pytest.raises(RuntimeError, match="closed"):
        own.hold(arena)
    assert own.process is None


def test_it_holds_several_arenas_and_each_by_itself(arena: Recovering, nursery: Nursery) -> None:
    other = Recovering(arena.works[:1], arena.measure, arena.baseline)
    with closing(Holder(nursery, arena)) as one, closing(Holder(nursery, other)) as two:
        both = one.score(Request(GOOD, "good.py"))
        assert two.score(Request(GOOD, "good.py")).values == both.values[:1]
        assert one.score(Request(GOOD, "good.py")) == both


def test_an_arena_that_has_scored_here_can_be_held_as_well(arena: Recovering) -> None:
    used = Recovering(arena.works, arena.measure, arena.baseline)
    composition = composed(heuristics.parse(GOOD, filename="good.py", name="good"))
    used.watch.behaviour(composition)
    here = [used.score(composition, key, None).value for key in used.keys]
    with closing(Nursery(LIMITS)) as own, closing(Holder(own, used)) as holder:
        assert list(holder.score(Request(GOOD, "good.py")).values) == here


def test_without_a_lock_it_is_only_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sim.contain.contained.missing", lambda: ["Landlock ABI 6 or newer (found 4)"]
    )
    with pytest.raises(lock.Unlockable, match=r"lacks Landlock ABI 6.*contain=process"):
        Nursery()
    Nursery(Limits(locked=False)).close()
