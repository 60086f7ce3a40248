"""Migration: which running task moves, where to, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

import heuristics
import sim
import traces
from sim import Migration
from sim.rules import Rules
from tests.sim import agreement


def replayed(folder: Path, tasks: str, budget: Migration | None, name: str) -> sim.Replay:
    (folder / "machines.csv").write_text("id,cpu\nm1,4\nm2,4\n")
    (folder / "tasks.csv").write_text("id,submit,lifetime,cpu\n" + tasks + "last,1000,1,1\n")
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(traces.read(folder), order="trace", rules=Rules(migration=budget))
    return sim.replay(work, heuristics.get(name), queue="skip", placements=True)


SPREAD = "a,0,60,4\nb,1,400,2\nbig,150,10,4\n"  # b stands on m2, and m1 is free from 60 on


def test_a_task_that_the_heuristic_puts_elsewhere_now_moves_there(tmp_path: Path) -> None:
    run = replayed(tmp_path, SPREAD, Migration(60.0, 4), "first_fit")
    assert run.counters["moved"] == 1  # b to m1
    assert replayed(tmp_path, SPREAD, None, "first_fit").counters["moved"] == 0
    assert run.placements is not None
    assert run.placements["machine"].tolist() == ["m1", "m2", "m2", "m1"]
    assert run.result()["moved"] == 1


def test_who_moves_ends_when_it_would_have(tmp_path: Path) -> None:
    moved = replayed(tmp_path, SPREAD, Migration(60.0, 4), "first_fit")
    still = replayed(tmp_path, SPREAD, None, "first_fit")
    assert moved.used.tolist() == still.used.tolist()
    assert moved.counters["placed"] == still.counters["placed"] == 4


def test_no_more_move_than_the_budget_has(tmp_path: Path) -> None:
    tasks = "".join(f"t{k},{k},900,1\n" for k in range(4))
    run = replayed(tmp_path, tasks, Migration(20.0, 8), "random")
    assert run.counters["moved"] <= 1001 * 20 / 3600


@pytest.mark.parametrize("seed", range(15))
def test_random_cells_whose_tasks_move_agree_with_the_oracle(seed: int) -> None:
    case = agreement.drawn(seed)
    case = agreement.with_preemption(case) if seed % 3 == 0 else case
    case = agreement.with_outages(case) if seed % 4 == 0 else case
    case = agreement.with_gangs(case) if seed % 5 == 0 else case
    agreement.check(agreement.with_migration(case))


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_whose_tasks_move_agree_with_the_oracle(part: int) -> None:
    for seed in range(90_000 + 1_000 * part, 91_000 + 1_000 * part):
        test_random_cells_whose_tasks_move_agree_with_the_oracle(seed)


@pytest.mark.parametrize(
    ("budget", "field"),
    [
        (Migration(0.0), "moves_per_hour=0.0"),
        (Migration(float("nan")), "moves_per_hour=nan"),
        (Migration(1.0, 0), "looks=0"),
    ],
)
def test_a_budget_that_is_none_is_refused(budget: Migration, field: str) -> None:
    with pytest.raises(sim.SimError, match=field):
        sim.workload(
            traces.load("synthetic", tasks=100, machines=10), rules=Rules(migration=budget)
        )
