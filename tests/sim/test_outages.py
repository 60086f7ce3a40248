"""Machines that fail, are maintained, come and go; and the tasks that ran on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
import traces
from sim import outages
from sim.outages import Outages, drawn
from sim.population import Machines
from tests.sim import agreement

HOUR = outages.TICKS_AN_HOUR
TASKS = "id,submit,lifetime,cpu\n"


def fleet(count: int, rack: list[int] | None = None) -> Machines:
    none = np.zeros(count, np.int64)
    codes = None if rack is None else np.array(rack)
    return Machines(
        tuple(f"m{n}" for n in range(count)), np.ones((count, 1)), none, none, rack=codes
    )


def away(changes: outages.Changes, n: int, length: int) -> list[tuple[int, int]]:
    """When a machine is away."""
    rows = [
        (tick, kind)
        for tick, kind, machine in zip(changes.tick, changes.kind, changes.machine, strict=True)
        if machine == n and kind != outages.CLOSE
    ]
    assert [kind for _, kind in rows] == [outages.REMOVE, outages.ADD] * (len(rows) // 2) + [
        outages.REMOVE
    ] * (len(rows) % 2)
    ticks = [tick for tick, _ in rows] + [length] * (len(rows) % 2)
    assert ticks == sorted(ticks)
    return list(zip(ticks[::2], ticks[1::2], strict=True))


def replayed(
    folder: Path, tasks: str, events: str, queue: str = "skip", machines: str = "m1,4\nm2,4\n"
) -> sim.Replay:
    (folder / "machines.csv").write_text("id,cpu\n" + machines)
    (folder / "tasks.csv").write_text(TASKS + tasks + "last,1000,1,1\n")
    (folder / "events.csv").write_text("time,machine,kind,cpu\n" + events)
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(traces.read(folder), order="trace")
    return sim.replay(work, heuristics.get("first_fit"), queue=queue, placements=True)


def starts(run: sim.Replay) -> list[tuple[int, float, str]]:
    assert run.placements is not None
    return list(
        zip(
            run.placements["task"].tolist(),
            run.placements["time_s"].tolist(),
            run.placements["machine"].tolist(),
            strict=True,
        )
    )


def test_what_runs_on_a_machine_that_goes_begins_anew_elsewhere(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,50,3\n", "10,m1,remove,\n")
    assert starts(run)[:2] == [(0, 0.0, "m1"), (0, 10.0, "m2")]
    assert run.counters["evicted"] == 1
    assert run.result()["resources"]["cpu"]["lost_pct"] == pytest.approx(100 * 30 / (8 * 1001))
    assert run.result()["evicted"] == 1


def test_what_finds_no_other_machine_waits_or_is_turned_away(tmp_path: Path) -> None:
    events = "10,m1,remove,\n30,m1,add,\n"
    run = replayed(tmp_path, "a,0,50,3\nb,1,500,3\n", events)
    assert starts(run)[:3] == [(0, 0.0, "m1"), (1, 1.0, "m2"), (0, 30.0, "m1")]
    assert run.waits["mean"] == pytest.approx(20 / 4)  # from its eviction on
    run = replayed(tmp_path, "a,0,50,3\nb,1,500,3\n", events, queue="reject")
    assert run.counters["rejected"] == 1


def test_a_machine_that_is_added_later_takes_nothing_before(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,50,3\nb,1,50,3\n", "20,m2,add,4\n")
    assert starts(run)[:2] == [(0, 0.0, "m1"), (1, 20.0, "m2")]


def test_a_machine_that_shrinks_sends_off_who_came_last(tmp_path: Path) -> None:
    run = replayed(
        tmp_path, "a,0,90,2\nb,1,90,2\n", "10,m1,update,3\n60,m1,update,4\n", machines="m1,4\n"
    )
    assert starts(run)[:3] == [(0, 0.0, "m1"), (1, 1.0, "m1"), (1, 60.0, "m1")]


def test_machines_of_one_instant_go_together(tmp_path: Path) -> None:
    run = replayed(tmp_path, "a,0,50,3\n", "10,m1,remove,\n10,m2,remove,\n40,m2,add,\n")
    assert starts(run)[:2] == [(0, 0.0, "m1"), (0, 40.0, "m2")]
    assert run.counters["evicted"] == 1


@pytest.mark.parametrize("seed", range(15))
def test_random_cells_whose_machines_fail_agree_with_the_oracle(seed: int) -> None:
    assert agreement.check(agreement.with_outages(agreement.drawn(seed))) >= 0


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_whose_machines_fail_agree_with_the_oracle(part: int) -> None:
    for seed in range(60_000 + 1_000 * part, 61_000 + 1_000 * part):
        agreement.check(agreement.with_outages(agreement.drawn(seed)))


def test_failures_come_and_are_mended_as_often_as_was_asked() -> None:
    length = 20_000 * HOUR
    changes = drawn(Outages(mtbf_h=90, mttr_h=10), fleet(40), length, (3,))
    times = [away(changes, n, length) for n in range(40)]
    share = sum(last - first for those in times for first, last in those) / (40 * length)
    assert share == pytest.approx(0.1, abs=0.01)
    assert sum(map(len, times)) == pytest.approx(40 * 20_000 / 100, rel=0.05)
    at_start = np.mean([bool(those) and those[0][0] == 0 for those in times])
    assert at_start < 0.3


def test_a_rack_fails_as_one() -> None:
    length = 2_000 * HOUR
    changes = drawn(
        Outages(rack_mtbf_h=50, rack_mttr_h=2), fleet(4, rack=[0, 1, 0, -1]), length, (1,)
    )
    assert away(changes, 0, length) == away(changes, 2, length) != away(changes, 1, length)
    assert away(changes, 3, length) not in (away(changes, 0, length), away(changes, 1, length))


def test_waves_of_maintenance_take_each_machine_once_a_period_after_its_drain() -> None:
    length = 300 * HOUR
    model = Outages(maintenance_every_h=100, maintenance_h=2, maintenance_share=0.25, drain_h=5)
    changes = drawn(model, fleet(8), length, (0,))
    begins = []
    for n in range(8):
        times = away(changes, n, length)
        assert [last - first for first, last in times] == [2 * HOUR] * 3
        assert np.diff([first for first, _ in times]).tolist() == [100 * HOUR] * 2
        closed = changes.tick[(changes.machine == n) & (changes.kind == outages.CLOSE)]
        assert closed.tolist() == [first - 5 * HOUR for first, _ in times]
        begins.append(times[0][0])
    assert sorted(np.unique(begins, return_counts=True)[1].tolist()) == [2, 2, 2, 2]


def test_a_model_with_the_same_key_makes_the_same_changes() -> None:
    model = Outages(mtbf_h=20, rack_mtbf_h=100, maintenance_every_h=70)
    one, two, other = (drawn(model, fleet(50), 500 * HOUR, (key,)) for key in (1, 1, 2))
    assert np.array_equal(one.tick, two.tick)
    assert np.array_equal(one.machine, two.machine)
    assert not np.array_equal(one.tick, other.tick)


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Outages(mtbf_h=-1), "mtbf_h"),
        (Outages(mtbf_h=float("nan")), "mtbf_h"),
        (Outages(mtbf_h=1, mttr_h=1e9), "mttr_h"),
        (Outages(maintenance_every_h=1, maintenance_share=0.0), "maintenance_share"),
        (Outages(rack_mtbf_h=1, rack_machines=0), "rack_machines"),
    ],
)
def test_a_model_that_cannot_be_is_told_by_its_field(model: Outages, field: str) -> None:
    with pytest.raises(sim.SimError, match=field):
        drawn(model, fleet(2), HOUR, (0,))


def test_without_outages_nothing_is_said_of_them() -> None:
    work = sim.workload(traces.load("synthetic", tasks=200, machines=20), hours=2.0)
    result = sim.replay(work, heuristics.get("best_fit")).result()
    assert "evicted" not in result
    assert all("lost_pct" not in part for part in result["resources"].values())
