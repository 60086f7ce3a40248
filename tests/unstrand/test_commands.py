"""Commands from end to end on a tiny trace, in processes of their own."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import Say

from .conftest import REPOSITORY, Run, command, environment, needs_lock

VARYING = ("started", "elapsed_s", "timings_s")
MINE = '''\
"""The fullest machine first."""


def score(required, free, total, *, alpha=0.5):
    return -(free.cpu - required.cpu) / total.cpu - alpha * free.mem / total.mem
'''


def on(tiny: Path) -> tuple[str, ...]:
    return ("trace=canonical", f"trace.path={tiny}")


def same(folder: Path) -> dict[str, Any]:
    """A result's content without what may vary: the summary, and the bytes of its other files."""
    summary = json.loads((folder / "summary.json").read_text())
    for name in VARYING:
        del summary[name]
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".parquet"}
    return {"summary": json.dumps(summary)} | files


def test_saturate_leaves_its_folder_and_says_where(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    done = unstrand("saturate", *on(tiny), "heuristics=[fgd,best_fit]", "seeds=2", "out=r")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "r"
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert list(summary) == [
        *("schema", "command", "version", "config", "config_sha256", "trace", "provenance"),
        *("seeds", "started", "elapsed_s", "timings_s", "results"),
    ]
    assert summary["seeds"] == [0, 1]
    assert [entry["heuristic"] for entry in summary["results"]] == ["fgd", "best_fit"]
    gpu = summary["results"][0]["alloc_pct_at"]["130"]["gpu"]
    assert {"mean", "sd", "ci95", "n"} <= set(gpu)
    assert 0 < gpu["mean"] <= 100
    curve = pl.read_parquet(tmp_path / "r" / "curve.parquet")
    assert curve.columns == [
        *("heuristic", "seed", "offered_pct", "resource", "allocated_pct", "frag_pct")
    ]


def test_replay_leaves_samples_and_placements(unstrand: Run, tiny: Path, tmp_path: Path) -> None:
    done = unstrand(
        "replay", *on(tiny), "heuristic=best_fit", "machines=4", "placements=true", "out=r"
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["command"] == "replay"
    assert summary["results"][0]["placed"] > 0
    assert pl.read_parquet(tmp_path / "r" / "samples.parquet")["heuristic"].unique().to_list() == [
        "best_fit"
    ]
    assert (tmp_path / "r" / "placements.parquet").is_file()


@pytest.mark.parametrize("rule", ["borg", "kubernetes"])
def test_each_rule_of_preemption_can_be_chosen(unstrand: Run, tiny: Path, rule: str) -> None:
    done = unstrand("replay", *on(tiny), "hours=2", f"preemption={rule}", "json=true")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["results"][0]["preempted"] == 0
    assert "preemption (of nobody: all priorities are the same)" in told["provenance"]["simulated"]


def test_what_becomes_of_tasks_is_counted_named_and_shown(say: Say, tmp_path: Path) -> None:
    rules = ["trace.priorities=3", "preemption=kubernetes", "outages=failures", "queue=skip"]
    words = ["trace.tasks=300", "trace.machines=12", "load=1.1", "hours=12", *rules]
    code, out, err = say("replay", "heuristic=best_fit", *words, "json=true", "out=one")
    assert code == 0, err
    told = json.loads(out)
    (one,) = told["results"]
    assert one["evicted"] >= one["preempted"] > 0
    assert one["resources"]["cpu"]["lost_pct"] > 0
    assert {"preemption", "failures of machines", "queue (skip)"} <= {
        *told["provenance"]["simulated"]
    }
    assert "3 priorities drawn evenly" in told["provenance"]["assumed"]
    pairs = ["heuristics=[worst_fit]", "policies=[]", "seeds=2"]
    code, shown, err = say("compare", *pairs, *words, "out=two")
    assert code == 0, err
    assert re.search(r"Heuristic +Placed +Rejected +Evicted +Preempted", shown)
    summary = json.loads((tmp_path / "two" / "summary.json").read_text())
    for entry in summary["results"]:
        assert entry["evicted"] >= entry["preempted"] > 0
        assert entry["resources"]["cpu"]["lost_pct"] > 0
        assert f"{entry['evicted']}" in shown
    code, _, _ = say("report", "one", "two", "out=page")
    assert code == 0
    for file in ("replay", "compare-cell"):
        assert "Preempted" in (tmp_path / "page" / "tables" / f"{file}.md").read_text()


@pytest.mark.parametrize("name", ["saturate", "replay"])
def test_json_is_the_summary_and_nothing_else(
    unstrand: Run, tiny: Path, tmp_path: Path, name: str
) -> None:
    done = unstrand(name, *on(tiny), "json=true", "out=r")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == json.loads((tmp_path / "r" / "summary.json").read_text())


@pytest.mark.parametrize("name", ["replay", pytest.param("saturate", marks=pytest.mark.campaign)])
def test_the_same_seed_gives_the_same_bytes(
    unstrand: Run, tiny: Path, tmp_path: Path, name: str
) -> None:
    workers = {"saturate": ["workers=1", "workers=2"], "replay": ["seed=0", "seed=0"]}[name]
    for place, word in enumerate(workers):
        done = unstrand(name, *on(tiny), "heuristics=[random,fgd]", word, f"out=r{place}")
        assert done.returncode == 0, done.stderr
    assert same(tmp_path / "r0") == same(tmp_path / "r1")


def test_another_seed_gives_another_result(unstrand: Run, tiny: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        done = unstrand("saturate", *on(tiny), f"seed={seed}", "seeds=1", f"out=r{seed}")
        assert done.returncode == 0, done.stderr
    curves = [(tmp_path / f"r{seed}" / "curve.parquet").read_bytes() for seed in (0, 1)]
    assert curves[0] != curves[1]


def test_a_sweep_prints_a_line_of_json_a_job(unstrand: Run, tiny: Path, tmp_path: Path) -> None:
    done = unstrand(
        *("saturate", "-m", *on(tiny), "heuristic=fgd,best_fit", "offered=1.1,1.3"),
        *("seeds=1", "json=true", "out=sweep"),
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["results"][0]["heuristic"], line["config"]["offered"]) for line in lines] == [
        ("fgd", 1.1),
        ("fgd", 1.3),
        ("best_fit", 1.1),
        ("best_fit", 1.3),
    ]
    for number, line in enumerate(lines):
        folder = tmp_path / "sweep" / str(number)
        assert json.loads((folder / "summary.json").read_text()) == line
        assert f"offered={line['config']['offered']}" in json.loads(
            (folder / "overrides.json").read_text()
        )


def test_a_sweep_with_an_unknown_name_starts_no_job(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    done = unstrand("saturate", "-m", *on(tiny), "heuristic=fgd,fdg", "out=sweep")
    assert done.returncode == 2
    assert done.stderr == "unstrand: unknown heuristic 'fdg'; did you mean 'fgd'?\n"
    assert not (tmp_path / "sweep").exists()


def test_a_job_that_fails_says_so_and_the_others_go_on(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    done = unstrand(
        *("saturate", "-m", "trace=canonical", f"trace.path=missing,{tiny}", "seeds=1"),
        *("json=true", "out=sweep"),
    )
    assert done.returncode == 2
    assert done.stderr.startswith("unstrand: job 0 (")
    assert done.stdout.count("\n") == 1
    jobs = sorted(path.name for path in (tmp_path / "sweep").iterdir() if path.is_dir())
    assert jobs == ["1"]


@needs_lock
def test_a_heuristic_of_ones_own_is_run_with_its_constants(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "my file=1.py").write_text(MINE)
    done = unstrand(
        *("saturate", *on(tiny), "heuristic.file=my file=1.py", "heuristic.params.alpha=0.3"),
        *("seeds=1", "json=true"),
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["config"]["heuristic"]["params"] == {"alpha": 0.3}
    assert summary["results"][0]["marks"] == []


def test_a_file_outside_the_language_is_refused_and_runs_only_without_containment(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("import os\n" + MINE)
    words = ("saturate", *on(tiny), "heuristic.file=mine.py", "seeds=1", "json=true")
    refused = unstrand(*words)
    assert refused.returncode == 2
    assert "mine.py:1" in refused.stderr
    assert not (tmp_path / "results").exists()
    taken = unstrand(*words, "contain=off")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["results"][0]["marks"] == ["contain=off"]


@needs_lock
def test_a_score_that_is_not_a_number_names_task_and_machine(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "def score(required, free):\n    return (free.cpu - free.cpu) / (free.cpu - free.cpu)\n"
    )
    done = unstrand("saturate", *on(tiny), "heuristic.file=mine.py", "seeds=1")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "task" in done.stderr
    assert "machine" in done.stderr


def test_a_composition_is_a_heuristic(unstrand: Run, tiny: Path) -> None:
    done = unstrand(
        *("saturate", *on(tiny), "seeds=1", "json=true"),
        "heuristic.compose=[{name:fgd,step:1.0},{name:best_fit,step:0}]",
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["results"]) == 1


def test_a_broken_trace_is_one_line_and_no_folder(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    tasks = tiny / "tasks.csv"
    tasks.write_text(tasks.read_text().replace("t3,j1,180", "t3,j1,soon"))
    done = unstrand("saturate", *on(tiny), "out=a/b")
    assert done.returncode == 2
    assert "tasks.csv: row 5, field submit: found 'soon'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_folder(
    tiny: Path, tmp_path: Path, number: signal.Signals
) -> None:
    words = (*command(), "saturate", *on(tiny), "seeds=100000", "workers=2", "out=out/r")
    running = subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    partial = tmp_path / "out"
    for _ in range(600):
        if partial.exists():
            break
        time.sleep(0.05)
    time.sleep(1)
    os.kill(running.pid, number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == (130 if number == signal.SIGINT else 143)
    assert "Traceback" not in said
    assert not partial.exists()


def test_a_trace_is_looked_at_checked_and_converted(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    info = unstrand("trace", "info", str(tiny), "json=true")
    assert info.returncode == 0, info.stderr
    facts = json.loads(info.stdout)
    assert (facts["tasks"], facts["machines"]) == (60, 4)
    assert "60 tasks, 4 machines" in unstrand("trace", "check", str(tiny)).stdout
    done = unstrand("trace", "convert", str(tiny), "out=as parquet")
    assert done.returncode == 0, done.stderr
    again = unstrand("trace", "info", "as parquet", "json=true")
    assert json.loads(again.stdout)["sha256"] == facts["sha256"]


@pytest.mark.campaign
def test_report_builds_a_page_from_results_and_sweeps(
    unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    assert unstrand("saturate", *on(tiny), "seeds=2", "out=one").returncode == 0
    swept = unstrand("saturate", "-m", *on(tiny), "seeds=2", "heuristic=fgd,best_fit", "out=two")
    assert swept.returncode == 0, swept.stderr
    done = unstrand("report", "one")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "one/report.html"
    assert (tmp_path / "one" / "report.html").stat().st_size > 10_000
    both = unstrand("report", "one", "two", "out=page", "json=true")
    assert json.loads(both.stdout) == {"page": "page/report.html", "out": "page"}
    assert (tmp_path / "page" / "tables").is_dir()


@pytest.mark.campaign  # searches of each kind end in tests of their own
def test_evolve_leaves_a_champion(unstrand: Run, tmp_path: Path) -> None:
    done = unstrand(
        *("evolve", "candidates=6", "out=r", "json=true"),
        *("problem.train.seeds=1", "problem.validation.seeds=1", "problem.test.seeds=2"),
        *(f"problem.{split}.machines=30" for split in ("train", "validation", "test")),
        *("problem.shipped=false", "problem.cuts=8"),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["command"] == "evolve"
    assert (tmp_path / "r" / "champion.py").is_file()
    assert (tmp_path / "r" / "run.sqlite").is_file()
    champion = (tmp_path / "r" / "champion.py").read_text()
    moved = unstrand("evolve", "resume=r", "out=s")
    assert (moved.returncode, "stays where it is" in moved.stderr) == (2, True)
    fewer = unstrand("evolve", "resume=r", "candidates=5")
    assert fewer.returncode == 2
    assert "candidates: found 5, where the run has proposed 6 already" in fewer.stderr
    held = os.open(tmp_path / "r", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)  # as a search does that goes on
    busy = unstrand("evolve", "candidates=1", "out=r", "overwrite=true")
    os.close(held)
    assert busy.returncode == 2
    assert "out: found r, a search that another process works on" in busy.stderr
    assert (tmp_path / "r" / "champion.py").read_text() == champion


def test_the_lists_hold_what_the_packages_have(unstrand: Run) -> None:
    listed = json.loads(unstrand("list", "json=true").stdout)
    kinds = {"heuristics", "traces", "formats", "cells", "metrics", "problems"}
    assert set(listed) == kinds | {"proposers", "endpoints", "datasets"}
    assert {"fgd", "best_fit"} <= {entry["name"] for entry in listed["heuristics"]}
    assert {"openb_saturation"} <= {entry["name"] for entry in listed["problems"]}
    shown = unstrand("list", "traces")
    assert "openb" in shown.stdout


def test_version_names_what_it_stands_on_and_what_the_machine_has(unstrand: Run) -> None:
    done = unstrand("version", "--json")
    assert done.stdout.count("\n") == 1
    said = json.loads(done.stdout)
    assert {"unstrand", "python", "platform", "cores", "memory_gib"} <= set(said)
    assert {"numba", "polars", "simpy", "llvmlite"} <= set(said["dependencies"])
    assert {"llm", "mcp", "fetch", "all"} <= set(said["extras"])
    assert said["extras"]["llm"].keys() == {"openai"}
    assert said["extras"]["all"] == {}
    assert said["contain"]["lock"] == (not said["contain"]["lacks"])
    assert said["cache"]["writable"]
    shown = unstrand("version")
    assert "contain=lock" in shown.stdout
    assert "openai (llm)" in shown.stdout


def test_what_is_not_installed_or_writable_is_said(unstrand: Run, tmp_path: Path) -> None:
    said = json.loads(unstrand("version", "--json", NUMBA_CACHE_DIR="/proc/nothing").stdout)
    assert said["cache"] == {"folder": None, "writable": False}
    shown = unstrand("version", NUMBA_CACHE_DIR="/proc/nothing").stdout
    assert "no folder can be written" in shown


def test_no_conf_of_ones_own_is_in_the_way(unstrand: Run, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "__init__.py").write_text("raise RuntimeError\n")
    assert unstrand("list", "problems", PYTHONPATH=str(REPOSITORY)).returncode == 0
