"""Sweeps under each launcher: the same numbers, codes and lines, whoever runs the jobs."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from report.build import told
from report.folder import read_all
from report.page import html
from unstrand import report

from .conftest import REPOSITORY, Run, Say
from .test_commands import on

LAUNCHERS = {
    "joblib": ("hydra_plugins.hydra_joblib_launcher", "hydra.launcher.n_jobs=2"),
    "submitit_local": ("hydra_plugins.hydra_submitit_launcher", "hydra.launcher.timeout_min=5"),
}
QUICK = (
    *("machines=4", "hours=2", "history=1", "seeds=2", "probe.count=2"),
    *("heuristic=fgd", "bound=none", "policies=[]", "json=true"),
)
JOBS = ("load=0.7,0.9", "heuristic.params={},{nosuch:1}")
"""Two jobs that end well, each before one that can't."""
LONG = [pytest.param("joblib"), pytest.param("submitit_local", marks=pytest.mark.campaign)]


def is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def launcher(name: str) -> tuple[str, str]:
    """The words that choose a launcher; skips the test where it is not installed."""
    package, own = LAUNCHERS[name]
    if not is_there(package):
        pytest.skip(f"needs {package}: pip install 'unstrand[sweep]'")
    return f"hydra/launcher={name}", own


def numbers(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary without what no two runs share."""
    return {k: v for k, v in summary.items() if k not in ("started", "elapsed_s", "timings_s")}


def errors(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if line.startswith("unstrand:")]


def swept(say: Say, trace: Path, *words: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    """A sweep of four jobs: its code, what it prints, its lines of error."""
    code, out, err = say("compare", "-m", *on(trace), *QUICK, *JOBS, *words)
    return code, [numbers(json.loads(line)) for line in out.splitlines()], errors(err)


@pytest.mark.parametrize("name", LONG)
def test_a_launcher_changes_neither_numbers_nor_codes_nor_lines(
    name: str, say: Say, tiny: Path, tmp_path: Path
) -> None:
    chosen = launcher(name)
    here = swept(say, tiny, "out=here")
    there = swept(say, tiny, *chosen, "workers=2", "out=there")
    assert here[0] == 2
    assert [line["config"]["load"] for line in here[1]] == [0.7, 0.9]
    assert [re.findall(r"job \d", line) for line in here[2]] == [["job 1"], ["job 3"]]
    assert there[:2] == here[:2]
    assert [line.replace(" workers=2", "") for line in there[2]] == here[2]
    jobs = {path.name for path in (tmp_path / "there").iterdir() if path.name[0] != "."}
    assert jobs == {"0", "2", "multirun.yaml"}
    for number in ("0", "2"):
        parquet = [tmp_path / where / number / "pairs.parquet" for where in ("here", "there")]
        assert parquet[0].read_bytes() == parquet[1].read_bytes()
    assert not list(tmp_path.glob("there/.jobs/*.json"))


@pytest.mark.campaign
@pytest.mark.parametrize("name", LAUNCHERS)
def test_a_job_that_is_killed_is_told_in_one_line(
    name: str, unstrand: Run, tiny: Path, tmp_path: Path
) -> None:
    chosen = launcher(name)
    (tmp_path / "deadly.py").write_text(
        "import os, signal\n\n\ndef die(env, cell):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n    yield env.timeout(1)\n"
    )
    done = unstrand(
        *("replay", "-m", *on(tiny), "machines=4", "load=0.9", "hours=2", "history=1"),
        *("process=deadly:die", "seed=0,1", "json=true", *chosen, "out=dead"),
        PYTHONPATH=f"{tmp_path}:{REPOSITORY}",
    )
    assert done.returncode == 1
    assert len(errors(done.stderr)) == 1
    assert errors(done.stderr)[0].startswith("unstrand: the launcher gave up: ")
    assert done.stdout == ""


def test_a_launcher_that_is_not_here_says_how_one_gets_it(say: Say, tiny: Path) -> None:
    if is_there(LAUNCHERS["joblib"][0]):
        pytest.skip("joblib's launcher is here")
    code, _, err = say("saturate", "-m", *on(tiny), "hydra/launcher=joblib", "out=r")
    assert (code, err) == (
        2,
        "unstrand: hydra/launcher=joblib needs a package that is not here: "
        "pip install 'unstrand[sweep]'\n",
    )
    assert not Path("r").exists()


def test_an_earlier_sweep_stands_until_a_new_one_begins(say: Say, tiny: Path) -> None:
    words = ("saturate", "-m", *on(tiny), "seeds=1", "out=r")
    assert say(*words, "offered=1.1,1.3")[0] == 0
    before = Path("r/1/summary.json").read_bytes()
    assert say(*words, "heuristic=fgd,fdg", "overwrite=true")[0] == 2
    assert Path("r/1/summary.json").read_bytes() == before
    assert say(*words, "offered=1.2", "overwrite=true")[0] == 0
    assert sorted(path.name for path in Path("r").iterdir()) == ["0", "multirun.yaml"]
    assert list(Path().glob(".*")) == []


def test_one_report_turns_a_tree_of_loads_and_traces_into_one_page(
    say: Say, tiny: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(tiny, other)
    tasks = (other / "tasks.csv").read_text()
    (other / "tasks.csv").write_text(tasks.replace(",0.5\n", ",1\n"))
    words = ("compare", "-m", "trace=canonical", "split=all", *QUICK)
    code, out, err = say(*words, f"trace.path={tiny},{other}", "load=0.5,0.7,0.9", "out=tree/six")
    assert code == 0, err
    jobs = [json.loads(line)["results"][1]["recovered_pct"] for line in out.splitlines()]
    code, _, err = say(*words, f"trace.path={tiny}", "load=0.6", "out=tree/deep/one")
    assert code == 0, err
    folders = report._results(Path("tree"))
    assert [str(folder) for folder in folders] == [
        *(f"tree/six/{number}" for number in range(6)),
        "tree/deep/one/0",
    ]
    sections, overviews = told(read_all(folders))
    (overview,) = overviews
    assert [row[3].mean for row in overview.rows][:6] == pytest.approx(jobs)
    by_load = sections[0]
    assert [row[0] for row in by_load.tables[0].rows] == [
        *("other at 0.5", "other at 0.7", "other at 0.9"),
        *("tiny at 0.5", "tiny at 0.6", "tiny at 0.7", "tiny at 0.9"),
    ]
    assert [figure.name for figure in by_load.figures] == [
        "compare-loads-other",
        "compare-loads-tiny",
    ]
    page = html(sections, overviews)
    assert page.startswith("<!DOCTYPE html>")
    assert all(f'id="{section.name}"' in page for section in sections)
