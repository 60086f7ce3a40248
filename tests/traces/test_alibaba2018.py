"""Alibaba's cluster of 2018: containers beside batch, sizes that change, what is not valid."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.traces.test_hostile_input import spoilt, survives

# Machine 3 has no size, 2 none that is valid before 40; 1 changes once.
MACHINES = """\
m_1,0,1,4,96,100,USING
m_1,500,1,4,96,50,USING
m_1,600,1,4,96,50,USING
m_2,0,2,,96,-1,USING
m_2,40,2,7,64,80,IMPORT
m_3,0,2,7,,,USING
m_2,0,2,7,64,81,USING
"""
CONTAINERS = """\
c_1,m_1,300,app_1,stopped,400,800,1.56
c_1,m_1,0,app_1,started,400,800,1.56
c_2,m_3,100,app_1,allocated,50,800,3.13
c_3,m_1,0,app_2,stopped,400,800,1.56
c_4,m_2,0,app_2,started,400,800,101
c_5,m_2,5000,app_2,started,400,800,1
c_6,m_2,0,app_2,started,,800,1
"""
BATCH = """\
M1,2,j_1,1,Terminated,100,150,100,0.39
R2_1,1,j_1,1,Terminated,150,170,50.5,0.59
M1,1,j_2,1,Running,200,0,100,0.39
M2,1,j_2,1,Waiting,0,0,100,0.39
M3,1,j_2,1,Terminated,0,20,33.333333,0.39
M4,1,j_2,1,Failed,30,0,100,0.39
M5,1,j_2,1,Terminated,30,20,100,0.39
M6,1,j_2,1,Terminated,30,40,,
M7,1,j_2,1,Terminated,30,40,100,-1
M8,0,j_2,1,Terminated,30,40,100,1
M1,1,j_1,1,Terminated,4000,4001,100,0.39
"""
TABLES = {"machine_meta": MACHINES, "container_meta": CONTAINERS, "batch_task": BATCH}
Alibaba = Callable[..., traces.Trace]


def write(folder: Path, tables: dict[str, str]) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


@pytest.fixture
def alibaba(tmp_path: Path) -> Alibaba:
    def load(hours: float | None = None, **tables: str) -> traces.Trace:
        return traces.load("alibaba2018", path=write(tmp_path, {**TABLES, **tables}), hours=hours)

    return load


def test_containers_and_instances_of_batch_are_tasks(alibaba: Alibaba) -> None:
    trace = alibaba()
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "alive_at_start", "machine"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("c_1", "app_1", 0.0, None, 4.0, 1.56, True, "m_1"),
        ("c_2", "app_1", 100.0, None, 0.5, 3.13, False, None),
        ("c_5", "app_2", 5000.0, None, 4.0, 1.0, False, "m_2"),
        ("j_1/M1/1", "j_1", 100.0, 50.0, 1.0, 0.39, False, None),
        ("j_1/M1/2", "j_1", 100.0, 50.0, 1.0, 0.39, False, None),
        ("j_1/R2_1/1", "j_1", 150.0, 20.0, 0.505, 0.59, False, None),
        ("j_2/M1/1", "j_2", 200.0, None, 1.0, 0.39, False, None),
        ("j_2/M3/1", "j_2", 0.0, 20.0, 0.333, 0.39, True, None),
        ("j_1/M1#2/1", "j_1", 4000.0, 1.0, 1.0, 0.39, False, None),
    ]
    assert (trace.resources, trace.recorded) == (("cpu", "mem"), True)
    assert trace.advice.order == "trace"


def test_machines_are_as_first_told_and_change_their_sizes_later(alibaba: Alibaba) -> None:
    trace = alibaba()
    assert trace.machines.collect().rows() == [
        ("m_1", 96.0, 100.0, None, "4"),
        ("m_2", 64.0, 81.0, None, "7"),
    ]
    assert trace.events is not None
    assert trace.events.rows() == [
        (40.0, "m_2", "update", 64.0, 80.0),
        (500.0, "m_1", "update", 96.0, 50.0),
    ]
    assert "machine events" in trace.replayed
    assert alibaba(machine_meta="m_1,7,1,4,96,100,USING\n").events is None


def test_rows_are_tasks_or_dropped_by_reason(alibaba: Alibaba) -> None:
    trace = alibaba()
    assert trace.dropped == {
        "rows of containers that are stopped throughout": 1,
        "further rows of containers": 1,
        "containers whose memory is not valid (-1 or 101)": 1,
        "containers that state no request": 1,
        "batch tasks without a time: they never ran in the span": 1,
        "batch tasks that end before they start": 1,
        "batch tasks that neither run nor terminated, without an end": 1,
        "batch tasks that state no request": 1,
        "batch tasks whose memory is not valid (-1 or 101)": 1,
        "batch tasks of no instance": 1,
    }
    assert trace.rows == 18 == 8 + sum(trace.dropped.values())


def test_what_is_not_plain_is_said_with_counts(alibaba: Alibaba) -> None:
    assert alibaba().assumed == (
        "memory is in hundredths of the largest machine's",
        "containers are there from their first row to the end: 3",
        "containers whose status changes later, which is not followed: 1",
        "containers on machines that are left out: 1",
        "a task is an instance: 5 batch tasks have 6",
        "batch arrives when it started, which keeps the order that task_name demands (R4_2 after "
        "2)",
        "batch tasks that started before the span, when is not known: 1",
        "batch tasks that go on after the span: 1",
        "batch tasks of a name that their job has again are tasks of their own: 1",
        "batch tasks whose plan was rounded to whole units: 1",
        "machines left out since no size is stated: 1",
        "further rows of machine_meta that change no size: 3",
        "rows of machine_meta of another status than USING, not followed: 1",
    )
    later = alibaba(machine_meta="m_1,7,1,4,96,100,USING\n").assumed
    assert "machines first told of after the start, which are there from it: 1" in later


def test_the_first_hours_leave_out_what_starts_later(alibaba: Alibaba) -> None:
    trace = alibaba(hours=1)
    assert trace.dropped["containers that come after the hours asked for"] == 1
    assert trace.dropped["batch tasks that start after the hours asked for"] == 1
    assert trace.task_count == alibaba().task_count - 2
    assert trace.assumed[0] == "only what starts in the first 1 hours is read"
    happened = alibaba(hours=0.1).events
    assert happened is not None
    assert happened["time"].to_list() == [40.0]
    with pytest.raises(traces.TraceError, match=r"trace.hours: found -1, expected hours above 0"):
        alibaba(hours=-1)


def test_one_of_containers_and_batch_may_be_missing_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"machine_meta": MACHINES})
    with pytest.raises(traces.TraceError, match=r"neither container_meta.csv nor batch_task.csv"):
        traces.load("alibaba2018", path=tmp_path)
    write(tmp_path, {"batch_task": BATCH})
    batch = traces.load("alibaba2018", path=tmp_path)
    assert (batch.task_count, batch.recorded) == (6, False)
    assert "no container_meta: long-running containers, which share the machines, are left out" in (
        batch.assumed
    )
    (tmp_path / "batch_task.csv").unlink()
    write(tmp_path, {"container_meta": CONTAINERS})
    containers = traces.load("alibaba2018", path=tmp_path / "container_meta.csv")
    assert containers.task_count == 3
    (tmp_path / "machine_meta.csv").unlink()
    with pytest.raises(traces.TraceError, match=r"machine_meta.csv: found no such file"):
        traces.load("alibaba2018", path=tmp_path)


def test_gzipped_tables_are_the_same_trace(alibaba: Alibaba, tmp_path: Path) -> None:
    plain = alibaba()
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").unlink()
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert traces.load("alibaba2018", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("machine_meta", "96,50,", "96,150,", "row 2, field mem_size: found 150, expected 0 to 1"),
        ("machine_meta", "96,50,", "-96,50,", "row 2, field cpu_num: found -96, expected 0 or mo"),
        ("machine_meta", "96,50,", "96,half,", "row 2, field mem_size: found 'half', expected a "),
        ("machine_meta", "m_1,500", "m_1,-500", "row 2, field time_stamp: found -500, expected "),
        ("machine_meta", "m_1,500", ",500", "row 2, field machine_id: found a blank, expected te"),
        ("machine_meta", "96,50,", "0.0005,50,", "row 2, field cpu_num: found 0.0005, expected a"),
        ("machine_meta", "96,50,USING", "96,50", "row 2: found 6 fields, expected 7 fields, mach"),
        ("container_meta", "c_2,m_3,100", "c_2,m_3,", "row 3, field time_stamp: found a blank, e"),
        ("container_meta", "50,800,3.13", "50,800,-3", "row 3, field mem_size: found -3, expecte"),
        ("container_meta", "50,800,3.13", "-50,800,3", "row 3, field cpu_request: found -50, exp"),
        ("container_meta", ",allocated", ",", "row 3, field status: found a blank, expected text"),
        ("batch_task", "R2_1,1", "R2_1,1.5", "row 2, field instance_num: found 1.5, expected a w"),
        ("batch_task", "R2_1,1", "R2_1,", "row 2, field instance_num: found a blank, expected a "),
        ("batch_task", "150,170", "-150,170", "row 2, field start_time: found -150, expected sec"),
        ("batch_task", "150,170", "150,", "row 2, field end_time: found a blank, expected a numb"),
        ("batch_task", "50.5,0.59", "-50.5,0.59", "row 2, field plan_cpu: found -50.5, expected "),
        ("batch_task", "50.5,0.59", "50.5,100.5", "row 2, field plan_mem: found 100.5, expected "),
        ("batch_task", "50.5,0.59", "inf,0.59", "row 2, field plan_cpu: found inf, expected 0 or"),
    ],
)
def test_a_broken_row_is_told_by_file_row_and_field(
    alibaba: Alibaba, table: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        alibaba(**{table: TABLES[table].replace(old, new, 1)})
    assert f"{table}.csv: {said}" in str(caught.value)


def test_what_leaves_nothing_is_told(alibaba: Alibaba) -> None:
    with pytest.raises(traces.TraceError, match="found no machine whose size is stated"):
        alibaba(machine_meta="m_1,0,1,4,96,-1,USING\n")
    with pytest.raises(traces.TraceError, match="no row that is a task: 1 rows of containers that"):
        alibaba(container_meta="c,m_1,0,a,stopped,1,1,1\n", batch_task=BATCH.splitlines()[3])
    many = "".join(f"M{i},1000000,j_1,1,Terminated,1,2,1,0\n" for i in range(21))
    with pytest.raises(traces.TraceError, match=r"instance_num: found 21,000,000 .*\(trace.hours="):
        alibaba(batch_task=many)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=st.sampled_from([*TABLES]),
    hours=st.sampled_from([None, 0.05, 2.0]),
    data=st.data(),
)
def test_spoilt_tables(
    table: str, hours: float | None, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = data.draw(spoilt(TABLES[table]))
    folder = write(tmp_path_factory.mktemp("spoilt"), {**TABLES, table: text})

    def read() -> traces.Trace:
        trace = traces.load("alibaba2018", path=folder, hours=hours)
        table_row = pl.col("id").str.replace(r"/\d+$", "").n_unique()
        kept = trace.tasks.select(table_row).collect().item()
        assert trace.rows == kept + sum(trace.dropped.values())
        return trace

    survives(read)


def test_the_real_tables_add_up(real_data: Path) -> None:
    folder = real_data / "alibaba2018"
    if not (folder / "machine_meta.csv").exists():
        pytest.skip(f"no machine_meta.csv in {folder}")
    trace = traces.load("alibaba2018", path=folder, hours=1)
    table_row = pl.col("id").str.replace(r"/\d+$", "").n_unique()
    kept = trace.tasks.select(table_row).collect().item()
    assert trace.rows == kept + sum(trace.dropped.values())
