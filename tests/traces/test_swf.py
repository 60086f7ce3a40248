"""Logs in the Standard Workload Format: jobs of processors, on one machine or on several."""

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

HEAD = """\
; Version: 2.2
; Computer: A made one
; MaxNodes: 4
; MaxProcs: 8 (two a node)
; UnixStartTime: 843480031
;
"""
# job submit wait run procs cpu used procs-asked time-asked memory-asked status ... before think
JOBS = """\
    1      0    5    100    2  90  -1    2    600  1024  1   1   1  -1 -1  1 -1 -1
    2     10   -1    700    4  -1  -1    4    600    -1  1   2   1  -1 -1  1 -1 -1
    3   20.5    0     30    3  -1  -1   -1     60  4096  0   2   1  -1 -1  1  1 10
    4     30   50     -1   -1  -1  -1    2     60  1024  5   3   1  -1 -1  1 -1 -1
    5     40    0     20    2  -1  -1    2     60  1024  5   3   1  -1 -1  1 -1 -1
    6     50    0      0    2  -1  -1    2     60  1024  1   3   1  -1 -1  1 -1 -1
    7     60    0     10   -1  -1  -1   -1     60  1024  1   3   1  -1 -1  1 -1 -1
    8     70    0     10    1  -1  -1    1     -1  1024  1   3   1  -1 -1  1 -1 -1
    9     80    0     90    9  -1  -1    9    100  1024  1   3   1  -1 -1  1 -1 -1
   10     90    0     50    8  -1  -1    8     60  1024  1   3   1  -1 -1  1 -1 -1
   10     -1    9     20    8  -1  -1    8     60  1024  2   3   1  -1 -1  1 -1 -1
   10     -1    9     30    8  -1  -1    8     60  1024  3   3   1  -1 -1  1 -1 -1
   11    100    0     -1    1  -1  -1    1     60  1024  1   3   1  -1 -1  1 -1 -1
"""
DROPPED = {
    "part of a run (status 2 to 4), whose job has its own line": 2,
    "cancelled before it ran (status 5)": 1,
    "no run time (0 s)": 1,
    "run time not known": 1,
    "no number of processors": 1,
    "no requested time, which other jobs have": 1,
    "of more processors than the machine has (8)": 1,
}
RealFile = Callable[[str], Path]
Swf = Callable[..., traces.Trace]


@pytest.fixture
def swf(tmp_path: Path) -> Swf:
    def load(log: str = HEAD + JOBS, **options: Any) -> traces.Trace:
        (tmp_path / "made.swf").write_text(log)
        return traces.load("swf", path=tmp_path / "made.swf", **options)

    return load


def rows(trace: traces.Trace, *columns: str) -> list[tuple[Any, ...]]:
    return trace.tasks.select(columns).collect().rows()


def test_a_job_is_a_task_of_its_processors_and_ends_by_the_time_that_it_asked_for(
    swf: Swf,
) -> None:
    trace = swf()
    assert rows(trace, "id", "submit", "lifetime", "cpu", "requested") == [
        ("1", 0.0, 100.0, 2.0, 600.0),
        ("2", 10.0, 600.0, 4.0, 600.0),
        ("3", 20.5, 30.0, 3.0, 60.0),
        ("5", 40.0, 20.0, 2.0, 60.0),
        ("10", 90.0, 50.0, 8.0, 60.0),
    ]
    assert swf(capped=False).tasks.select("lifetime").collect().item(1, 0) == 700.0
    assert (trace.name, trace.format, trace.advice) == ("made", "swf", traces.Advice(order="trace"))


def test_the_machine_is_one_of_all_processors_and_what_is_filled_in_is_said(swf: Swf) -> None:
    trace = swf()
    assert trace.machines.select("id", "cpu").collect().rows() == [("pool", 8.0)]
    assert trace.resources == ("cpu",)
    assert trace.assumed == (
        "one machine of all 8 processors (MaxProcs)",
        "processors as allocated, where none were asked for: 1 job",
        "cut at the time that they asked for: 1 job",
        "come at their own times, not after the job before them: 1 job",
        "memory left out: what the machine has is not told (trace.memory_gib=GIB)",
    )


def test_lines_that_are_no_task_are_counted_by_reason_and_add_up(swf: Swf) -> None:
    trace = swf()
    assert trace.dropped == DROPPED
    assert trace.rows == 13 == trace.task_count + sum(trace.dropped.values())


