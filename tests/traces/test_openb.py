"""openb's lists, hand-written ones to the field and the real ones to the total."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import traces

NODES = """\
sn,cpu_milli,memory_mib,gpu,model
n0,64000,262144,2,P100
n1,32000,131072,0,
n2,96000,393216,8,G2
"""
PODS = """\
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,12000,16384,1,1000,,LS,Running,0,12537496,0
p1,6000,12288,1,460,P100|V100M16,LS,Running,427061,427061,427061
p2,500,0,0,0,,BE,Pending,10,20,
p3,88000,327680,8,1000,G2,LS,Failed,5,7,6
"""
TIMELESS = """\
name,cpu_milli,memory_mib,num_gpu,gpu_milli
p0,12000,16384,1,1000
"""


@pytest.fixture
def openb(tmp_path: Path) -> Callable[[str, str], traces.Trace]:
    def load(pods: str = PODS, nodes: str = NODES) -> traces.Trace:
        (tmp_path / "pods.csv").write_text(pods)
        (tmp_path / "nodes.csv").write_text(nodes)
        return traces.load("openb", nodes=tmp_path / "nodes.csv", tasks=tmp_path / "pods.csv")

    return load


Openb = Callable[..., traces.Trace]


def test_units_shares_models_and_times_are_converted_exactly(openb: Openb) -> None:
    trace = openb()
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "gpu", "models"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("p0", "p0", 0.0, 12537496.0, 12.0, 16.0, 1.0, None),
        ("p1", "p1", 427061.0, 0.0, 6.0, 12.0, 0.46, "P100|V100M16"),
        ("p2", "p2", 10.0, 10.0, 0.5, 0.0, 0.0, None),
        ("p3", "p3", 5.0, 2.0, 88.0, 320.0, 8.0, "G2"),
    ]
    assert trace.machines.drop("rack").collect().rows() == [
        ("n0", 64.0, 256.0, 2.0, "P100"),
        ("n1", 32.0, 128.0, 0.0, None),
        ("n2", 96.0, 384.0, 8.0, "G2"),
    ]
    assert trace.units == {"cpu": 0.001, "mem": 1 / 1024, "gpu": 0.001}
    assert trace.replayed == ("requests", "machines", "arrival times", "lifetimes")


def test_a_list_without_times_says_what_is_assumed(openb: Openb) -> None:
    trace = openb(TIMELESS)
    assert trace.tasks.select("submit", "lifetime").collect().rows() == [(0.0, None)]
    assert trace.replayed == ("requests", "machines")
    assert any("lifetimes unknown" in text for text in trace.assumed)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("6000,", "-6000,", "pods.csv: row 3, field cpu_milli: found -6000, expected 0 or more"),
        ("6000,", "6e3,", "row 3, field cpu_milli: found '6e3', expected a whole number"),
        ("1,460", "2,460", "row 3, field gpu_milli: found 460, expected 1000 where num_gpu is"),
        ("1,460", "1,0", "row 3, field gpu_milli: found 0, expected 1 to 1000 where num_gpu is 1"),
        ("1,460", "1,1460", "row 3, field gpu_milli: found 1460, expected 0 to 1000"),
        ("1,460", "0,460", "row 3, field gpu_milli: found 460, expected 0 where num_gpu is 0"),
        ("1,460", "-1,460", "row 3, field num_gpu: found -1, expected 0 or more"),
        ("427061,427061", "427061,427060", "field deletion_time: found 427060, expected no earl"),
        ("427061,427061", ",427061", "row 3, field creation_time: found a blank, expected a numb"),
        ("427061,427061", "-1,427061", "field creation_time: found -1, expected 0 or more"),
        ("P100|V100M16", "H100", "row 3, field gpu_spec: found 'H100', expected a model of the"),
        ("6000,", "97000,", "row 3, field cpu_milli: found 97000, expected at most 96000, the"),
        ("12288", "393217", "row 3, field memory_mib: found 393217, expected at most 393216, the"),
        ("8,1000", "9,1000", "row 5, field num_gpu: found 9, expected at most 8, the largest"),
        ("p1,", "p0,", "row 3, field name: found 'p0' again (first in row 2), expected each id"),
        ("num_gpu", "gpus", "row 1, field num_gpu: found no such column among name, cpu_milli"),
    ],
)
def test_errors_speak_of_the_files_own_columns_and_units(
    openb: Openb, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        openb(PODS.replace(old, new, 1))
    assert said in str(caught.value)


def test_a_pod_whose_models_are_too_small_for_it_is_kept_and_counted(openb: Openb) -> None:
    pods = PODS.replace("88000,327680,8,1000,G2", "96000,65536,1,1000,P100")
    assert openb(pods).unplaceable == 1


def test_files_that_are_nowhere_say_where_they_were_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSTRAND_DATA", str(tmp_path))
    with pytest.raises(traces.TraceError, match="set UNSTRAND_DATA to the folder that holds open"):
        traces.load("openb")


REAL = {
    "default": (8152, 85436.012, 6086.8, 12902960.0, 0),
    "cpu050": (7439, None, None, 12902960.0, 0),
    "gpushare40": (8152, None, None, 12902960.0, 0),
    "gpuspec10": (8152, 85436.012, 6086.8, 12902960.0, 2),
    "multigpu20": (8324, 95171.812, 7086.8, 0.0, 0),
}


@pytest.mark.openb
@pytest.mark.parametrize("name", REAL)
def test_the_real_lists_have_their_known_totals(real_data: Path, name: str) -> None:
    pods, cores, gpus, span, unplaceable = REAL[name]
    trace = traces.load("openb", path=real_data / "openb", tasks=f"openb_pod_list_{name}.csv")
    assert (trace.task_count, trace.machine_count) == (pods, 1213)
    assert (trace.span_s, trace.unplaceable) == (span, unplaceable)
    assert trace.models == ("A10", "G2", "G3", "P100", "T4", "V100M16", "V100M32")
    assert trace.machines.select("cpu", "mem", "gpu").sum().collect().row(0) == (
        107018.0,
        492020.0,
        6212.0,
    )
    totals = trace.tasks.select("cpu", "gpu").sum().collect().row(0)
    if cores is not None:
        assert totals == pytest.approx((cores, gpus))


@pytest.mark.openb
def test_the_real_default_list_row_by_row_where_checked_by_hand(real_data: Path) -> None:
    trace = traces.load("openb", path=real_data / "openb")
    first = trace.tasks.select("id", "submit", "lifetime", "cpu", "mem", "gpu").head(2).collect()
    assert first.rows() == [
        ("openb-pod-0000", 0.0, 12537496.0, 12.0, 16.0, 1.0),
        ("openb-pod-0001", 427061.0, 12475899.0, 6.0, 12.0, 0.46),
    ]
    assert trace.tasks.filter(pl.col("mem") == 0).collect().height == 1
    assert trace.tasks.filter(pl.col("lifetime") == 0).collect().height == 1
    everyone = traces.load("openb", path=real_data / "openb", nodes="openb_node_list_all_node.csv")
    assert everyone.machine_count == 1523
    assert everyone.sha256 != trace.sha256
