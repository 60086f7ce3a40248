"""Huawei-East-1: creations and deletions paired into VMs, whatever their order."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import traces
from tests.traces.test_hostile_input import spoilt, survives

HEAD = "vmid,cpu,memory,time,type\n"
# 9 was there before, 0 comes again, and 1 has another size when it is deleted.
EVENTS = """\
0,1,2,0,0
1,4,8,5,0
9,2,4,7,1
0,1,2,10,1
1,4,4,12,1
0,2,2,12,0
3,8,16,13,0
"""
Huawei = Callable[..., traces.Trace]


@pytest.fixture
def huawei(tmp_path: Path) -> Huawei:
    def load(events: str = EVENTS) -> traces.Trace:
        (tmp_path / "Huawei-East-1.csv").write_text(HEAD + events)
        return traces.load("huawei", path=tmp_path)

    return load


def test_a_creation_and_its_deletion_are_one_vm(huawei: Huawei) -> None:
    trace = huawei()
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "alive_at_start"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("0", "0", 0.0, 10.0, 1.0, 2.0, False),
        ("1", "1", 5.0, 7.0, 4.0, 8.0, False),
        ("9", "9", 0.0, 7.0, 2.0, 4.0, True),
        ("0#2", "0#2", 12.0, None, 2.0, 2.0, False),
        ("3", "3", 13.0, None, 8.0, 16.0, False),
    ]
    assert (trace.machine_count, trace.resources, trace.span_s) == (0, ("cpu", "mem"), 13.0)


def test_every_row_is_a_vm_or_counted_and_what_is_not_plain_is_said(huawei: Huawei) -> None:
    trace = huawei()
    assert trace.dropped == {"deletions of VMs that are tasks": 2}
    assert trace.rows == trace.task_count + sum(trace.dropped.values()) == 7
    assert trace.assumed == (
        "each VM is a job of its own, and its cores are its own: none are shared",
        "VMs without a deletion outlive the trace: 2",
        "VMs deleted that were never created are there from the start: 1",
        "VMs created again after their deletion are other VMs: 1",
        "VMs whose deletion states another size, where the first stands: 1",
    )


def test_the_order_of_rows_makes_no_difference_to_the_pairs(huawei: Huawei) -> None:
    lines = EVENTS.splitlines(keepends=True)
    swapped = huawei("".join([lines[3], *lines[:3], *lines[4:]])).tasks.collect()
    assert swapped.sort("id").equals(huawei().tasks.collect().sort("id"))


def test_a_vm_may_live_for_no_second_whichever_row_comes_first(huawei: Huawei) -> None:
    for rows in ("5,1,1,3,1\n5,1,1,3,0\n", "5,1,1,3,0\n5,1,1,3,1\n"):
        only = huawei(rows).tasks.select("id", "submit", "lifetime").collect()
        assert only.rows() == [("5", 3.0, 0.0)]
    again = huawei("5,1,1,3,0\n5,1,1,9,1\n5,1,1,9,0\n").tasks.select("id", "submit", "lifetime")
    assert again.collect().rows() == [("5", 3.0, 6.0), ("5#2", 9.0, None)]


def test_a_gzipped_file_is_the_same_trace(huawei: Huawei, tmp_path: Path) -> None:
    plain = huawei()
    packed = tmp_path / "Huawei-East-1.csv.gz"
    packed.write_bytes(gzip.compress((HEAD + EVENTS).encode()))
    (tmp_path / "Huawei-East-1.csv").unlink()
    assert traces.load("huawei", path=tmp_path).sha256 == plain.sha256
    assert traces.load("huawei", path=packed).sha256 == plain.sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1,4,8,5", ",4,8,5", "row 3, field vmid: found a blank, expected text"),
        ("1,4,8,5", "1,0,8,5", "row 3, field cpu: found 0, expected above 0"),
        ("1,4,8,5", "1,4,-8,5", "row 3, field memory: found -8, expected above 0"),
        ("1,4,8,5", "1,4,8.3,5", "row 3, field memory: found 8.3, expected a whole multiple of 1/"),
        ("1,4,8,5", "1,4,inf,5", "row 3, field memory: found inf, expected a finite number"),
        ("1,4,8,5", "1,4,8,-5", "row 3, field time: found -5, expected seconds from 0"),
        ("1,4,8,5", "1,4,8,nan", "row 3, field time: found nan, expected seconds from 0"),
        ("1,4,8,5", "1,4,8,soon", "row 3, field time: found 'soon', expected a number"),
        ("1,4,8,5,0", "1,4,8,5,2", "row 3, field type: found 2, expected 0 (created) or 1 (delete"),
        ("1,4,8,5,0", "1,4,8,5,", "row 3, field type: found a blank, expected a whole number"),
        ("1,4,8,5,0", "1,4,8,5", "row 3: found 4 fields, expected 5 fields, as in the header"),
        (
            "3,8,16,13,0",
            "1,8,16,10,0",
            "row 8, field type: found '1' created again (first in row 3), expected creations and",
        ),
        (
            "3,8,16,13,0",
            "9,8,16,13,1",
            "row 8, field type: found '9' deleted again (first in row 4), expected creations and",
        ),
        (
            "3,8,16,13,0",
            "9,8,16,13,0",
            "row 4, field time: found a deletion of '9' before it is created, expected one after "
            "row 8",
        ),
        ("3,8,16,13,0", "0#2,8,16,13,0", "row 8, field vmid: found '0#2' again (first in row 7)"),
    ],
)
def test_a_broken_event_is_told_by_row_and_field(
    huawei: Huawei, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        huawei(EVENTS.replace(old, new, 1))
    assert said in str(caught.value)


def test_another_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("vmid,cpu,mem,time,type\n0,1,2,0,0\n")
    with pytest.raises(traces.TraceError, match=r"row 1, field memory: found no such column among"):
        traces.load("huawei", path=tmp_path / "a.csv")
    with pytest.raises(traces.TraceError, match=r"Huawei-East-1.csv: found no such file"):
        traces.load("huawei", path=tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=spoilt(HEAD + EVENTS))
def test_spoilt_events(events: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("spoilt") / "events.csv"
    path.write_bytes(events.encode())

    def read() -> traces.Trace:
        trace = traces.load("huawei", path=path)
        assert trace.rows == trace.task_count + sum(trace.dropped.values())
        return trace

    survives(read)


def test_the_real_file_has_its_published_totals(real_data: Path) -> None:
    path = real_data / "huawei" / "Huawei-East-1.csv"
    if not path.exists():
        pytest.skip(f"no {path.name} in {path.parent}")
    trace = traces.load("huawei", path=path)
    assert trace.rows == 125_430 + 116_313
