"""What is wrong in Slurm's tables is told in one line, whatever stands in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share
from tests.traces.slurm.tables import HEAD, JOBS, NODES, Load
from tests.traces.slurm.test_jobs import row
from tests.traces.test_hostile_input import spoilt, survives
from traces.classes import CLASSES_MAX
from traces.slurm import spread

EXPECTED = "expected nodes as scontrol show node -o prints them: NodeName=n1 CPUTot=64 RealMem"


def told(load: Load, *args: str | None, **options: object) -> str:
    with pytest.raises(traces.TraceError) as caught:
        load(*args, **options)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("102|", "x|", "row 6, field JobID: found 'x', expected a job such as 123, 123_4, 123_["),
        ("102|", "|", "row 6, field JobID: found a blank, expected a job such as 123"),
        ("102|", "1e3|", "row 6, field JobID: found '1e3', expected a job such as 123, 123_4,"),
        ("|2024-03-01T08:01:00|", "||", "row 6, field Submit: found a blank, expected text"),
        ("2024-03-01T08:01:00", "Unknown", "row 6, field Submit: found 'Unknown', expected a time"),
        ("2024-03-01T08:02:00", "8 o'clock", 'field Start: found "8 o\'clock", expected a time s'),
        ("2024-03-01T08:12:00", "2024-02-30T08:00:00", "field End: found '2024-02-30T08:00:00', e"),
        ("2024-03-01T08:12:00", "2024-03-01T07:01:59", "End: found '2024-03-01T07:01:59', expect"),
        ("|TIMEOUT|", "||", "row 6, field State: found a blank, expected text"),
        ("|TIMEOUT|", "|7|", "row 6, field State: found '7', expected a state of jobs such "),
        ("|4|4Gc|", "|-4|4Gc|", "row 6, field ReqCPUS: found -4, expected 0 or more"),
        ("|4|4Gc|", "|4.5|4Gc|", "row 6, field ReqCPUS: found '4.5', expected a whole number"),
        ("|4Gc|", "|4Gx|", "ReqMem: found '4Gx', expected memory such as 16G, 4000M, 4Gc (a core)"),
        ("|4Gc|", "|-4G|", "row 6, field ReqMem: found '-4G', expected memory such as 16G, 4000M,"),
        ("|4Gc|", "|4Gi|", "row 6, field ReqMem: found '4Gi', expected memory such as 16G, 4000M,"),
        ("|4Gc|", "|4Ec|", "row 6, field ReqMem: found '4Ec', expected at most 1e+12 MiB in all"),
        ("|4Gc||", "|4Gc|cpu|", "row 6, field ReqTRES: found 'cpu', expected resources such as c"),
        ("|4Gc||", "|4Gc|cpu=x|", "row 6, field ReqTRES: found 'cpu=x', expected resources such "),
        ("|4Gc||", "|4Gc|cpu=-1|", "row 6, field ReqTRES: found 'cpu=-1', expected resources suc"),
        ("16Gn||3|", "16Gn||x|", "row 7, field NNodes: found 'x', expected a whole number"),
        ("16Gn||3|", "16Gn||10001|", "row 7, field NNodes: found 10001, expected at most 10000"),
        ("|1|batch\n", "|1|batch|x\n", "row 2: found 11 fields, expected 10 fields, as in the hea"),
        ("Submit", "submitted", "row 1, field Submit: found no such column among JobID, submitted"),
        ("|batch\n", "\n", "row 2: found 9 fields, expected 10 fields, as in the header"),
        ("State", "End", "row 1, field End: found the column twice (4 and 5), expected each colum"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_by_row_and_field(
    load: Load, old: str, new: str, said: str
) -> None:
    line = told(load, JOBS.replace(old, new, 1))
    assert said in line
    assert "jobs.txt: row" in line


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (
            row(start="2024-03-01T08:00:00.٣"),
            "field Start: found '2024-03-01T08:00:00.٣', expected",
        ),
        (row(start="٢٠٢٤-03-01T08:00:00"), "field Start: found '٢٠٢٤-03-01T08:00:00', expected"),
        (row("٣"), "field JobID: found '٣', expected a job"),
        (row(asks="2|2G|cpu=٣|1|batch"), "field ReqTRES: found 'cpu=٣', expected resources"),
        (row(asks="2|٣G||1|batch"), "field ReqMem: found '٣G', expected memory"),
    ],
)
def test_digits_of_other_scripts_are_no_digits(load: Load, jobs: str, said: str) -> None:
    assert said in told(load, f"{HEAD}\n{jobs}", None)


@pytest.mark.parametrize("listed", ["[...]", "[...,...]"])
def test_an_array_that_names_no_task_is_told(load: Load, listed: str) -> None:
    waits = row(f"7_{listed}", start="Unknown", end="Unknown", state="PENDING")
    line = told(load, f"{HEAD}\n{row()}{waits}", None, pending=True)
    assert f"row 3, field JobID: found '7_{listed}', expected array tasks such as" in line


def test_a_whole_line(load: Load) -> None:
    line = told(load, JOBS.replace("|4Gc|", "|4 GB|"))
    assert line.endswith(
        "jobs.txt: row 6, field ReqMem: found '4 GB', expected memory such as 16G, 4000M, "
        "4Gc (a core) or 16Gn (a node)"
    )


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ("", "found an empty file, expected a header row"),
        (HEAD, "row 1: found a header and no rows, expected at least one row"),
        (f"{HEAD}\n" + row("1.batch"), "found 1 steps and no job, expected at least one job"),
        (f"{HEAD}\n" + row(start="None"), "found no job that ever started, expected at least one"),
        (f"{HEAD}|\n" + row().replace("batch\n", "batch|x\n"), "row 2: found 11 fields, expected"),
        (NODES, "found nodes, expected jobs as sacct --parsable2 --format=JobID,Submit,Start,End"),
        ("a" * (9 << 20), "row 1: found a line of more than a MiB, expected rows of"),
        (f"{HEAD}\n1|\0", "row 2: found a null byte, expected text"),
    ],
)
def test_tables_without_jobs_are_told(load: Load, jobs: str, said: str) -> None:
    assert said in told(load, jobs, None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CPUTot=32 CPULoad", "CPULoad", "row 1, field CPUTot: found nothing, expected a whole nu"),
        (
            "CPUTot=32 CPULoad",
            "CPUTot=-1 CPULoad",
            "row 1, field CPUTot: found '-1', expected a wh",
        ),
        ("RealMemory=128000 Alloc", "RealMemory=125G Alloc", "RealMemory: found '125G', expected"),
        ("MemSpecLimit=4096", "MemSpecLimit=4G", "row 2, field MemSpecLimit: found '4G', expected"),
        ("gpu:a100:4(S:0-1)", "gpu:a100:x:4", "field Gres: found 'gpu:a100:x:4', expected GPUs s"),
        ("gpu:a100:4(S:0-1)", "gpu:65", "row 3, field Gres: found 65 GPUs, expected at most 64"),
        ("NodeName=c2", "NodeName=c1", "row 2, field NodeName: found 'c1' again (first in row 1),"),
        ("NodeName=c2", "NodeName=", "row 2, field NodeName: found nothing, expected a name"),
        ("NodeName=c1", "Nodename=c1", "row 1: found 'Nodename=c1 Arch=x86_64 CoresPerSocket=16 "),
        (
            "NodeName=c2",
            " NodeName=c1",
            "row 2, field NodeName: found 'c1' again (first in row 1),",
        ),
    ],
)
def test_what_is_wrong_in_nodes_is_told_by_row_and_field(
    load: Load, old: str, new: str, said: str
) -> None:
    line = told(load, JOBS, NODES.replace(old, new, 1))
    assert said in line
    assert "nodes.txt: row" in line


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ("", f"found no node, {EXPECTED}"),
        ("NodeName=a CPUTot=1 RealMemory=1 State=DOWN*", "found 1 nodes, none of which can run a"),
        (JOBS, f"row 1: found '{HEAD[:60]}', {EXPECTED}"),
        ("NodeName=a " + "x" * (2 << 20), "row 1: found a line of more than a MiB"),
        ("NodeName=a\n" + "  x=1\n" * (1 << 19), "row 1: found a node of more than a MiB"),
    ],
)
def test_files_that_are_no_nodes_are_told(load: Load, nodes: str, said: str) -> None:
    assert said in told(load, JOBS, nodes)


def test_nodes_of_several_lines_are_read_too(load: Load) -> None:
    """As scontrol show node prints them without -o."""
    lines = NODES.replace(" CPUTot", "\n   CPUTot").replace(" State=", "\n   State=")
    assert load(JOBS, lines.replace("\nNodeName", "\n\nNodeName")).sha256 == load().sha256


@pytest.mark.parametrize(
    ("state", "there"),
    [
        *(("IDLE", True), ("ALLOCATED", True), ("MIXED*", True), ("IDLE~", True), ("IDLE#", True)),
        *(("IDLE+POWERED_DOWN", True), ("MIXED+DRAIN", True), ("DRAINING", True), ("MAINT", True)),
        *(("IDLE+RESERVED+PLANNED", True), ("COMPLETING+DRAIN", True), ("", True)),
        *(("DOWN", False), ("DOWN*+DRAIN", False), ("IDLE+DRAIN", False), ("DRAINED*", False)),
        *(("FAIL", False), ("FUTURE", False), ("UNKNOWN", False), ("ERROR", False)),
    ],
)
def test_nodes_that_can_run_nothing_are_left_out(load: Load, state: str, there: bool) -> None:
    node = f"NodeName=x CPUTot=1 RealMemory=1 State={state} Partitions=batch\n"
    assert (load(JOBS, NODES + node).machine_count == 6) == there


def test_options_that_can_not_be_are_told(load: Load, tmp_path: Path) -> None:
    assert "trace.start: found 'noon', expected a time such as" in told(load, start="noon")
    assert "trace.start: found a time after all jobs" in told(
        load, f"{HEAD}\n" + row(), None, start="2030-01-01"
    )
    with pytest.raises(traces.TraceError, match=r"trace.tasks: found nothing, expected one file"):
        traces.load("slurm")
    with pytest.raises(traces.TraceError, match=r"trace.tasks: found it beside trace.path"):
        traces.load("slurm", path=tmp_path, tasks=tmp_path)
    with pytest.raises(traces.TraceError, match="found no such file"):
        traces.load("slurm", path=tmp_path / "none")


def test_more_classes_than_a_trace_has_is_an_error_that_says_what_to_do(load: Load) -> None:
    table, nodes = f"{HEAD}\n", ""
    for n in range(CLASSES_MAX + 1):
        table += row(str(n + 1), asks=f"1|1G||1|p{n}")
        nodes += f"NodeName=n{n} CPUTot=4 RealMemory=4096 Partitions=p{n}\n"
    assert told(load, table, nodes).endswith(
        "nodes.txt: field Partitions: found partitions and GPUs that tell more than 61 classes of "
        "nodes apart, expected at most 61 (give the jobs of some partitions alone: "
        "sacct --partition=NAMES)"
    )


def test_more_tasks_than_memory_are_told_before_they_are_made(load: Load) -> None:
    asks = "10000|1G||10000|batch"
    many = "".join(row(str(n), asks=asks) for n in range(spread.TASKS_MAX // 10_000 + 1))
    assert "found jobs of 10010000 tasks, expected at most 10000000" in told(
        load, f"{HEAD}\n{many}", None
    )
    waits = row("1_[0-600000]", "None", "None", "PENDING")
    waits += row("2_[0-600000]", "None", "None", "PENDING")
    line = told(load, f"{HEAD}\n{waits}", None, pending=True)
    assert "found jobs of 1200002 tasks, expected at most 1000000" in line


@pytest.mark.parametrize("text", ["[9-1]", "[1-]", "[1-9999999999]", "[,]"])
def test_array_ranges_that_can_not_be_are_told(load: Load, text: str) -> None:
    waits = row(f"7_{text}", "None", "None", "PENDING")
    line = told(load, f"{HEAD}\n{waits}", None, pending=True)
    assert f"row 2, field JobID: found '7_{text}', expected array tasks such as" in line


@settings(max_examples=share(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(jobs=st.just(JOBS) | spoilt(JOBS), nodes=spoilt(NODES), pending=st.booleans())
def test_any_text_of_the_tables_spoilt(
    jobs: str, nodes: str, pending: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "jobs.txt").write_bytes(jobs.encode())
    (folder / "nodes.txt").write_bytes(nodes.encode())
    survives(
        lambda: traces.load(
            "slurm", tasks=folder / "jobs.txt", nodes=folder / "nodes.txt", pending=pending
        )
    )


PROGRAM = """
import sys, traces
from pathlib import Path
try:
    traces.load("slurm", **dict(word.split("=", 1) for word in sys.argv[1:]))
except traces.TraceError as error:
    print(error)
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.campaign
@pytest.mark.parametrize("word", ["tasks", "nodes"])
def test_a_gigabyte_on_one_line_takes_no_memory(tmp_path: Path, word: str) -> None:
    path, jobs = tmp_path / "long", tmp_path / "jobs.txt"
    jobs.write_text(JOBS)
    with path.open("w") as file:
        file.write({"tasks": "JobID|Submit|", "nodes": "NodeName=a "}[word])
        for _ in range(1000):
            file.write("a" * (1 << 20))
    words = [f"{word}={path}", *([f"tasks={jobs}"] if word == "nodes" else [])]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True
    )
    line, held_kb = done.stdout.strip().split("\n")
    assert "found a line of more than a MiB" in line
    assert int(held_kb) < 400_000
