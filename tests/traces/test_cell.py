"""A cell of the user's own gives a trace machines, in place of none or of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import traces

Folder = Callable[..., Path]
MACHINELESS = {
    "machines.csv": "id,cpu,mem,gpu,model\n",
    "tasks.csv": "id,job,submit,lifetime,cpu,mem,gpu,models\n"
    "a,j,0,10,1,2,0.5,\nb,j,1,,4,8,0,\nc,k,2,5,16,2,1,A10\n",
}
CELL: list[dict[str, Any]] = [
    {"count": 2, "cpu": 4, "mem": 8, "gpu": 1, "model": "T4"},
    {"count": 1, "cpu": 8, "mem": 4},
]


def test_a_folder_without_machines_is_a_trace_that_nothing_is_checked_against(
    canonical: Folder,
) -> None:
    trace = traces.read(canonical(MACHINELESS))
    assert (trace.task_count, trace.machine_count, trace.models) == (3, 0, ())
    assert trace.resources == ("cpu", "mem", "gpu")
    assert trace.replayed == ("requests", "arrival times", "lifetimes")
    assert (trace.unplaceable, trace.recorded) == (0, False)


def test_machines_come_in_order_and_tasks_that_fit_none_are_counted(canonical: Folder) -> None:
    bare = traces.read(canonical(MACHINELESS))
    trace = traces.furnish(bare, CELL)
    assert trace.machines.drop("rack").collect().rows() == [
        ("m00001", 4.0, 8.0, 1.0, "T4"),
        ("m00002", 4.0, 8.0, 1.0, "T4"),
        ("m00003", 8.0, 4.0, 0.0, None),
    ]
    assert (trace.machine_count, trace.models) == (3, ("T4",))
    # c is larger than every machine, and of a model that none has.
    assert trace.unplaceable == 1
    assert trace.assumed[-1] == "machines: 2 × cpu 4 mem 8 gpu 1 T4, 1 × cpu 8 mem 4"
    assert trace.tasks.collect().equals(bare.tasks.collect())
    assert trace.sha256 != bare.sha256
    assert trace.sha256 == traces.furnish(bare, CELL).sha256
    assert trace.sha256 != traces.furnish(bare, CELL[::-1]).sha256


def test_a_furnished_trace_survives_being_written(canonical: Folder, tmp_path: Path) -> None:
    trace = traces.furnish(traces.read(canonical(MACHINELESS)), CELL)
    traces.write(trace, tmp_path / "copy")
    copy = traces.read(tmp_path / "copy")
    assert (copy.sha256, copy.unplaceable) == (trace.sha256, 1)
    assert copy.assumed == trace.assumed


def test_a_cell_in_place_of_machines_forgets_where_tasks_ran(canonical: Folder) -> None:
    own = traces.read(canonical())
    assert own.recorded
    trace = traces.furnish(own, [{"count": 1, "cpu": 64, "mem": 64, "gpu": 4, "model": "T4"}])
    assert not trace.recorded
    assert trace.tasks.collect()["machine"].to_list() == [None] * 3
    assert "machines" not in trace.replayed
    assert (trace.machine_count, trace.unplaceable) == (1, 0)


def test_advice_and_snapshot_are_kept_in_a_folder(canonical: Folder, tmp_path: Path) -> None:
    folder = canonical(
        {
            "tasks.csv": "id,submit,cpu,mem,gpu,alive_at_start,machine\na,-60,1,2,0,true,m0\n",
            "trace.json": '{"snapshot": true, "advice": {"weights": {"gpu": 1}, "history_h": 48}}',
        }
    )
    trace = traces.read(folder)
    assert (trace.snapshot, trace.recorded) == (True, True)
    assert trace.advice == traces.Advice(weights={"gpu": 1}, history_h=48)
    traces.write(trace, tmp_path / "copy")
    copy = traces.read(tmp_path / "copy")
    assert (copy.advice, copy.snapshot) == (trace.advice, True)


def test_traces_without_advice_take_the_defaults(canonical: Folder) -> None:
    assert traces.read(canonical()).advice == traces.Advice()


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ([], "field cell: found no kind of machine, expected at least one"),
        (["m"], "field cell[0]: found 'm', expected count, cpu, mem, gpu, model"),
        (
            [{"cpu": 4}],
            "field cell[0].count: found none, expected a whole number of machines from 1 to "
            "1000000",
        ),
        (
            [{"count": 1.5, "cpu": 4}],
            "field cell[0].count: found 1.5, expected a whole number of machines from 1 to 1000000",
        ),
        (
            [{"count": 1, "cpu": 4}, {"count": 0}],
            "field cell[1].count: found 0, expected a whole number of machines from 1 to 1000000",
        ),
        (
            [{"count": 1, "cpus": 4}],
            "field cell[0].cpus: found a resource that the trace does not have, expected only "
            "count, cpu, mem, gpu, model (did you mean cpu?)",
        ),
        ([{"count": 1, "cpu": "4"}], "field cell[0].cpu: found '4', expected a number"),
        ([{"count": 1, "cpu": True}], "field cell[0].cpu: found True, expected a number"),
        ([{"count": 1, "cpu": -4}], "field cell[0].cpu: found -4, expected 0 or more"),
        (
            [{"count": 1, "cpu": float("nan")}],
            "field cell[0].cpu: found nan, expected a number",
        ),
        (
            [{"count": 1, "cpu": 0.0001}],
            "field cell[0].cpu: found 0.0001, expected a whole multiple of 1/1000 (units in "
            "trace.json)",
        ),
        (
            [{"count": 1, "gpu": 1.5}],
            "field cell[0].gpu: found 1.5, expected a whole number of devices",
        ),
        (
            [{"count": 1, "model": 7}],
            "field cell[0].model: found 7, expected a model's name, or none",
        ),
        (
            [{"count": 1, "model": "A|B"}],
            "field cell[0].model: found 'A|B', expected one model's name",
        ),
        (
            [{"count": 600_000, "cpu": 1}] * 2,
            "field cell: found 1200000 machines, expected at most 1000000",
        ),
    ],
)
def test_a_cell_that_can_not_be_is_told_by_its_field(
    cell: Sequence[Mapping[str, Any]], line: str, canonical: Folder
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        traces.furnish(traces.read(canonical(MACHINELESS)), cell)
    assert str(caught.value) == line


def test_what_no_task_asks_for_may_be_named_as_nothing(canonical: Folder) -> None:
    trace = traces.furnish(traces.read(canonical(MACHINELESS)), [{"count": 1, "cpu": 1, "tpu": 0}])
    assert trace.machines.collect().columns == ["id", "cpu", "mem", "gpu", "model", "rack"]


def test_many_machines_have_distinct_names(canonical: Folder) -> None:
    trace = traces.furnish(traces.read(canonical(MACHINELESS)), [{"count": 100_001, "cpu": 1}])
    ids = trace.machines.select(pl.col("id")).collect()["id"]
    assert (ids.n_unique(), ids[0], ids[-1]) == (100_001, "m000001", "m100001")
