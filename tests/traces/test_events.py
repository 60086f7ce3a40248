"""What a canonical folder says besides tasks and machines: events, racks, requests, gangs."""

from __future__ import annotations

from pathlib import Path

import pytest

import traces

MACHINES = "id,cpu,rack\nm1,4,r1\nm2,4,\n"
TASKS = "id,job,submit,lifetime,cpu,requested,gang\na,j,0,5,1,60,true\nb,j,0,5,1,,true\n"
EVENTS = "time,machine,kind,cpu\n9,m1,remove,\n3,m2,add,4\n12,m1,add,\n13,m1,update,2\n"


def folder(path: Path, **tables: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in {"machines": MACHINES, "tasks": TASKS, **tables}.items():
        (path / f"{name}.csv").write_text(text)
    return path


def test_events_are_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    trace = traces.read(folder(tmp_path, events=EVENTS))
    assert trace.events is not None
    assert trace.events.rows() == [
        (3.0, "m2", "add", 4.0),
        (9.0, "m1", "remove", None),
        (12.0, "m1", "add", None),
        (13.0, "m1", "update", 2.0),
    ]
    assert trace.machines.collect()["rack"].to_list() == ["r1", None]
    tasks = trace.tasks.collect()
    assert tasks["requested"].to_list() == [60.0, None]
    assert tasks["gang"].to_list() == [True, True]


def test_a_written_folder_gives_back_its_events_and_its_hash(tmp_path: Path) -> None:
    trace = traces.read(folder(tmp_path / "a", events=EVENTS))
    traces.write(trace, tmp_path / "b")
    again = traces.read(tmp_path / "b")
    assert again.sha256 == trace.sha256
    assert again.events is not None
    assert trace.events is not None
    assert again.events.equals(trace.events)


def test_what_is_said_in_a_new_column_or_event_changes_the_hash(tmp_path: Path) -> None:
    plain = "id,job,submit,lifetime,cpu\na,j,0,5,1\nb,j,0,5,1\n"
    said = [
        {"machines": "id,cpu\nm1,4\nm2,4\n", "tasks": plain},
        {"machines": MACHINES, "tasks": plain},
        {"machines": "id,cpu\nm1,4\nm2,4\n", "tasks": TASKS},
        {"events": EVENTS},
        {},
    ]
    hashes = [
        traces.read(folder(tmp_path / str(number), **tables)).sha256
        for number, tables in enumerate(said)
    ]
    assert len(set(hashes)) == len(hashes)


def test_a_column_that_says_nothing_is_as_one_left_out(tmp_path: Path) -> None:
    one = folder(tmp_path / "1", machines="id,cpu\nm1,4\n", tasks="id,cpu\na,1\n")
    two = folder(
        tmp_path / "2", machines="id,cpu,rack\nm1,4,\n", tasks="id,cpu,requested,gang\na,1,,0\n"
    )
    assert traces.read(one).sha256 == traces.read(two).sha256


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ("-1,m1,remove,", "time", "0 or more"),
        ("inf,m1,remove,", "time", "finite"),
        ("1,m7,remove,", "machine", "the id of a machine"),
        ("1,m1,gone,", "kind", "add, remove, update"),
        ("1,m1,update,", "cpu", "an amount"),
        ("1,m1,remove,4", "cpu", "blank"),
        ("1,m1,add,-4", "cpu", "0 or more"),
        (",m1,add,4", "time", "a number"),
    ],
)
def test_an_event_that_cannot_be_is_told_by_row_and_field(
    tmp_path: Path, row: str, field: str, expected: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        traces.read(folder(tmp_path, events=f"time,machine,kind,cpu\n0,m1,remove,\n{row}\n"))
    error = caught.value
    assert error.row == 3
    assert error.field == field
    assert expected in str(error)
    assert "events.csv" in str(error)


@pytest.mark.parametrize("value", ["0", "-3", "inf", "soon"])
def test_a_requested_time_is_a_time_above_zero(tmp_path: Path, value: str) -> None:
    with pytest.raises(traces.TraceError, match="requested"):
        traces.read(folder(tmp_path, tasks=f"id,cpu,requested\na,1,{value}\n"))
