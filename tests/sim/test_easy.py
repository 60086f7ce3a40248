"""EASY backfilling: who may pass the first in line, and who may not."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

import heuristics
import sim
import traces
from sim.queues import QUEUES
from tests.sim import agreement
from unstrand import schema

PUBLISHED = (
    Path(os.environ.get("UNSTRAND_DATA", "../shared/traces")) / "swf" / "published_easy_kth.csv"
)
TASKS = "id,submit,lifetime,requested,cpu\n"


def starts(
    folder: Path, tasks: str, machines: str = "pool,10\n", *, queue: str = "easy"
) -> dict[str, tuple[float, str]]:
    """When and where each task starts, under the first machine that fits."""
    (folder / "machines.csv").write_text("id,cpu\n" + machines)
    (folder / "tasks.csv").write_text(TASKS + tasks + "last,2000,1,1,1\n")
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(traces.read(folder), order="trace")
    run = sim.replay(work, heuristics.get("first_fit"), queue=queue, placements=True)
    assert run.placements is not None
    ids = [*(line.split(",")[0] for line in tasks.split()), "last"]
    return {
        ids[task]: (float(time), str(machine))
        for task, time, machine in zip(
            run.placements["task"],
            run.placements["time_s"],
            run.placements["machine"],
            strict=True,
        )
    }


RUNNING = "a,0,100,100,6\nhead,1,50,50,8\n"


@pytest.mark.parametrize(
    ("task", "starts_at"),
    [
        ("b,2,98,98,4", 2.0),  # ends as the head may start
        ("b,2,99,99,4", 150.0),  # would end a second too late
        ("b,2,500,500,2", 2.0),  # takes what the head leaves
        ("b,2,10,,4", 150.0),  # nobody knows for how long
        ("b,2,10,99,4", 150.0),  # it is planned by what was asked for
    ],
)
def test_a_task_passes_the_head_where_that_does_not_delay_it(
    tmp_path: Path, task: str, starts_at: float
) -> None:
    found = starts(tmp_path, RUNNING + task + "\n")
    assert found["head"][0] == 100.0
    assert found["b"][0] == starts_at


def test_a_clairvoyant_plan_goes_by_what_tasks_really_run(tmp_path: Path) -> None:
    found = starts(tmp_path, RUNNING + "b,2,10,99,4\n", queue="easy_clairvoyant")
    assert found["b"][0] == 2.0


def test_the_shortest_passes_first_where_that_is_asked_for(tmp_path: Path) -> None:
    tasks = RUNNING + "x,1,9,9,4\nlong,2,80,80,4\nshort,3,20,20,4\n"
    found = starts(tmp_path, tasks)
    assert (found["long"][0], found["short"][0]) == (10.0, 150.0)
    found = starts(tmp_path, tasks, queue="easy_sjbf")
    assert (found["short"][0], found["long"][0]) == (10.0, 150.0)


def test_a_task_that_would_delay_the_head_goes_to_another_machine(tmp_path: Path) -> None:
    tasks = "a,0,100,100,6\nc,0,300,300,9\nhead,1,50,50,8\nb,2,200,200,1\nd,3,200,200,4\n"
    found = starts(tmp_path, tasks, "m1,10\nm2,10\n")
    assert found["head"] == (100.0, "m1")
    assert found["b"] == (2.0, "m1")  # two are left beside the head
    found = starts(tmp_path, tasks.replace("b,2,200,200,1", "b,2,200,200,3"), "m1,10\nm2,12\n")
    assert found["b"] == (2.0, "m2")


def test_the_head_starts_sooner_where_a_task_ends_before_its_time(tmp_path: Path) -> None:
    found = starts(tmp_path, "a,0,20,100,6\nhead,1,50,50,8\nb,2,60,60,4\n")
    assert found["b"][0] == 2.0
    assert found["head"][0] == 62.0  # b passed by the plan of the time; the head waits for it
    found = starts(tmp_path, "a,0,20,100,6\nhead,1,50,50,8\n")
    assert found["head"][0] == 20.0


def test_a_head_that_fits_nowhere_holds_up_no_one(tmp_path: Path) -> None:
    found = starts(tmp_path, "a,0,,,6\nhead,1,50,50,8\nb,2,500,500,4\n")
    assert "head" not in found
    assert found["b"][0] == 2.0


def test_an_overdue_task_is_expected_to_end_at_once(tmp_path: Path) -> None:
    found = starts(tmp_path, "a,0,100,10,6\nhead,1,50,50,8\nb,20,5,5,4\nc,21,5,5,1\n")
    assert found["head"][0] == 100.0
    assert found["b"][0] == 150.0  # five seconds are longer than the next instant
    assert found["c"][0] == 21.0


@pytest.mark.parametrize("seed", range(400, 415))
def test_random_cells_with_reservations_agree_with_the_oracle(seed: int) -> None:
    case = agreement.drawn(seed) | {"queue": agreement.EASY[seed % 4]}
    agreement.check(case)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_with_reservations_agree_with_the_oracle(part: int) -> None:
    for seed in range(50_000 + 1_000 * part, 51_000 + 1_000 * part):
        agreement.check(agreement.drawn(seed) | {"queue": agreement.EASY[seed % 4]})


def test_the_command_knows_the_queues_that_there_are() -> None:
    assert tuple(QUEUES) == schema.QUEUES


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"no {PUBLISHED}: set UNSTRAND_DATA")
def test_published_slowdowns_of_kth_are_met() -> None:
    """Published for EASY on KTH-SP2: jobs' mean bounded slowdown, within half a per cent."""
    trace = traces.load("swf", path=PUBLISHED.with_name("KTH-SP2-1996-2.swf.gz"))
    published = pl.read_csv(PUBLISHED).iter_rows(named=True)
    work = sim.workload(trace, order="trace")
    names = {
        "EASY": "easy",
        "EASY-SJBF": "easy_sjbf",
        "EASY clairvoyant": "easy_clairvoyant",
        "EASY-SJBF clairvoyant": "easy_sjbf_clairvoyant",
    }
    for row in published:
        run = sim.replay(work, heuristics.get("first_fit"), queue=names[row["policy"]])
        assert run.counters["placed"] == row["jobs"]
        assert run.waits["slowdown"] == pytest.approx(row["mean_bounded_slowdown"], rel=0.005)
