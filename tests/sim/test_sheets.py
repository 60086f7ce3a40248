"""Workloads and results show what their entries of a summary say."""

from __future__ import annotations

import io
import pickle

import pytest

import heuristics
import sim
import traces
from traces.sheet import Shows


@pytest.fixture(scope="module")
def trace() -> traces.Trace:
    return traces.load("synthetic", machines=20, tasks=400)


@pytest.fixture(scope="module")
def work(trace: traces.Trace) -> sim.Workload:
    return sim.workload(trace, load=0.8, hours=2, history_h=2, weights={"gpu": 1})


def terminal(one: Shows) -> str:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=120).print(one)
    return out.getvalue()


def test_a_workload_shows_its_cell(work: sim.Workload) -> None:
    assert repr(work) == (
        "Workload of synthetic: 20 machines at load 0.80 for 2 h after 2 h, split all, window 0, "
        "seed 0"
    )
    assert "Sold by" in terminal(work)
    assert "arrival times" in work._repr_html_()


def test_a_replay_shows_what_became_of_tasks_and_resources(work: sim.Workload) -> None:
    run = sim.replay(work, heuristics.get("best_fit"), samples=4, probes=2)
    said = run.result()
    assert repr(run).startswith(f"Replay of synthetic under best_fit: {said['placed']:,} placed, ")
    gpu = next(line for line in terminal(run).splitlines() if "GPU" in line)
    assert f"{said['resources']['gpu']['stranded_pct']:.2f}" in gpu
    assert "Lost, %" not in terminal(run)
    assert run._repr_html_().count("<tr>") == 1 + len(said["resources"])


def test_what_is_recovered_is_shown_with_its_interval(trace: traces.Trace) -> None:
    works = sim.series(trace, seeds=range(3), load=0.8, hours=2, history_h=2, weights={"gpu": 1})
    fgd, best_fit = heuristics.get("fgd"), heuristics.get("best_fit")
    base, one = sim.compare(works, [fgd], baseline=best_fit, probes=1, policies=(), bound="none")
    said = one.result()
    low, high = said["recovered_pct_ci95"]
    assert repr(base) == "best_fit, the baseline (3 pairs)"
    assert f"[{low:+.2f}, {high:+.2f}] points recovered" in repr(one)
    assert all(f"marked {mark}" in repr(one) for mark in said["marks"])
    assert "Recovered, points" in terminal(one)
    assert "Recovered, points" not in terminal(base)
    assert "Bound" not in terminal(one)


def test_saturation_shows_the_way_there(trace: traces.Trace) -> None:
    (one,) = sim.saturate(trace, [heuristics.get("best_fit")], seeds=range(2))
    last = one.result()["alloc_pct_at"]["130"]["gpu"]["mean"]
    assert repr(one) == "Saturation under best_fit, allocated up to 130 % offered, 2 seeds"
    line = next(line for line in terminal(one).splitlines() if line.strip().startswith("130"))
    assert f"{last:.2f}" in line


def test_compaction_shows_how_few_machines_do(work: sim.Workload) -> None:
    best_fit = heuristics.get("best_fit")
    one = sim.compact(work, best_fit, trials=2, put=best_fit)
    assert f"{one.median_pct:.1f} % of the fleet of 20 machines holds" in repr(one)
    assert "Trials" in terminal(one)


def test_what_shows_itself_travels_between_processes(work: sim.Workload) -> None:
    assert repr(pickle.loads(pickle.dumps(work))) == repr(work)


def test_a_decision_shows_who_took_the_task_and_a_heuristic_its_constants(
    work: sim.Workload,
) -> None:
    found = sim.explain(work, heuristics.get("cosine"), top=3)
    assert found.chosen is not None
    assert repr(found).startswith(f"Task {found.number} (")
    assert f"{found.chosen.machine} took it" in repr(found)
    assert f"{found.chosen.machine}*" in terminal(found)
    tuned = heuristics.get("borg_hybrid").with_params(stranding=2.5)
    assert repr(tuned).startswith("borg_hybrid(")
    assert "stranding=2.5" in repr(tuned)
