"""Azure's trace for packing: fractions of one type of machine, deployments, broken databases."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share
from tests.traces.test_hostile_input import survives

VM = "vmId, tenantId, vmTypeId, priority, starttime, endtime"
TYPE = "id, vmTypeId, machineId, core, memory, hdd, ssd, nic"
VMS: list[list[Any]] = [
    [0, 7, 1, 0, -138.5, None],
    [1, 7, 1, 0, -138.5, 2.5],
    [2, 7, 2, 1, 0.25, 0.5],
    [3, 8, 2, 0, 0.25, 0.75],
    [4, 8, 3, 0, 1, 2],
    [5, 9, 9, 0, 1, 2],
    [6, 9, 1, 0, -3, -1],
]
# Machine 16 runs types 1 and 2, machine 17 types 2 and 3; none of 16 states hdd or nic.
TYPES: list[list[Any]] = [
    [0, 1, 16, 1 / 6, 0.1, None, 0.2, None],
    [1, 2, 16, 0.5, 0.5, None, None, None],
    [2, 2, 17, 0.25, 0.25, None, 0.1, 0.1],
    [3, 3, 17, 1.5, 0.5, None, 0.1, 0.0],
]
Rows = Sequence[Sequence[Any]]
Packing = Callable[..., traces.Trace]
DAY = 86_400.0


def write(
    path: Path, vms: Rows = VMS, types: Rows = TYPES, vm: str = VM, type_: str = TYPE
) -> Path:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    for table, columns, rows in (("vm", vm, vms), ("vmType", type_, types)):
        marks = ", ".join("?" * len(columns.split(", ")))
        connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def packing(tmp_path: Path) -> Packing:
    def load(vms: Rows = VMS, types: Rows = TYPES, **options: Any) -> traces.Trace:
        path = write(tmp_path / "packing_trace_zone_a_v1.sqlite", vms, types)
        return traces.load("azure_packing", path=path, **options)

    return load


def changed(rows: Rows, row: int, column: int, value: object) -> list[list[Any]]:
    copy = [list(one) for one in rows]
    copy[row][column] = value
    return copy


def test_vms_are_replayed_on_the_machine_that_most_can_run_on(packing: Packing) -> None:
    trace = packing()
    columns = ["id", "job", "submit", "lifetime", "priority", "alive_at_start"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("0", "7@-138.5", -138.5 * DAY, None, 1, True),
        ("1", "7@-138.5", -138.5 * DAY, 141 * DAY, 1, True),
        ("2", "7@0.25", 0.25 * DAY, 0.25 * DAY, 0, False),
        ("3", "8@0.25", 0.25 * DAY, 0.5 * DAY, 1, False),
    ]
    assert (trace.resources, trace.units["mem"]) == (("cpu", "mem", "ssd"), 1e-9)
    assert trace.tasks.select("cpu", "mem", "ssd").collect().rows() == [
        (0.166666666, 0.1, 0.2),
        (0.166666666, 0.1, 0.2),
        (0.5, 0.5, 0.0),
        (0.5, 0.5, 0.0),
    ]
    assert (trace.name, trace.machine_count) == ("azure_packing/16", 0)
    assert trace.advice == traces.Advice(order="trace", together=True)


def test_rows_are_tasks_or_dropped_by_reason_and_what_is_not_stated_is_said(
    packing: Packing,
) -> None:
    trace = packing()
    assert trace.dropped == {
        "VMs that ended before the 14 days": 1,
        "VMs that can't run on machine 16": 1,
        "VMs of a type without a row in vmType": 1,
    }
    assert trace.rows == trace.task_count + sum(trace.dropped.values()) == len(VMS)
    said = "\n".join(trace.assumed)
    assert "all of type 16, that which most VMs can run on: amounts are fractions of one" in said
    assert "priority 1 is Azure's high (0), and 0 its low (1)" in said
    assert "VMs of a tenant that start at one instant are a deployment" in said
    assert "types of VM whose fractions are rounded down to 1e-9: 1" in said
    assert "VMs whose type states no ssd ask for none: 2" in said
    assert "resources that no type of VM states for it: hdd, nic" in said


def test_the_machine_may_be_chosen_and_the_same_vm_is_then_another_size(packing: Packing) -> None:
    trace = packing(machine=17, machines=3)
    assert trace.resources == ("cpu", "mem", "ssd", "nic")
    assert trace.tasks.select("id", "cpu", "nic").collect().rows() == [
        ("2", 0.25, 0.1),
        ("3", 0.25, 0.1),
        ("4", 1.5, 0.0),
    ]
    assert trace.machines.collect().rows() == [
        (f"m0000{i}", 1.0, 1.0, 1.0, 1.0, None, None) for i in (1, 2, 3)
    ]
    assert trace.unplaceable == 1  # more than a machine
    assert "3 machines" in trace.assumed
    assert packing(machine="17").task_count == 3


def test_parts_of_a_machine_are_rounded_so_that_they_still_fill_it(packing: Packing) -> None:
    sixths = [[i, i, 1, 0, 0, 1] for i in range(6)]
    cpu = packing(sixths, TYPES[:1]).tasks.select("cpu").collect()["cpu"]
    assert 1 - 1e-8 < cpu.sum() <= 1


def test_values_of_another_type_are_read_where_they_say_the_same(packing: Packing) -> None:
    plain = packing()
    vms = [[f"{a}", b, c, float(d), f"{e}", f] for a, b, c, d, e, f in VMS]
    assert packing(vms).sha256 == plain.sha256
    assert packing(types=[*TYPES, TYPES[0]]).sha256 == plain.sha256


def test_a_folder_with_one_zone_is_its_file_and_nothing_is_put_beside_it(
    packing: Packing, tmp_path: Path
) -> None:
    plain = packing()
    home = tmp_path / "other"
    home.mkdir()
    write(home / "packing_trace_zone_b_v1.sqlite")
    assert traces.load("azure_packing", path=home).sha256 == plain.sha256
    assert [item.name for item in home.iterdir()] == ["packing_trace_zone_b_v1.sqlite"]


def test_a_database_with_a_log_of_writes_is_read_with_it(tmp_path: Path) -> None:
    path = write(tmp_path / "packing_trace_zone_a_v1.sqlite")
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO vm VALUES (10, 10, 1, 0, 3, 4)")
    writer.commit()
    assert traces.load("azure_packing", path=path).task_count == 5
    writer.close()


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (2, 0, None, "(table vm): row 3, field vmId: found a blank, expected text"),
        (2, 0, "", "(table vm): row 3, field vmId: found a blank, expected text"),
        (2, 0, b"\xff", "(table vm): row 3, field vmId: found b'\\xff', expected text"),
        (2, 0, 0, "(table vm): row 3, field vmId: found '0' again (first in row 1), expected eac"),
        (2, 1, None, "(table vm): row 3, field tenantId: found a blank, expected text"),
        (2, 3, 2, "(table vm): row 3, field priority: found 2, expected 0 (high) or 1 (low)"),
        (2, 3, 0.5, "(table vm): row 3, field priority: found 0.5, expected a whole number"),
        (2, 3, "low", "(table vm): row 3, field priority: found 'low', expected a whole number"),
        (2, 4, None, "(table vm): row 3, field starttime: found a blank, expected a number"),
        (2, 4, "soon", "(table vm): row 3, field starttime: found 'soon', expected a number"),
        (2, 4, 1e7, "(table vm): row 3, field starttime: found 10000000, expected at most 1e+06"),
        (2, 5, 0.2, "(table vm): row 3, field endtime: found 0.2, expected no earlier than start"),
        (2, 5, b"x", "(table vm): row 3, field endtime: found b'x', expected a number"),
        (2, 5, float("inf"), "(table vm): row 3, field endtime: found inf, expected at most 1e+0"),
        (
            2,
            0,
            "x" * (2**20 + 1),
            "found string or blob too big, expected an SQLite database that is wh",
        ),
    ],
)
def test_a_broken_vm_is_told_by_its_row_and_column(
    packing: Packing, row: int, column: int, value: object, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        packing(changed(VMS, row, column, value))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (1, None, "(table vmType): row 2, field vmTypeId: found a blank, expected text"),
        (2, None, "(table vmType): row 2, field machineId: found a blank, expected text"),
        (
            3,
            -0.5,
            "(table vmType): row 2, field core: found -0.5, expected a fraction of a machine",
        ),
        (4, "all", "(table vmType): row 2, field memory: found 'all', expected a number"),
        (4, float("inf"), "(table vmType): row 2, field memory: found inf, expected a fraction"),
        (1, 1, "row 2, field vmTypeId: found '1' for machine '16' again, of another size"),
    ],
)
def test_a_broken_type_is_told_by_its_row_and_column(
    packing: Packing, column: int, value: object, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        packing(types=changed(TYPES, 1, column, value))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"machine": 5}, "field trace.machine: found '5', expected a machineId of vmType: 16, 17"),
        ({"machines": 0}, "trace.machines: found 0, expected 1 to 1,000,000"),
    ],
)
def test_a_machine_that_is_none_is_told(
    packing: Packing, options: dict[str, int], said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        packing(**options)
    assert said in str(caught.value)


def test_where_no_vm_is_left_it_is_told(packing: Packing) -> None:
    with pytest.raises(traces.TraceError, match="no VM that can run on machine 17, expected at l"):
        packing(VMS[:2], machine=17)
    with pytest.raises(traces.TraceError, match=r"\(table vm\): found no row, expected at least"):
        packing([])
    with pytest.raises(traces.TraceError, match="found no amount of any resource for machine 16"):
        packing(types=[[0, 1, 16, *[None] * 5]])


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "packing_trace_zone_a_v1.sqlite"
    whole = write(path).read_bytes()

    def said(content: bytes) -> str:
        path.write_bytes(content)
        with pytest.raises(traces.TraceError) as caught:
            traces.load("azure_packing", path=path)
        return str(caught.value)

    assert "found an empty file, expected an SQLite database" in said(b"")
    assert "found no SQLite database, expected an SQLite database" in said(b"vmId,tenantId\n")
    assert "found gzip data, expected an SQLite database (unpack it first)" in said(
        gzip.compress(whole)
    )
    assert "found a zip file" in said(b"PK\x03\x04" + whole)
    assert "found file is not a database" in said(whole[:100] + b"\xff" * (len(whole) - 100)) or (
        "malformed" in said(whole[:100] + b"\xff" * (len(whole) - 100))
    )
    assert "malformed" in said(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "malformed" in said(whole[:4096])
    with pytest.raises(traces.TraceError, match="found no such file"):
        traces.load("azure_packing", path=tmp_path / "none.sqlite")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE vm", "found no table vm among vmType, expected a table vm"),
        ("DROP TABLE vmType", "found no table vmType among vm, expected a table vmType"),
        ("ALTER TABLE vm RENAME endtime TO end", "(table vm): field endtime: found no such column"),
        (
            "DROP TABLE vm; CREATE VIEW vm AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
            "SELECT i FROM n) SELECT i AS vmId, i AS tenantId, 1 AS vmTypeId, 0 AS priority, "
            "0.5 AS starttime, 1 AS endtime FROM n",
            "found no table vm among vmType",
        ),
        (
            "DROP TABLE vm; CREATE VIRTUAL TABLE vm USING rtree(id, a, b)",
            "(table vm): found a virtual table, expected a table of its own rows",
        ),
    ],
)
def test_another_schema_is_told(tmp_path: Path, statement: str, said: str) -> None:
    path = write(tmp_path / "packing_trace_zone_a_v1.sqlite")
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()
    with pytest.raises(traces.TraceError) as caught:
        traces.load("azure_packing", path=path)
    assert said in str(caught.value)


def test_names_of_tables_and_columns_may_be_written_in_another_case(
    packing: Packing, tmp_path: Path
) -> None:
    path = write(tmp_path / "zone.sqlite", vm=VM.upper(), type_=TYPE.lower())
    assert traces.load("azure_packing", path=path).sha256 == packing().sha256


VALUES = st.sampled_from([None, 0, 1, 2, 16, 17, -1, 0.5, 1e300, 2**62, "", "a", "1", b"\xff"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cells=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), VALUES), max_size=3),
    sizes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), VALUES), max_size=2),
)
def test_spoilt_values(
    cells: list[tuple[int, int, object]],
    sizes: list[tuple[int, int, object]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    vms, types = VMS, TYPES
    for row, column, value in cells:
        vms = changed(vms, row, column, value)
    for row, column, value in sizes:
        types = changed(types, row, column, value)
    path = write(tmp_path_factory.mktemp("spoilt") / "zone.sqlite", vms, types)

    def read() -> traces.Trace:
        trace = traces.load("azure_packing", path=path)
        assert trace.task_count + sum(trace.dropped.values()) == len(VMS) == trace.rows
        return trace

    survives(read)


@settings(max_examples=share(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=st.lists(st.tuples(st.integers(0, 12287), st.binary(min_size=1)), min_size=1))
def test_spoilt_bytes(
    spoilt: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(tmp_path_factory.mktemp("spoilt") / "zone.sqlite")
    data = bytearray(path.read_bytes())
    for place, piece in spoilt:
        data[place : place + len(piece)] = piece
    path.write_bytes(data)
    survives(lambda: traces.load("azure_packing", path=path))


def test_the_real_zone_has_its_known_totals(real_data: Path) -> None:
    path = real_data / "azure_packing" / "packing_trace_zone_a_v1.sqlite"
    if not path.exists():
        pytest.skip(f"no {path.name} in {path.parent}")
    trace = traces.load("azure_packing", path=path)
    assert trace.rows == trace.task_count + sum(trace.dropped.values()) == 5_559_800
    assert trace.tasks.select(pl.col("cpu").max()).collect().item() <= 1
