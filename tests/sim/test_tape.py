"""A tape followed gives what recording it gave, and nothing but what its decisions are worth."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
import sim
import sim.probes
import sim.tape
from sim.composition import Composition, composed, tie_code
from sim.kernel import compile_kernel
from sim.replays import replay_compiled
from sim.saturation import experiment, saturate_once
from sim.scored import Measure, Scored, Scorer
from sim.tape import Tape, TapeError
from tests.sim.cells import Settings, random_trace
from tests.sim.hand import written
from tests.sim.oracle import Machine, Oracle, Task
from tests.sim.sides import Cell, laid_out
from tests.sim.worn import OWN, Case, drawn, heuristic

TIMES = {"decision_us", "compile_s", "simulate_s", "seconds"}
NOBODY = Composition((), ())
UNREADABLE = heuristics.parse(
    "raise RuntimeError\n\n\ndef score(free):\n    return 0.0\n",
    filename="unreadable.py",
    name="unreadable",
    check=False,
)
KINDS = ("best_fit", "fgd", "gpu_clustering", "nilas", "random", *OWN)


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tape grows often; a probe's sequence is capped where the oracle can follow it."""
    monkeypatch.setattr(sim.tape, "ROOM", 3)
    monkeypatch.setattr(sim.probes, "MOST_DRAWS", 300)


def told(value: Any) -> Any:
    """All that a result says, byte for byte, but how long it took."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if is_dataclass(value):
        names = [f.name for f in fields(value) if f.name not in TIMES]
        return {name: told(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items()}
    return [told(one) for one in value] if isinstance(value, tuple) else value


def scorer_of(cell: Cell) -> Scorer:
    return Scorer([cell.work], Measure(cell.case.queue, cell.case.probes, cell.case.stop))


def followed(cell: Cell, entries: np.ndarray) -> Scored:
    """What a tape is worth: nothing of the heuristic is there, but whether the trace goes first."""
    nobody = replace(NOBODY, recorded=cell.composition.recorded)
    return scorer_of(cell).score(0, nobody, "first", snapshots=True, tape=Tape(entries))


def recording(cell: Cell) -> tuple[Scored, np.ndarray]:
    """A run and its tape."""
    tape, rule = Tape(), cell.composition.ties(cell.case.ties)
    run = scorer_of(cell).score(0, cell.composition, rule, snapshots=True, tape=tape)
    return run, tape.decisions


def check(case: Case) -> np.ndarray | None:
    """Record, follow, and compare with a run without a tape; the tape."""
    cell = laid_out(case)
    if cell is None:
        return None
    run, entries = recording(cell)
    rule = cell.composition.ties(case.ties)
    plain = scorer_of(cell).score(0, cell.composition, rule, snapshots=True)
    assert told(run) == told(plain), case
    assert told(followed(cell, entries)) == told(plain), case
    return entries


@pytest.mark.parametrize("name", KINDS)
def test_what_was_recorded_is_worth_the_same_when_followed(name: str) -> None:
    found = []
    for seed in range(16):
        case = drawn(seed)
        kind = replace(case.settings, resources=("cpu", "mem", "gpu"), limits=seed % 2 == 0)
        asked = {**case.asked, "weights": None}
        found.append(check(replace(case, settings=kind, asked=asked, names=(name,), steps=(0.0,))))
    known = np.concatenate([entries for entries in found if entries is not None])
    assert len(known) > 500
    assert (known[:, 0] < 0).any()
    assert (known[:, 1] >= 0).any()
    assert (known[known[:, 0] < 0, 1] == -1).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1_000_000, 2**31))
def test_whatever_the_cell_and_the_heuristics(seed: int) -> None:
    check(drawn(seed))


def test_a_tape_is_followed_without_reading_the_heuristic() -> None:
    cell = laid_out(replace(drawn(3), names=("best_fit",), steps=(0.0,), recorded=False))
    assert cell is not None
    run, entries = recording(cell)
    scorer, mute = scorer_of(cell), composed(UNREADABLE)
    with pytest.raises(heuristics.HeuristicError, match="while it was read"):
        scorer.score(0, mute, "first", snapshots=True)
    assert told(scorer.score(0, mute, "first", snapshots=True, tape=Tape(entries))) == told(run)


# Tampering -----------------------------------------------------------------------------------


class Off(Exception):
    """The tape has come to its end, or to what can't be done; what could be done instead."""

    def __init__(self, task: Task, options: list[tuple[int, int]]) -> None:
        self.task, self.options = task, options


