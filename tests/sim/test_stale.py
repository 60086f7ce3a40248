"""Stale views: what schedulers know, what becomes of a conflict, and what stands beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
import sim.state
import traces
from heuristics import HeuristicError
from sim import Stale
from sim.composition import Composition
from sim.scored import Measure, Scorer
from sim.tape import Tape
from tests.sim import agreement


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for changes that schedulers have not seen grows often."""
    monkeypatch.setattr(sim.state, "CHANGES", 1)


HEAD = "id,submit,lifetime,cpu,priority\n"


def replayed(
    folder: Path, tasks: str, stale: Stale | None, *, machines: str = "m1,4\nm2,4\n", **more: str
) -> sim.Replay:
    (folder / "machines.csv").write_text("id,cpu\n" + machines)
    (folder / "tasks.csv").write_text(HEAD + tasks + "last,1000,1,1,0\n")
    (folder / "trace.json").write_text('{"ordered": true}')
    work = sim.workload(traces.read(folder), order="trace", rules=sim.Rules(stale=stale))
    asked = {"queue": "skip"} | more
    return sim.replay(work, heuristics.get("first_fit"), placements=True, **asked)  # type: ignore[arg-type]


def where(run: sim.Replay) -> list[tuple[float, str]]:
    assert run.placements is not None
    rows = zip(*(run.placements[name].tolist() for name in ("time_s", "machine")), strict=True)
    return [row for row in rows if row[0] < 1000]


TWO = "a,0,900,3,0\nb,1,900,3,0\n"


def test_who_has_not_seen_the_others_placement_meets_a_conflict(tmp_path: Path) -> None:
    run = replayed(tmp_path, TWO, Stale(2, 1))
    assert where(run) == [(0.0, "m1"), (1.0, "m2")]  # b first wanted m1, as a had
    assert run.counters["conflicts"] == run.result()["conflicts"] == 1


def test_a_choice_that_still_fits_is_taken_though_a_better_one_came_free(tmp_path: Path) -> None:
    tasks = "a,0,10,3,0\nb,1,900,3,0\nc,20,900,3,0\n"
    assert where(replayed(tmp_path, tasks, Stale(2, 0)))[2] == (20.0, "m1")
    late = replayed(tmp_path, tasks, Stale(2, 2))
    assert where(late)[2] == (20.0, "m1")
    assert late.counters["conflicts"] == 2  # c wanted m2: a's end and b are not seen yet
    tasks = "a,0,10,3,0\nb,1,900,1,0\nc,20,900,2,0\n"
    assert where(replayed(tmp_path, tasks, Stale(2, 0)))[1:] == [(1.0, "m1"), (20.0, "m1")]
    late = replayed(tmp_path, tasks, Stale(2, 2))
    assert where(late)[1:] == [(1.0, "m1"), (20.0, "m2")]
    assert late.counters["conflicts"] == 0


def test_a_scheduler_knows_what_it_placed_itself(tmp_path: Path) -> None:
    run = replayed(tmp_path, TWO, Stale(1, 50))
    assert where(run) == [(0.0, "m1"), (1.0, "m2")]
    assert run.counters["conflicts"] == 0


def test_nobody_is_turned_away_or_kept_waiting_on_a_stale_view(tmp_path: Path) -> None:
    tasks = "a,0,10,4,0\nb,1,20,4,0\nc,15,30,4,0\nd,16,10,4,0\n"
    run = replayed(tmp_path, tasks, Stale(3, 50))
    assert where(run)[2:] == [(15.0, "m1"), (21.0, "m2")]
    run = replayed(tmp_path, tasks, Stale(3, 50), queue="reject")
    assert (run.counters["placed"], run.counters["rejected"]) == (4, 1)


