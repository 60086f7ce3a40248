"""Helios: Slurm jobs of GPU clusters, on several nodes as gangs, local times, no machines."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import traces
from tests.traces.test_hostile_input import spoilt, survives

HEAD = (
    "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
)
ROWS = """\
502,u1,vcA,8,20,2,COMPLETED,2020-06-09 18:41:30,2020-06-09 18:42:00,2020-06-10 04:42:00,36000,30
501,u1,vcA,1,4,1,FAILED,2020-06-09 18:41:00,2020-06-09 18:41:10,2020-06-09 18:45:19,249,10
503,u2,vcB,5,7,3,CANCELLED,2020-06-09 18:42:00,2020-06-09 18:42:00,None,0,0
504,u2,vcB,0,12,1,TIMEOUT,2020-06-09 18:43:00,2020-06-09 18:43:00,2020-06-09 18:43:00,0,0
505,u2,vcB,1,1,1,CANCELLED,2020-06-09 18:44:00,None,2020-06-09 18:45:00,0,60
506,u2,vcB,1,1,0,CANCELLED,2020-06-09 18:44:00,,,0,0
507,u2,vcB,1,1,1,BOOT_FAIL,2020-06-09 18:44:00,NaT,NaT,,
"""
Helios = Callable[..., traces.Trace]


@pytest.fixture
def helios(tmp_path: Path) -> Helios:
    def load(rows: str = ROWS) -> traces.Trace:
        (tmp_path / "cluster_log.csv").write_text(HEAD + rows)
        return traces.load("helios", path=tmp_path)

    return load


def test_jobs_arrive_when_submitted_in_order_and_those_on_several_nodes_are_gangs(
    helios: Helios,
) -> None:
    trace = helios()
    columns = ["id", "job", "submit", "lifetime", "cpu", "gpu", "gang"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("501", "501", 0.0, 249.0, 4.0, 1.0, False),
        ("502/1", "502", 30.0, 36000.0, 10.0, 4.0, True),
        ("502/2", "502", 30.0, 36000.0, 10.0, 4.0, True),
        ("503/1", "503", 60.0, None, 3.0, 2.0, True),
        ("503/2", "503", 60.0, None, 2.0, 2.0, True),
        ("503/3", "503", 60.0, None, 2.0, 1.0, True),
        ("504", "504", 120.0, 0.0, 12.0, 0.0, False),
    ]
    assert (trace.machine_count, trace.resources) == (0, ("cpu", "gpu"))
    assert trace.advice == traces.Advice(weights={"gpu": 1.0})


def test_jobs_that_never_started_are_counted_by_state_and_rows_add_up(helios: Helios) -> None:
    trace = helios()
    never = {"CANCELLED, never started": 2, "of another state, never started": 1}
    assert trace.dropped == never
    assert trace.rows == 7 == 4 + sum(never.values())
    assert trace.assumed == (
        "local times as they stand",
        "virtual clusters are not told apart",
        "jobs on several nodes, in equal shares: 2, as 5 tasks that start together",
        "jobs whose shares are not whole, so that their first tasks have one more: 1",
        "jobs without an end, which outlive the log: 1",
    )


def test_a_gzipped_log_is_the_same_trace(helios: Helios, tmp_path: Path) -> None:
    plain = helios()
    (tmp_path / "cluster_log.csv").unlink()
    (tmp_path / "cluster_log.csv.gz").write_bytes(gzip.compress((HEAD + ROWS).encode()))
    assert traces.load("helios", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2020-06-09 18:41:00,", "09/06/2020,", "row 3, field submit_time: found '09/06/2020', ex"),
        ("2020-06-09 18:41:00,", ",", "row 3, field submit_time: found a blank, expected text"),
        ("2020-06-09 18:41:00,", "None,", "row 3, field submit_time: found 'None', expected a t"),
        ("2020-06-09 18:41:10", "soon", "row 3, field start_time: found 'soon', expected a time s"),
        (
            "2020-06-09 18:45:19",
            "2020-06-09 18:41:09",
            "row 3, field end_time: found '2020-06-09 18:41:09', expected no earlier than start_t",
        ),
        ("vcA,1,4,1,F", "vcA,-1,4,1,F", "row 3, field gpu_num: found -1, expected 0 to 1000000"),
        ("vcA,1,4,1,F", "vcA,0.5,4,1,F", "row 3, field gpu_num: found '0.5', expected a whole n"),
        ("vcA,1,4,1,F", "vcA,1,,1,F", "row 3, field cpu_num: found a blank, expected a whole n"),
        ("vcA,1,4,1,F", "vcA,1,4,0,F", "row 3, field node_num: found 0, expected 1 to 100000"),
        ("501,u1", "502,u1", "row 2, field job_id: found '502' again (first in row 3), expected"),
        (",30\n501", "\n501", "row 2: found 11 fields, expected 12 fields, as in the header"),
    ],
)
def test_a_broken_row_is_told_by_row_and_field(
    helios: Helios, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        helios(ROWS.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_missing_column_and_a_log_in_which_nothing_started_are_told(
    helios: Helios, tmp_path: Path
) -> None:
    with pytest.raises(traces.TraceError, match="found no job that ever started, expected at lea"):
        helios(ROWS[ROWS.index("505") :])
    (tmp_path / "cluster_log.csv").write_text(HEAD.replace("node_num", "nodes") + ROWS)
    with pytest.raises(traces.TraceError, match=r"row 1, field node_num: found no such column am"):
        traces.load("helios", path=tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=spoilt(HEAD + ROWS))
def test_a_spoilt_log(table: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path(tmp_path_factory.mktemp("spoilt")) / "cluster_log.csv"
    path.write_bytes(table.encode())

    def read() -> traces.Trace:
        trace = traces.load("helios", path=path)
        jobs = trace.tasks.select(pl.col("job").n_unique()).collect().item()
        assert trace.rows == jobs + sum(trace.dropped.values())
        return trace

    survives(read)