def test_memory_is_asked_for_a_processor_and_unknown_is_the_median_not_zero(swf: Swf) -> None:
    trace = swf(memory_gib=0.25)
    assert trace.resources == ("cpu", "mem")
    assert trace.machines.collect()["mem"].to_list() == [0.25]
    kib = trace.tasks.select(pl.col("mem") * 2**20).collect()["mem"].to_list()
    assert kib == [2 * 1024, 4 * 1024, 3 * 4096, 2 * 1024, 8 * 1024]
    assert "1024 KB a processor, the median, where none were asked for: 1 job" in trace.assumed


def test_the_machine_may_be_split_and_a_job_on_several_is_a_gang(swf: Swf) -> None:
    trace = swf(machines=4)
    assert trace.machines.select("id", "cpu").collect().rows() == [
        (f"n0000{number}", 2.0) for number in range(1, 5)
    ]
    assert rows(trace, "id", "job", "cpu", "gang") == [
        ("1", "1", 2.0, False),
        *((f"2/{part}", "2", 2.0, True) for part in (1, 2)),
        ("3/1", "3", 2.0, True),
        ("3/2", "3", 1.0, True),
        ("5", "5", 2.0, False),
        *((f"10/{part}", "10", 2.0, True) for part in (1, 2, 3, 4)),
    ]
    assert trace.assumed[:2] == (
        "4 equal machines of 2 processors (trace.machines)",
        "jobs on several machines: 3, as 8 tasks that start together",
    )
    assert trace.rows == 13 == 5 + sum(trace.dropped.values())


def test_a_machine_holds_as_many_of_a_jobs_processors_as_its_memory_does(swf: Swf) -> None:
    trace = swf(machines=4, memory_gib=4 * 6 / 1024)  # 6 MiB each: one processor of job 3
    kept = rows(trace, "id", "cpu", "mem")
    assert [row for row in kept if row[0].startswith("3/")] == [
        (f"3/{part}", 1.0, 4 / 1024) for part in (1, 2, 3)
    ]
    small = swf(machines=4, memory_gib=4 * 2 / 1024)
    assert small.dropped["of more memory than the machines have"] == 1
    assert (
        small.rows
        == 13
        == len({row[0] for row in rows(small, "job")}) + sum(small.dropped.values())
    )


def test_maxnodes_counts_where_there_is_no_maxprocs_and_without_both_there_is_no_machine(
    swf: Swf,
) -> None:
    nodes = HEAD.replace("MaxProcs: 8 (two a node)", "MaxProcs: -1")
    assert swf(nodes + JOBS).assumed[0] == "one machine of all 4 processors (MaxNodes)"
    bare = swf("; Version: 2.2\n" + JOBS)
    assert (bare.machine_count, bare.resources) == (0, ("cpu", "mem"))
    assert bare.assumed[0] == "no machine: neither MaxProcs nor MaxNodes told"
    assert "of more processors than the machine has (8)" not in bare.dropped
    assert traces.furnish(bare, [{"count": 1, "cpu": 16, "mem": 1}]).unplaceable == 0


def test_a_log_without_requested_times_keeps_its_jobs_and_says_so(swf: Swf) -> None:
    trace = swf(HEAD + "1 0 0 5 2 -1 -1 2 -1 -1 1 1 1 -1 -1 -1 -1 -1\n")
    assert rows(trace, "lifetime", "requested") == [(5.0, None)]
    assert "no job tells the time that it asked for" in trace.assumed


