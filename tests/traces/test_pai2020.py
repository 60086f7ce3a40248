"""PAI: instances of tasks, percent of cores and GPUs, ends that are not told."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.traces.test_hostile_input import spoilt, survives

MACHINES = """\
ma,T4,96,512,2
mb,CPU,96,512,0
mc,MISC,64,256,8
"""
TASKS = """\
j0,tensorflow,1.0,Terminated,100.0,160.0,600.0,29.296875,50.0,MISC
j1,ps,2.0,Running,200.0,,400.0,29.3,,T4
j1,worker,3.0,Failed,200.0,250.0,,59.604644775390625,100.0,T4
j2,worker,1.0,Waiting,,,400.0,10.0,100.0,T4
j3,worker,1.0,Terminated,0.0,30.0,400.0,10.0,100.0,T4
j4,worker,1.0,Failed,10.0,0.0,400.0,10.0,100.0,T4
j5,worker,1.0,Terminated,10.0,5.0,400.0,10.0,100.0,T4
j6,worker,1.0,Terminated,10.0,15.0,400.0,10.0,150.0,T4
j7,worker,1.0,Terminated,10.0,15.0,,,,
j8,worker,0.0,Terminated,10.0,15.0,100.0,1.0,,
j0,tensorflow,,Terminated,100.0,160.0,600.0,29.296875,200.0,V100
"""
Pai = Callable[..., traces.Trace]


@pytest.fixture
def pai(tmp_path: Path) -> Pai:
    def load(tasks: str = TASKS, machines: str = MACHINES) -> traces.Trace:
        (tmp_path / "pai_task_table.csv").write_text(tasks)
        (tmp_path / "pai_machine_spec.csv").write_text(machines)
        return traces.load("pai2020", path=tmp_path)

    return load


def test_an_instance_is_a_task_in_cores_and_devices(pai: Pai) -> None:
    trace = pai()
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "gpu", "models"]
    mib = 61_035 / 1024  # of 59.60464
    assert trace.tasks.select(columns).collect().rows() == [
        ("j0/tensorflow/1", "j0", 100.0, 60.0, 6.0, 29.296875, 0.5, "MISC"),
        ("j1/ps/1", "j1", 200.0, None, 4.0, 30_003 / 1024, 0.0, None),
        ("j1/ps/2", "j1", 200.0, None, 4.0, 30_003 / 1024, 0.0, None),
        ("j1/worker/1", "j1", 200.0, 50.0, 0.0, mib, 1.0, "T4"),
        ("j1/worker/2", "j1", 200.0, 50.0, 0.0, mib, 1.0, "T4"),
        ("j1/worker/3", "j1", 200.0, 50.0, 0.0, mib, 1.0, "T4"),
        ("j0/tensorflow#2/1", "j0", 100.0, 60.0, 6.0, 29.296875, 2.0, "V100"),
    ]
    assert trace.machines.select("id", "cpu", "mem", "gpu", "model").collect().rows() == [
        ("ma", 96.0, 512.0, 2.0, "T4"),
        ("mb", 96.0, 512.0, 0.0, None),
        ("mc", 64.0, 256.0, 8.0, "MISC"),
    ]
    assert trace.unplaceable == 1  # a V100, which no machine has
    assert trace.advice.order == "trace"


def test_rows_are_tasks_or_dropped_by_reason(pai: Pai) -> None:
    trace = pai()
    assert trace.dropped == {
        "tasks that wait: they never ran": 1,
        "tasks without a start": 1,
        "tasks that end before they start": 1,
        "tasks that failed or terminated, without an end": 1,
        "tasks of no instance": 1,
        "tasks that state no request": 1,
        "tasks whose instances ask for parts of several GPUs": 1,
    }
    assert trace.rows == 11 == 4 + sum(trace.dropped.values())
    with pytest.raises(traces.TraceError, match="found no row that is a task: 1 tasks that wait"):
        pai(TASKS.splitlines(keepends=True)[3])


def test_what_is_filled_in_is_said_with_counts(pai: Pai) -> None:
    assert pai().assumed == (
        "a task is an instance: it arrives when its task starts, and lives until that ends",
        "instances are placed one by one: which start together is not told",
        "gpu_type, what a task was given, is what its instances may use",
        "a blank plan_cpu counts as 0: 1 tasks",
        "a blank plan_gpu counts as 0: 1 tasks",
        "a blank inst_num counts as 1: 1 tasks",
        "tasks that still run at the end: 1",
        "tasks that failed held what they asked for until then: 1",
        "tasks of a name that their job has again are tasks of their own: 1",
        "requests rounded to whole units: 2 tasks",
    )


def test_tables_are_found_beside_each_other_and_may_be_gzipped(pai: Pai, tmp_path: Path) -> None:
    plain = pai()
    tasks, machines = tmp_path / "pai_task_table.csv", tmp_path / "pai_machine_spec.csv"
    assert traces.load("pai2020", path=tasks).sha256 == plain.sha256
    machines.rename(tmp_path / "mine.csv")
    assert traces.load("pai2020", path=tasks, nodes=tmp_path / "mine.csv").sha256 == plain.sha256
    (tmp_path / "pai_task_table.csv.gz").write_bytes(gzip.compress(TASKS.encode()))
    (tmp_path / "pai_machine_spec.csv.gz").write_bytes(gzip.compress(MACHINES.encode()))
    tasks.unlink()
    assert traces.load("pai2020", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("j1,ps,2.0", ",ps,2.0", "row 2, field job_name: found a blank, expected text"),
        ("j1,ps,2.0", "j1,,2.0", "row 2, field task_name: found a blank, expected text"),
        ("j1,ps,2.0", "j1,ps,2.5", "row 2, field inst_num: found 2.5, expected a whole number fr"),
        ("j1,ps,2.0", "j1,ps,-2", "row 2, field inst_num: found -2, expected a whole number from"),
        ("j1,ps,2.0", "j1,ps,two", "row 2, field inst_num: found 'two', expected a number"),
        ("Running", "Runing", "row 2, field status: found 'Runing', expected one of Running, Ter"),
        ("Running", "", "row 2, field status: found a blank, expected text"),
        ("200.0,,400", "-200,,400", "row 2, field start_time: found -200, expected seconds from"),
        ("200.0,,400", "200.0,-1,400", "row 2, field end_time: found -1, expected seconds from 0"),
        ("200.0,,400", "200.0,inf,400", "row 2, field end_time: found inf, expected seconds fro"),
        ("400.0,29.3,", "-400.0,29.3,", "row 2, field plan_cpu: found -400, expected 0 or more,"),
        ("400.0,29.3,", "400.0,nan,", "row 2, field plan_mem: found nan, expected 0 or more, or"),
        (",,T4", ",half,T4", "row 2, field plan_gpu: found 'half', expected a number"),
        ("50.0,MISC", "50.0,A||B", "row 1, field gpu_type: found 'A||B', expected model names pa"),
        (",MISC", "", "row 1: found 9 fields, expected 10 fields, job_name, task_name, inst_num"),
    ],
)
def test_a_broken_task_is_told_by_row_and_field(pai: Pai, old: str, new: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        pai(TASKS.replace(old, new, 1))
    assert "pai_task_table.csv: " + said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("512,0", "512,", "row 2, field cap_gpu: found a blank, expected a number"),
        ("64,256,8", "64,256,8.5", "row 3, field cap_gpu: found 8.5, expected a whole number of d"),
        ("64,256,8", "-64,256,8", "row 3, field cap_cpu: found -64, expected 0 or more"),
        ("64,256,8", "64,256.3,8", "row 3, field cap_mem: found 256.3, expected a whole multiple"),
        ("mc", "ma", "row 3, field machine: found 'ma' again (first in row 1), expected each id "),
    ],
)
def test_a_broken_machine_is_told_by_row_and_field(pai: Pai, old: str, new: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        pai(machines=MACHINES.replace(old, new, 1))
    assert "pai_machine_spec.csv: " + said in str(caught.value)


def test_a_table_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(traces.TraceError, match=r"pai_task_table.csv: found no such file"):
        traces.load("pai2020", path=tmp_path)
    (tmp_path / "pai_task_table.csv").write_text(TASKS)
    with pytest.raises(traces.TraceError, match=r"pai_machine_spec.csv: found no such file"):
        traces.load("pai2020", path=tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tasks=spoilt(TASKS), machines=st.just(MACHINES) | spoilt(MACHINES))
def test_spoilt_tables(tasks: str, machines: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "pai_task_table.csv").write_bytes(tasks.encode())
    (folder / "pai_machine_spec.csv").write_bytes(machines.encode())

    def read() -> traces.Trace:
        trace = traces.load("pai2020", path=folder)
        table_row = pl.col("id").str.replace(r"/\d+$", "").n_unique()
        kept = trace.tasks.select(table_row).collect().item()
        assert trace.rows == kept + sum(trace.dropped.values())
        return trace

    survives(read)


def test_the_real_tables_add_up(real_data: Path) -> None:
    folder = real_data / "pai2020"
    if not (folder / "pai_task_table.csv").exists():
        pytest.skip(f"no pai_task_table.csv in {folder}")
    trace = traces.load("pai2020", path=folder)
    table_row = pl.col("id").str.replace(r"/\d+$", "").n_unique()
    kept = trace.tasks.select(table_row).collect().item()
    assert trace.rows == kept + sum(trace.dropped.values())
    assert trace.machine_count > 1500
