"""A comparison's pairs are pairs, its figures follow from them, and workers change nothing."""

from __future__ import annotations

import json
import pickle
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import heuristics
import sim
import sim.probes
import sim.replaying
import sim.replays
from sim import layout, pairs
from sim.metrics.marks import FRESH_PACKING, REJECTS_WORK, marks, rejects
from sim.recovery import Grid, Recovered
from sim.statistics import Interval, interval
from sim.works import Workload
from tests.sim.hand import written
from tests.sim.oracle_metrics import compared
from tests.sim.sides import laid_out
from tests.sim.worn import Case, drawn, trace_of
from traces import Trace

NAMES = ("best_fit", "worst_fit", "fgd", "cosine")
FEW_DRAWS = 300


def cell(seed: int = 1, machines: int = 12) -> Trace:
    random = np.random.default_rng(seed)
    kinds = [
        {"cpu": 16.0, "mem": 64.0, "gpu": 2.0},
        {"cpu": 32.0, "mem": 48.0, "gpu": 4.0},
        {"cpu": 24.0, "mem": 96.0},
    ]
    tasks = [
        {
            "cpu": float(random.integers(1, 9)),
            "mem": float(random.integers(2, 33)),
            "gpu": float(random.choice([0.0, 0.0, 0.25, 0.5, 1.0, 2.0])),
            "lifetime": float(random.integers(20, 200)),
            "job": f"j{k // 2}",
            "max_per_machine": 2 if k % 5 == 0 else None,
        }
        for k in range(60)
    ]
    return written([kinds[k % 3] for k in range(machines)], tasks)


def works(windows: int = 2, seeds: int = 2, **asked: Any) -> list[Workload]:
    given = {"order": "drawn", "load": 0.95, "machines": 8, "hours": 0.1, **asked}
    return sim.series(cell(), windows=windows, seeds=range(seeds), **given)


def compare(of: list[Workload], **asked: Any) -> list[Recovered]:
    chosen = [heuristics.get(name) for name in NAMES[1:]]
    return sim.compare(of, chosen, baseline=heuristics.get(NAMES[0]), **asked)