class Following(Oracle):
    """The oracle, deciding by the placements of a tape and no word on what fits nowhere."""

    left: list[tuple[int, int]]
    last: int  # the task at which the tape is expected to end, whether or not it fits

    def choose(self, task: Task) -> tuple[Machine, int] | None:
        if task.place >= 0:
            return self.where_it_ran(task)
        share = 0 < (task.request[self.gpu] if self.gpu >= 0 else 0) < 1000
        options = [
            (m.index, d)
            for m in self.machines
            if self.fits(m, task)
            for d in (range(len(m.devices)) if share else [-1])
            if not share or m.devices[d] >= task.request[self.gpu]
        ]
        if not self.left and (options or task.number == self.last):
            raise Off(task, options)
        if not options:
            return None
        chosen = self.left.pop(0)
        if chosen not in options:
            raise Off(task, options)
        return next(m for m in self.machines if m.index == chosen[0]), chosen[1]


def by_oracle(case: Case, entries: np.ndarray, last: int = -1) -> Cell:
    """The case again, its oracle about to follow what a tape places."""
    cell = laid_out(case)
    assert cell is not None
    other = Following.__new__(Following)
    other.__dict__.update(vars(cell.oracle))
    other.left = [(m, d) for m, d in entries.tolist() if m >= 0]
    other.last = last
    cell.oracle = other
    return cell


def outcome(cell: Cell, entries: np.ndarray) -> Scored | str:
    """What following a tape gives: numbers, or why there are none."""
    try:
        return followed(cell, entries)
    except TapeError as error:
        return str(error)


def judge(cell: Cell, entries: np.ndarray) -> int:
    """Hold what the compiled cell makes of a tape against the oracle; the decision it fails at."""
    case, run = cell.case, outcome(cell, entries)
    if isinstance(run, Scored):
        agree(run, by_oracle(case, entries))
        return -1
    if left := re.fullmatch(r"found (\d+) decisions .* after the last, expected none", run):
        return len(entries) - int(left[1])
    found = re.match(r"decision (\d+) of the tape, for task (\d+)", run)
    assert found, run
    failed, task = int(found[1]) - 1, int(found[2])
    refused = entries[failed : failed + 1].tolist() == [[-1, -1]]  # then something fits
    with pytest.raises(Off) as off:
        _ = by_oracle(case, entries[:failed], -1 if refused else task).measured
    assert off.value.task.number == task, (run, case)
    if failed < len(entries):
        possible = off.value.options or [(-1, -1)]
        assert tuple(entries[failed].tolist()) not in possible, (run, case)
    return failed


def agree(run: Scored, told: Cell) -> None:
    """Compare with what the oracle measures, which has come to the tape's end."""
    for k, sample in enumerate(told.measured["samples"]):
        for look in ("stranded_pct", "frag_pct", "exhausted_pct", "allocated_pct"):
            expected = np.array([float(part) for part in sample[look]])
            assert np.allclose(run.looks[look][k], expected, rtol=1e-9, atol=1e-9), told.case
        assert run.draws[k] == sample["probe_drawn"], told.case
    assert told.oracle.left == []  # type: ignore[attr-defined]
    assert run.counters["placed"] == told.measured["placed"], told.case
    assert run.counters["rejected"] == told.measured["rejected"], told.case


def edited(entries: np.ndarray, k: int, machine: int, slot: int) -> np.ndarray:
    other = entries.copy()
    other[k] = machine, slot
    return other


def tampered(cell: Cell, seed: int) -> int:
    """Try all kinds of tampering with one tape; how many were harmless: another choice."""
    random = np.random.default_rng([seed, 0x7A])
    _, entries = recording(cell)
    machines = len(cell.work.machines)
    if len(entries) == 0:
        return 0
    k = int(random.integers(len(entries)))
    for machine in (machines, -2, 2**31 - 1, -(2**31)):
        assert judge(cell, edited(entries, k, machine, -1)) == k
    for slot in (64, -2, 2**31 - 1, -(2**31)):
        assert judge(cell, edited(entries, k, entries[k, 0], slot)) == k
    assert judge(cell, entries[:k]) == k
    assert judge(cell, np.concatenate([entries, entries[k : k + 1]])) == len(entries)
    sure = np.flatnonzero(entries[:, 0] >= 0)
    if sure.size:
        refused = int(random.choice(sure))
        assert judge(cell, edited(entries, refused, -1, -1)) == refused
    harmless = 0
    for at in (k, len(entries) - 1, *random.integers(len(entries), size=4).tolist()):
        machine = int(random.integers(machines))
        devices = int(cell.work.machines.devices[machine])
        slot = int(random.integers(-1, devices)) if entries[at, 1] >= 0 else -1
        failed = judge(cell, edited(entries, at, machine, slot))
        assert failed == -1 or failed >= at
        harmless += failed == -1 and entries[at].tolist() != [machine, slot]
    first, second = random.integers(len(entries), size=2)
    other = entries.copy()
    other[[first, second]] = entries[[second, first]]
    judge(cell, other)
    return harmless


