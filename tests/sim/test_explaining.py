"""One decision taken apart: it is the one of the replay, and its numbers are the heuristic's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import heuristics
import sim
import traces
from sim.explaining import HEAD, Question, find, taken_apart
from tests.conftest import Say
from tests.sim.cells import Settings, random_trace, recorded

RULES = ("fgd", "best_fit", "unstrand_remainder", "nilas", "random", "worst_fit", "lava")
NEEDS = "this machine can't lock a process"


def work_of(seed: int) -> sim.Workload:
    trace = traces.load("synthetic", tasks=500, machines=24, priorities=1 + seed % 2)
    rules = sim.Rules(
        preemption=sim.Preemption() if seed % 2 else None,
        outages=sim.Outages(mtbf_h=40.0) if seed % 3 == 0 else None,
    )
    return sim.workload(trace, load=1.1, hours=5.0, history_h=2.0, seed=seed, rules=rules)


@pytest.mark.parametrize("name", RULES)
def test_the_decision_explained_is_the_one_of_the_replay(name: str) -> None:
    seed = RULES.index(name)
    work, heuristic = work_of(seed), heuristics.get(name)
    run = sim.replay(work, heuristic, queue="skip", samples=1, placements=True)
    assert run.placements is not None
    placed, random = run.placements, np.random.default_rng(seed)
    rows = np.concatenate(list(work.everything()), axis=1)
    came = dict(zip(rows[sim.layout.NUMBER], rows[sim.layout.SUBMIT], strict=True))
    at_once = [
        k
        for k, n in enumerate(placed["number"])
        if (came[n] - work.history) / 1000.0 == placed["time_s"][k]
    ]
    for k in random.choice(at_once, 6, replace=False):
        number = int(placed["number"][k])
        found = sim.explain(work, heuristic, task=number, queue="skip", top=3)
        assert found.time_s == placed["time_s"][k]
        assert found.task == placed["task"][k]
        if found.chosen is None:
            assert work.rules.preemption  # it took the place of others
            continue
        assert (found.chosen.machine, found.chosen.slot) == (
            placed["machine"][k],
            placed["slot"][k],
        )
        if name != "random":
            assert found.chosen.rank == 1
            assert found.chosen.scores == max(one.scores for one in found.options)
        assert [one.rank for one in found.options][:3] == list(range(1, 4))[: len(found.options)]
        for amount, free in zip(found.required.values(), found.chosen.free.values(), strict=True):
            assert amount <= free + 1e-9


def test_what_the_baseline_would_do_is_what_it_does_on_the_same_cell() -> None:
    work = work_of(0)
    alone = sim.explain(work, heuristics.get("worst_fit"), task=None)
    both = sim.explain(work, heuristics.get("worst_fit"), baseline=heuristics.get("best_fit"))
    assert both.chosen == alone.chosen
    assert both.other is not None
    assert both.other.rank > 1
    question = Question(
        sim.compose([heuristics.get("best_fit")], [0.0]),
        "first",
        "reject",
        find(work, both.number),
    )
    assert taken_apart(work, question)[0] >= 1
    same = sim.explain(work, heuristics.get("fgd"), baseline=heuristics.get("fgd"))
    assert same.other == same.chosen


def test_a_task_that_fits_nowhere_has_no_options() -> None:
    settings = Settings(machines=2, tasks=60, span_s=30.0)
    work = recorded(random_trace(np.random.default_rng(2), settings), 2)
    rule = heuristics.get("first_fit")
    run = sim.replay(work, rule, samples=1, placements=True)
    assert run.placements is not None
    came = {int(n) for chunk in work.everything() for n in chunk[sim.layout.NUMBER]}
    (turned, *_) = sorted(came - {*run.placements["number"].tolist()})
    found = sim.explain(work, rule, task=turned)
    assert found.chosen is None
    assert (found.fitting, found.options) == (0, ())


def test_what_cannot_be_explained_is_told() -> None:
    work = work_of(1)
    with pytest.raises(sim.SimError, match="task=99999999: expected a number from 0 to"):
        sim.explain(work, heuristics.get("fgd"), task=99999999)
    with pytest.raises(sim.SimError, match="recorded"):
        sim.explain(work, sim.recorded(heuristics.get("fgd")))
    stale = sim.workload(
        traces.load("synthetic", tasks=200, machines=8),
        hours=2.0,
        rules=sim.Rules(stale=sim.Stale(2, 1)),
    )
    with pytest.raises(sim.SimError, match=r"queue=easy: expected no preemption"):
        sim.explain(work, heuristics.get("fgd"), queue="easy")
    with pytest.raises(sim.SimError, match="stale"):
        sim.explain(stale, heuristics.get("fgd"))
    fgd = sim.compose([heuristics.get("fgd")], [0.0])
    question = Question(fgd, "first", "reject", find(work, None))
    from sim.decisions import decision

    with pytest.raises(sim.SimError, match=f"found {HEAD - 1} numbers"):
        decision(work, question, np.zeros(HEAD - 1))


WORDS = ("trace.machines=16", "trace.tasks=300", "load=0.9", "hours=4")


def test_the_command_says_why_and_keeps_the_options(say: Say, tmp_path: Path) -> None:
    code, out, err = say("explain", "heuristic=cosine", *WORDS, "top=4", "out=one")
    assert code == 0, err
    assert "cosine took machine-" in out
    assert "best_fit would have taken" in out
    kept = pl.read_parquet(tmp_path / "one" / "decision.parquet")
    assert kept["rank"][0] == 1
    assert kept["chosen"].sum() == 1
    assert {"machine", "slot", "score", "part: product", "free_cpu", "total_gpu"} <= {*kept.columns}
    for words, said in (
        (["heuristics=[fgd,cosine]"], "heuristics: found 2, expected one"),
        (["baseline=mine.py"], "baseline: found 'mine.py', expected a shipped heuristic"),
        (["task=1000000000"], "task=1000000000: expected a number from 0 to"),
    ):
        code, _, err = say("explain", *WORDS, *words, "out=two")
        assert code == 2
        assert said in err


def test_a_replay_keeps_decisions_that_are_asked_for(say: Say, tmp_path: Path) -> None:
    words = ["heuristics=[cosine,fgd]", *WORDS, "placements=true"]
    code, _, err = say("replay", *words, "decisions.count=5", "decisions.top=2", "out=one")
    assert code == 0, err
    kept = pl.read_parquet(tmp_path / "one" / "decisions.parquet")
    taken = kept.filter("chosen")
    per = kept.group_by("heuristic").agg(pl.col("task").n_unique()).sort("heuristic")
    assert per["task"].to_list() == [5, 5]
    turned = kept.filter(pl.col("fitting") == 0)
    assert turned["machine"].null_count() == turned.height
    assert taken.height + turned.height == 10
    own = kept.filter((pl.col("heuristic") == "cosine") & (pl.col("fitting") > 0))
    assert own["part: product"].null_count() == 0
    placed = pl.read_parquet(tmp_path / "one" / "placements.parquet")
    both = taken.join(placed, left_on=["heuristic", "task"], right_on=["heuristic", "number"])
    assert both.height == taken.height
    assert (both["machine"] == both["machine_right"]).all()
    assert (
        kept.filter(pl.col("rank") > 2).select(pl.col("chosen") | pl.col("other")).to_series().all()
    )


def test_a_file_is_explained_where_it_is_held(say: Say, tmp_path: Path) -> None:
    from sim.contain import lock

    if lock.missing():
        pytest.skip(NEEDS)
    (tmp_path / "mine.py").write_text(
        "def score(required, free, gpus, slot, *, a=2.0):\n"
        "    x = free.cpu - required.cpu\n"
        "    return -x - a * (free.mem - required.mem) + (gpus[slot] if slot >= 0 else 0.0)\n"
    )
    for number, contain in enumerate(("lock", "off")):
        words = ["heuristic.file=mine.py", f"contain={contain}", f"out={number}"]
        code, _, err = say("explain", *WORDS, *words)
        assert code == 0, err
    held, plain = (pl.read_parquet(tmp_path / f"{n}" / "decision.parquet") for n in range(2))
    assert held.drop([c for c in held.columns if "part: " in c]).equals(
        plain.drop([c for c in plain.columns if "part: " in c])
    )
    parts = [name for name in held.columns if name.startswith("part: ")]
    assert "part: -x" in parts
    assert not [name for name in plain.columns if name.startswith("part: ")]  # any Python
    summed = held.select(pl.sum_horizontal(*[p for p in parts if p != "part: x"])).to_series()
    assert np.allclose(summed.to_numpy(), held["score"].to_numpy())
