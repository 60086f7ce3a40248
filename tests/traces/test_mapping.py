"""Any table becomes a trace by a few lines that name its columns and their units."""

from __future__ import annotations

import datetime
import gzip
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces import instants, measures, parts
from traces.rows import Rows

TABLE = """\
job,user,when,ran,cpus,mb,gpus,status
j7,ann,2024-03-01 00:10:00,30,4000,2048,1,done
j8,bob,2024-03-01 00:00:00,,500,1024,0.5,running
j8,bob,2024-03-01 00:00:00,,500,1024,0.5,running
j9,bob,2024-03-01 00:20:00.5,90,24000,65536,12,failed
j6,eve,2024-03-01 00:30:00,1,1000,1024,0,waiting
"""
MAP = """\
name: shop
tasks:
  id: job
  submit: {column: when, unit: datetime}
  lifetime: {column: ran, unit: min}
  cpu: {column: cpus, unit: millicores}
  mem: {column: mb, unit: MiB}
  gpu: gpus
"""
NODES = "name,cores,ram,devices,kind\nn0,32,256,8,A100\nn1,16,128,0,\n"
MACHINES = """\
machines:
  file: nodes.csv
  id: name
  cpu: cores
  mem: {column: ram, unit: GiB}
  gpu: devices
  model: kind
"""
Shop = Callable[..., traces.Trace]
RealFile = Callable[[str], Path]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    def load(mapping: str = MAP, table: str = TABLE, nodes: str = NODES) -> traces.Trace:
        (tmp_path / "jobs.csv").write_text(table)
        (tmp_path / "nodes.csv").write_text(nodes)
        (tmp_path / "map.yaml").write_text(mapping)
        return traces.load("mapping", path=tmp_path / "jobs.csv", mapping=tmp_path / "map.yaml")

    return load


DISTINCT = "drop: duplicates\n"


def test_columns_and_units_are_the_files_and_the_first_submit_is_zero(shop: Shop) -> None:
    trace = shop(MAP + DISTINCT)
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "gpu"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("j7", "j7", 600.0, 1800.0, 4.0, 2.0, 1.0),
        ("j8", "j8", 0.0, None, 0.5, 1.0, 0.5),
        ("j9", "j9", 1200.5, 5400.0, 24.0, 64.0, 12.0),
        ("j6", "j6", 1800.0, 60.0, 1.0, 1.0, 0.0),
    ]
    assert (trace.name, trace.machine_count) == ("shop", 0)
    assert trace.dropped == {"the same row again": 1}
    assert trace.replayed == ("requests", "arrival times", "lifetimes")
    assert trace.assumed == ("times without a zone as they stand",)


def test_rows_are_kept_by_value_sorted_and_split_and_their_numbers_stay(shop: Shop) -> None:
    more = "keep: {status: [done, running, failed]}\nsort: submit\nsplit: {gpu: 8}\n"
    trace = shop(MAP + DISTINCT + more)
    rows = trace.tasks.select("id", "job", "cpu", "mem", "gpu").collect().rows()
    assert rows == [
        ("j8", "j8", 0.5, 1.0, 0.5),
        ("j7", "j7", 4.0, 2.0, 1.0),
        ("j9/1", "j9", 16.0, 42.666015625, 8.0),
        ("j9/2", "j9", 8.0, 21.333984375, 4.0),
    ]
    assert trace.dropped == {"status not done or running or failed": 1, "the same row again": 1}
    assert trace.assumed[-1] == (
        "1 tasks of more than 8 gpu are 2 tasks of their jobs, placed each for itself"
    )
    with pytest.raises(traces.TraceError, match=r"row 5, field cpus: found 24000.5, expected a wh"):
        shop(MAP + DISTINCT + more, TABLE.replace("24000", "24000.5"))


def test_a_table_of_machines_is_read_from_beside_the_mapping(shop: Shop) -> None:
    trace = shop(MAP + DISTINCT + "split: {gpu: 8}\n" + MACHINES)
    assert trace.machines.drop("rack").collect().rows() == [
        ("n0", 32.0, 256.0, 8.0, "A100"),
        ("n1", 16.0, 128.0, 0.0, None),
    ]
    assert "machines" in trace.replayed
    with pytest.raises(traces.TraceError, match=r"jobs.csv: row 5, field gpus: found 12, expected"):
        shop(MAP + DISTINCT + MACHINES)