@pytest.mark.campaign
def test_a_tape_tampered_with_is_refused_or_worth_what_its_decisions_are() -> None:
    cells = [cell for cell in (laid_out(drawn(seed)) for seed in range(20)) if cell is not None]
    assert len(cells) > 8
    assert sum(tampered(cell, cell.case.seed) for cell in cells) > 3


@settings(max_examples=10, deadline=None)
@given(st.integers(1_000_000, 2**31))
def test_whatever_cell_the_tape_is_of(seed: int) -> None:
    cell = laid_out(drawn(seed))
    if cell is not None:
        tampered(cell, seed)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(10))
def test_thousands_of_tapes_are_worth_what_their_decisions_are(part: int) -> None:
    for seed in range(20_000 + 100 * part, 20_100 + 100 * part):
        check(drawn(seed))
        cell = laid_out(drawn(seed))
        if cell is not None:
            tampered(cell, seed)


@pytest.mark.parametrize(
    "entries",
    [
        np.zeros((3, 2), np.int64),
        np.zeros((3, 2), np.float32),
        np.zeros(6, np.int32),
        np.zeros((2, 3), np.int32),
        np.zeros((1, 2, 2), np.int32),
    ],
)
def test_what_is_no_tape_is_said_so(entries: np.ndarray) -> None:
    with pytest.raises(TapeError, match=r"expected int32 \(decisions, 2\)"):
        Tape(entries)


def test_a_tape_that_its_owner_goes_on_writing_is_followed_as_it_was() -> None:
    entries = np.zeros((3, 2), np.int32)
    tape = Tape(entries)
    entries[:] = 7
    assert not tape.entries.any()


# By hand -------------------------------------------------------------------------------------


def placed(
    fleet: list[dict[str, Any]], tasks: list[dict[str, Any]], *entries: tuple[int, int]
) -> list[tuple[str, int]]:
    """Where tasks go, one after another, by a tape."""
    own = [{"submit": float(k), **task} for k, task in enumerate(tasks)]
    run = replay_compiled(
        sim.workload(written(fleet, own, ordered=True), order="trace"),
        NOBODY,
        [],
        queue="reject",
        ties="first",
        samples=0,
        probe=None,
        probes=0,
        placements=True,
        tape=Tape(np.array(entries, np.int32).reshape(-1, 2)),
    )
    assert run.placements is not None
    return list(
        zip(run.placements["machine"].tolist(), run.placements["slot"].tolist(), strict=True)
    )


def test_a_machine_takes_no_more_of_a_group_than_its_limit() -> None:
    fleet = [{"cpu": 8.0}, {"cpu": 8.0}]
    tasks = [{"cpu": 1.0, "job": "a", "max_per_machine": 1}] * 3
    assert placed(fleet, tasks, (1, -1), (0, -1), (-1, -1)) == [("m1", -1), ("m0", -1)]
    for wrong in [(1, -1), (-1, -1)]:
        with pytest.raises(TapeError, match=f"decision 2 .*found machine {wrong[0]}, expected one"):
            placed(fleet, tasks, (1, -1), wrong, (-1, -1))
    with pytest.raises(
        TapeError, match=r"decision 3 .*found machine 0, expected one that can take"
    ):
        placed(fleet, tasks, (1, -1), (0, -1), (0, -1))