# Pairs are pairs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("queue", ["reject", "skip"])
def test_every_heuristic_and_tie_rule_is_given_the_same(
    queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines, arrivals, sample times and a probe's draws, as they reach the compiled cell."""
    met: list[dict[str, list[Any]]] = []

    class Watched(sim.replays.Engine):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            cell = self.run.cell
            met.append(defaultdict(list))
            met[-1]["machines"] = [cell.total.tobytes(), cell.model.tobytes(), given[0].ids]
            met[-1]["lots"] = [named["seed"]]

    feed, look, probe = sim.replays.Replaying._feed, sim.replays.Replaying._look, sim.probes.probe

    def fed(self: Any) -> None:
        feed(self)
        at = self.engine.run.registers.at
        if not at[layout.EXHAUSTED]:
            met[-1]["arrivals"].append(self.engine.run.flow.arrivals.tobytes())
        met[-1]["hour"] = [int(at[layout.DAY_OFFSET])]

    def looked(self: Any, tick: int, number: int | None) -> None:
        met[-1]["looks"].append((tick, number))
        look(self, tick, number)

    def probed(view: Any, *given: Any) -> int:
        rows, chosen, predicted, kind, weight, *_ = given
        met[-1]["draws"].append([a.tobytes() for a in (rows, chosen, predicted, kind, weight)])
        return int(probe(view, *given))

    monkeypatch.setattr(sim.replays, "Engine", Watched)
    monkeypatch.setattr(sim.replays.Replaying, "_feed", fed)
    monkeypatch.setattr(sim.replays.Replaying, "_look", looked)
    monkeypatch.setattr(sim.probes, "probe", probed)
    of = works()
    compare(of, queue=queue, bound="none", probes=3)
    each = len(met) // len(of)
    assert len(met) == each * len(of)
    assert each == 3 * len(NAMES)  # the tie rules of each
    for k in range(len(of)):
        runs = met[k * each : (k + 1) * each]
        for run in runs:
            assert run == runs[0]
            assert len(run["looks"]) == len(run["draws"]) == 3
            assert run["arrivals"]
    for what in ("arrivals", "looks", "draws", "machines"):  # and other pairs are other pairs
        assert len({pickle.dumps(met[k * each][what]) for k in range(len(of))}) == len(of)


def test_a_probes_draws_are_of_the_splits_own_pool_and_of_its_seed() -> None:
    trace = cell()
    of = sim.series(trace, windows=2, seeds=range(2), split="test", order="drawn", hours=0.05)
    seen = set()
    for work in of:
        probe = sim.probes.Probe(work)
        for number in range(3):
            chosen, predicted = probe.draws(number)
            again, _ = sim.probes.Probe(work).draws(number)
            assert np.array_equal(chosen, again)
            assert chosen.min() >= 0
            assert chosen.max() < work.tasks.size
            source = probe.rows[layout.SOURCE][chosen]
            assert set(source.tolist()) <= set(work.tasks.tolist())
            assert np.array_equal(predicted, work.lifetimes.of_task[source])  # type: ignore[union-attr]
            seen.add(chosen.tobytes())
    assert len(seen) == 3 * len(of)


def test_workers_do_not_change_a_byte() -> None:
    of = works(windows=2, seeds=2)
    told = []
    for workers in (1, 2):
        found = compare(of, workers=workers, queue="skip", price=3.0, bound="lp")
        tables = (pairs.pairs(found), pairs.samples(found), pairs.shapes(found, ("A",)))
        told.append(
            json.dumps(
                [[one.result() for one in found], tables],
                default=lambda v: v.item(),
                sort_keys=True,
            ).encode()
        )
    assert told[0] == told[1]


def test_what_is_compared_beside_it_changes_no_row() -> None:
    of = works(windows=1, seeds=2)
    many = {one.heuristic: one for one in compare(of, bound="none")}
    fgd, best = heuristics.get("fgd"), heuristics.get("best_fit")
    alone = sim.compare(of, [fgd], baseline=best, bound="none")
    for one in alone:
        assert one.result() == many[one.heuristic].result()


# Figures by hand ---------------------------------------------------------------------------------


def test_what_is_recovered_is_what_the_baseline_strands_less_what_the_candidate_does() -> None:
    of = works(windows=2, seeds=3)
    found = compare(of, price=250.0)
    weight = of[0].weight
    runs: dict[str, list[Any]] = {
        name: [
            sim.replay(work, heuristics.get(name), probes=8, samples=0, ties="first") for work in of
        ]
        for name in NAMES
    }
    stranded = {n: np.array([run.mean("stranded_pct") for run in rs]) for n, rs in runs.items()}
    used = {n: np.array([run.used for run in rs]) for n, rs in runs.items()}
    assert [one.heuristic for one in found] == list(NAMES)
    for one in found:
        name, result = one.heuristic, one.result()
        points = stranded["best_fit"] - stranded[name]
        assert np.allclose(one.by_resource().reshape(-1, 3), points)
        weighted = points @ weight
        got = float(weighted.mean())
        assert result["recovered_pct"] == pytest.approx(got)
        laid = weighted.reshape(2, 3)
        assert result["recovered_pct_ci95"] == pytest.approx(interval(laid).ci95)
        base = float((stranded["best_fit"] @ weight).mean())
        assert result["of_stranded_pct"] == pytest.approx(100 * got / base)
        least = float(np.mean([values[0] for values, _ in one.least or ()]))
        assert result["bound_pct"] == pytest.approx(least)
        assert least < base
        assert result["of_recoverable_pct"] == pytest.approx(100 * got / (base - least))
        assert result["recovered_machines"] == pytest.approx(got / 100 * 8)
        assert result["recovered_money"] == pytest.approx(got / 100 * 8 * 250)
        held = ((used[name] - used["best_fit"]) @ weight).reshape(2, 3)
        assert result["goodput_delta_points"] == pytest.approx(float(held.mean()))
        assert result["goodput_delta_ci95"] == pytest.approx(interval(held).ci95)
        assert result["worth"] == pytest.approx(got - 5 * max(0.0, 0.1 - held.mean()))
        assert result["stranded_pct"] == pytest.approx(float((stranded[name] @ weight).mean()))
        for r, resource in enumerate(("cpu", "mem", "gpu")):
            row = result["resources"][resource]
            assert row["recovered_points"] == pytest.approx(float(points[:, r].mean()))
            assert row["stranded_pct"] == pytest.approx(float(stranded[name][:, r].mean()))
            assert row["allocated_pct"] == pytest.approx(float(used[name][:, r].mean()))
            frag = np.mean([run.mean("frag_pct")[r] for run in runs[name]])
            assert row["frag_pct"] == pytest.approx(float(frag))
        for what in ("placed", "rejected", "queued"):
            assert result[what] == sum(run.counters[what] for run in runs[name])
        shares = [run.start_share_pct for run in runs[name]]
        assert result["start_share_pct"] == pytest.approx(float(np.mean(shares)))
        empty = [run.empty_pct for run in runs[name]]
        assert result["empty_machines_pct"] == pytest.approx(float(np.mean(empty)))
    nothing = compare(of, bound="none")[1].result()
    assert (nothing["bound_pct"], nothing["of_recoverable_pct"]) == (None, None)
    assert nothing["recovered_money"] is None


def test_the_tie_rules_stand_beside_the_baselines_own() -> None:
    of = works(windows=2, seeds=2)
    for one in compare(of, ties="first", bound="none"):
        spread = one.result()["spread"]
        assert list(spread) == ["first", "random", "rounded"]
        for rule, told in spread.items():
            runs = [
                sim.replay(work, heuristics.get(one.heuristic), probes=8, samples=0, ties=rule)
                for work in of
            ]
            base = [one.stranded for one in one.reference]
            points = [
                (before - run.mean("stranded_pct")) @ of[0].weight
                for before, run in zip(base, runs, strict=True)
            ]
            assert told["recovered_pct"] == pytest.approx(float(np.mean(points)))


@pytest.mark.parametrize("seed", range(30))
def test_pairs_of_small_cells_are_what_the_oracle_makes_of_both(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.probes, "MOST_DRAWS", FEW_DRAWS)
    case = replace(drawn(seed), recorded=False, steps=(0.0,))
    settings = replace(case.settings, resources=("cpu", "mem", "gpu"))
    case = replace(case, settings=settings, asked={**case.asked, "weights": None})
    sides = [laid_out(replace(case, names=(name,))) for name in ("best_fit", "cosine")]
    if sides[0] is None or sides[1] is None:
        return
    base, other = sides
    (_, one) = sim.compare(
        [base.work],
        [heuristics.get("cosine")],
        baseline=heuristics.get("best_fit"),
        queue=case.queue,
        ties=case.ties,
        policies=(),
        probes=case.probes,
        probe_stop=case.stop,
        bound="none",
    )
    weights = [Fraction(float(weight)) for weight in base.work.weight]
    expected = compared(base.measured, other.measured, base.oracle.machines, weights)
    held = [any(m.total[r] for m in base.oracle.machines) for r in range(3)]
    if not all(w == 0 or h for w, h in zip(weights, held, strict=True)):
        return  # machines drawn that have none of what is weighted
    rows = pairs.pairs([one])
    assert np.allclose(rows["recovered_points"], np.array(expected["recovered_points"], float))
    assert np.allclose(rows["recovered_pct"], float(expected["recovered_pct"]))
    assert np.allclose(rows["goodput_delta_points"], float(expected["goodput_delta_points"]))
    result = one.result()
    for what in ("of_stranded_pct", "recovered_machines"):
        if expected[what] is not None:
            assert result[what] == pytest.approx(float(expected[what]), abs=1e-6)


def test_what_a_cell_is_too_large_to_be_looked_at_for_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sim.replaying, "MOST_LOOKS", 0)
    for one in compare(works(windows=1, seeds=1), bound="none"):
        told = one.result()
        json.dumps(told, allow_nan=False)
        assert all(row["frag_pct"] is None for row in told["resources"].values())
        assert all(row["stranded_pct"] >= 0 for row in told["resources"].values())