def test_a_column_of_machines_that_tasks_ran_on_makes_placements(shop: Shop) -> None:
    table = TABLE.replace("status", "node").replace("done", "n0").replace("failed", "n0")
    table = table.replace("running", "").replace("waiting", "n1")
    mapping = MAP.replace("tasks:", "tasks:\n  machine: node")
    trace = shop(mapping + DISTINCT + "split: {gpu: 8}\n" + MACHINES, table)
    assert trace.recorded
    assert "placements" in trace.replayed
    assert trace.tasks.collect()["machine"].to_list() == ["n0", None, "n0", "n0", "n1"]


def test_a_start_makes_earlier_tasks_alive_and_drops_those_that_ended(shop: Shop) -> None:
    trace = shop(MAP + DISTINCT + "start: 2024-03-01 00:50:00\n")
    columns = ["id", "submit", "lifetime", "alive_at_start"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("j8", -3000.0, None, True),
        ("j9", -1799.5, 5400.0, True),
    ]
    assert trace.dropped["ended before the start"] == 2


def test_constants_defaults_blanks_and_rounding_are_said(shop: Shop) -> None:
    mapping = MAP.replace("  mem: {column: mb, unit: MiB}", "  mem: {value: 1.5, unit: GiB}")
    mapping = mapping.replace("gpu: gpus", "gpu: {column: gpus, blank: '0.5', default: 2}")
    mapping = mapping.replace("unit: millicores", "unit: millicores, round: up")
    trace = shop(mapping + DISTINCT, TABLE.replace("24000", "23999.5"))
    assert trace.tasks.select("cpu", "mem", "gpu").collect().rows() == [
        (4.0, 1.5, 1.0),
        (0.5, 1.5, 2.0),
        (24.0, 1.5, 12.0),
        (1.0, 1.5, 0.0),
    ]
    assert trace.assumed == (
        "cpu rounded up to whole units",
        "mem 1.5 for every task",
        "gpu 2 where it is blank",
        "times without a zone as they stand",
    )


def test_an_end_numbers_of_time_and_a_header_of_the_mapping(shop: Shop) -> None:
    mapping = (
        "header: [who, from, to, c]\n"
        "tasks:\n  submit: {column: from, unit: ms}\n  end: {column: to, unit: ms, blank: -1}\n"
        "  cpu: {column: c, unit: percent}\n  job: who\n"
    )
    trace = shop(mapping, "a,5000,9500,250\na,4000,-1,100\n")
    columns = ["id", "job", "submit", "lifetime", "cpu"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("row-1", "a", 1.0, 4.5, 2.5),
        ("row-2", "a", 0.0, None, 1.0),
    ]
    with pytest.raises(traces.TraceError, match=r"row 1, field to: found 4000, expected no earlie"):
        shop(mapping, "a,5000,4000,250\n")


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int64, pl.UInt64, pl.Float32, pl.Float64])
def test_rows_and_blanks_are_chosen_by_numbers_of_any_type(tmp_path: Path, dtype: object) -> None:
    frame = pl.DataFrame({"cpu": [1.0, 2.0, 3.0], "left": [5, 1, 0], "rank": [0, 1, 2]})
    types = {"left": dtype, "rank": dtype}
    frame.with_columns(pl.col(n).cast(t) for n, t in types.items()).write_parquet(
        tmp_path / "j.parquet"
    )
    (tmp_path / "m.yaml").write_text(
        "tasks: {cpu: cpu, lifetime: {column: left, blank: [1, 1.5, 1e30]}}\n"
        "keep: {rank: [0, 1, 1e30, high]}\n"
    )
    trace = traces.load("mapping", path=tmp_path / "j.parquet", mapping=tmp_path / "m.yaml")
    assert trace.tasks.select("cpu", "lifetime").collect().rows() == [(1.0, 5.0), (2.0, None)]
    assert sum(trace.dropped.values()) == 1


