"""``trace check`` says what a careful engineer asks for, and the command to go on with."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

import sim
import traces
from unstrand import checked, trace
from unstrand.schema import Cell, Trace, TraceChoice

TASKS = "id,job,submit,lifetime,cpu,mem\na,j,0,86400,3,4\nb,j,0,86400,4,4\nc,k,60,,1,4\n"
MACHINES = "id,cpu,mem\nm0,4,16\nm1,4,16\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tasks.csv").write_text(TASKS)
    (tmp_path / "machines.csv").write_text(MACHINES)
    return tmp_path


def test_the_command_that_a_small_trace_is_told_can_be_run(folder: Path) -> None:
    survey = traces.check(traces.read(folder))
    choice = TraceChoice("canonical", path=str(folder))
    words = shlex.split(checked.command(survey, choice, Cell()))[2:]
    asked = dict(word.split("=", 1) for word in words)
    sim.series(traces.read(folder), order=asked["order"], split=asked["split"])
    with pytest.raises(sim.SimError, match="expected split=all"):
        sim.series(traces.read(folder), split="test")


def test_a_person_reads_facts_the_load_and_a_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace.run(Trace(), ["check", str(folder)])
    said = capsys.readouterr().out
    for part in (
        f"{folder.name}: good, 3 tasks, 2 machines, sha256 ",
        "3 read, 3 kept",
        "3 in 2 jobs, 3 shapes",
        "2 of 1 type",
        "1 d ",
        "lifetimes of 1 task (33.3 %)",
        "offered load by tenths of the span, % of what there is",
        "replay: as it is; its own arrivals ask for 100 % of cpu on average, 100 % at the peak; "
        "with 3 tasks, luck decides",
        f"try: unstrand compare trace=canonical trace.path={folder} order=trace "
        "split=all heuristics=[k8s_most_allocated,best_fit]",
    ):
        assert part in said


def test_a_program_reads_the_same_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace.run(Trace(json=True), ["check", str(folder)])
    line = capsys.readouterr().out
    made = json.loads(line)
    assert line.count("\n") == 1
    assert made["rows"] == 3
    assert made["offered_pct"]["cpu"] == pytest.approx(100.0, abs=0.1)
    assert len(made["offered"]["tenths"]["mem"]) == 10
    assert made["verdict"]["meaningful"] is True
    assert made["try"].startswith("unstrand compare trace=canonical")


@pytest.mark.parametrize(
    ("machines", "shown"),
    [
        ([{"count": 2, "cpu": 4, "mem": 16}], '"cell.machines=[{count:2,cpu:4,mem:16}]"'),
        (
            [{"count": 270, "cpu": 64, "mem": 120}, {"count": 30, "cpu": 64, "mem": 248}],
            "cell=azure_270",
        ),
    ],
)
def test_the_command_names_the_cell_that_was_chosen(
    folder: Path, capsys: pytest.CaptureFixture[str], machines: list[object], shown: str
) -> None:
    trace.run(Trace(cell=Cell(machines)), ["check", str(folder)])
    assert f" {shown} " in capsys.readouterr().out.replace("\n", " ")


def test_the_command_names_every_option_that_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my jobs.csv").write_text("c\n1\n2\n")
    (tmp_path / "map.yaml").write_text("tasks: {cpu: c}\n")
    choice = TraceChoice(mapping=str(tmp_path / "map.yaml"))
    trace.run(Trace(trace=choice), ["check", str(tmp_path / "my jobs.csv")])
    said = capsys.readouterr().out
    assert f"trace=mapping trace.path='{tmp_path}/my jobs.csv' trace.mapping=" in said
    assert "cell.machines=[{count:" in said
