"""Preemption: who must leave for whom, and what becomes of those who do."""

from __future__ import annotations

from pathlib import Path

import pytest

import heuristics
import sim
import traces
from sim.preempt import Preemption
from sim.rules import Rules
from tests.sim import agreement

HEAD = "id,submit,lifetime,cpu,priority\n"


def replayed(
    folder: Path,
    tasks: str,
    machines: str = "m1,4\nm2,4\n",
    *,
    bands: tuple[tuple[int, int], ...] = (),
    queue: str = "skip",
) -> sim.Replay:
    (folder / "machines.csv").write_text("id,cpu\n" + machines)
    (folder / "tasks.csv").write_text(HEAD + tasks + "last,1000,1,1,0\n")
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(
        traces.read(folder), order="trace", rules=Rules(preemption=Preemption(bands))
    )
    return sim.replay(work, heuristics.get("first_fit"), queue=queue, placements=True)


def starts(run: sim.Replay) -> list[tuple[int, float, str]]:
    assert run.placements is not None
    rows = (run.placements[name].tolist() for name in ("task", "time_s", "machine"))
    return [row for row in zip(*rows, strict=True) if row[1] < 1000]


def test_the_machine_whose_highest_victim_is_lowest_is_taken(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,90,4,2\nb,0,90,4,1\nc,5,10,4,3\n")
    assert starts(run) == [(0, 0.0, "m1"), (1, 0.0, "m2"), (2, 5.0, "m2"), (1, 15.0, "m2")]
    assert (run.counters["preempted"], run.counters["evicted"]) == (1, 1)


def test_of_equals_the_machine_with_the_fewest_victims_is_taken(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,90,2,1\nb,0,90,2,1\nc,0,90,4,1\nd,5,10,4,3\n")
    assert (3, 5.0, "m2") in starts(run)


def test_no_more_leave_than_must_and_the_lowest_first(tmp_path: Path) -> None:
    tasks = "a,0,90,1,1\nb,0,90,2,0\nc,0,90,1,1\nd,5,10,2,3\n"
    run = replayed(tmp_path, tasks, "m1,4\n")
    assert starts(run)[3:] == [(3, 5.0, "m1"), (1, 15.0, "m1")]


def test_equals_never_leave_for_each_other(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,90,4,1\nb,5,10,4,1\n", "m1,4\n", queue="reject")
    assert (run.counters["preempted"], run.counters["rejected"]) == (0, 1)


def test_tasks_of_a_band_never_leave_for_each_other(tmp_path: Path) -> None:
    tasks = "a,0,90,4,9\nb,5,10,4,11\nc,6,10,4,12\n"
    run = replayed(tmp_path, tasks, "m1,4\n", bands=((9, 11),), queue="reject")
    assert starts(run) == [(0, 0.0, "m1"), (2, 6.0, "m1")]
    assert replayed(tmp_path, tasks, "m1,4\n").counters["preempted"] == 3  # a once more by b


def test_a_victim_that_finds_no_room_is_turned_away_where_there_is_no_queue(
    tmp_path: Path,
) -> None:
    run = replayed(tmp_path, "a,0,90,4,1\nb,5,10,4,2\n", "m1,4\n", queue="reject")
    assert (run.counters["preempted"], run.counters["rejected"]) == (1, 1)


def test_who_waits_at_the_head_of_the_line_preempts_too(tmp_path: Path) -> None:
    tasks = "a,0,90,4,5\nb,1,90,4,5\nlow,3,90,4,0\nd,95,10,4,9\n"
    run = replayed(tmp_path, tasks, "m1,4\n", queue="fifo")
    # d stands behind low, and takes its place once it is at the head
    assert starts(run)[2:] == [(2, 180.0, "m1"), (3, 180.0, "m1"), (2, 190.0, "m1")]


@pytest.mark.parametrize("seed", range(15))
def test_random_cells_with_preemption_agree_with_the_oracle(seed: int) -> None:
    case = agreement.with_preemption(agreement.drawn(seed))
    agreement.check(agreement.with_outages(case) if seed % 3 == 0 else case)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_with_preemption_agree_with_the_oracle(part: int) -> None:
    for seed in range(70_000 + 1_000 * part, 71_000 + 1_000 * part):
        case = agreement.with_preemption(agreement.drawn(seed))
        agreement.check(agreement.with_outages(case) if seed % 3 == 0 else case)


def test_bands_that_are_none_and_reservations_beside_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sim.SimError, match=r"preemption.bands: found \[3, 1\]"):
        replayed(tmp_path, "a,0,1,1,0\n", bands=((3, 1),))
    with pytest.raises(sim.SimError, match="queue=easy: expected no preemption"):
        replayed(tmp_path, "a,0,1,1,0\n", queue="easy")