def test_packed_logs_blank_lines_tabs_and_comments_in_latin_1_make_no_difference(
    swf: Swf, tmp_path: Path
) -> None:
    plain = swf()
    odd = (HEAD + JOBS.replace("    2     10", "\n2\t10")).replace("\n", "\r\n").encode()
    odd = "; Acknowledge: Åke\n".encode("latin-1") + odd
    (tmp_path / "made.swf").unlink()
    (tmp_path / "other.swf.gz").write_bytes(gzip.compress(odd))
    (tmp_path / "published.csv").write_text("policy\n")
    assert traces.load("swf", path=tmp_path).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2     10", "2    -10", "row 8, field submit time: found -10, expected 0 or more"),
        ("2     10", "2   soon", "row 8, field submit time: found 'soon', expected a number"),
        ("2     10", "2    nan", "row 8, field submit time: found nan, expected a finite number"),
        ("700    4", "1e400  4", "row 8, field run time: found inf, expected a finite number of"),
        ("700    4", "700  4.5", "row 8, field allocated processors: found '4.5', expected a who"),
        ("4    600    -1  1", "4 600 -1 7", "row 8, field status: found 7, expected 0 to 5, or -"),
        ("  2     10", "", "row 8: found 16 fields, expected 18 fields parted by blanks, or a co"),
        ("    2     10", "    1     10", "row 8, field job number: found '1' again (first in row"),
        ("8 (two a node)", "1,024", "row 4, field MaxProcs: found '1,024', expected a whole numb"),
        ("8 (two a node)", "many", "row 4, field MaxProcs: found 'many', expected a whole number"),
        ("2    600  1024", "2 600 10.5", "row 7, field requested memory: found '10.5', expected "),
    ],
)
def test_a_broken_log_is_told_by_row_and_field(swf: Swf, old: str, new: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        swf((HEAD + JOBS).replace(old, new, 1))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"machines": 3}, "trace.machines: found 3, expected a number that divides the 8 process"),
        ({"machines": 0}, "trace.machines: found 0, expected a whole number from 1 to 1000000"),
        ({"memory_gib": -1}, "trace.memory_gib: found -1, expected GiB above 0"),
        ({"log": JOBS, "machines": 2}, "trace.machines: found 2, expected null, as the header of"),
        ({"log": JOBS, "memory_gib": 2}, "trace.memory_gib: found 2, expected null, as the head"),
        (
            {"log": HEAD + JOBS.replace("1024", "-1").replace("4096", "-1"), "memory_gib": 2},
            "trace.memory_gib: found 2, expected null, as no job of made.swf asks for memory",
        ),
    ],
)
def test_options_that_a_log_can_not_have_are_told(
    swf: Swf, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        swf(**options)
    assert said in str(caught.value)


def test_logs_without_a_job_and_folders_without_one_log_are_told(swf: Swf, tmp_path: Path) -> None:
    with pytest.raises(traces.TraceError, match="found no job, expected a line of 18 fields a job"):
        swf(HEAD)
    with pytest.raises(traces.TraceError, match="found no job that is a task: no run time"):
        swf(HEAD + "1 0 0 0 2 -1 -1 2 60 -1 1 1 1 -1 -1 -1 -1 -1\n")
    (tmp_path / "b.swf.gz").write_bytes(b"")
    with pytest.raises(traces.TraceError, match=r"found 2 logs, .*\(name one, such as b.swf.gz\)"):
        traces.load("swf", path=tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(traces.TraceError, match=r"found no log, expected one \.swf or"):
        traces.load("swf", path=tmp_path / "none")


def test_kth_keeps_the_jobs_of_its_published_results(real_file: RealFile) -> None:
    trace = traces.load("swf", path=real_file("swf/KTH-SP2-1996-2.swf.gz"))
    assert (trace.task_count, trace.dropped) == (28_481, {"no run time (0 s)": 8})
    assert trace.machines.collect()["cpu"].to_list() == [100.0]
    assert "cut at the time that they asked for: 475 jobs" in trace.assumed


def test_hpc2n_has_memory_on_one_machine_and_on_its_nodes(real_file: RealFile) -> None:
    log = real_file("swf/HPC2N-2002-2.1-cln.swf.gz")
    trace = traces.load("swf", path=log, memory_gib=120, machines=120)
    unknown = "409600 KB a processor, the median, where none were asked for: 27,517 jobs"
    assert unknown in trace.assumed
    assert trace.dropped == {"of more memory than the machines have": 19}
    figures = trace.tasks.select(pl.col("job").n_unique(), pl.col("cpu").max(), pl.col("mem").max())
    assert figures.collect().row(0) == (202_876 - 19, 2.0, 1.0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    log=spoilt(HEAD + JOBS),
    machines=st.sampled_from([1, 2, 4]),
    memory=st.sampled_from([None, 0.01, 1.0]),
    capped=st.booleans(),
)
def test_a_spoilt_log(
    log: str,
    machines: int,
    memory: float | None,
    capped: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = Path(tmp_path_factory.mktemp("spoilt")) / "log.swf"
    path.write_bytes(log.encode())

    def read() -> traces.Trace:
        trace = traces.load("swf", path=path, machines=machines, memory_gib=memory, capped=capped)
        jobs = trace.tasks.select(pl.col("job").n_unique()).collect().item()
        assert trace.rows == jobs + sum(trace.dropped.values())
        return trace

    survives(read)
