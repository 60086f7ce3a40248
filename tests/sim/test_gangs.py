"""Gangs: tasks that start together or not at all, where, and for how long they wait."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
import traces
from sim import layout
from sim.gangs import Gangs, marked
from tests.sim import agreement

HEAD = "id,job,submit,lifetime,cpu,gang\n"
MACHINES = "m1,4,r1\nm2,4,r1\nm3,4,r2\nm4,4,r2\n"


def replayed(
    folder: Path,
    tasks: str,
    gangs: Gangs | None = None,
    *,
    queue: str = "skip",
    machines: str = MACHINES,
    **more: object,
) -> sim.Replay:
    (folder / "machines.csv").write_text("id,cpu,rack\n" + machines)
    (folder / "tasks.csv").write_text(HEAD + tasks + "last,last,1000,1,1,0\n")
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(traces.read(folder), order="trace", rules=sim.Rules(gangs=gangs, **more))  # type: ignore[arg-type]
    return sim.replay(work, heuristics.get("first_fit"), queue=queue, placements=True)


def starts(run: sim.Replay) -> list[tuple[int, float, str]]:
    assert run.placements is not None
    rows = (run.placements[name].tolist() for name in ("task", "time_s", "machine"))
    return [row for row in zip(*rows, strict=True) if row[1] < 1000]


FULL = "x,x,0,20,4,0\ny,y,0,40,4,0\nz,z,0,60,4,0\n"
PAIR = "a,g,5,10,3,1\nb,g,5,10,3,1\n"


def test_a_gang_waits_until_all_of_it_fits(tmp_path: Path) -> None:
    run = replayed(tmp_path, FULL + PAIR)
    assert starts(run)[3:] == [(3, 20.0, "m1"), (4, 20.0, "m4")]
    assert (run.counters["queued"], run.waits["p99"]) == (2, 15.0)


def test_others_pass_a_gang_that_waits_and_find_what_it_left(tmp_path: Path) -> None:
    run = replayed(tmp_path, FULL + PAIR + "c,c,6,100,4,0\n")
    assert (5, 6.0, "m4") in starts(run)
    run = replayed(tmp_path, FULL + PAIR + "c,c,6,100,4,0\n", queue="fifo")
    assert (5, 30.0, "m1") in starts(run)


def test_a_gang_that_does_not_fit_is_turned_away_whole(tmp_path: Path) -> None:
    run = replayed(tmp_path, FULL + PAIR, queue="reject")
    assert (run.counters["placed"], run.counters["rejected"]) == (4, 2)
    assert len(starts(run)) == 3


def test_a_gang_comes_when_the_last_of_it_does(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,g,5,10,3,1\nc,c,6,10,1,0\nb,g,7,10,3,1\n")
    assert starts(run) == [(1, 6.0, "m1"), (0, 7.0, "m1"), (2, 7.0, "m2")]


def test_a_gang_gives_up_after_its_time(tmp_path: Path) -> None:
    run = replayed(tmp_path, FULL + PAIR, Gangs(timeout_h=10 / 3600))
    assert (run.counters["given_up"], run.counters["rejected"]) == (2, 2)
    assert run.result()["given_up"] == 2
    run = replayed(tmp_path, FULL + PAIR, Gangs(timeout_h=15 / 3600))
    assert run.counters["given_up"] == 0


def test_a_gang_is_kept_to_one_machine_where_that_is_asked(tmp_path: Path) -> None:
    tasks = "x,x,0,20,2,0\na,g,5,10,2,1\nb,g,5,10,2,1\n"
    assert starts(replayed(tmp_path, tasks))[1:] == [(1, 5.0, "m1"), (2, 5.0, "m2")]
    run = replayed(tmp_path, tasks, Gangs("machine"))
    assert starts(run)[1:] == [(1, 5.0, "m2"), (2, 5.0, "m2")]


def test_a_gang_is_kept_to_one_rack_where_that_is_asked(tmp_path: Path) -> None:
    tasks = "x,x,0,20,4,0\na,g,5,10,4,1\nb,g,5,10,4,1\n"
    run = replayed(tmp_path, tasks, Gangs("rack"))
    assert starts(run)[1:] == [(1, 5.0, "m3"), (2, 5.0, "m4")]


def test_an_evicted_member_takes_its_gang_with_it(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("time,machine,kind\n8,m2,remove\n")
    run = replayed(tmp_path, "a,g,5,10,4,1\nb,g,5,10,4,1\nc,c,5,10,4,0\n")
    assert starts(run)[3:] == [(0, 8.0, "m1"), (1, 8.0, "m4")]
    assert run.counters["evicted"] == 2


def test_draws_of_one_job_after_another_are_two_gangs() -> None:
    rows = np.zeros((layout.TASK_FIELDS, 7), np.int64)
    rows[layout.NUMBER] = np.arange(10, 17)
    marked(rows, np.array([4, 4, -1, -1, 5, 5, 6]))
    assert rows[layout.GANG].tolist() == [2, 1, 1, 1, 2, 1, 1]
    assert rows[layout.GANG_OF].tolist() == [10, 10, -1, -1, 14, 14, -1]


def test_a_drawn_stream_has_whole_gangs(tmp_path: Path) -> None:
    tasks = "".join(
        f"t{k}-{m},j{k},{k},{50 + k},1,1\n" for k in range(40) for m in range(1 + k % 3)
    )
    (tmp_path / "machines.csv").write_text("id,cpu,rack\n" + MACHINES)
    (tmp_path / "tasks.csv").write_text(HEAD + tasks)
    work = sim.workload(traces.read(tmp_path), order="drawn", load=0.8, hours=0.5, history_h=0.1)
    sizes = {f"j{k}": 1 + k % 3 for k in range(40)}
    for chunk in work.arrivals(0):
        k = 0
        while k < chunk.shape[1]:
            size = int(chunk[layout.GANG, k])
            job = work.population.job_names[work.population.job[chunk[layout.SOURCE, k]]]
            assert size == sizes[job]
            assert len(set(chunk[layout.SUBMIT, k : k + size].tolist())) == 1
            k += size
    run = sim.replay(work, heuristics.get("best_fit"), queue="skip")
    assert run.counters["placed"] > 100


@pytest.mark.parametrize("seed", range(15))
def test_random_cells_with_gangs_agree_with_the_oracle(seed: int) -> None:
    case = agreement.drawn(seed)
    case = agreement.with_preemption(case) if seed % 3 == 0 else case
    case = agreement.with_outages(case) if seed % 4 == 0 else case
    agreement.check(agreement.with_gangs(case))


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_with_gangs_agree_with_the_oracle(part: int) -> None:
    for seed in range(80_000 + 1_000 * part, 81_000 + 1_000 * part):
        test_random_cells_with_gangs_agree_with_the_oracle(seed)


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(sim.SimError, match=r"gangs.topology=row: expected one of any, machine"):
        replayed(tmp_path, PAIR, Gangs("row"))
    with pytest.raises(sim.SimError, match=r"gangs.timeout_h=-1: expected hours"):
        replayed(tmp_path, PAIR, Gangs(timeout_h=-1))
    with pytest.raises(sim.SimError, match="queue=easy: found tasks that start together"):
        replayed(tmp_path, PAIR, queue="easy")
