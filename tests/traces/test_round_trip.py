"""Whatever is written comes back; whatever is read is a Trace or one TraceError."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share

SETTINGS = settings(max_examples=share(30), deadline=None)
MACHINES = pl.DataFrame(
    {
        "id": ["m0", "m1"],
        "cpu": [64.0, 8.0],
        "mem": [512.0, 16.0],
        "gpu": [8.0, 0.0],
        "model": ["T4", None],
    }
)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)
TASKS = st.fixed_dictionaries(
    {
        "job": NAMES,
        "submit": st.integers(0, 10**12).map(lambda ms: ms / 1000),
        "lifetime": st.none() | st.integers(0, 10**12).map(lambda ms: ms / 1000),
        "cpu": st.integers(0, 64_000).map(lambda milli: milli / 1000),
        "mem": st.integers(0, 512 * 1024).map(lambda mib: mib / 1024),
        "gpu": st.integers(0, 999).map(lambda milli: milli / 1000) | st.sampled_from([1.0, 8.0]),
        "priority": st.integers(-(2**31) + 1, 2**31 - 1),
        "models": st.sampled_from([None, "T4", "A10|T4"]),
        "max_per_machine": st.none() | st.integers(1, 2**31 - 1),
        "alive_at_start": st.booleans(),
        "machine": st.sampled_from([None, "m0", "m1"]),
    }
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@SETTINGS
@given(rows=st.lists(TASKS, min_size=1, max_size=12), names=st.sets(NAMES, min_size=12))
def test_what_is_written_comes_back_with_the_same_hash(
    rows: list[dict[str, object]], names: set[str]
) -> None:
    frame = pl.DataFrame(
        [{"id": name, **row} for name, row in zip(sorted(names), rows, strict=False)],
        schema_overrides={"lifetime": pl.Float64, "models": pl.String, "machine": pl.String},
        infer_schema_length=None,
    )
    with tempfile.TemporaryDirectory() as name:
        source, copy = Path(name, "source"), Path(name, "copy")
        source.mkdir()
        frame.write_csv(source / "tasks.csv", quote_style="always")
        MACHINES.write_csv(source / "machines.csv")
        first = traces.read(source)
        traces.write(first, copy)
        again = traces.read(copy)
        assert again.sha256 == first.sha256
        assert again.tasks.collect().equals(first.tasks.collect())
        assert again.span_s == first.span_s
        assert first.tasks.collect()["cpu"].equals(frame["cpu"])
        assert first.tasks.collect()["mem"].equals(frame["mem"])


def _whole() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        trace = traces.load("synthetic", tasks=40, machines=20)
        traces.write(trace, Path(name, "trace"))
        files = {item.name: item.read_bytes() for item in Path(name, "trace").iterdir()}
    files["tasks.csv"] = trace.tasks.collect().write_csv().encode()
    files["tasks.csv.gz"] = gzip.compress(files["tasks.csv"], mtime=0)
    return files


FILES = _whole()
EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3), st.integers(0, 3))


@pytest.mark.parametrize("table", ["tasks.csv", "tasks.csv.gz", "tasks.parquet"])
@SETTINGS
@given(edits=st.lists(EDIT, min_size=1, max_size=4), cut=st.none() | st.floats(0, 1))
def test_a_mutated_table_reads_or_raises_trace_error(
    folder: Path, table: str, edits: list[tuple[float, bytes, int]], cut: float | None
) -> None:
    data = _mutated(FILES[table], edits, cut)
    for name in ("tasks.csv", "tasks.csv.gz", "tasks.parquet"):
        (folder / name).unlink(missing_ok=True)
    (folder / table).write_bytes(data)
    (folder / "machines.parquet").write_bytes(FILES["machines.parquet"])
    _read(folder)


@SETTINGS
@given(edits=st.lists(EDIT, min_size=1, max_size=4), cut=st.none() | st.floats(0, 1))
def test_a_mutated_card_reads_or_raises_trace_error(
    folder: Path, edits: list[tuple[float, bytes, int]], cut: float | None
) -> None:
    for name in ("tasks.csv", "tasks.csv.gz"):
        (folder / name).unlink(missing_ok=True)
    for name in ("tasks.parquet", "machines.parquet"):
        (folder / name).write_bytes(FILES[name])
    (folder / "trace.json").write_bytes(_mutated(FILES["trace.json"], edits, cut))
    try:
        _read(folder)
    finally:
        (folder / "trace.json").unlink()


def _mutated(data: bytes, edits: list[tuple[float, bytes, int]], cut: float | None) -> bytes:
    for place, fresh, gone in edits:
        at = int(place * len(data))
        data = data[:at] + fresh + data[at + gone :]
    return data if cut is None else data[: int(cut * len(data))]


def _read(folder: Path) -> None:
    with contextlib.suppress(traces.TraceError):
        trace = traces.read(folder)
        assert trace.tasks.collect().height == trace.task_count


def test_a_trace_without_machines_comes_back_with_its_units_and_advice(tmp_path: Path) -> None:
    (tmp_path / "vmtable.csv").write_text("v0,s,d0,0,9,,,,Unknown,8,1.75\nv1,s,d0,5,20,,,,,1,56\n")
    trace = traces.load("azure_v1", path=tmp_path)
    traces.write(trace, tmp_path / "copy")
    copy = traces.read(tmp_path / "copy")
    assert copy.tasks.collect().equals(trace.tasks.collect())
    for field in ("sha256", "advice", "units", "resources", "replayed", "assumed", "span_s"):
        assert getattr(copy, field) == getattr(trace, field)
    assert (copy.machine_count, copy.unplaceable) == (0, 0)
