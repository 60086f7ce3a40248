"""Spot GPUs: gangs of workers, two priorities, models of GPUs."""

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

NODES = """\
gpu_model,gpu_capacity_num,cpu_num,node_name
A10,1,128,0
H800,8,192,1
"""
JOBS = """\
job_name,organization,gpu_model,cpu_request,gpu_request,worker_num,submit_time,duration,job_type
5,13,A10,20,1,1,0,100,HP
6,1,H800,8,4,3,50,60,Spot
7,1,H800,8,4,0,50,60,Spot
8,1,T4,8,0.5,1,50,60,Spot
9,1,,8,0.5,2,70,0,HP
"""
Spot = Callable[..., traces.Trace]


@pytest.fixture
def spot(tmp_path: Path) -> Spot:
    def load(jobs: str = JOBS, nodes: str = NODES) -> traces.Trace:
        (tmp_path / "job_info_df.csv").write_text(jobs)
        (tmp_path / "node_info_df.csv").write_text(nodes)
        return traces.load("spot2026", path=tmp_path)

    return load


def test_a_job_is_its_workers_who_start_together(spot: Spot) -> None:
    trace = spot()
    columns = ["id", "job", "submit", "lifetime", "cpu", "gpu", "priority", "models", "gang"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("5-1", "5", 0.0, 100.0, 20.0, 1.0, 1, "A10", False),
        ("6-1", "6", 50.0, 60.0, 8.0, 4.0, 0, "H800", True),
        ("6-2", "6", 50.0, 60.0, 8.0, 4.0, 0, "H800", True),
        ("6-3", "6", 50.0, 60.0, 8.0, 4.0, 0, "H800", True),
        ("8-1", "8", 50.0, 60.0, 8.0, 0.5, 0, "T4", False),
        ("9-1", "9", 70.0, 0.0, 8.0, 0.5, 1, None, True),
        ("9-2", "9", 70.0, 0.0, 8.0, 0.5, 1, None, True),
    ]
    assert trace.machines.select("id", "cpu", "gpu", "model").collect().rows() == [
        ("0", 128.0, 1.0, "A10"),
        ("1", 192.0, 8.0, "H800"),
    ]
    assert trace.resources == ("cpu", "gpu")
    assert trace.unplaceable == 1  # a T4, which no node has
    assert trace.advice.order == "trace"
    assert trace.assumed == (
        "a request is one worker's, and the workers of a job start together",
        "priority 1 is HP, 0 is Spot",
        "memory is not in the trace",
    )


def test_every_row_is_a_job_of_tasks_or_counted(spot: Spot) -> None:
    trace = spot()
    jobs = trace.tasks.select(pl.col("job").n_unique()).collect().item()
    assert trace.dropped == {"jobs of no worker": 1}
    assert trace.rows == jobs + sum(trace.dropped.values()) == 5
    with pytest.raises(traces.TraceError, match="found no row that is a task: 1 jobs of no worker"):
        spot("".join(JOBS.splitlines(keepends=True)[i] for i in (0, 3)))