def test_a_machine_that_is_gone_is_a_conflict_for_who_has_not_seen_it_go(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("time,machine,kind\n5,m1,remove\n")
    run = replayed(tmp_path, "a,6,900,1,0\n", Stale(2, 1))
    assert where(run) == [(6.0, "m2")]
    assert run.counters["conflicts"] == 1


def synthetic(stale: Stale | None, name: str = "best_fit", load: float = 0.95) -> sim.Replay:
    trace = traces.load("synthetic", tasks=1500, machines=30)
    work = sim.workload(trace, load=load, hours=6, history_h=2, rules=sim.Rules(stale=stale))
    return sim.replay(work, heuristics.get(name), queue="skip", placements=True, probes=2)


@pytest.mark.parametrize("name", ["best_fit", "fgd", "nilas"])
def test_one_that_knows_all_is_as_without_and_so_are_many_that_do(name: str) -> None:
    plain, one, many = (synthetic(s, name) for s in (None, Stale(1, 0), Stale(3, 0)))
    assert repr(one.result()) == repr(plain.result())
    assert not one.work.rules.stale
    for run in (one, many):
        assert run.placements is not None
        assert plain.placements is not None
        for column, values in plain.placements.items():
            assert np.array_equal(run.placements[column], values)
    assert many.counters["conflicts"] == 0
    assert np.array_equal(many.mean("stranded_pct"), plain.mean("stranded_pct"))


def test_the_more_decide_at_once_the_more_conflicts() -> None:
    runs = [synthetic(Stale(n, 4), load=0.6) for n in (1, 2, 8)]
    one, two, eight = (run.counters["conflicts"] for run in runs)
    assert 0 == one < two < eight
    assert "8 schedulers that lack the last 4 placements" in runs[2].work.simulated


def test_a_tape_followed_has_the_same_conflicts() -> None:
    trace = traces.load("synthetic", tasks=300, machines=10)
    work = sim.workload(trace, load=0.7, hours=6, history_h=1, rules=sim.Rules(stale=Stale(4, 3)))
    scorer, tape = Scorer([work], Measure("skip", 2)), Tape()
    asked = scorer.score(0, sim.compose([heuristics.get("best_fit")], [0.0]), "first", tape=tape)
    told = scorer.score(0, Composition((), ()), "first", tape=Tape(tape.decisions))
    assert asked.counters == told.counters
    assert asked.counters["conflicts"] > 0
    assert np.array_equal(asked.stranded, told.stranded)


def test_a_probe_sees_the_cell_as_it_is() -> None:
    run = synthetic(Stale(4, 16))
    for inflated in run.inflated:
        assert (inflated.left >= 0).all()
        assert inflated.placed.sum() > 0


@pytest.mark.parametrize("seed", range(15))
def test_random_cells_with_stale_views_agree_with_the_oracle(seed: int) -> None:
    case = agreement.drawn(seed)
    case = agreement.with_outages(case) if seed % 3 == 0 else case
    case = agreement.in_python(case) if seed % 4 == 0 else case
    agreement.check(agreement.with_stale(case))


def test_a_heuristic_that_is_asked_in_python_sees_what_a_compiled_one_does() -> None:
    source = "def score(free, cell):\n    return cell.free.cpu - free.cpu * free.mem\n"
    trace = traces.load("synthetic", tasks=300, machines=10)
    work = sim.workload(trace, load=0.7, hours=6, history_h=1, rules=sim.Rules(stale=Stale(3, 4)))
    runs = [
        sim.replay(
            work,
            heuristics.parse(source, filename="h.py", name="h", check=check),
            queue="skip",
            placements=True,
            probes=1,
        )
        for check in (True, False)
    ]
    assert runs[0].counters == runs[1].counters
    assert runs[0].counters["conflicts"] > 0
    one, two = (run.placements for run in runs)
    assert one is not None
    assert two is not None
    assert all(np.array_equal(one[column], two[column]) for column in one)


def test_a_score_that_fails_on_a_view_is_told_as_any_other() -> None:
    source = "def score(free, machine):\n    return 1.0 / (machine.tasks - 3.0)\n"
    trace = traces.load("synthetic", tasks=300, machines=10)
    work = sim.workload(trace, load=0.7, hours=6, history_h=1, rules=sim.Rules(stale=Stale(3, 4)))
    for check in (True, False):
        bad = heuristics.parse(source, filename="h.py", name="h", check=check)
        with pytest.raises(HeuristicError, match=r"scored -?inf on machine"):
            sim.replay(work, bad)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_thousands_of_cells_with_stale_views_agree_with_the_oracle(part: int) -> None:
    for seed in range(100_000 + 1_000 * part, 101_000 + 1_000 * part):
        test_random_cells_with_stale_views_agree_with_the_oracle(seed)


@pytest.mark.parametrize(
    ("stale", "said"),
    [
        (Stale(0, 1), r"stale.schedulers=0: expected 1 to 100"),
        (Stale(101, 1), r"stale.schedulers=101"),
        (Stale(2, -1), r"stale.decisions=-1: expected 0 to 100,000"),
    ],
)
def test_views_that_are_none_are_refused(stale: Stale, said: str) -> None:
    with pytest.raises(sim.SimError, match=said):
        sim.workload(traces.load("synthetic", tasks=100, machines=10), rules=sim.Rules(stale=stale))


def test_what_reads_the_state_otherwise_is_refused_beside(tmp_path: Path) -> None:
    trace = traces.load("synthetic", tasks=100, machines=10)
    with pytest.raises(sim.SimError, match="stale: found migration"):
        sim.workload(trace, rules=sim.Rules(stale=Stale(2, 1), migration=sim.Migration(60.0)))
    both = sim.workload(trace, rules=sim.Rules(stale=Stale(2, 1), preemption=sim.Preemption()))
    with pytest.raises(sim.SimError, match="stale: found preemption"):
        sim.replay(both, heuristics.get("best_fit"))
    with pytest.raises(sim.SimError, match="queue=easy_sjbf: expected no stale views"):
        replayed(tmp_path, TWO, Stale(2, 1), queue="easy_sjbf")
    (tmp_path / "machines.csv").write_text("id,cpu\nm1,4\n")
    (tmp_path / "tasks.csv").write_text(
        "id,job,submit,lifetime,cpu,gang\na,g,0,1,1,1\nb,g,0,1,1,1\n"
    )
    work = sim.workload(traces.read(tmp_path), order="trace", rules=sim.Rules(stale=Stale(2, 1)))
    with pytest.raises(sim.SimError, match="stale: found gangs"):
        sim.replay(work, heuristics.get("best_fit"))
