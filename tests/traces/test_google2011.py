"""Google's cell of 2011: runs from state events, machines that come and go, constraints."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces.borg.kept import MORE

S = 600_000_000
AFTER = 2**63 - 1
SECOND = 1_000_000


def at(seconds: float) -> int:
    return S + int(seconds * SECOND)


# Machine 3 states nothing, 4 comes later, 5 is gone before the trace.
MACHINES = f"""\
0,1,0,plat,0.5,0.2493
0,2,0,plat,1,1
0,3,0,plat,,
0,5,0,old,0.25,0.25
0,6,0,,0.5,0.5
300000000,5,1,old,,
{at(50)},1,1,plat,0.5,0.2493
{at(60)},1,0,plat,0.5,0.2493
{at(70)},2,2,plat,0.5,1
{at(75)},2,2,plat,0.5,1
{at(80)},4,0,new,0.5,0.5
{AFTER},4,1,new,0.5,0.5
"""
TASKS = f"""\
0,2,1,0,,0,user,2,9,0.25,0.125,0.0001,1
0,2,1,0,1,1,user,2,9,0.25,0.125,0.0001,1
0,2,2,0,,0,user,0,0,0.1,0.1,0,0
{at(5)},,2,0,2,1,user,0,0,0.1,0.1,0,0
{at(10)},,1,0,1,4,user,2,9,0.25,0.125,0.0001,1
{at(20)},,3,0,,0,user,1,11,0.02,0.03,0,0
{at(21)},,3,0,1,1,user,1,11,0.02,0.03,0,0
{at(30.5)},,3,0,,0,user,1,11,0.02,0.03,0,0
{at(30.5)},,3,0,1,2,user,1,11,0.02,0.03,0,0
{at(32)},,3,0,3,1,user,1,11,0.02,0.03,0,0
{at(33)},,3,0,3,8,user,1,11,0.04,0.03,0,0
{at(40)},,4,0,,0,user,1,1,,,,
{at(41)},,4,0,2,1,user,1,1,,,,
{at(42)},,5,0,,0,user,1,1,0.1,0.1,0,0
{at(43)},,5,0,,5,user,1,1,0.1,0.1,0,0
{at(44)},,6,7,,0,user,1,1,0.1,0.1,0,0
{at(45)},0,7,0,,6,user,1,1,,,,
{at(46)},,8,0,4,1,user,1,1,0.0000000004,0.1,0,
{at(47)},,8,0,,0,user,1,1,0.1,0.1,0,0
{at(90)},,3,0,3,3,user,1,11,0.02,0.03,0,0
{AFTER},,2,0,2,5,user,0,0,0.1,0.1,0,0
"""
Google = Callable[..., traces.Trace]


def write(folder: Path, tables: dict[str, str], *, packed: bool = False) -> Path:
    for name, text in tables.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        part = folder / name / "part-00000-of-00001.csv"
        if packed:
            part.with_name(part.name + ".gz").write_bytes(gzip.compress(text.encode()))
        else:
            part.write_bytes(text.encode())
    return folder


@pytest.fixture
def google(tmp_path: Path) -> Google:
    def load(
        tasks: str = TASKS, machines: str = MACHINES, hours: float | None = None, **more: str
    ) -> traces.Trace:
        tables = {"task_events": tasks, "machine_events": machines, **more}
        return traces.load("google2011", path=write(tmp_path / "cell", tables), hours=hours)

    return load


def told(trace: traces.Trace, *columns: str) -> list[tuple[object, ...]]:
    return trace.tasks.select(columns).collect().rows()


def adds_up(trace: traces.Trace, rows: int) -> bool:
    return trace.rows == rows == trace.task_count + sum(trace.dropped.values())


def test_every_run_is_a_task_from_its_submit_that_lives_from_its_schedule_to_its_end(
    google: Google,
) -> None:
    columns = ("id", "job", "submit", "lifetime", "cpu", "mem", "priority", "machine")
    assert told(google(), *columns) == [
        # There before the trace: what is left of its life is its life.
        ("1-0-1", "1", 0.0, 10.0, 0.25, 0.125, 9, "1"),
        # Submitted before it, scheduled in it; what ends after the trace has no end.
        ("2-0-1", "2", 0.0, None, 0.1, 0.1, 0, "2"),
        # Evicted, and submitted in the same instant: two runs, whichever row comes first.
        ("3-0-1", "3", 20.0, 9.5, 0.02, 0.03, 11, "1"),
        # The first request stands; machine 3 is none of the trace's.
        ("3-0-2", "3", 30.5, 58.0, 0.02, 0.03, 11, None),
        # It waits at the end.
        ("6-7-1", "6", 44.0, None, 0.1, 0.1, 1, None),
        # Seen first when it was scheduled; submitted again without an end.
        ("8-0-1", "8", 46.0, 1.0, 0.0, 0.1, 1, "4"),
        ("8-0-2", "8", 47.0, None, 0.1, 0.1, 1, None),
    ]
    trace = google()
    assert told(trace, "alive_at_start", "max_per_machine")[:2] == [(True, 1), (False, None)]
    assert trace.advice == traces.Advice(order="trace")
    assert trace.recorded
    assert "placements" in trace.replayed


def test_rows_that_make_no_task_are_counted_by_why_and_all_add_up(google: Google) -> None:
    trace = google()
    assert trace.dropped == {
        "events after the trace's end": 1,
        "events of tasks that ended before they ran": 2,
        "events without a submit or a schedule": 1,
        "events of runs without a request": 2,
        MORE: 8,
    }
    assert adds_up(trace, 21)


def test_what_was_filled_in_is_said_with_its_count(google: Google) -> None:
    assert google().assumed == (
        "a task is a run, job-index-n: it arrives when submitted, and lives from its schedule to "
        "its end",
        "runs without a submit of their own, which arrive when they are first seen: 1",
        "runs without an end, which end where they are submitted again: 1",
        "runs whose request changed, of which the first stands: 1",
        "tasks that still wait at the end, how long they would run not known: 2",
        "tasks that still run at the end: 1",
        "requests rounded to whole units: 1",
        "no task_constraints: any task may use any machine",
        "events put in for missing ones (missing info): 4",
        "requests for disk are left out: machines state none",
        "machines left out since no capacity is stated: 1",
        "machines left out since they are never there in the window: 1",
        "events of machines left out since they change nothing: 1",
        "rows of machine_events that tell what machines are, or nothing of them later: 8",
        "tasks that ran on machines that are left out: 1",
    )


def test_machines_have_what_they_had_at_the_start_and_what_came_later_are_events(
    google: Google,
) -> None:
    trace = google()
    assert trace.machines.select("id", "cpu", "mem", "model").collect().rows() == [
        ("1", 0.5, 0.2493, "plat"),
        ("2", 1.0, 1.0, "plat"),
        ("4", 0.5, 0.5, "new"),
        ("6", 0.5, 0.5, None),
    ]
    assert trace.events is not None
    assert trace.events.rows() == [
        (50.0, "1", "remove", None, None),
        (60.0, "1", "add", 0.5, 0.2493),
        (70.0, "2", "update", 0.5, 1.0),
        (80.0, "4", "add", 0.5, 0.5),
    ]


def test_gzipped_parts_of_any_number_are_the_same_trace(google: Google, tmp_path: Path) -> None:
    tables = {"task_events": TASKS, "machine_events": MACHINES}
    packed = traces.load("google2011", path=write(tmp_path / "packed", tables, packed=True))
    lines = TASKS.splitlines(keepends=True)
    folder = write(tmp_path / "parts", {"machine_events": MACHINES})
    (folder / "task_events").mkdir()
    for number, line in enumerate(lines):
        name = f"part-{number:05d}-of-{len(lines):05d}.csv"
        (folder / "task_events" / name).write_text(line)
    by_a_part = traces.load("google2011", path=folder / "task_events" / name)
    by_its_folder = traces.load("google2011", path=folder / "task_events")
    assert {google().sha256} == {packed.sha256, by_a_part.sha256, by_its_folder.sha256}


def test_a_written_copy_is_the_same_trace(google: Google, tmp_path: Path) -> None:
    trace = google(task_constraints=CONSTRAINTS, machine_attributes=ATTRIBUTES)
    traces.write(trace, tmp_path / "copy")
    assert traces.read(tmp_path / "copy").sha256 == trace.sha256


def test_hours_read_no_further_and_what_then_runs_has_no_end(google: Google) -> None:
    trace = google(hours=31 / 3600)
    assert told(trace, "id", "lifetime") == [
        ("1-0-1", 10.0),
        ("2-0-1", None),
        ("3-0-1", 9.5),
        ("3-0-2", None),
    ]
    assert trace.dropped["events after the first 0.00861111 hours"] == 11
    assert adds_up(trace, 21)
    assert trace.events is None
    assert "only the first 0.00861111 hours are read" in trace.assumed
    assert "machines left out since they come after what is read: 1" in trace.assumed


def test_parts_that_begin_after_the_hours_are_not_read(google: Google, tmp_path: Path) -> None:
    folder = write(tmp_path / "cell", {"task_events": TASKS, "machine_events": MACHINES})
    for name in ("part-00000-of-00002.csv", "part-00001-of-00002.csv"):
        (folder / "task_events" / name).write_text(
            TASKS if "00000-" in name else f"{at(9000)},broken" + "," * 11 + "\n"
        )
    (folder / "task_events" / "part-00000-of-00001.csv").unlink()
    assert traces.load("google2011", path=folder, hours=1).task_count == 7
    with pytest.raises(traces.TraceError, match=r"part-00001-of-00002.csv: row 1, field job ID"):
        traces.load("google2011", path=folder)


CONSTRAINTS = f"""\
0,1,0,0,disk,ssd
{at(20)},3,0,3,ram,2
{at(20)},3,0,1,disk,ssd
{at(33)},3,0,0,disk,hdd
{at(44)},6,7,2,ram,9
{at(46)},8,0,0,gone,
"""
ATTRIBUTES = f"""\
0,1,disk,ssd,0
0,1,ram,1,0
0,2,disk,hdd,0
0,2,ram,4,0
{at(1)},2,disk,ssd,0
{at(2)},1,disk,,1
0,4,ram,x,0
0,6,ram,8,0
"""


def test_constraints_become_classes_of_machines_by_the_attributes_first_told(
    google: Google,
) -> None:
    trace = google(task_constraints=CONSTRAINTS, machine_attributes=ATTRIBUTES)
    model = dict(trace.machines.select("id", "model").collect().iter_rows())
    may = {
        task: models and {m for m in model if model[m] in str(models).split("|")}
        for task, models in told(trace, "id", "models")
    }
    assert may == {
        "1-0-1": {"1"},  # disk = ssd
        "2-0-1": None,
        "3-0-1": {"2", "6"},  # ram > 2 and disk ≠ ssd, which a machine without a disk meets
        "3-0-2": {"2", "6"},
        "6-7-1": {"1", "2", "6"},  # ram < 9, which no text is
        "8-0-1": None,  # an attribute that no machine has is empty
        "8-0-2": None,
    }
    assert "constraints" in trace.replayed
    assert "attributes of machines are those first told" in trace.assumed


def test_constraints_that_cannot_be_held_are_left_out_and_counted(google: Google) -> None:
    alone = google(task_constraints=CONSTRAINTS)
    said = "tasks with constraints that are left out, since {}: 6"
    assert said.format("there is no table of machines' attributes") in alone.assumed
    machines = "".join(f"0,{i},0,p,1,1\n" for i in range(1, 71))
    named = "".join(f"0,{i},name,{i},0\n" for i in range(1, 71))
    one_each = "".join(f"0,{i},0,0,name,{i}\n" for i in range(1, 71))
    submitted = "".join(f"0,,{i},0,,0,u,0,0,0.1,0.1,0,0\n" for i in range(1, 71))
    many = google(submitted, machines, task_constraints=one_each, machine_attributes=named)
    assert many.assumed[-1] == (
        "tasks with constraints that are left out, since they tell more than 61 classes of "
        "machines apart: 70"
    )
    assert told(many, "models") == [(None,)] * 70
    assert many.models == ("p",)


def test_a_constraint_that_orders_no_number_is_left_out_and_one_that_none_meets_fits_nowhere(
    google: Google,
) -> None:
    odd = "0,1,0,3,ram,much\n0,2,0,0,disk,tape\n"
    trace = google(task_constraints=odd, machine_attributes=ATTRIBUTES)
    assert told(trace, "models")[:2] == [(None,), ("nowhere",)]
    assert trace.unplaceable == 1
    assert "constraints left out since they compare with no number: 1" in trace.assumed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"{at(5)},", "-5,", "row 4, field time: found -5, expected 0 or more"),
        (f"{at(5)},", f"{AFTER - 1},", "row 4, field time: found 9223372036854775806, expected at"),
        (
            f"{at(5)},",
            f"{2**63},",
            "row 4, field time: found '9223372036854775808', expected a who",
        ),
        (f"{at(5)},", "5.5,", "row 4, field time: found '5.5', expected a whole number"),
        (",2,0,2,1,user", ",x,0,2,1,user", "row 4, field job ID: found 'x', expected a whole nu"),
        (",2,0,2,1,user", ",2,-1,2,1,user", "row 4, field task index: found -1, expected 0 to 2^"),
        (",2,0,2,1,user", ",2,0,m,1,user", "row 4, field machine ID: found 'm', expected a whole"),
        (",2,0,2,1,user", ",2,0,2,9,user", "row 4, field event type: found 9, expected 0 to 8"),
        (",2,0,2,1,user", ",2,0,2,,user", "row 4, field event type: found a blank, expected a wh"),
        ("1,11,0.02", "1,12,0.02", "row 6, field priority: found 12, expected 0 to 11"),
        ("1,11,0.02", "1,11,-1", "row 6, field CPU request: found -1, expected 0 or more"),
        ("1,11,0.02", "1,11,nan", "row 6, field CPU request: found nan, expected a finite number"),
        ("0.02,0.03", "0.02,2e3", "row 6, field memory request: found 2000, expected at most 1000"),
        ("0.02,0.03", "0.02,big", "row 6, field memory request: found 'big', expected a number"),
        (",0.0001,1", ",0.0001,2", "row 1, field different-machines restriction: found '2', expec"),
        (",0.0001,1", ",0.0001", "row 1: found 12 fields, expected 13 fields, time, missing info"),
    ],
)
def test_a_broken_row_of_tasks_is_told_by_file_row_and_field(
    google: Google, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        google(TASKS.replace(old, new, 1))
    assert "task_events/part-00000-of-00001.csv: " + said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0,1,0,plat", "0,,0,plat", "row 1, field machine ID: found a blank, expected a whole n"),
        ("0,1,0,plat", "0,1,3,plat", "row 1, field event type: found 3, expected 0 to 2"),
        ("0,1,0,plat", "-1,1,0,plat", "row 1, field time: found -1, expected 0 or more"),
        ("0.5,0.2493", "64,0.2493", "row 1, field CPUs: found 64, expected at most 1 of the larg"),
        ("0.5,0.2493", "0.5,-1", "row 1, field Memory: found -1, expected 0 or more"),
        ("0.5,0.2493", "0.5,inf", "row 1, field Memory: found inf, expected a finite number"),
    ],
)
def test_a_broken_row_of_machines_is_told_by_file_row_and_field(
    google: Google, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        google(machines=MACHINES.replace(old, new, 1))
    assert "machine_events/part-00000-of-00001.csv: " + said in str(caught.value)


def test_an_empty_table_of_constraints_is_none(google: Google) -> None:
    assert google(task_constraints="", machine_attributes="").sha256 == google().sha256


def test_broken_constraints_and_attributes_are_told(google: Google) -> None:
    with pytest.raises(traces.TraceError, match=r"row 1, field comparison operator: found 4, exp"):
        google(task_constraints="0,1,0,4,disk,ssd\n")
    with pytest.raises(traces.TraceError, match=r"row 1, field attribute deleted: found 'x', exp"):
        google(task_constraints=CONSTRAINTS, machine_attributes="0,1,disk,ssd,x\n")


def in_parts(folder: Path, *parts: str, first: int = 0, of: int | None = None) -> Path:
    """The tables with these parts of task_events."""
    write(folder, {"machine_events": MACHINES})
    (folder / "task_events").mkdir()
    for number, text in enumerate(parts, first):
        name = f"part-{number:05d}-of-{of or len(parts):05d}.csv"
        (folder / "task_events" / name).write_text(text)
    return folder


def test_rows_may_be_ten_minutes_out_of_order_and_no_more(tmp_path: Path) -> None:
    lines = TASKS.splitlines(keepends=True)
    late = in_parts(tmp_path / "late", "".join(lines[4:]), "".join(lines[:4]))
    right = in_parts(tmp_path / "right", TASKS)
    loaded = [traces.load("google2011", path=folder) for folder in (late, right)]
    assert loaded[0].sha256 == loaded[1].sha256
    far = in_parts(tmp_path / "far", f"{at(9000)},,9,0,,0,user,0,0,0.1,0.1,0,0\n", TASKS)
    said = r"part-00001-of-00002.csv: row 1, field time: found 0, expected 9000000000 or more"
    with pytest.raises(traces.TraceError, match=said):
        traces.load("google2011", path=far)


def test_the_first_parts_are_enough_and_a_gap_among_them_is_told(tmp_path: Path) -> None:
    trace = traces.load("google2011", path=in_parts(tmp_path / "first", TASKS, of=500))
    assert "1 of 500 parts of task_events" in trace.assumed
    late = in_parts(tmp_path / "late", TASKS, first=3, of=500)
    with pytest.raises(traces.TraceError, match="task_events: found no shard 0, but 3, expected"):
        traces.load("google2011", path=late)
    twice = in_parts(tmp_path / "twice", TASKS)
    (twice / "task_events" / "part-00000-of-00001.csv.gz").write_bytes(b"")
    with pytest.raises(traces.TraceError, match="field task_events: found shard 0 twice"):
        traces.load("google2011", path=twice)


def test_without_a_path_the_folder_of_data_is_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSTRAND_DATA", str(tmp_path))
    with pytest.raises(traces.TraceError, match="found no such folder, expected the google2011 tr"):
        traces.load("google2011")
    write(tmp_path / "google2011", {"task_events": TASKS, "machine_events": MACHINES})
    assert traces.load("google2011").task_count == 7


def test_folders_without_their_tables_or_without_a_task_are_told(
    google: Google, tmp_path: Path
) -> None:
    with pytest.raises(traces.TraceError, match="found no task_events, expected task_events/ or"):
        traces.load("google2011", path=write(tmp_path / "a", {"machine_events": MACHINES}))
    with pytest.raises(traces.TraceError, match="found no machine_events, expected"):
        traces.load("google2011", path=write(tmp_path / "b", {"task_events": TASKS}))
    with pytest.raises(traces.TraceError, match="found no such file"):
        traces.load("google2011", path=tmp_path / "none")
    with pytest.raises(traces.TraceError, match="found an empty file, expected at least one row"):
        google("")
    with pytest.raises(traces.TraceError, match="found no task that runs or waits in the window"):
        google(f"{at(44)},,6,7,,6,user,1,1,0.1,0.1,0,0\n")
    with pytest.raises(traces.TraceError, match="found no machine with a capacity, expected at"):
        google(machines="0,3,0,plat,,\n")
    with pytest.raises(
        traces.TraceError, match=r"trace.hours: found 0, expected a number of hours"
    ):
        google(hours=0)


FIELDS = ("", "0", "1", "3", "4", "7", str(S), str(AFTER), "0", "1", "-1", "1e400", "x", "0.5")


@st.composite
def mutated(draw: st.DrawFn, table: str) -> str:
    """Rows of the table in any order, some of their fields replaced, and its first as it was."""
    rows = [line.split(",") for line in table.splitlines()]
    good = rows[0].copy()
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(FIELDS))
    rows = draw(st.lists(st.sampled_from(rows), min_size=1, max_size=25))
    return "".join(",".join(row) + "\n" for row in [*rows, good])


@given(
    tasks=mutated(TASKS),
    machines=st.just(MACHINES) | mutated(MACHINES),
    hours=st.sampled_from([None, 0.01]),
)
def test_whatever_the_rows_are_they_add_up_or_are_told(
    tasks: str, machines: str, hours: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    write(folder, {"task_events": tasks, "machine_events": machines})
    try:
        trace = traces.load("google2011", path=folder, hours=hours)
    except traces.TraceError:
        return
    assert adds_up(trace, tasks.count("\n"))
    assert trace.task_count == trace.tasks.select(pl.len()).collect().item() > 0
    traces.check(trace)
