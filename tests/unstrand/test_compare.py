"""``compare`` from end to end on a tiny trace: its folder, its promises, and how it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from unstrand import progress
from unstrand.overrides import quoted

from .conftest import REPOSITORY, Run, Say, command, environment, needs_lock
from .test_commands import MINE, on, same
from .test_kill import members, until

QUICK = ("machines=4", "load=0.9", "hours=2", "history=1", "seeds=2", "probe.count=2")
SUMMARY = {
    "": [
        *("schema", "command", "version", "config", "config_sha256", "trace", "provenance"),
        *("seeds", "started", "elapsed_s", "timings_s", "results"),
    ],
    "config": [*("trace", "load", "machines", "windows", "seeds", "ties", "split", "weights")],
    "trace": ["name", "sha256", "tasks", "machines", "span_s"],
    "provenance": ["replayed", "simulated", "assumed"],
    "timings_s": ["read", "compile", "simulate", "decision_us"],
    "results.0": [
        *("heuristic", "baseline", "ties", "recovered_pct", "recovered_pct_ci95"),
        *("of_stranded_pct", "of_recoverable_pct", "recovered_machines", "recovered_money"),
        *("goodput_delta_points", "goodput_delta_ci95", "marks", "placed", "rejected", "queued"),
        *("queueing_p50_s", "queueing_p99_s", "empty_machines_pct", "used_machines"),
        *("start_share_pct", "spread", "resources"),
    ],
    "results.0.resources.gpu": [
        *("stranded_pct", "allocated_pct", "frag_pct", "exhausted_pct", "recovered_points"),
        *("recovered_ci95", "bound_pct"),
    ],
    "results.0.spread.random": [
        *("recovered_pct", "recovered_pct_ci95", "goodput_delta_points", "goodput_delta_ci95"),
        "marks",
    ],
}
PAIRS = [
    *("heuristic", "policy", "window", "seed", "resource", "stranded_pct"),
    *("baseline_stranded_pct", "recovered_points", "allocated_pct", "baseline_allocated_pct"),
    *("bound_pct", "recovered_pct", "goodput_delta_points"),
]
SAMPLES = [
    *("heuristic", "window", "seed", "time_s", "resource", "allocated_pct", "frag_pct"),
    *("exhausted_pct", "stranded_pct", "empty_machines_pct", "running", "pending"),
]
SHAPES = ["heuristic", "shape", "weight_pct", "unfit_pct", "probe_placed"]

SETTINGS = {
    *("heuristic", "baseline", "ties", "queue", "machines", "hours", "history_h", "windows"),
    *("seeds", "pairs", "worth", "bound_status", "spread", "resources", "source_sha256"),
    "contained",
}


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """A canonical trace that says where each task ran: two on m0, two on m1, and so on."""
    folder = tmp_path / "ran"
    folder.mkdir()
    (folder / "machines.csv").write_text("id,cpu,mem\nm0,16,32\nm1,16,32\n")
    rows = [f"t{i},{600 * i},4000,{1 + i % 3},2,m{(i // 2) % 2}" for i in range(12)]
    (folder / "tasks.csv").write_text(
        "\n".join(["id,submit,lifetime,cpu,mem,machine", *rows]) + "\n"
    )
    return folder


def summary_of(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return made


def at(made: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        made = made[int(part)] if part.isdigit() else made[part]
    return made


def test_a_folder_holds_the_summary_pairs_samples_and_shapes(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    done = unstrand("compare", *on(tiny), *QUICK, "heuristics=[fgd,cosine]", "price=100", "out=r")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "r"
    names = {path.name for path in (tmp_path / "r").iterdir()}
    tables = ("pairs", "samples", "machines", "shapes")
    assert names == {"summary.json", *(f"{name}.parquet" for name in tables)}
    made = summary_of(tmp_path / "r")
    for path, keys in SUMMARY.items():
        assert set(keys) <= set(at(made, path)), path
    assert made["command"] == "compare"
    assert made["seeds"] == [0, 1]
    assert made["config"]["weights"] == pytest.approx({"cpu": 1 / 3, "mem": 1 / 3, "gpu": 1 / 3})
    assert [one["heuristic"] for one in made["results"]] == ["best_fit", "fgd", "cosine"]
    assert {one["baseline"] for one in made["results"]} == {"best_fit"}
    base, fgd = made["results"][:2]
    assert (base["recovered_pct"], base["recovered_pct_ci95"]) == (0.0, [0.0, 0.0])
    assert fgd["recovered_machines"] == pytest.approx(4 * fgd["recovered_pct"] / 100)
    assert fgd["recovered_money"] == pytest.approx(100 * fgd["recovered_machines"])
    read = {name: pl.read_parquet(tmp_path / "r" / f"{name}.parquet") for name in names_of(names)}
    assert read["pairs"].columns == PAIRS
    assert set(read["samples"].columns) == set(SAMPLES)
    assert read["shapes"].columns == SHAPES
    assert read["pairs"]["policy"].unique().sort().to_list() == ["first", "random", "rounded"]
    assert read["samples"].height == 3 * 2 * 2 * 3  # heuristics, seeds, probes, resources
    mean = read["pairs"].filter(heuristic="fgd", policy="first", resource="gpu")
    assert mean["recovered_points"].mean() == pytest.approx(
        fgd["resources"]["gpu"]["recovered_points"]
    )
    assert mean["recovered_pct"].mean() == pytest.approx(fgd["recovered_pct"])


def names_of(files: set[str]) -> list[str]:
    return sorted(name.removesuffix(".parquet") for name in files if name.endswith(".parquet"))


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_workers(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    for workers in (1, 2):
        done = unstrand(
            *("compare", *on(tiny), *QUICK, "windows=2", "heuristics=[random,fgd,lava]"),
            *(f"workers={workers}", f"out=r{workers}"),
        )
        assert done.returncode == 0, done.stderr
    assert same(tmp_path / "r1") == same(tmp_path / "r2")


def test_another_seed_draws_another_cell(say: Say, tiny: Path, tmp_path: Path) -> None:
    for seed in (0, 7):
        code, _, said = say("compare", *on(tiny), *QUICK, f"seed={seed}", f"out=r{seed}")
        assert code == 0, said
    assert summary_of(tmp_path / "r7")["seeds"] == [7, 8]
    one, other = ((tmp_path / f"r{seed}" / "pairs.parquet").read_bytes() for seed in (0, 7))
    assert one != other


def test_json_is_the_summary_and_nothing_else(unstrand: Run, tiny: Path, tmp_path: Path) -> None:
    done = unstrand("compare", *on(tiny), *QUICK, "json=true", "out=r")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == summary_of(tmp_path / "r")


def test_a_sweep_prints_a_line_of_json_a_job(unstrand: Run, tiny: Path, tmp_path: Path) -> None:
    done = unstrand(
        *("compare", "-m", *on(tiny), *QUICK, "load=0.7,0.9", "heuristic=fgd,cosine"),
        *("bound=none", "policies=[]", "json=true", "out=sweep"),
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["config"]["load"], line["results"][1]["heuristic"]) for line in lines] == [
        (0.7, "fgd"),
        (0.7, "cosine"),
        (0.9, "fgd"),
        (0.9, "cosine"),
    ]
    for number, line in enumerate(lines):
        assert summary_of(tmp_path / "sweep" / str(number)) == line


def test_an_earlier_result_is_replaced_only_where_that_is_asked_for(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    words = ("compare", *on(tiny), *QUICK, "bound=none", "policies=[]", "out=r")
    assert say(*words)[0] == 0
    before = (tmp_path / "r" / "summary.json").read_bytes()
    code, _, said = say(*words, "seeds=1")
    assert (code, said.count("\n")) == (2, 1)
    assert "overwrite=true" in said
    assert (tmp_path / "r" / "summary.json").read_bytes() == before
    assert say(*words, "seeds=1", "overwrite=true")[0] == 0
    assert summary_of(tmp_path / "r")["seeds"] == [0]


def test_a_bound_and_ties_besides_are_left_out_where_they_are_not_asked_for(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    code, _, said = say("compare", *on(tiny), *QUICK, "bound=none", "policies=[]", "out=r")
    assert code == 0, said
    fgd = summary_of(tmp_path / "r")["results"][1]
    assert fgd["of_recoverable_pct"] is None
    assert fgd["resources"]["gpu"]["bound_pct"] is None
    assert fgd["recovered_money"] is None
    assert list(fgd["spread"]) == ["first"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["offered=1.3"], "compare sets its load by 'load'; 'offered' belongs to saturate"),
        (["load=0"], "load: found 0.0, expected a number or null above 0"),
        (["load=nan"], "load: found nan"),
        (["price=-1"], "price: found -1.0, expected a number or null at least 0"),
        (["price=inf"], "price: found inf"),
        (["policies=[foo]"], "policies: found 'foo', expected some of first, random, rounded"),
        (["baseline=bestfit"], "no heuristic is called bestfit; did you mean best_fit"),
        (["baseline="], "baseline: found 'null', expected a text"),
        (["baseline=missing.py"], "missing.py: can't be read"),
        (["heuristics=[best_fit]"], "heuristics: found 'best_fit' alone, the baseline"),
        (["heuristic=best_fit"], "heuristics: found 'best_fit' alone, the baseline"),
        (["heuristic=best_fit", "heuristic.params.memory=1"], "found 'best_fit' twice"),
        (["heuristics=[fgd,fgd]"], "heuristics: found 'fgd' more than once"),
        (["heuristics=[fgd]", "heuristic.params.whole=0"], "beside heuristics=[…]"),
        (["heuristics=[eoh]"], "has no size"),
        (["windows=0"], "windows: found 0, expected a whole number at least 1"),
        (["seeds=0"], "seeds: found 0"),
        (["probe.count=0"], "probe.count: found 0, expected a whole number at least 1"),
        (["probe.stop=2"], "probe.stop: found 2.0, expected a number above 0 and at most 1"),
        (["probe.cont=2"], "unknown key 'probe.cont'; did you mean 'probe.count'"),
        (["bound=foo"], "bound: found 'foo', expected lp, milp or none"),
        (["queue=lifo"], "did you mean 'fifo'?"),
        (["order=drwan"], "did you mean 'drawn'?"),
        (["periods.test=[16,31]"], "periods: expected with order=trace alone"),
        (["order=trace", "periods.test=[31,16]"], "periods.test=[31, 16]: expected two days"),
        (["order=trace", "periods.test=16"], "periods.test=16: expected two days in order"),
        (["order=trace", "periods.test=[a,b]"], "periods.test=['a', 'b']: expected two days"),
        (["order=trace", "periods.tset=[0,1]"], "periods.tset: expected one of all, train"),
        (["periods=[1,2]"], "periods: found '[1,2]', expected names with values"),
        (["weights.disk=1"], "weights.disk: the trace has cpu, mem, gpu"),
        (["weights.gpu=abc"], "weights.gpu: found 'abc', expected a number"),
        (["weights={gpu: -1}"], "weights.gpu=-1.0: expected a number, 0 or more"),
        (["weights.gpu=1e308", "weights.cpu=1e308"], "0 or more, at most 1e9"),
        (["cell.machines=[{count:2}]"], "its machines have none of cpu, mem, gpu"),
        (["order=trace", "workload.lifetime_cap=3"], "workload: found lifetimes to be drawn"),
        (["order=trace", "workload.lifetimes=independent"], "expected order=drawn"),
        (["workload.lifetime_cap=1e300"], "workload.lifetime_cap: found 1e+300"),
        (["probe.count=1000000000"], "probe.count: found 1000000000, expected a whole number"),
        (["windows=10000", "seeds=100000"], "expected at most 100,000 pairs"),
        (["machines=1000", "seeds=100000"], "20,000,000 machines in all of them"),
        (["heuristics=[null]"], "heuristics: found '[null]', expected a list"),
        (["heuristic.compose=[{name:5}]"], "entry 1: found name 5, expected a text"),
        (["heuristic.compose=[{file:5}]"], "entry 1: found file 5, expected a text"),
        (["heuristic.compose=[{name:fgd,params:3}]"], "found params 3, expected names"),
        (["heuristic=recorded", "hours=null", "split=all"], "names no machine that a task ran"),
        (["baseline=recorded", "hours=null", "split=all"], "names no machine that a task ran"),
        (["baseline=recorded", "order=drawn"], "expected order=trace"),
        (["cell=nope"], "unknown cell 'nope'; expected one of"),
    ],
)
def test_what_is_wrong_is_one_line_exit_code_2_and_no_folder(
    say: Say, tiny: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    code, out, error = say("compare", *on(tiny), *QUICK, *words, "out=a/r")
    assert code == 2, error
    assert said in error
    assert error.startswith("unstrand: ")
    assert (out, error.count("\n")) == ("", 1)
    assert not (tmp_path / "a").exists()


@needs_lock
def test_what_a_heuristic_can_not_read_is_told_before_another_has_run(
    say: Say, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk.py").write_text("def score(required, free):\n    return -free.disk\n")
    monkeypatch.setattr("sim.comparisons.spread", lambda *_, **__: pytest.fail("ran"))
    code, _, error = say("compare", *on(tiny), *QUICK, "heuristics=[cosine,disk.py]", "out=r")
    assert (code, error.count("\n")) == (2, 1)
    assert "disk.py:2: reads free.disk, but the trace has cpu, mem, gpu" in error


@needs_lock
def test_a_file_of_ones_own_puts_no_other_name_into_the_settings(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    asked = ("heuristic.file=mine.py", "policies=[]", "bound=none", "out=r")
    code, _, error = say("compare", *on(tiny), *QUICK, *asked)
    assert code == 0, error
    kept = summary_of(tmp_path / "r")["config"]["heuristic"]
    assert (kept["name"], kept["file"]) == (None, "mine.py")


def test_a_trace_without_machines_asks_for_a_cell(say: Say, tmp_path: Path) -> None:
    (tmp_path / "vmtable.csv").write_text("vm0,s0,d0,0,553,,,,Unknown,8,14\n")
    code, _, error = say("compare", "trace=azure_v1", "trace.path=vmtable.csv", "out=r")
    assert (code, error.count("\n")) == (2, 1)
    assert "cell: found none" in error
    assert "cell=azure_270" in error
    assert not (tmp_path / "r").exists()


@needs_lock
def test_a_score_that_fails_in_a_worker_is_one_line(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "nan.py").write_text(
        "def score(free):\n    return (free.cpu - free.cpu) / (free.cpu - free.cpu)\n"
    )
    done = unstrand("compare", *on(tiny), *QUICK, "heuristics=[fgd,nan.py]", "workers=2", "out=r")
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if not line.startswith("compare: ")]
    assert len(said) == 1
    assert "nan.py:2: scored nan on machine m" in said[0]
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_ending_a_comparison_leaves_no_folder_and_no_worker(
    tiny: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    words = (
        *command(),
        "compare",
        *on(tiny),
        *QUICK,
        "seeds=50",
        "hours=5000",
        "workers=2",
        "out=out/r",
    )
    run = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert until(lambda: len(members(run.pid)) >= 4, 120)
        time.sleep(1)
        os.kill(run.pid, number)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == code
    assert "Traceback" not in said
    assert until(lambda: not members(run.pid), 30)
    assert not (tmp_path / "out" / "r").exists()
    if number != signal.SIGKILL:  # nobody can tidy up after that
        assert not (tmp_path / "out").exists()


def test_progress_is_told_on_stderr(say: Say, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_FIRST_LINE_S", 0.0)
    monkeypatch.setattr(progress, "_NEXT_LINE_S", 0.0)
    code, out, error = say("compare", *on(tiny), *QUICK, "json=true", "out=r")
    assert code == 0, error
    assert "compare: 3/12" in error  # two heuristics, three tie rules, two seeds
    assert out.count("\n") == 1


def test_help_lists_the_keys_and_shows_how(say: Say) -> None:
    code, out, _ = say("compare", "--help")
    assert code == 0
    for name in ("baseline", "windows", "history", "periods", "probe.stop", "bound", "recorded"):
        assert f"\n  {name}=" in out
    assert "examples:\n  unstrand compare " in out


@needs_lock
def test_all_are_the_shipped_ones_and_files_stand_beside_them(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "my file=1.py").write_text(MINE)
    code, out, error = say(
        *("compare", *on(tiny), *QUICK, "heuristics=[all, my file=1.py]", "seeds=1"),
        *("policies=[]", "bound=none", "json=true", "out=r"),
    )
    assert code == 0, error
    results = json.loads(out)["results"]
    names = [one["heuristic"] for one in results]
    assert names[0] == "best_fit"
    assert names.count("best_fit") == 1
    assert names[-1] == "my file=1"
    assert {"fgd", "cosine", "nilas", "random"} <= set(names)
    assert not {"eoh", "funsearch_or3"} & set(names)  # they see all machines at once, of one size
    assert all(one["marks"].count("contain=off") == 0 for one in results)


def test_a_file_outside_the_language_is_refused_and_runs_marked_without_containment(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("import os\n" + MINE)
    words = ("compare", *on(tiny), *QUICK, "seeds=1", "bound=none", "policies=[]", "json=true")
    for chosen in ("heuristics=[mine.py]", "baseline=mine.py"):
        code, _, error = say(*words, chosen, "out=refused")
        assert (code, error.count("\n")) == (2, 1)
        assert "mine.py:1" in error
        code, out, error = say(*words, chosen, "contain=off", "out=r", "overwrite=true")
        assert code == 0, error
        marks = {one["heuristic"]: one["marks"] for one in json.loads(out)["results"]}
        assert "contain=off" in marks.pop("mine")
        assert not any("contain=off" in others for others in marks.values())


def test_a_heuristic_has_its_constants_and_a_composition_is_one(say: Say, tiny: Path) -> None:
    words = ("compare", *on(tiny), *QUICK, "seeds=1", "bound=none", "policies=[]", "json=true")
    code, out, error = say(*words, "heuristic=nilas", "heuristic.params.weight=5", "out=r0")
    assert code == 0, error
    made = json.loads(out)
    assert made["config"]["heuristic"]["params"] == {"weight": 5}
    assert made["results"][1]["heuristic"] == "nilas"
    layers = "[{name: lava, step: 1.0}, {name: best_fit, step: 0}]"
    code, out, error = say(*words, f"heuristic.compose={layers}", "out=r1")
    assert code == 0, error
    assert json.loads(out)["results"][1]["heuristic"] == "lava > best_fit"


def test_what_the_trace_ran_is_followed_machine_by_machine(
    say: Say, ran: Path, tmp_path: Path
) -> None:
    code, _, error = say("replay", *on(ran), "heuristic=recorded", "placements=true", "out=r")
    assert code == 0, error
    placed = pl.read_parquet(tmp_path / "r" / "placements.parquet").sort("task")
    assert placed["machine"].to_list() == [f"m{(i // 2) % 2}" for i in range(12)]


@pytest.mark.parametrize(
    "words", [["baseline=recorded", "heuristic=cosine"], ["heuristics=[recorded,cosine]"]]
)
def test_what_the_trace_ran_is_compared_in_the_traces_own_order(
    say: Say, ran: Path, words: list[str]
) -> None:
    code, out, error = say(
        *("compare", *on(ran), *words, "split=all", "seeds=2", "json=true", "out=r")
    )
    assert code == 0, error
    made = json.loads(out)
    results = {one["heuristic"]: one for one in made["results"]}
    assert {"recorded"} < set(results)
    assert "arrival times" not in made["provenance"]["simulated"]
    assert results["recorded"]["placed"] == 2 * 12  # both seeds, every task of the trace
    assert list(results["recorded"]["spread"]) == ["first"]  # no rule of ties to try on it


def test_recorded_placements_need_the_machines_that_they_name(say: Say, ran: Path) -> None:
    code, _, error = say(
        *("compare", *on(ran), "baseline=recorded", "heuristic=cosine", "machines=1", "split=all"),
    )
    assert (code, error.count("\n")) == (2, 1)
    assert "recorded placements are on all machines" in error


@needs_lock
def test_a_path_as_the_baseline_comes_through_as_it_was_written(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "my file=1.py").write_text(MINE)
    assert quoted("my file=1.py") != "my file=1.py"
    code, out, error = say(
        *("compare", *on(tiny), *QUICK, "baseline=my file=1.py", "seeds=1", "bound=none"),
        *("policies=[]", "json=true", "out=r"),
    )
    assert code == 0, error
    assert json.loads(out)["results"][1]["baseline"] == "my file=1"


def test_conflicts_on_stale_views_are_counted_and_listed(say: Say, tiny: Path) -> None:
    stale = ("stale.schedulers=3", "stale.decisions=4")
    asked = (*on(tiny), *QUICK, "policies=[]", "bound=none", "json=true")
    code, out, error = say("compare", *asked, *stale, "out=r")
    assert code == 0, error
    made = json.loads(out)
    assert all(one["conflicts"] > 0 for one in made["results"])
    assert "3 schedulers that lack the last 4 placements" in made["provenance"]["simulated"]
    listed = json.loads(say("list", "metrics", "json=true")[1])["metrics"]
    assert "conflicts" in {one["name"] for one in listed}
    assert "conflicts" not in json.loads(say("compare", *asked, "out=s")[1])["results"][0]


@pytest.mark.parametrize(
    "beside", ["queue=easy", "preemption.enabled=true", "migration.moves_per_hour=1"]
)
def test_what_means_nothing_beside_stale_views_is_refused(
    say: Say, tiny: Path, beside: str
) -> None:
    code, _, error = say("compare", *on(tiny), *QUICK, "stale.schedulers=2", beside)
    assert code == 2
    assert error.count("\n") == 1
    assert "stale: found " in error
    assert "expected one of the two" in error
    assert say("compare", *on(tiny), "stale.schedulers=0")[0] == 2


def test_every_metric_that_is_listed_is_defined_and_those_reported_are_listed(
    say: Say, tiny: Path
) -> None:
    page = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    listed = json.loads(say("list", "metrics", "json=true")[1])["metrics"]
    for one in listed:
        assert f'<a id="{one["in docs/metrics.md"]}"></a>' in page, one
    names = {one["name"] for one in listed}
    _, out, _ = say("compare", *on(tiny), *QUICK, "policies=[]", "price=1", "json=true", "out=r")
    entry = json.loads(out)["results"][1]
    for name in {*entry, *entry["resources"]["gpu"]} - SETTINGS:
        short = name.removesuffix("_ci95")
        for end in ("_pct", "_points", "_s"):
            short = short.removesuffix(end)
        assert short in names or short.startswith("queueing_"), name
