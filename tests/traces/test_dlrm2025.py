"""Recommendation inference in two roles: five resources, alive at the start, limits a machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import traces

HEAD = (
    "instance_sn,role,app_name,cpu_request,cpu_limit,gpu_request,gpu_limit,rdma_request,"
    "rdma_limit,memory_request,memory_limit,disk_request,disk_limit,max_instance_per_node,"
    "creation_time,scheduled_time,deletion_time\n"
)
ROWS = """\
i0,HN,app_0,12,24,1,1,25,50,120.0,240,640.0,800.0,8,,,
i1,CN,app_0,64,64,0,0,1,1,320.0,320,255.0,300.0,-1,,,5000.5
i2,CN,app_1,48,48,0,0,100,100,937.5,938,240.0,300.0,2,475.0,623.0,
i3,HN,app_1,8,8,1,1,25,25,40.0,40,85.0,100.0,4,610.0,683.0,91730.0
"""
RealFile = Callable[[str], Path]


@pytest.fixture
def dlrm(tmp_path: Path) -> Callable[..., traces.Trace]:
    def load(rows: str = ROWS, role: str | None = None) -> traces.Trace:
        (tmp_path / "dlrm.csv").write_text(HEAD + rows)
        return traces.load("dlrm2025", path=tmp_path / "dlrm.csv", role=role)

    return load


Dlrm = Callable[..., traces.Trace]


def test_requests_not_limits_are_read_and_blanks_are_the_windows_ends(dlrm: Dlrm) -> None:
    trace = dlrm()
    assert trace.resources == ("cpu", "mem", "gpu", "disk", "rdma")
    columns = ["id", "job", "submit", "lifetime", *trace.resources]
    rows = trace.tasks.select(*columns, "max_per_machine", "alive_at_start").collect().rows()
    assert rows == [
        ("i0", "app_0", 0.0, None, 12.0, 120.0, 1.0, 640.0, 25.0, 8, True),
        ("i1", "app_0", 0.0, 5000.5, 64.0, 320.0, 0.0, 255.0, 1.0, None, True),
        ("i2", "app_1", 475.0, None, 48.0, 937.5, 0.0, 240.0, 100.0, 2, False),
        ("i3", "app_1", 610.0, 91120.0, 8.0, 40.0, 1.0, 85.0, 25.0, 4, False),
    ]
    assert trace.advice == traces.Advice(order="trace")
    assert (trace.machine_count, trace.dropped) == (0, {})


def test_a_role_leaves_out_what_it_never_asks_for_and_the_others_are_counted(dlrm: Dlrm) -> None:
    trace = dlrm(role="CN")
    assert trace.resources == ("cpu", "mem", "disk", "rdma")
    assert trace.tasks.select("id").collect()["id"].to_list() == ["i1", "i2"]
    assert trace.dropped == {"of another role than CN": 2}
    assert dlrm(role="HN").resources == ("cpu", "mem", "gpu", "disk", "rdma")


def test_rows_left_out_do_not_shift_the_row_that_an_error_names(dlrm: Dlrm) -> None:
    with pytest.raises(traces.TraceError, match=r"row 4, field memory_request: found 937.1, exp"):
        dlrm(ROWS.replace("937.5", "937.1"), role="CN")
    with pytest.raises(traces.TraceError, match=r"row 4, .*'i1' again \(first in row 3\)"):
        dlrm(ROWS.replace("i2", "i1"), role="CN")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("i2,CN", "i2,XN", "row 4, field role: found 'XN', expected one of CN, HN"),
        (",2,475.0", ",0,475.0", "row 4, field max_instance_per_node: found 0, expected 1 or mor"),
        (",2,475.0", ",-2,475.0", "row 4, field max_instance_per_node: found -2, expected 1 or"),
        (",2,475.0", ",,475.0", "row 4, field max_instance_per_node: found a blank, expected a w"),
        ("475.0", "-475", "row 4, field creation_time: found -475, expected 0 or more, or a blan"),
        ("91730.0", "609", "row 5, field deletion_time: found 609, expected no earlier than crea"),
        (",5000.5", ",-1", "row 3, field deletion_time: found -1, expected 0 or more"),
        (",5000.5", ",soon", "row 3, field deletion_time: found 'soon', expected a number"),
        ("48,48", "-48,48", "row 4, field cpu_request: found -48, expected 0 or more"),
        ("48,48", ",48", "row 4, field cpu_request: found a blank, expected a number"),
        ("100,100", "0.5,100", "row 4, field rdma_request: found 0.5, expected a whole multiple"),
        ("8,8,1,1", "8,8,1.5,1", "row 5, field gpu_request: found 1.5, expected a share in (0, 1"),
        ("i3", "i0", "row 5, field instance_sn: found 'i0' again (first in row 2), expected each"),
    ],
)
def test_a_broken_row_is_told_in_the_files_own_words(
    dlrm: Dlrm, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        dlrm(ROWS.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_role_that_is_none_and_one_without_instances_are_told(dlrm: Dlrm) -> None:
    with pytest.raises(traces.TraceError, match=r"trace.role: found 'cn', expected one of CN, HN"):
        dlrm(role="cn")
    with pytest.raises(traces.TraceError, match="field role: found no instance of HN, expected"):
        dlrm(ROWS.replace("HN", "CN"), role="HN")


@pytest.mark.parametrize(
    ("role", "tasks", "alive", "outlive", "limited"),
    [(None, 23_871, 7280, 8878, 11_623), ("CN", 16_485, 4157, 5556, 4290)],
)
def test_the_real_file_has_its_known_totals(
    real_file: RealFile, role: str | None, tasks: int, alive: int, outlive: int, limited: int
) -> None:
    path = real_file("dlrm2025/disaggregated_DLRM_trace.csv")
    trace = traces.load("dlrm2025", path=path, role=role)
    figures = trace.tasks.select(
        pl.len(),
        pl.col("alive_at_start").sum(),
        pl.col("lifetime").is_null().sum(),
        pl.col("max_per_machine").count(),
    ).collect()
    assert figures.row(0) == (tasks, alive, outlive, limited)
    assert trace.task_count + sum(trace.dropped.values()) == 23_871