def test_lists_are_found_beside_each_other_and_may_be_gzipped(spot: Spot, tmp_path: Path) -> None:
    plain = spot()
    jobs, nodes = tmp_path / "job_info_df.csv", tmp_path / "node_info_df.csv"
    assert traces.load("spot2026", path=jobs).sha256 == plain.sha256
    nodes.rename(tmp_path / "mine.csv")
    named = traces.load("spot2026", path=jobs, nodes="mine.csv")
    assert named.sha256 == plain.sha256
    (tmp_path / "node_info_df.csv.gz").write_bytes(gzip.compress(NODES.encode()))
    (tmp_path / "job_info_df.csv.gz").write_bytes(gzip.compress(JOBS.encode()))
    jobs.unlink()
    assert traces.load("spot2026", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("4,3,50", "4,2.5,50", "row 3, field worker_num: found 2.5, expected a whole number from"),
        ("4,3,50", "4,-1,50", "row 3, field worker_num: found -1, expected a whole number from 0"),
        ("4,3,50", "4,inf,50", "row 3, field worker_num: found inf, expected a whole number from"),
        ("4,3,50", "4,1000001,50", "row 3, field worker_num: found 1000001, expected at most 1,"),
        ("4,3,50", "4,,50", "row 3, field worker_num: found a blank, expected a number"),
        ("4,3,50", "4.5,3,50", "row 3, field gpu_request: found 4.5, expected a share in (0, 1) "),
        ("8,4,3", "-8,4,3", "row 3, field cpu_request: found -8, expected 0 or more"),
        ("3,50,60", "3,-50,60", "row 3, field submit_time: found -50, expected seconds from 0"),
        ("3,50,60", "3,50,-60", "row 3, field duration: found -60, expected seconds from 0"),
        ("3,50,60", "3,50,long", "row 3, field duration: found 'long', expected a number"),
        ("60,Spot", "60,LP", "row 3, field job_type: found 'LP', expected one of HP, Spot"),
        ("6,1,H800", "5,1,H800", "row 3, field job_name: found '5-1' again (first in row 2), exp"),
        ("6,1,H800", "6,1,H800|", "row 3, field gpu_model: found 'H800|', expected model names p"),
    ],
)
def test_a_broken_job_is_told_by_row_and_field(spot: Spot, old: str, new: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        spot(JOBS.replace(old, new, 1))
    assert "job_info_df.csv: " + said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("H800,8", "H800,8.5", "row 3, field gpu_capacity_num: found 8.5, expected a whole numbe"),
        ("H800,8", "H800,-8", "row 3, field gpu_capacity_num: found -8, expected 0 or more"),
        ("192,1", "192,0", "row 3, field node_name: found '0' again (first in row 2), expected e"),
        ("192,1", ",1", "row 3, field cpu_num: found a blank, expected a number"),
        ("H800", "H|800", "row 3, field gpu_model: found 'H|800', expected one model's name"),
        ("cpu_num", "cpus", "row 1, field cpu_num: found no such column among gpu_model"),
    ],
)
def test_a_broken_node_is_told_by_row_and_field(spot: Spot, old: str, new: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        spot(nodes=NODES.replace(old, new, 1))
    assert "node_info_df.csv: " + said in str(caught.value)


def test_more_tasks_than_can_be_held_are_told_before_they_are_made(spot: Spot) -> None:
    many = "".join(f"{i},1,H800,8,4,1000000,50,60,Spot\n" for i in range(21))
    with pytest.raises(traces.TraceError, match="worker_num: found 21,000,000 tasks in all, expec"):
        spot(JOBS.splitlines(keepends=True)[0] + many)


def test_a_list_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(traces.TraceError, match=r"job_info_df.csv: found no such file"):
        traces.load("spot2026", path=tmp_path)
    (tmp_path / "job_info_df.csv").write_text(JOBS)
    with pytest.raises(traces.TraceError, match=r"node_info_df.csv: found no such file"):
        traces.load("spot2026", path=tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(jobs=spoilt(JOBS), nodes=st.just(NODES) | spoilt(NODES))
def test_spoilt_lists(jobs: str, nodes: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "job_info_df.csv").write_bytes(jobs.encode())
    (folder / "node_info_df.csv").write_bytes(nodes.encode())

    def read() -> traces.Trace:
        trace = traces.load("spot2026", path=folder)
        kept = trace.tasks.select(pl.col("job").n_unique()).collect().item()
        assert trace.rows == kept + sum(trace.dropped.values())
        return trace

    survives(read)


def test_the_real_lists_have_their_known_totals(real_data: Path) -> None:
    folder = real_data / "spot2026"
    if not (folder / "job_info_df.csv").exists():
        pytest.skip(f"no job_info_df.csv in {folder}")
    trace = traces.load("spot2026", path=folder)
    assert (trace.rows, trace.machine_count) == (466_867, 4_278)