def test_a_share_goes_on_any_device_that_has_room_for_it() -> None:
    fleet, half = [{"cpu": 8.0, "gpu": 2.0}], {"gpu": 0.5}
    tasks = [half, half, {"gpu": 1.0}]
    apart, together = [(0, 1), (0, 0)], [(0, 1), (0, 1)]
    assert placed(fleet, tasks, *apart, (-1, -1)) == [("m0", 1), ("m0", 0)]
    assert placed(fleet, tasks, *together, (0, -1)) == [("m0", 1), ("m0", 1), ("m0", -1)]
    for at, entries in [
        (1, [(0, -1)]),
        (1, [(0, 2)]),
        (3, [*together, (0, 0)]),
        (3, [*apart, (-1, 0)]),
    ]:
        with pytest.raises(TapeError, match=rf"decision {at} of .*found slot {entries[-1][1]} of"):
            placed(fleet, tasks, *entries)
    with pytest.raises(TapeError, match=r"decision 3 .*found slot 1 of machine 0"):
        placed(fleet, [half] * 3, *together, (0, 1))
    with pytest.raises(
        TapeError, match=r"decision 3 .*found machine 0, expected one that can take"
    ):
        placed(fleet, tasks, *apart, (0, -1))
    with pytest.raises(TapeError, match=r"decision 3 .*found the end of the tape"):
        placed(fleet, tasks, *apart)


# Probes of others, and saturation ------------------------------------------------------------


def test_the_probes_of_others_are_followed_too() -> None:
    compared = 0
    names = ("fgd", "nilas", "gpu_clustering", "array")
    for seed in range(12):
        case = replace(drawn(seed), names=("best_fit",), steps=(0.0,), recorded=False)
        kind = replace(case.settings, resources=("cpu", "mem", "gpu"))
        cell = laid_out(replace(case, settings=kind, asked={**case.asked, "weights": None}))
        if cell is None:
            continue
        others = [(composed(heuristic(name)), "first") for name in names]
        tape, tapes = Tape(), [Tape() for _ in names]
        scorer = scorer_of(cell)
        plain = scorer.score(0, cell.composition, case.ties, others=others)
        run = scorer.score(
            0, cell.composition, case.ties, others=others, tape=tape, tapes=[*tapes[:3], None]
        )
        assert told(run) == told(plain)
        again = scorer.score(
            0,
            cell.composition,
            case.ties,
            others=[(NOBODY, "first")] * 3 + others[3:],
            tapes=[*(Tape(one.decisions) for one in tapes[:3]), None],
        )
        assert told(again) == told(plain)
        if len(tapes[0].decisions):
            compared += 1
            short = Tape(tapes[0].decisions[:-1])
            with pytest.raises(TapeError, match=rf"decision {len(short.entries) + 1} of the tape"):
                scorer.score(
                    0, cell.composition, case.ties, others=[(NOBODY, "first")], tapes=[short]
                )
            more = Tape(np.concatenate([tapes[0].decisions] * 2))
            with pytest.raises(TapeError, match="expected none"):
                scorer.score(
                    0, cell.composition, case.ties, others=[(NOBODY, "first")], tapes=[more]
                )
    assert compared > 5


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("ties", ["first", "random"])
def test_a_saturation_is_followed_as_it_was_recorded(name: str, ties: str) -> None:
    for seed in range(4):
        random = np.random.default_rng([seed, 9])
        trace = random_trace(random, Settings(machines=6, tasks=50, limits=seed % 2 == 0))
        setup = experiment(trace)
        composition = composed(heuristic(name))
        kernels = [compile_kernel(h, trace.resources) for h in composition.levels]
        code = tie_code(composition.ties(ties))

        def run(tape: Tape | None, asked: bool = False) -> Any:
            who, own, rule = (composition, kernels, code) if asked else (NOBODY, [], 0)  # noqa: B023
            return saturate_once(setup, who, own, seed, ties=rule, placements=True, tape=tape)  # noqa: B023

        tape = Tape()
        plain = run(None, asked=True)
        assert told(run(tape, asked=True)) == told(plain)
        entries = tape.decisions
        assert len(entries) == plain.decisions
        assert told(run(Tape(entries))) == told(plain)
        k = int(random.integers(len(entries)))
        refused = int(np.flatnonzero(entries[:, 0] >= 0)[0])
        for at, other in [
            (k, entries[:k]),
            (k, edited(entries, k, 6, -1)),
            (k, edited(entries, k, -2, -1)),
            (refused, edited(entries, refused, -1, -1)),
        ]:
            with pytest.raises(TapeError, match=f"decision {at + 1} of the tape, for task"):
                run(Tape(other))
        with pytest.raises(TapeError, match="found 1 decisions on the tape after the last"):
            run(Tape(np.concatenate([entries, entries[:1]])))