def test_a_grid_is_windows_by_seeds_of_one_series() -> None:
    of = works(windows=2, seeds=2)
    assert Grid.of(of).laid([1, 2, 3, 4]).tolist() == [[1, 2], [3, 4]]
    for wrong in (of[:3], [of[0], of[2], of[1], of[3]], []):
        with pytest.raises(sim.SimError, match="expected windows × seeds of one series"):
            Grid.of(wrong)


# Marks -------------------------------------------------------------------------------------------

NONE = (np.zeros((1, 3)), np.zeros((1, 3)))


def test_who_turns_work_away_is_marked() -> None:
    """Where the upper end of goodput's interval lies below −0.1, and not where it reaches it."""
    for high, marked in ((-0.11, True), (-0.1, False), (0.2, False)):
        assert rejects(Interval(-0.5, (-0.9, high))) is marked
    assert rejects(Interval(-0.11, None))  # a single pair: by the difference itself
    assert not rejects(Interval(-0.1, None))
    found = marks(Interval(-0.5, (-0.9, -0.2)), 0.0, False, NONE, NONE)
    assert found == [REJECTS_WORK]


def test_with_a_queue_who_lets_work_wait_longer_than_the_baseline_is_marked() -> None:
    held = Interval(0.0, (-0.1, 0.1))
    base = np.array([[10.0, 12.0, 14.0]])
    high = interval(base).ci95[1]  # type: ignore[index]
    for mean, late in ((high - 0.01, False), (high + 0.01, True)):
        values = np.full((1, 3), mean)
        assert (marks(held, 0.0, True, (values, base), NONE) == [REJECTS_WORK]) is late
        assert (marks(held, 0.0, True, NONE, (values, base)) == [REJECTS_WORK]) is late
        assert marks(held, 0.0, False, (values, base), (values, base)) == []
    assert marks(held, 0.0, True, (base, base), (base, base)) == []
    one = np.array([[5.0]])
    assert marks(held, 0.0, True, (one, one), (one, one)) == []