def test_parquet_and_gzip_hold_the_same_trace(shop: Shop, tmp_path: Path) -> None:
    plain = shop(MAP + DISTINCT)
    (tmp_path / "jobs.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    frame = pl.read_csv(tmp_path / "jobs.csv", try_parse_dates=True)
    assert frame.schema["when"].is_temporal()
    frame.write_parquet(tmp_path / "jobs.parquet")
    for name in ("jobs.csv.gz", "jobs.parquet"):
        again = traces.load("mapping", path=tmp_path / name, mapping=tmp_path / "map.yaml")
        assert again.sha256 == plain.sha256


def test_bytes_are_counted_in_bytes(shop: Shop) -> None:
    mapping = MAP.replace("unit: MiB", "unit: MB")
    trace = shop(mapping + DISTINCT)
    assert trace.units["mem"] == 2**-30
    assert trace.tasks.collect()["mem"][0] == 2048 * 10**6 / 2**30


def test_normalised_amounts_are_counted_in_billionths(shop: Shop) -> None:
    mapping = "tasks:\n  cpu: {column: c, unit: fraction}\n"
    trace = shop(mapping, "c\n0.003125\n0.5\n")
    assert trace.units["cpu"] == 1e-9
    assert trace.tasks.collect()["cpu"].to_list() == [0.003125, 0.5]
    assert trace.assumed == ("all tasks submitted at 0", "lifetimes unknown")


def test_advice_of_the_mapping_is_the_traces(shop: Shop) -> None:
    trace = shop(MAP + DISTINCT + "advice: {order: trace, weights: {gpu: 1}}\n")
    assert trace.advice == traces.Advice(order="trace", weights={"gpu": 1})


PAGE = Path(__file__).parents[2] / "docs" / "traces.md"


def test_a_mapping_reads_philly_whatever_its_traps(real_file: RealFile, tmp_path: Path) -> None:
    documented = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "philly.yaml").write_text(documented[0])
    trace = traces.load(
        "mapping", path=real_file("philly/philly.csv"), mapping=tmp_path / "philly.yaml"
    )
    assert trace.dropped == {"the same row again": 65}
    assert "289 tasks of more than 8 gpu are 797 tasks" in trace.assumed[-1]
    assert trace.task_count == 82_247 - 65 - 289 + 797
    tasks = trace.tasks.collect()
    raw = pl.read_csv(real_file("philly/philly.csv")).drop_nulls().unique()
    assert tasks["gpu"].sum() == raw["num_gpus"].sum()
    assert tasks["job"].n_unique() == 82_182
    assert tasks["submit"].is_sorted()
    assert tasks["lifetime"].max() == raw["duration"].max()
    assert tasks["gpu"].max() == 8


@given(
    gpus=st.lists(st.integers(0, 200), min_size=1, max_size=8),
    cores=st.integers(0, 10_000),
    most=st.integers(1, 16),
)
def test_parts_sum_to_the_task_and_none_asks_for_more(
    gpus: list[int], cores: int, most: int
) -> None:
    frame = pl.DataFrame(
        {
            "id": [f"t{i}" for i in range(len(gpus))],
            "job": "j",
            "cpu": [cores / 1000] * len(gpus),
            "gpu": [float(gpu) for gpu in gpus],
        }
    )
    units = {"cpu": 0.001, "gpu": 0.001}
    rows, _, _ = parts.split(Rows("f", 2, frame), "gpu", float(most), ("cpu", "gpu"), units)
    for index, gpu in enumerate(gpus):
        own = rows.frame.filter(pl.Series(rows.every_number()) == index + 2)
        assert own["gpu"].sum() == gpu
        assert own["gpu"].max() <= most  # type: ignore[operator]
        assert round(own["cpu"].sum() * 1000) == cores
        assert own["cpu"].min() >= 0  # type: ignore[operator]
    assert rows.frame["id"].n_unique() == rows.frame.height


@given(
    st.datetimes(),
    st.sampled_from(["", "Z", "+02:00", "-0530", "+14:00"]),
    st.sampled_from([" ", "T"]),
)
def test_times_as_text_are_what_the_standard_library_makes_of_them(
    moment: datetime.datetime, zone: str, between: str
) -> None:
    text = moment.isoformat(between) + zone
    known = datetime.datetime.fromisoformat(text)
    if known.tzinfo is None:
        known = known.replace(tzinfo=datetime.UTC)
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    since = (known - start) / datetime.timedelta(seconds=1)
    assert instants.epoch(text) == pytest.approx(since, abs=2e-5, rel=1e-12)


@pytest.mark.parametrize("name", measures.BYTES)
def test_a_byte_unit_is_counted_finely_enough(name: str) -> None:
    unit = measures.finest("mem", [measures.BYTES[name]])
    assert measures.BYTES[name].natural / type(measures.BYTES[name].natural)(unit) % 1 == 0
