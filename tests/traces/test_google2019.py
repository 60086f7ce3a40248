"""A cell of Google's of 2019: exports of BigQuery, alloc sets, zeros that are left out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces.borg.instances import INSIDE
from traces.borg.kept import MORE

S = 600_000_000
AFTER = str(2**63 - 1)
Row = dict[str, Any]
REQUEST = {"cpus": 0.0018649101257324219, "memory": 0.0037593841552734375}
Google = Callable[..., traces.Trace]


def at(seconds: float) -> str:
    return str(S + int(seconds * 1_000_000))


# Machines: 1 from the start, 2 later, 3 without a capacity.
MACHINES: list[Row] = [
    {
        "machine_id": "1",
        "type": "1",
        "switch_id": "s1",
        "platform_id": "p1",
        "capacity": {"cpus": 0.591796875, "memory": 0.33349609375},
    },
    {
        "time": at(5),
        "machine_id": "2",
        "type": "ADD",
        "switch_id": "s2",
        "platform_id": "p2",
        "capacity": {"cpus": 1, "memory": "1"},
    },
    {"time": at(50), "machine_id": "2", "type": 2},
    {"machine_id": "3", "type": "1", "capacity": None},
]
COLLECTIONS: list[Row] = [
    {"time": "0", "collection_id": "10", "max_per_machine": 2, "max_per_switch": 5, "user": "u"},
    {"time": at(9), "type": "6", "collection_id": "10", "max_per_machine": 2, "max_per_switch": 5},
    {"collection_id": "20", "collection_type": "1"},
    {"collection_id": "30", "alloc_collection_id": "20"},
    {"collection_id": "40", "alloc_collection_id": "20"},
]
CONSTRAINT = [{"name": "disk", "value": "ssd"}, {"name": "gpu", "relation": "7"}]
# In no order of time. Fields that are 0 (SUBMIT, index 0, priority 0, time 0, JOB) are left out.
TASKS: list[Row] = [
    {"time": at(30), "type": "6", "collection_id": "10", "machine_id": "1", "priority": "200"},
    {"time": at(12), "type": "SCHEDULE", "collection_id": "10", "machine_id": "1"},
    {
        "time": at(10),
        "collection_id": "10",
        "priority": "200",
        "machine_id": "0",
        "resource_request": REQUEST,
        "constraint": CONSTRAINT,
    },
    {"time": at(11), "type": "2", "collection_id": "10", "resource_request": REQUEST},
    {"time": at(20), "type": "10", "collection_id": "10", "resource_request": {"cpus": 0.5}},
    # An instance of an alloc set, there before the trace; it asks for no memory.
    {
        "type": "3",
        "collection_id": "20",
        "collection_type": "ALLOC_SET",
        "machine_id": "1",
        "resource_request": {"cpus": "0.5"},
        "missing_type": "1",
    },
    {"time": AFTER, "type": "7", "collection_id": "20", "collection_type": 1},
    # Inside it: by its own rows, by those of its collection, or by others of its rows.
    {
        "time": at(1),
        "collection_id": "30",
        "alloc_collection_id": "20",
        "alloc_instance_index": "0",
    },
    {"time": at(1), "collection_id": "40", "instance_index": "7", "resource_request": REQUEST},
    {"time": at(2), "type": "3", "collection_id": "50", "alloc_collection_id": "20"},
    {"time": at(1), "collection_id": "50", "alloc_collection_id": "0"},
    # On a machine that is dedicated; another states no request.
    {
        "time": at(3),
        "type": 3,
        "collection_id": 60,
        "instance_index": 4,
        "machine_id": -1,
        "resource_request": {"cpus": 0, "memory": 0.25},
    },
    {"time": at(3), "type": 3, "collection_id": 61, "machine_id": 1},
    {"time": at(4), "type": "EVICT", "collection_id": 61, "resource_request": None},
]
ATTRIBUTES: list[Row] = [
    {"machine_id": "1", "name": "disk", "value": "ssd"},
    {"machine_id": "2", "name": "disk", "value": "ssd"},
    {"machine_id": "2", "name": "gpu", "value": "1"},
    {"time": at(9), "machine_id": "2", "name": "gpu", "deleted": True},
]
TABLES: Mapping[str, Sequence[Row]] = {
    "machine_events": MACHINES,
    "collection_events": COLLECTIONS,
    "instance_events": TASKS,
    "machine_attributes": ATTRIBUTES,
}


def lines(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def write(folder: Path, **tables: Sequence[Row] | str | None) -> Path:
    """The tables as JSON lines, these in place of the plain ones, None none."""
    folder.mkdir(exist_ok=True)
    for name, rows in {**TABLES, **tables}.items():
        shard = folder / f"{name}-000000000000.json"
        shard.unlink(missing_ok=True)
        if rows is not None:
            shard.write_bytes((rows if isinstance(rows, str) else lines(rows)).encode())
    return folder


@pytest.fixture
def google(tmp_path: Path) -> Google:
    def load(hours: float | None = None, **tables: Sequence[Row] | str | None) -> traces.Trace:
        return traces.load("google2019", path=write(tmp_path / "cell", **tables), hours=hours)

    return load


def told(trace: traces.Trace, *columns: str) -> list[tuple[object, ...]]:
    return trace.tasks.select(columns).collect().rows()


def adds_up(trace: traces.Trace, rows: int) -> bool:
    return trace.rows == rows == trace.task_count + sum(trace.dropped.values())


def test_runs_of_jobs_and_of_alloc_sets_are_tasks_and_binary_fractions_are_exact(
    google: Google,
) -> None:
    trace = google()
    columns = ("id", "submit", "lifetime", "cpu", "mem", "priority", "machine", "max_per_machine")
    assert told(trace, *columns) == [
        ("20-0-1", 0.0, None, 0.5, 0.0, 0, "1", None),
        ("60-4-1", 3.0, None, 0.0, 0.25, 0, None, None),
        ("10-0-1", 10.0, 18.0, REQUEST["cpus"], REQUEST["memory"], 200, "1", 2),
    ]
    assert told(trace, "alive_at_start") == [(True,), (False,), (False,)]
    assert (trace.units, trace.recorded) == ({"cpu": 2.0**-30, "mem": 2.0**-30}, True)


def test_tasks_inside_alloc_sets_are_dropped_and_all_rows_add_up(google: Google) -> None:
    trace = google()
    assert trace.dropped == {
        INSIDE: 4,
        "events after the trace's end": 1,
        "events of runs without a request": 2,
        MORE: 4,
    }
    assert adds_up(trace, 14)


def test_machines_have_racks_and_platforms_and_come_and_go(google: Google) -> None:
    trace = google()
    assert trace.machines.select("id", "cpu", "mem", "rack").collect().rows() == [
        ("1", 0.591796875, 0.33349609375, "s1"),
        ("2", 1.0, 1.0, "s2"),
    ]
    assert trace.events is not None
    assert trace.events.rows() == [(5.0, "2", "add", 1.0, 1.0), (50.0, "2", "remove", None, None)]


def test_what_was_filled_in_is_said_with_its_count(google: Google) -> None:
    assert google().assumed == (
        "a task is a run, job-index-n: it arrives when submitted, and lives from its schedule to "
        "its end",
        "runs without a submit of their own, which arrive when they are first seen: 2",
        "runs whose request changed, of which the first stands: 1",
        "tasks that still run at the end: 2",
        "fields left out, which count as 0: 29",
        "events put in for missing ones (missing_type): 1",
        "tasks that are instances of alloc sets, whole reservations: 1",
        "collections whose limits a switch are left out: 1",
        "attributes of machines are those first told",
        "machines left out since no capacity is stated: 1",
        "rows of machine_events that tell what machines are, or nothing of them later: 2",
    )


def test_constraints_are_held_as_classes_where_there_are_attributes(google: Google) -> None:
    trace = google()
    assert told(trace, "models") == [(None,), (None,), ("p1",)]
    assert trace.models == ("p1", "p2")
    assert "constraints" in trace.replayed
    without = google(machine_attributes=None, collection_events=None)
    assert told(without, "models", "max_per_machine")[-1] == (None, None)
    assert without.assumed[-2:] == (
        "rows of machine_events that tell what machines are, or nothing of them later: 2",
        "tasks with constraints that are left out, since there is no table of machines' "
        "attributes: 1",
    )
    assert "no collection_events: no limits a machine" in without.assumed


RELATIONS = [
    ("EQUAL", "8", {"b"}),
    ("NOT_EQUAL", "8", {"a", "c"}),
    ("LESS_THAN", "8", {"a"}),
    ("GREATER_THAN", "4", {"b"}),
    ("LESS_THAN_EQUAL", "8.0", {"a", "b"}),
    ("GREATER_THAN_EQUAL", "8", {"b"}),
    ("PRESENT", "", {"a", "b"}),
    ("NOT_PRESENT", "", {"c"}),
]


@pytest.mark.parametrize(
    ("place", "relation", "value", "may"), [(i, *r) for i, r in enumerate(RELATIONS)]
)
def test_every_relation_holds_of_the_machines_that_it_says(
    google: Google, place: int, relation: str, value: str, may: set[str]
) -> None:
    names = ("a", "b", "c")
    capacity = {"cpus": 1, "memory": 1}
    machines = [
        {"machine_id": i, "type": 1, "platform_id": name, "capacity": capacity}
        for i, name in enumerate(names, 1)
    ]
    attributes = [
        {"machine_id": 1, "name": "ram", "value": "4"},
        {"machine_id": 2, "name": "ram", "value": "8"},
    ]
    for written in (relation, str(place), place):
        demand = [{"name": "ram", "relation": written, "value": value}]
        task = {"time": at(1), "type": 3, "collection_id": 1, "resource_request": REQUEST}
        trace = google(
            machine_events=machines,
            machine_attributes=attributes,
            instance_events=[{**task, "constraint": demand}],
        )
        ((models,),) = told(trace, "models")
        assert {*str(models).split("|")} == may


def flat(row: Row, mark: str) -> Row:
    """The row with its nested amounts made flat."""
    made = {}
    for name, value in row.items():
        if isinstance(value, dict):
            made.update({f"{name}{mark}{inner}": amount for inner, amount in value.items()})
        else:
            made[name] = value
    return made


def as_parquet(folder: Path, rows: Mapping[str, Sequence[Row]], *, nested: bool) -> None:
    """Tables as BigQuery exports them in Parquet: numbers as numbers, types all the same."""
    integers = ("time", "collection_id", "instance_index", "priority", "machine_id")
    for name, table in rows.items():
        objects = [flat(row, ".") for row in table]
        columns = sorted({column for row in objects for column in row})
        frame = pl.DataFrame(
            {
                column: pl.Series([row.get(column) for row in objects], strict=False)
                if column == "constraint"
                else [None if row.get(column) is None else str(row[column]) for row in objects]
                for column in columns
            }
        ).with_columns(pl.col(*[c for c in columns if c in integers]).cast(pl.Int64))
        outer = {c.split(".")[0] for c in columns if "." in c}
        if nested:
            for field in outer:
                parts = [c for c in columns if c.startswith(f"{field}.")]
                amounts = (pl.col(c).cast(pl.Float64).alias(c.split(".")[1]) for c in parts)
                frame = frame.with_columns(pl.struct(amounts).alias(field)).drop(parts)
        frame.write_parquet(folder / f"{name}.parquet")


def test_every_form_of_the_export_is_the_same_trace(google: Google, tmp_path: Path) -> None:
    plain = google()
    packed = tmp_path / "packed"
    for name, rows in TABLES.items():
        (packed / name).mkdir(parents=True)
        (packed / name / "part.jsonl.gz").write_bytes(gzip.compress(lines(rows).encode()))
    forms = {"packed": packed}
    for mark in (".", "_"):
        tables = {name: [flat(row, mark) for row in rows] for name, rows in TABLES.items()}
        forms[f"flat{mark}"] = write(tmp_path / f"flat{mark}", **tables)
    for nested in (True, False):
        folder = forms[f"parquet {nested}"] = tmp_path / f"parquet {nested}"
        folder.mkdir()
        as_parquet(folder, TABLES, nested=nested)
    found = {name: traces.load("google2019", path=folder) for name, folder in forms.items()}
    assert {trace.sha256 for trace in found.values()} == {plain.sha256}
    assert {tuple(trace.dropped.items()) for trace in found.values()} == {
        tuple(plain.dropped.items())
    }


def test_a_written_copy_is_the_same_trace(google: Google, tmp_path: Path) -> None:
    traces.write(google(), tmp_path / "copy")
    assert traces.read(tmp_path / "copy").sha256 == google().sha256


def test_rows_and_shards_may_be_in_any_order(google: Google, tmp_path: Path) -> None:
    turned = google(**{name: rows[::-1] for name, rows in TABLES.items() if "attr" not in name})
    folder = write(tmp_path / "shards", instance_events=None)
    for number, row in enumerate(TASKS):
        (folder / f"instance_events-{number:012d}.json").write_text(lines([row]))
    shard = traces.load("google2019", path=folder / "instance_events-000000000003.json")
    assert google().sha256 == turned.sha256 == shard.sha256
    (folder / "instance_events-000000000003.json").unlink()
    with pytest.raises(traces.TraceError, match="instance_events: found no shard 3, but 4, expect"):
        traces.load("google2019", path=folder)


def test_hours_leave_out_what_is_later(google: Google) -> None:
    trace = google(hours=25 / 3600)
    assert told(trace, "id", "lifetime")[-1] == ("10-0-1", None)
    assert trace.dropped["events after the first 0.00694444 hours"] == 1
    assert trace.dropped["events after the trace's end"] == 1
    assert adds_up(trace, 14)
    assert trace.events is not None
    assert trace.events["kind"].to_list() == ["add"]


def changed(rows: Sequence[Row], place: int, **fields: object) -> list[Row]:
    return [{**row, **fields} if place == i else row for i, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"time": "-1"}, "field time: found -1, expected 0 or more"),
        ({"time": 1.5}, "field time: found '1.5', expected a whole number"),
        ({"time": "1 s"}, "field time: found '1 s', expected a whole number"),
        ({"time": [1]}, "field time: found [1], expected text or a number"),
        ({"type": "11"}, "field type: found '11', expected 0 to 10, or one of SUBMIT, QUEUE, ENAB"),
        ({"type": "BEGIN"}, "field type: found 'BEGIN', expected 0 to 10, or one of SUBMIT, QUEU"),
        ({"collection_id": None}, "field collection_id: found a blank, expected a whole number"),
        ({"collection_type": 2}, "field collection_type: found '2', expected 0 to 1, or one of JO"),
        ({"instance_index": -1}, "field instance_index: found -1, expected 0 to 2^31-1"),
        ({"priority": 2**31}, "field priority: found 2147483648, expected a 32-bit whole number"),
        ({"machine_id": "m1"}, "field machine_id: found 'm1', expected a whole number"),
        ({"resource_request": 5}, "field resource_request: found 5, expected an object with cpus,"),
        (
            {"resource_request": {"cpus": [1]}},
            "field resource_request.cpus: found [1], expected te",
        ),
        (
            {"resource_request": {"cpus": -1}},
            "field resource_request.cpus: found -1, expected 0 or",
        ),
        (
            {"resource_request": {"memory": 1e9}},
            "field resource_request.memory: found 1000000000, ",
        ),
        (
            {"resource_request": {"memory": "x"}},
            "field resource_request.memory: found 'x', expecte",
        ),
        (
            {"constraint": {"name": "a"}},
            "field constraint: found {'name': 'a'}, expected a list of",
        ),
        ({"constraint": [{"value": "a"}]}, "field constraint.name: found a blank, expected the na"),
        (
            {"constraint": [{"name": "a", "relation": 8}]},
            "field constraint.relation: found '8', ex",
        ),
    ],
)
def test_a_broken_row_of_instances_is_told_by_file_row_and_field(
    google: Google, fields: Row, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        google(instance_events=changed(TASKS, 1, **fields))
    assert f"instance_events-000000000000.json: row 2, {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "fields", "said"),
    [
        ("machine_events", {"type": "0"}, "field type: found '0', expected 1 to 3, ADD, REMOVE or"),
        (
            "machine_events",
            {"type": "GONE"},
            "field type: found 'GONE', expected 1 to 3, ADD, REMO",
        ),
        ("machine_events", {"machine_id": None}, "field machine_id: found a blank, expected a who"),
        (
            "machine_events",
            {"capacity": {"cpus": 64}},
            "field capacity.cpus: found 64, expected at",
        ),
        ("collection_events", {"max_per_machine": -1}, "field max_per_machine: found -1, expected"),
        ("collection_events", {"collection_id": "x"}, "field collection_id: found 'x', expected a"),
        ("machine_attributes", {"name": None}, "field name: found a blank, expected text"),
        ("machine_attributes", {"deleted": "no"}, "field deleted: found 'no', expected true or fa"),
    ],
)
def test_a_broken_row_of_another_table_is_told(
    google: Google, table: str, fields: Row, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        google(**{table: changed(TABLES[table], 1, **fields)})
    assert f"{table}-000000000000.json: row 2, {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "row 2: found a blank line, expected a JSON object a line"),
        ("[]", "row 2: found [], expected a JSON object a line"),
        ("5", "row 2: found 5, expected a JSON object a line"),
        ('{"time": 1', "row 2: found '{\"time\": 1', no JSON: Expecting ',' delimiter: line 1"),
        ('{"time": 1}, {"time": 2}', 'row 2: found \'{"time": 1}, {"time": 2}\', no JSON: Extra d'),
        ('{"a": ' + "[" * 5000, "row 2: found"),
    ],
)
def test_a_line_that_is_no_object_is_told(google: Google, line: str, said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        google(instance_events=lines(TASKS[:1]) + line + "\n" + lines(TASKS[1:]))
    assert said in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_tables_that_are_missing_empty_or_another_are_told(google: Google, tmp_path: Path) -> None:
    with pytest.raises(traces.TraceError, match="found no instance_events, expected instance_even"):
        google(instance_events=None)
    with pytest.raises(traces.TraceError, match="found no machine_events, expected"):
        google(machine_events=None)
    with pytest.raises(traces.TraceError, match="found no rows, expected at least one machine"):
        google(machine_events="")
    with pytest.raises(traces.TraceError, match="found no task that runs or waits in the window"):
        google(instance_events="")
    with pytest.raises(traces.TraceError, match="field time: found no row with it, expected inst"):
        google(instance_events=[{"collection_id": 1, "type": 3}])
    (tmp_path / "no folder").write_text("{}")
    with pytest.raises(traces.TraceError, match="found no instance_events, expected"):
        traces.load("google2019", path=tmp_path / "no folder")


def test_a_column_of_parquet_that_is_neither_number_nor_text_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "cell", instance_events=None)
    for column, value, said in (
        (
            "time",
            [[1]],
            r"field time: found a column of type List\(Int64\), expected numbers or te",
        ),
        (
            "constraint",
            [["a"]],
            r"field constraint: found a column of type List\(String\), expected",
        ),
    ):
        frame = pl.DataFrame({"time": [0], "type": [3], "collection_id": [1], column: value})
        frame.write_parquet(folder / "instance_events.parquet")
        with pytest.raises(traces.TraceError, match=said):
            traces.load("google2019", path=folder)


GOOD = (TASKS[11], MACHINES[0])
VALUES: tuple[object, ...] = (
    None,
    "0",
    1,
    "3",
    "6",
    at(1),
    AFTER,
    "-1",
    "x",
    0.5,
    {},
    {"cpus": 0.5},
    [],
)


@st.composite
def mutated(draw: st.DrawFn, table: Sequence[Row]) -> list[Row]:
    """Rows of the table, some of their fields replaced, and one that is as it was."""
    rows = draw(st.lists(st.sampled_from(table), max_size=20))
    for place in draw(st.lists(st.integers(0, 20), max_size=2)):
        if place < len(rows):
            name = draw(st.sampled_from([*rows[place]]))
            rows = changed(rows, place, **{name: draw(st.sampled_from(VALUES))})
    return [*rows, GOOD[table is MACHINES]]


@given(
    tasks=mutated(TASKS),
    machines=st.just(MACHINES) | mutated(MACHINES),
    hours=st.sampled_from([None, 0.005]),
)
def test_whatever_the_rows_are_they_add_up_or_are_told(
    tasks: list[Row],
    machines: list[Row],
    hours: float | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    write(folder, instance_events=tasks, machine_events=machines)
    try:
        trace = traces.load("google2019", path=folder, hours=hours)
    except traces.TraceError:
        return
    assert adds_up(trace, len(tasks))
    assert trace.task_count == trace.tasks.select(pl.len()).collect().item() > 0
    traces.check(trace)