def test_a_cell_packed_in_one_go_is_marked() -> None:
    held = Interval(0.0, (-0.1, 0.1))
    assert marks(held, 50.0, False, NONE, NONE) == []
    assert marks(held, 50.1, False, NONE, NONE) == [FRESH_PACKING]
    rejecting = Interval(-1.0, (-1.5, -0.5))
    assert marks(rejecting, 90.0, False, NONE, NONE) == [REJECTS_WORK, FRESH_PACKING]
    fresh = compare(works(windows=1, seeds=2, history_h=0.0), bound="none")
    assert all(FRESH_PACKING in one.marks() for one in fresh)
    worn = compare(works(windows=1, seeds=2, history_h=0.2), bound="none")
    assert not any(FRESH_PACKING in one.marks() for one in worn)


def test_a_rule_that_packs_nothing_together_turns_work_away_on_a_full_cell() -> None:
    found = compare(works(windows=1, seeds=4, load=1.4, hours=0.3), bound="none")
    told = {one.heuristic: one for one in found}
    assert told["best_fit"].marks() == []
    worst = told["worst_fit"].result()
    assert worst["goodput_delta_points"] < -0.1
    assert (REJECTS_WORK in worst["marks"]) == (worst["goodput_delta_ci95"][1] < -0.1)


def test_with_a_queue_pending_and_delay_are_compared_with_the_baselines_interval() -> None:
    found = compare(works(windows=1, seeds=4, load=1.2), queue="fifo", bound="none")
    base = found[0]
    p99 = interval(np.array([[one.waits["p99"] for one in base.reference]])).ci95
    weight = base.grid.weight
    left = interval(np.array([[float(one.pending @ weight) for one in base.reference]])).ci95
    assert p99 is not None
    assert left is not None
    for one in found:
        mine = np.mean([run.waits["p99"] for run in one.scored["first"]])
        waits = np.mean([float(run.pending @ weight) for run in one.scored["first"]])
        held = interval(one.goodput()).ci95
        assert held is not None
        late = mine > p99[1] or waits > left[1] or held[1] < -0.1
        assert (REJECTS_WORK in one.marks()) == late


# What can't be -----------------------------------------------------------------------------------


def test_what_can_not_be_compared_is_one_line() -> None:
    of = works(windows=1, seeds=1)
    best = heuristics.get("best_fit")
    with pytest.raises(sim.SimError, match="found 'fgd' twice"):
        sim.compare(
            of,
            [
                heuristics.get("fgd"),
                heuristics.get(
                    "fgd",
                ),
            ],
            baseline=best,
        )
    with pytest.raises(sim.SimError, match=r"probe\.count=0: expected at least 1"):
        sim.compare(of, [], baseline=best, probes=0)
    with pytest.raises(sim.SimError, match="policies: found 'best', expected some of first"):
        sim.compare(of, [], baseline=best, policies=["best"])
    with pytest.raises(sim.SimError, match="expected order=trace"):
        sim.compare(of, [], baseline=sim.recorded(best))


def test_recorded_placements_are_a_baseline_and_a_case_like_any_other() -> None:
    trace = None
    for seed in range(200):
        case: Case = drawn(seed)
        if case.recorded and case.split == "all":
            trace = trace_of(case)
            break
    assert trace is not None
    of = sim.series(trace, seeds=range(2), order="trace")
    best = heuristics.get("best_fit")
    base, other = sim.compare(of, [best], baseline=sim.recorded(best), policies=("random",))
    assert (base.heuristic, other.heuristic) == ("recorded", "best_fit")
    assert list(base.scored) == ["first"]  # it has no ties
    assert list(other.scored) == ["first", "random"]
    assert other.result()["baseline"] == "recorded"
