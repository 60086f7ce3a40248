"""sacct's table with every trap of Slurm's documentation: what each line becomes."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from tests.traces.slurm.tables import HEAD, JOBS, NODES, Load
from traces.slurm import ranges

SUBMIT = "2024-03-01T08:00:00"


def row(
    job: str = "1",
    start: str = "2024-03-01T08:00:00",
    end: str = "2024-03-01T09:00:00",
    state: str = "COMPLETED",
    asks: str = "2|2G|cpu=2,mem=2G,node=1|1|batch",
    submit: str = SUBMIT,
) -> str:
    return f"{job}|{submit}|{start}|{end}|{state}|{asks}\n"


def tasks(trace: traces.Trace, *columns: str) -> list[tuple[object, ...]]:
    return trace.tasks.select(columns).collect().rows()


def test_every_line_becomes_what_it_stands_for(load: Load) -> None:
    trace = load()
    columns = ("id", "job", "submit", "lifetime", "cpu", "mem", "gpu", "models")
    assert tasks(trace, *columns) == [
        # The job alone, not its steps; it waited 5 s and ran an hour.
        ("101", "101", 0.0, 3600.0, 4.0, 16.0, 0.0, "batch"),
        # 4Gc: 4 GiB for each of 4 cores.
        ("102", "102", 60.0, 600.0, 4.0, 16.0, 0.0, "batch"),
        # 16Gn on three nodes: 16 GiB on each; ten cores are 4, 3 and 3.
        ("103/1", "103", 120.0, 60.0, 4.0, 16.0, 0.0, "batch"),
        ("103/2", "103", 120.0, 60.0, 3.0, 16.0, 0.0, "batch"),
        ("103/3", "103", 120.0, 60.0, 3.0, 16.0, 0.0, "batch"),
        # Array tasks are jobs; one still runs, and those that wait are left out.
        ("104_1", "104_1", 180.0, 600.0, 1.0, 500 / 1024, 0.0, "batch"),
        ("104_2", "104_2", 180.0, None, 1.0, 500 / 1024, 0.0, "batch"),
        # The components of a heterogeneous job are tasks of one job.
        ("105+0", "105", 240.0, 60.0, 2.0, 1.0, 0.0, "batch"),
        ("105+1", "105", 240.0, 60.0, 8.0, 8.0, 2.0, "a100|v100"),
        # 106 was cancelled before it started; 107 ran for 90 s first.
        ("107", "107", 360.0, 90.0, 2.0, 1.0, 0.0, "batch"),
        # A requeued job ran twice; gres/gpu=2 counts what gres/gpu:a100=2 names.
        ("108", "108", 420.0, 150.0, 8.0, 32.0, 2.0, "a100"),
        ("109/1", "109", 480.0, None, 8.0, 0.0, 2.0, "a100|v100"),
        ("109/2", "109", 480.0, None, 8.0, 0.0, 2.0, "a100|v100"),
        ("108#2", "108#2", 600.0, 3600.0, 8.0, 32.0, 2.0, "a100"),
    ]
    assert trace.dropped == {
        "step of a job": 4,
        "PENDING, so how long it runs is not known": 2,
        "CANCELLED, never started": 1,
    }
    assert trace.assumed == (
        "local times as they stand",
        "the trace begins with the first submit (trace.start=TIME says when sacct began)",
        "further runs of requeued jobs: 1 (each a job of its own)",
        "2 jobs of several nodes: 5 tasks of equal shares",
        "not counted: gres/shard (1 job), license/matlab (1 job)",
        "no memory asked for (0 may stand for all of a node's): 1 job",
        "nodes left out as they can run nothing: 1 DOWN, 1 DRAINED",
    )
    assert trace.advice == traces.Advice(together=True)
    survey = traces.check(trace)
    assert (survey.rows, survey.lifetimes_unknown, survey.unplaceable) == (18, 3, 0)


def test_nodes_are_what_jobs_can_get(load: Load) -> None:
    assert load().machines.drop("rack").collect().rows() == [
        ("c1", 32.0, 125.0, 0.0, "batch"),
        ("c2", 30.0, (128000 - 4096) / 1024, 0.0, "batch"),  # CPUEfctv, without MemSpecLimit
        ("g1", 64.0, 500.0, 4.0, "a100"),
        ("g2", 64.0, 250.0, 4.0, "v100"),  # drains, and runs what it has
        ("g3", 64.0, 500.0, 8.0, "a100"),  # no Gres, so by CfgTRES: 8 in all
    ]


def test_jobs_that_wait_are_kept_where_it_is_asked(load: Load) -> None:
    trace = load(pending=True)
    waiting = trace.tasks.filter(pl.col("id").str.contains(r"^(104_[3-9]|110)$")).collect()
    assert waiting["id"].to_list() == [*(f"104_{n}" for n in range(3, 10)), "110"]
    assert waiting["lifetime"].null_count() == 8
    assert waiting["submit"].to_list() == [180.0] * 7 + [1200.0]
    assert "waiting at the end (for how long they run is not known): 8 jobs" in trace.assumed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1-9%2]", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("[5]", [5]),
        ("[0-8:4,11]", [0, 4, 8, 11]),
        ("[1,3,5-7%1]", [1, 3, 5, 6, 7]),
        ("[1-3,...]", [1, 2, 3]),
        ("[]", None),
        ("[1-]", None),
        ("[9-1]", None),
        ("[1-5:0]", None),
        ("[0-9999999999]", None),
    ],
)
def test_array_ranges(text: str, found: list[int] | None) -> None:
    indices = ranges.indices(text)
    assert (None if indices is None else list(indices)) == found


@pytest.mark.parametrize(
    ("asks", "cpu", "mem"),
    [
        ("4|16G||1|batch", 4, 16.0),
        ("4|4000M||1|batch", 4, 4000 / 1024),
        ("4|4000||1|batch", 4, 4000 / 1024),
        ("4|4Gc||1|batch", 4, 16.0),
        ("4|16Gn||1|batch", 4, 16.0),
        ("4|2T||1|batch", 4, 2048.0),
        ("4|1536K||1|batch", 4, 2 / 1024),
        ("4|1.50Gn||1|batch", 4, 1.5),
        ("4|1.21G||1|batch", 4, 1240 / 1024),
        ("4|0n||1|batch", 4, 0.0),
        ("4|||1|batch", 4, 0.0),
        ("4|99G|cpu=8,mem=16G|1|batch", 8, 16.0),
        ("|16G|cpu=8|1|batch", 8, 16.0),
        ("0|16G||0|batch", 1, 16.0),
    ],
)
def test_cores_and_memory_in_every_version_s_words(
    load: Load, asks: str, cpu: int, mem: float
) -> None:
    trace = load(f"{HEAD}\n" + row(asks=asks), nodes=None)
    assert tasks(trace, "cpu", "mem") == [(float(cpu), mem)]


@pytest.mark.parametrize(
    ("tres", "gpus"),
    [
        ("cpu=1,gres/gpu=2", 2.0),
        ("gres/gpu:a100=2,cpu=1", 2.0),
        ("cpu=1,gres/gpu=2,gres/gpu:a100=2", 2.0),
        ("cpu=1,gres/gpu:a100=1,gres/gpu:v100=2", 3.0),
        ("cpu=1,gres/gpu=16,gres/gpu:b200=4", 16.0),
    ],
)
def test_gpus_are_counted_once(load: Load, tres: str, gpus: float) -> None:
    trace = load(f"{HEAD}\n" + row(asks=f"1|1G|{tres}|1|gpu"), nodes=None)
    assert tasks(trace, "gpu") == [(gpus,)]


@given(
    cpu=st.integers(1, 200),
    mem=st.integers(0, 10**6),
    gpu=st.integers(0, 64),
    nodes=st.integers(1, 40),
)
def test_shares_of_a_job_add_up_and_differ_by_one_unit(
    cpu: int, mem: int, gpu: int, nodes: int
) -> None:
    from traces.rows import Rows
    from traces.slurm import spread

    job = {"id": ["1"], "nodes": [nodes], "cpu": [cpu], "mem": [mem], "gpu": [gpu], "node": ["n"]}
    frame = spread.over_nodes(Rows("jobs", 2, pl.DataFrame(job))).frame
    assert frame.height == nodes
    for name, whole in (("cpu", cpu), ("mem", mem), ("gpu", gpu)):
        assert frame[name].sum() == whole
        assert frame[name].max() - frame[name].min() <= 1  # type: ignore[operator]


def test_columns_come_in_any_order_with_others_between_and_with_a_last_separator(
    load: Load,
) -> None:
    lines = [line.split("|") for line in JOBS.splitlines()]
    order = [9, 4, 0, 8, 3, 2, 1, 7, 5, 6]
    shuffled = "".join(
        "|".join([*(line[n] for n in order[:4]), 'a "b', *(line[n] for n in order[4:]), ""]) + "\n"
        for line in [[*lines[0]], *lines[1:]]
    ).replace('a "b', "JobName", 1)
    assert load(shuffled).sha256 == load().sha256


def test_a_gzipped_table_and_path_for_tasks_are_the_same(load: Load, tmp_path: Path) -> None:
    trace = load()
    (tmp_path / "jobs.txt.gz").write_bytes(gzip.compress(JOBS.encode()))
    (tmp_path / "packed").write_bytes(gzip.compress(NODES.encode()))
    again = traces.load("slurm", path=tmp_path / "jobs.txt.gz", nodes=tmp_path / "packed")
    assert again.sha256 == trace.sha256


def test_times_may_be_seconds_since_1970(load: Load) -> None:
    """As SLURM_TIME_FORMAT=%s prints them."""
    table = f"{HEAD}\n" + row(
        submit="1709280000", start="1709280060", end="1709283660", state="COMPLETED"
    )
    table += row("2", submit="2024-03-01T08:00:30", start="1709280060", end="Unknown")
    assert tasks(load(table, nodes=None), "id", "submit", "lifetime") == [
        ("1", 0.0, 3600.0),
        ("2", 30.0, None),
    ]


def test_the_trace_begins_where_it_is_told(load: Load) -> None:
    table = f"{HEAD}\n"
    table += row("1", "2024-02-01T08:00:00", "2024-02-20T00:00:00", submit="2024-02-01T08:00:00")
    table += row("2", "2024-02-10T00:00:00", "2024-03-02T00:00:00", submit="2024-02-09T00:00:00")
    table += row("3", "2024-03-01T01:00:00", "2024-03-01T02:00:00", submit="2024-02-29T00:00:00")
    table += row("4", "2024-03-01T03:00:00", "Unknown", "RUNNING", submit="2024-03-01T02:30:00")
    trace = load(table, nodes=None, start="2024-03-01")
    assert tasks(trace, "id", "submit", "lifetime", "alive_at_start") == [
        ("2", -20 * 86400.0, 21 * 86400.0, True),
        ("3", 0.0, 3600.0, False),
        ("4", 9000.0, None, False),
    ]
    assert trace.dropped == {"ended before the start": 1}
    assert tasks(load(table, nodes=None), "id", "submit")[0] == ("1", 0.0)


def test_an_end_an_hour_early_is_a_clock_set_back(load: Load) -> None:
    table = f"{HEAD}\n" + row(
        submit="2024-10-27T02:40:00", start="2024-10-27T02:50:00", end="2024-10-27T02:10:00"
    )
    trace = load(table, nodes=None)
    assert tasks(trace, "lifetime") == [(1200.0,)]
    assert "ends an hour later where clocks were set back: 1 job" in trace.assumed


def test_rows_of_one_run_are_one_job_and_that_which_knows_its_end(load: Load) -> None:
    """As where tables of two days are put together."""
    table = f"{HEAD}\n"
    table += row("1", end="Unknown", state="RUNNING") + row("2") + row("1") + row("2")
    trace = load(table, nodes=None)
    assert tasks(trace, "id", "lifetime") == [("1", 3600.0), ("2", 3600.0)]
    assert trace.dropped == {"the same run again": 2}


def test_where_a_job_ran_is_kept_for_one_node(load: Load) -> None:
    table = f"{HEAD}|NodeList\n"
    table += row("1").replace("batch\n", "batch|c2\n")
    table += row("2", asks="4|2G||2|batch|c[1-2]")
    table += row("3", asks="1|2G||1|batch|gone") + row("4", asks="1|2G||1|batch|None assigned")
    trace = load(table)
    assert tasks(trace, "id", "machine") == [
        ("1", "c2"),
        ("2/1", None),
        ("2/2", None),
        ("3", None),
        ("4", None),
    ]
    assert trace.recorded
    assert "placements" in trace.replayed


def test_partitions_and_named_gpus_say_which_nodes(load: Load) -> None:
    table = f"{HEAD}\n"
    table += row("1", asks="1|1G||1|long") + row("2", asks="1|1G||1|batch,gpu")
    table += (
        row("3", asks="1|1G|gres/gpu:v100=1|1|gpu")
        + row("4", asks="1|1G||1|")
        + row("5", asks="1|1G||1|closed")
    )
    trace = load(table)
    machines = dict(trace.machines.select("id", "model").collect().rows())
    may = {}
    for task, models in tasks(trace, "id", "models"):
        some = machines if models is None else str(models).split("|")
        may[task] = [n for n, model in machines.items() if models is None or model in some]
    assert may == {
        "1": ["c1", "g3"],
        "2": ["c1", "c2", "g1", "g2", "g3"],
        "3": ["g2"],
        "4": ["c1", "c2", "g1", "g2", "g3"],
        "5": [],
    }
    assert trace.unplaceable == 1
    assert "jobs that no node is for (by partition or GPU): those of closed" in trace.assumed


def test_without_nodes_a_cell_is_taken(load: Load) -> None:
    trace = load(nodes=None)
    assert (trace.machine_count, trace.models) == (0, ())
    furnished = traces.furnish(trace, [{"count": 3, "cpu": 64, "mem": 256, "gpu": 4}])
    assert (furnished.machine_count, furnished.unplaceable) == (3, 0)


def test_it_is_the_same_trace_as_a_canonical_folder(load: Load, tmp_path: Path) -> None:
    trace = load()
    traces.write(trace, tmp_path / "kept")
    assert traces.read(tmp_path / "kept").sha256 == trace.sha256


def test_an_array_that_was_over_before_the_start_is_one_row(load: Load) -> None:
    early = "2024-02-28T08:00:00"
    array = row("7_[1-3]", start="Unknown", end=early, state="PENDING", submit=early)
    trace = load(f"{HEAD}\n{row()}{array}", None, pending=True, start="2024-03-01")
    assert trace.dropped == {"ended before the start": 1}
    assert trace.rows == trace.task_count + sum(trace.dropped.values()) == 2
