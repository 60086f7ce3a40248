"""Philly in both of its forms: a table of jobs, and the log with attempts and machines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import traces
from tests.traces.test_hostile_input import spoilt, survives

HEAD = "timestamp,duration,num_gpus,gpu_time,cluster\n"
TABLE = """\
2017-10-09 07:01:55,66.0,1,66.0,aa
2017-10-09 07:00:55,30.0,12,360.0,aa
2017-10-09 07:01:55,66.0,1,66.0,aa
2017-10-09 07:02:55,10.0,8,80.0,bb
2017-10-09 07:01:55,66.0,1,66.0,bb
"""
LIST = "machineId, number of GPUs, single GPU mem\nm1,8, 24GB\nm2,2, 12GB\nm3,2, 12GB\n"


def attempt(
    start: str | None, end: str | None, *machines: tuple[str | None, int]
) -> dict[str, Any]:
    detail = [{"ip": ip, "gpus": [f"gpu{k}" for k in range(count)]} for ip, count in machines]
    return {"start_time": start, "end_time": end, "detail": detail}


def job(name: str, submitted: str | None, *attempts: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "Pass",
        "vc": "ee9e8c",
        "jobid": name,
        "attempts": list(attempts),
        "submitted_time": submitted,
        "user": "u",
    }


DAY = "2017-10-07 "
LOG = [
    job(
        "retried",
        DAY + "01:11:39",
        attempt(DAY + "01:12:00", DAY + "01:13:00", ("m1", 8)),
        attempt(DAY + "01:20:00", DAY + "02:12:00", ("m1", 8)),
    ),
    job("first", DAY + "01:00:00", attempt(DAY + "01:00:30", DAY + "01:01:30", ("m2", 1))),
    job("gang", DAY + "01:30:00", attempt(DAY + "01:30:00", "None", ("m1", 8), ("m3", 2))),
    job(
        "spread",
        DAY + "01:31:00",
        attempt(DAY + "01:31:00", DAY + "01:31:00", ("m1", 1), ("m2", 1)),
    ),
    job(
        "moved",
        DAY + "01:32:00",
        attempt("None", None, ("m1", 2)),
        attempt(DAY + "01:33:00", DAY + "01:34:00", ("m2", 1)),
    ),
    job("more", DAY + "01:35:00", attempt(DAY + "01:35:00", DAY + "01:36:00", ("m3", 4))),
    job("away", DAY + "01:36:00", attempt(DAY + "01:36:00", DAY + "01:37:00", ("m9", 1))),
    job(
        "autumn",
        "2017-11-05 01:50:00",
        attempt("2017-11-05 01:50:00", "2017-11-05 01:10:00", ("m1", 1)),
    ),
    job("never", DAY + "01:40:00"),
    job("bare", DAY + "01:41:00", attempt(DAY + "01:41:00", DAY + "01:42:00")),
    job("startless", DAY + "01:42:00", attempt("", DAY + "01:43:00", ("m1", 1))),
    job("unsent", "None", attempt(DAY + "01:42:00", DAY + "01:43:00", ("m1", 1))),
    job("wrong", DAY + "01:42:00", attempt(DAY + "05:42:00", DAY + "01:43:00", ("m1", 1))),
]
RealFile = Callable[[str], Path]
Table = Callable[..., traces.Trace]
Log = Callable[..., traces.Trace]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def load(rows: str = TABLE, **options: Any) -> traces.Trace:
        (tmp_path / "philly.csv").write_text(HEAD + rows)
        return traces.load("philly", path=tmp_path / "philly.csv", **options)

    return load


@pytest.fixture
def log(tmp_path: Path) -> Log:
    def load(
        jobs: Sequence[Any] | str = LOG, machines: str | None = LIST, **options: Any
    ) -> traces.Trace:
        text = jobs if isinstance(jobs, str) else json.dumps(jobs, indent=1)
        (tmp_path / "cluster_job_log").write_text(text)
        if machines is not None:
            (tmp_path / "cluster_machine_list").write_text(machines)
        return traces.load("philly", path=tmp_path, **options)

    return load


def test_a_row_is_a_job_in_order_of_time_and_one_of_more_than_eight_gpus_a_gang(
    table: Table,
) -> None:
    trace = table()
    columns = ["id", "job", "submit", "lifetime", "gpu", "gang"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("row-3/1", "row-3", 0.0, 30.0, 8.0, True),
        ("row-3/2", "row-3", 0.0, 30.0, 4.0, True),
        ("row-2", "row-2", 60.0, 66.0, 1.0, False),
        ("row-6", "row-6", 60.0, 66.0, 1.0, False),
        ("row-5", "row-5", 120.0, 10.0, 8.0, False),
    ]
    assert (trace.machine_count, trace.resources) == (0, ("gpu",))
    smaller = table(gpus_per_machine=4)
    assert smaller.tasks.select("gpu").collect()["gpu"].to_list() == [4, 4, 4, 1, 1, 4, 4]


def test_a_row_that_is_there_again_in_every_column_is_dropped_and_counted(table: Table) -> None:
    trace = table()
    assert (trace.dropped, trace.rows) == ({"the same row again": 1}, 5)
    assert trace.assumed == (
        "local times as they stand",
        "virtual clusters are not told apart",
        "jobs of more than 8 GPUs: 1, as 2 tasks that start together",
    )


def test_a_gzipped_table_is_the_same_trace(table: Table, tmp_path: Path) -> None:
    plain = table()
    (tmp_path / "philly.csv").unlink()
    (tmp_path / "philly.csv.gz").write_bytes(gzip.compress((HEAD + TABLE).encode()))
    assert traces.load("philly", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("07:00:55", "25:00:55", "row 3, field timestamp: found '2017-10-09 25:00:55', expected"),
        ("2017-10-09 07:00:55", "", "row 3, field timestamp: found a blank, expected text"),
        ("30.0,12", "-30,12", "row 3, field duration: found -30, expected 0 to 9.2e+12"),
        ("30.0,12", "inf,12", "row 3, field duration: found inf, expected a finite number"),
        ("30.0,12", "30.0,0", "row 3, field num_gpus: found 0, expected 1 to 1000000"),
        ("30.0,12", "30.0,1.5", "row 3, field num_gpus: found '1.5', expected a whole number"),
        (",360.0,aa", ",360.0", "row 3: found 4 fields, expected 5 fields, as in the header"),
    ],
)
def test_a_broken_table_is_told_by_row_and_field(
    table: Table, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        table(TABLE.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_job_of_the_log_lives_from_its_first_start_to_its_last_end(log: Log) -> None:
    trace = log()
    columns = ["id", "submit", "lifetime", "gpu", "machine", "gang"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("first", 0.0, 60.0, 1.0, "m2", False),
        ("retried", 699.0, 3600.0, 8.0, "m1", False),
        ("gang/1", 1800.0, None, 8.0, None, True),
        ("gang/2", 1800.0, None, 2.0, None, True),
        ("spread", 1860.0, 0.0, 2.0, None, False),
        ("moved", 1920.0, 60.0, 2.0, None, False),
        ("more", 2100.0, 60.0, 4.0, "m3", False),
        ("away", 2160.0, 60.0, 1.0, None, False),
        ("autumn", 29 * 86400 + 50 * 60.0, 1200.0, 1.0, "m1", False),
    ]


def test_what_is_assumed_of_the_log_is_counted_and_jobs_that_never_ran_add_up(log: Log) -> None:
    trace = log()
    assert trace.assumed == (
        "local times as they stand",
        "virtual clusters are not told apart",
        "jobs of more than 8 GPUs: 1, as 2 tasks that start together",
        "jobs of several attempts, from the first start to the last end: 2",
        "jobs whose attempts had different numbers of GPUs, with the first's: 1",
        "jobs whose first attempt has no start, from a later one: 1",
        "ends an hour later where clocks were set back: 1",
        "jobs whose last attempt has no end, which outlive the trace: 1",
        "as many GPUs as jobs had, more than listed: 1 machines",
        "ran on machines that are not listed: 1 jobs",
    )
    assert trace.dropped == {
        "no attempt: never ran": 1,
        "no attempt lists a GPU": 1,
        "no attempt has a start": 1,
        "no time of submission": 1,
        "ended before it started": 1,
    }
    assert trace.rows == len(LOG) == 8 + sum(trace.dropped.values())


def test_machines_have_at_least_the_gpus_that_a_job_had_on_them(log: Log) -> None:
    trace = log()
    machines = trace.machines.select("id", "gpu", "model").collect().rows()
    assert machines == [("m1", 8.0, "24GB"), ("m2", 2.0, "12GB"), ("m3", 4.0, "12GB")]
    assert trace.recorded
    assert "placements" in trace.replayed


def test_a_log_without_a_list_has_no_machines_and_one_may_be_named(
    log: Log, tmp_path: Path
) -> None:
    bare = log(machines=None)
    assert (bare.machine_count, bare.recorded) == (0, False)
    assert bare.tasks.select(pl.col("machine").count()).collect().item() == 0
    (tmp_path / "list.csv").write_text(LIST)
    assert log(machines=None, nodes=tmp_path / "list.csv").sha256 == log().sha256


def test_a_packed_log_and_one_read_in_chunks_are_the_same_trace(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = log()
    monkeypatch.setattr("traces.philly.log.CHUNK_JOBS", 3)
    assert log().sha256 == plain.sha256
    data = (tmp_path / "cluster_job_log").read_bytes()
    (tmp_path / "cluster_job_log").unlink()
    (tmp_path / "cluster_job_log.gz").write_bytes(gzip.compress(data))
    again = traces.load("philly", path=tmp_path)
    assert (again.sha256, again.assumed) == (plain.sha256, plain.assumed)


def changed(place: int, **fields: Any) -> list[Any]:
    return [{**entry, **fields} if k == place else entry for k, entry in enumerate(LOG)]


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (changed(1, jobid=None), "[1], field jobid: found null, expected a text"),
        (changed(1, jobid=7), "[1], field jobid: found 7, expected a text"),
        (changed(1, submitted_time="soon"), "[1] first, field submitted_time: found 'soon', expe"),
        (changed(1, submitted_time=1507338000), "[1] first, field submitted_time: found 15073380"),
        (changed(1, attempts={}), "[1] first, field attempts: found {}, expected a list"),
        (changed(1, attempts=[3]), "[1] first, field attempts[0]: found 3, expected an object"),
        (
            changed(1, attempts=[attempt(DAY + "01:00:30", "late", ("m2", 1))]),
            "[1] first, field attempts[0].end_time: found 'late', expected a time such as 2017-",
        ),
        (
            changed(1, attempts=[{"start_time": None, "detail": [{"ip": "m1"}]}]),
            "[1] first, field attempts[0].detail[0].gpus: found nothing, expected a list",
        ),
        (
            changed(1, attempts=[{"start_time": None, "detail": [{"ip": 1, "gpus": [1]}]}]),
            "[1] first, field attempts[0].detail[0].ip: found 1, expected a text, or null",
        ),
        ([LOG[0], {"jobid": "x"}], "[1] x, field attempts: found nothing, expected a list"),
        ([7], "[0]: found 7, expected an object with jobid, submitted_time and attempts"),
        (changed(1, jobid="retried"), "row 1, field jobid: found 'retried' again"),
        ([LOG[8]], "found no job that ran: no attempt: never ran, expected at least one"),
        ("[]", "found no job, expected the jobs of Philly"),
        ("[{", "found text that is no JSON"),
    ],
)
def test_a_broken_log_is_told_by_job_and_field(log: Log, jobs: list[Any] | str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        log(jobs)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("m2,2", "m1,2", "row 3, field machineId: found 'm1' again (first in row 2), expected ea"),
        ("m2,2", "m2,two", "row 3, field number of GPUs: found 'two', expected a whole number"),
        ("m2,2", "m2,-2", "row 3, field number of GPUs: found -2, expected 0 or more"),
        ("m2,2", "m2,65", "row 3, field number of GPUs: found 65, expected at most 64 devices"),
        ("number of GPUs", "GPUs", "row 1, field number of GPUs: found no such column among"),
    ],
)
def test_a_broken_list_of_machines_is_told_by_row_and_field(
    log: Log, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        log(machines=LIST.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_size_of_machines_that_can_not_be_is_told(table: Table) -> None:
    with pytest.raises(traces.TraceError, match=r"trace.gpus_per_machine: found 0, expected a wh"):
        table(gpus_per_machine=0)


def test_the_real_table_has_its_known_totals(real_file: RealFile) -> None:
    trace = traces.load("philly", path=real_file("philly/philly.csv"))
    assert (trace.rows, trace.dropped) == (82_247, {"the same row again": 65})
    assert "jobs of more than 8 GPUs: 289, as 797 tasks that start together" in trace.assumed
    assert trace.task_count == 82_247 - 65 - 289 + 797
    figures = trace.tasks.select(
        pl.col("gpu").sum(), pl.col("lifetime").max(), pl.col("submit").is_sorted()
    )
    assert figures.collect().row(0) == (107_165.0, 4_628_226.0, True)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=spoilt(HEAD + TABLE))
def test_a_spoilt_table(rows: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path(tmp_path_factory.mktemp("spoilt")) / "philly.csv"
    path.write_bytes(rows.encode())
    survives(lambda: adding_up(path))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(jobs=spoilt(json.dumps(LOG)), machines=spoilt(LIST))
def test_a_spoilt_log(jobs: str, machines: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(tmp_path_factory.mktemp("spoilt"))
    (folder / "cluster_job_log").write_bytes(jobs.encode())
    (folder / "cluster_machine_list").write_bytes(machines.encode())
    survives(lambda: adding_up(folder))


def adding_up(path: Path) -> traces.Trace:
    trace = traces.load("philly", path=path)
    jobs = trace.tasks.select(pl.col("job").n_unique()).collect().item()
    assert trace.rows == jobs + sum(trace.dropped.values())
    return trace
