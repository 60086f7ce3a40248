"""Runs decided apart: whatever a file is, it can end its own process and nothing else."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
import traces
from sim.composition import composed
from sim.contain import lock
from sim.contain.apart import Apart
from sim.contain.message import ANSWER, LENGTH, SCORED
from sim.contain.nursery import Limits
from sim.saturation import experiment
from sim.tape import TapeError
from sim.taping import Asked, Base, Stream

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
FORGED = ANSWER.pack(SCORED, 0, b"", 1, 0, 0, 0.0, 0.0, *[0.0] * 512)
SAYING = "import os\nos.write(0, {said!r})\nos._exit(0)\n"
ANY = {  # any Python, which only a process that is locked may be given
    "reads a file": ("open('/etc/passwd')", "raised", "raised PermissionError while it was read"),
    "writes a file": ("open('/tmp/unstrand-taping', 'w')", "raised", "PermissionError"),
    "forks": ("import os\nos.fork()", "raised", "PermissionError"),
    "signals its parent": ("import os\nos.kill(os.getppid(), 9)", "raised", "PermissionError"),
    "exits": ("import os\nos._exit(0)", "crash", "ended the process that it ran in"),
    "allocates": ("held = bytearray(1 << 40)", "raised", "MemoryError"),
    "waits": ("while True:\n    pass", "timeout", "took more than 2 s"),
    "says too little": (SAYING.format(said=FORGED[:100]), "crash", "ended"),
    "says a tape of a size below 0": (SAYING.format(said=FORGED + LENGTH.pack(-8)), "crash", ""),
    "says half an entry": (SAYING.format(said=FORGED + LENGTH.pack(4) + b"1234"), "crash", ""),
    "says it could not be locked": (
        SAYING.format(said=bytes([253]) + FORGED[1:]),
        "crash",
        "ended the process",
    ),
    "says a reason with signs that move the cursor": (
        SAYING.format(said=ANSWER.pack(9, 7, b"\x1b[2J\n", 0, 0, 0, 0.0, 0.0, *[0.0] * 512)),
        "raised",
        ":7: \N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}",
    ),
}


def any_python(*lines: str) -> heuristics.Heuristic:
    source = "".join(f"{line}\n" for line in lines) + "def score(free):\n    return 0.0\n"
    return heuristics.parse(source, filename="any.py", name="any", check=False)


@pytest.fixture(scope="module")
def stream() -> Stream:
    trace = traces.load("synthetic", machines=20, tasks=300)
    work = sim.workload(trace, load=0.9, machines=6, hours=2, history_h=2)
    return Stream(work, probes=2)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with closing(Apart(Limits(run_s=2.0))) as made:
        yield made


@pytest.mark.parametrize("what", ANY)
def test_any_python_ends_with_a_reason_and_nothing_outside_is_touched(
    apart: Apart, stream: Stream, what: str
) -> None:
    lines, reason, said = ANY[what]
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(stream.work, any_python(lines), probes=2, taping=apart)
    assert caught.value.reason == reason
    assert str(caught.value).startswith("any.py:")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Path("/tmp/unstrand-taping").exists()
    assert apart(stream, Asked(composed(any_python()), "first")) is not None
    assert abs(len(os.listdir("/proc/self/fd")) - before) <= 3


def test_a_forged_tape_is_followed_no_further_than_it_can_be(apart: Apart, stream: Stream) -> None:
    said = np.array([[99, -1]], np.int32).tobytes()
    forged = any_python(SAYING.format(said=FORGED + LENGTH.pack(len(said)) + said))
    with pytest.raises(TapeError, match=r"decision 1 of the tape.*found machine 99"):
        sim.replay(stream.work, forged, taping=apart)


def test_what_came_with_the_product_is_not_asked_for(apart: Apart, stream: Stream) -> None:
    for name in heuristics.names():
        assert heuristics.get(name).shipped
        assert apart(stream, Asked(composed(heuristics.get(name)), "first")) is None
    assert not any_python().shipped


def test_it_is_the_same_in_the_process_that_it_is_handed_to(apart: Apart, stream: Stream) -> None:
    asked = Asked(composed(any_python()), "first")
    with closing(pickle.loads(pickle.dumps(apart))) as other:
        first, second = apart(stream, asked), other(stream, asked)
    assert first is not None
    assert second is not None
    assert first.entries.tobytes() == second.entries.tobytes()
    assert len(first.entries) > 100


def test_it_probes_the_cell_of_another_whether_or_not_that_ones_tape_is_known(
    apart: Apart, stream: Stream
) -> None:
    best = composed(heuristics.get("best_fit"))
    asked = Asked(composed(any_python()), "random", Base(best, "first"))
    base = apart(stream, Asked(composed(renamed("best_fit")), "first"))
    assert asked.beside is not None
    found = [
        apart(stream, replace(asked, beside=replace(asked.beside, tape=tape)))
        for tape in (None, base)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].entries.tobytes() == found[1].entries.tobytes()


def test_one_stage_is_let_go_before_the_next_is_held(apart: Apart, stream: Stream) -> None:
    setup = experiment(traces.load("synthetic", machines=5, tasks=50))
    seeds = [apart(setup, Asked(composed(any_python()), "random", seed=s)) for s in (1, 2)]
    assert len({tape.entries.tobytes() for tape in seeds if tape is not None}) == 2
    assert apart(stream, Asked(composed(any_python()), "first")) is not None
    assert apart.stage is stream


def renamed(name: str) -> heuristics.Heuristic:
    """A shipped heuristic as a file of one's own."""
    return heuristics.parse(heuristics.get(name).source, filename=f"{name}.py", name="own")
