"""The canonical folder is read as it stands, and comes back as it was written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import traces

Folder = Callable[..., Path]


def test_every_column_of_the_hand_made_folder_is_read(canonical: Folder) -> None:
    trace = traces.read(canonical())
    assert trace.tasks.drop("requested", "gang").collect().rows() == [
        ("a", "j0", 0.0, 10.0, 1.0, 2.0, 0.5, 0, "A10|T4", None, False, "m0"),
        ("b", "j0", 1.5, None, 2.0, 4.0, 2.0, 3, "T4", 1, False, None),
        ("c", "j1", -5.0, 20.0, 16.0, 0.5, 0.0, -1, None, 2, True, "m1"),
    ]
    assert trace.machines.drop("rack").collect().rows() == [
        ("m0", 8.0, 64.0, 2.0, "T4"),
        ("m1", 16.0, 32.0, 0.0, None),
        ("m2", 4.0, 128.0, 1.0, "A10"),
    ]
    assert trace.resources == ("cpu", "mem", "gpu")
    assert trace.models == ("A10", "T4")
    assert (trace.task_count, trace.machine_count, trace.span_s) == (3, 3, 15.0)
    assert trace.replayed == ("requests", "machines", "arrival times", "lifetimes")
    assert trace.assumed == ()


def test_the_schema_is_the_documented_one(canonical: Folder) -> None:
    trace = traces.read(canonical())
    assert trace.tasks.collect_schema() == {
        "id": pl.String,
        "job": pl.String,
        "submit": pl.Float64,
        "lifetime": pl.Float64,
        "cpu": pl.Float64,
        "mem": pl.Float64,
        "gpu": pl.Float64,
        "priority": pl.Int32,
        "models": pl.String,
        "max_per_machine": pl.Int32,
        "alive_at_start": pl.Boolean,
        "machine": pl.String,
        "requested": pl.Float64,
        "gang": pl.Boolean,
    }


def test_columns_left_out_take_their_defaults_and_are_said(canonical: Folder) -> None:
    folder = canonical({"machines.csv": "id,cpu\nm,4\n", "tasks.csv": "id,cpu\nx,1\ny,0.25\n"})
    trace = traces.read(folder)
    assert trace.tasks.drop("requested", "gang").collect().rows() == [
        ("x", "x", 0.0, None, 1.0, 0, None, None, False, None),
        ("y", "y", 0.0, None, 0.25, 0, None, None, False, None),
    ]
    assert trace.replayed == ("requests", "machines")
    assert trace.assumed == ("all tasks submitted at 0", "lifetimes unknown")
    assert trace.span_s == 0.0


def test_an_end_is_read_as_a_lifetime(canonical: Folder) -> None:
    folder = canonical({"tasks.csv": "id,submit,end,cpu,mem,gpu\nx,3,10,1,1,0\ny,4,,1,1,0\n"})
    assert traces.read(folder).tasks.collect()["lifetime"].to_list() == [7.0, None]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n\n",
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("a,j0", '"a","j0"'),
        lambda text: text.replace("16,0.5,0,", "1.6e1,0.5000,0.0,"),
        lambda text: text.replace("false", "FALSE").replace("true", "1"),
        lambda text: text.replace("T4|A10", "A10|T4|A10"),
    ],
    ids=["BOM", "CRLF", "blank end", "no last newline", "quotes", "exponent", "truths", "models"],
)
def test_the_way_of_writing_makes_no_difference(
    canonical: Folder, change: Callable[[str], str]
) -> None:
    folder = canonical()
    plain = traces.read(folder)
    table = folder / "tasks.csv"
    table.write_bytes(change(table.read_text()).encode())
    assert traces.read(folder).sha256 == plain.sha256


def test_quotes_and_commas_in_a_name_are_kept(canonical: Folder) -> None:
    folder = canonical({"tasks.csv": 'id,cpu,mem,gpu\n"a ""b"", c",1,1,0\nd,1,1,0\n'})
    assert traces.read(folder).tasks.collect()["id"].to_list() == ['a "b", c', "d"]


def test_gzip_parquet_and_csv_hold_the_same_trace(canonical: Folder, tmp_path: Path) -> None:
    folder = canonical()
    plain = traces.read(folder)
    table = folder / "tasks.csv"
    (folder / "tasks.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    table.unlink()
    assert traces.read(folder).sha256 == plain.sha256
    traces.write(plain, tmp_path / "copy")
    copy = traces.read(tmp_path / "copy")
    assert copy.sha256 == plain.sha256
    assert copy.tasks.collect().equals(plain.tasks.collect())
    assert copy.machines.collect().equals(plain.machines.collect())
    assert (copy.name, copy.span_s, copy.replayed) == (plain.name, plain.span_s, plain.replayed)


@pytest.mark.parametrize(
    ("old", "new"),
    [("a,j0,0,", "a,j0,1,"), ("T4|A10", "T4"), ("m0\n", "m1\n"), ("b,j0", "b,j1"), (",3,", ",4,")],
)
def test_any_other_content_has_another_hash(canonical: Folder, old: str, new: str) -> None:
    folder = canonical()
    plain = traces.read(folder)
    table = folder / "tasks.csv"
    table.write_text(table.read_text().replace(old, new, 1))
    assert traces.read(folder).sha256 != plain.sha256


def test_the_order_of_rows_is_part_of_the_hash(canonical: Folder) -> None:
    folder = canonical()
    plain = traces.read(folder)
    table = folder / "tasks.csv"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join((head, *reversed(rows))))
    assert traces.read(folder).sha256 != plain.sha256


def test_units_of_the_card_rule_what_is_a_whole_amount(canonical: Folder) -> None:
    folder = canonical(
        {
            "machines.csv": "id,cpu,mem\nm,1,1\n",
            "tasks.csv": "id,cpu,mem\nx,0.0123456789,0.1\n",
            "trace.json": json.dumps({"name": "normal", "units": {"cpu": 1e-9, "mem": 1e-9}}),
        }
    )
    with pytest.raises(traces.TraceError, match="whole multiple of 1e-09"):
        traces.read(folder)
    table = folder / "tasks.csv"
    table.write_text("id,cpu,mem\nx,0.012345679,0.1\n")
    trace = traces.read(folder)
    assert trace.tasks.collect().row(0)[4:6] == (0.012345679, 0.1)
    assert (trace.name, trace.units) == ("normal", {"cpu": 1e-9, "mem": 1e-9})


def test_nothing_is_written_over_and_nothing_is_left_half_made(
    canonical: Folder, tmp_path: Path
) -> None:
    trace = traces.read(canonical())
    with pytest.raises(traces.TraceError, match="expected a new or empty folder"):
        traces.write(trace, tmp_path / "trace")
    bad = trace.tasks.with_columns(pl.col("id").str.to_integer())
    with pytest.raises(pl.exceptions.PolarsError):
        traces.write(traces.Trace(**{**vars(trace), "tasks": bad}), tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["trace"]


def test_rows_that_cross_blocks_keep_their_numbers(
    canonical: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traces.csvfile.BLOCK_BYTES", 100)
    rows = [f"task-{number},1,2,0" for number in range(200)]
    folder = canonical({"tasks.csv": "\n".join(["id,cpu,mem,gpu", *rows])})
    small = traces.read(folder)
    assert small.tasks.collect()["id"].to_list() == [row.split(",")[0] for row in rows]
    monkeypatch.undo()
    assert traces.read(folder).sha256 == small.sha256
    monkeypatch.setattr("traces.csvfile.BLOCK_BYTES", 100)
    rows[150] = "task-150,one,2,0"
    (folder / "tasks.csv").write_text("\n".join(["id,cpu,mem,gpu", *rows]))
    with pytest.raises(traces.TraceError, match="row 152, field cpu: found 'one'"):
        traces.read(folder)
