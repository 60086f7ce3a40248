"""Azure's table of VMs: deployments, ages cut at the window, gigabytes exactly."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import traces

VMS = """\
vm0,s0,d0,0,553,99.1,1.5,40.2,Delay-insensitive,8,14
vm1,s0,d0,0,900,,,,Unknown,1,0.75
vm2,s1,d1,300,86400,,,,Interactive,2,3.5
vm3,s1,d2,300,86100,,,,Unknown,1,1.75
"""
RealFile = Callable[[str], Path]


@pytest.fixture
def azure(tmp_path: Path) -> Callable[..., traces.Trace]:
    def load(vms: str = VMS) -> traces.Trace:
        (tmp_path / "vmtable.csv").write_text(vms)
        return traces.load("azure_v1", path=tmp_path / "vmtable.csv")

    return load


Azure = Callable[..., traces.Trace]


def test_vms_are_tasks_of_their_deployments_and_one_alive_at_the_end_has_no_lifetime(
    azure: Azure,
) -> None:
    trace = azure()
    columns = ["id", "job", "submit", "lifetime", "cpu", "mem", "alive_at_start"]
    assert trace.tasks.select(columns).collect().rows() == [
        ("vm0", "d0", 0.0, 553.0, 8.0, 14.0, False),
        ("vm1", "d0", 0.0, 900.0, 1.0, 0.75, False),
        ("vm2", "d1", 300.0, None, 2.0, 3.5, False),
        ("vm3", "d2", 300.0, 85800.0, 1.0, 1.75, False),
    ]
    assert (trace.machine_count, trace.resources, trace.span_s) == (0, ("cpu", "mem"), 86100.0)
    assert trace.advice == traces.Advice(together=True, history_h=48.0)
    assert trace.assumed == ("VMs deleted at the window's end were alive then",)


def test_a_gzipped_table_in_a_folder_is_the_same_trace(azure: Azure, tmp_path: Path) -> None:
    plain = azure()
    (tmp_path / "vmtable.csv").rename(tmp_path / "other.csv")
    (tmp_path / "vmtable.csv.gz").write_bytes(gzip.compress(VMS.encode()))
    assert traces.load("azure_v1", path=tmp_path).sha256 == plain.sha256


def test_open_buckets_of_v2_are_what_azures_analysis_takes_and_are_counted(azure: Azure) -> None:
    trace = azure(VMS.replace("8,14\n", ">24,>64\n"))
    assert trace.tasks.select("cpu", "mem").collect().row(0) == (30.0, 70.0)
    assert trace.assumed[-1] == (
        "2 open buckets: >24 cores are 30, >64 GB are 70, as in Azure's own analysis"
    )


def test_a_crowd_at_the_start_was_there_before(azure: Azure) -> None:
    crowd = "".join(f"c{i},s,d{i},0,1000,,,,Unknown,1,1.75\n" for i in range(200))
    later = "".join(f"l{i},s,e{i},{300 * (i + 1)},99000,,,,Unknown,1,1.75\n" for i in range(100))
    trace = azure(crowd + later)
    assert trace.tasks.select(pl.col("alive_at_start").sum()).collect().item() == 200
    assert trace.assumed[0] == "VMs created at 0 were there before, for how long is not known"


def test_every_size_of_a_gigabyte_that_azure_sells_is_exact(azure: Azure) -> None:
    sizes = ["0.75", "1.75", "3.5", "7", "14", "28", "56", "112", "2", "4", "8", "16", "32", "64"]
    rows = "".join(f"v{size},s,d,0,{i + 1},,,,Unknown,1,{size}\n" for i, size in enumerate(sizes))
    mib = azure(rows).tasks.select(pl.col("mem") * 1024).collect()["mem"].to_list()
    assert mib == [float(size) * 1024 for size in sizes]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("300,86400", "300,299", "row 3, field deleted: found 299, expected no earlier than crea"),
        ("300,86400", "-300,86400", "row 3, field created: found -300, expected 0 or more"),
        ("300,86400", "300,", "row 3, field deleted: found a blank, expected a number"),
        ("300,86400", "300,later", "row 3, field deleted: found 'later', expected a number"),
        ("300,86400", "300,inf", "row 3, field deleted: found inf, expected a finite number of s"),
        ("d1", "", "row 3, field deployment id: found a blank, expected text"),
        ("2,3.5", "0,3.5", "row 3, field cores: found 0, expected above 0"),
        ("2,3.5", ">32,3.5", "row 3, field cores: found '>32', expected a number"),
        ("2,3.5", "2,>24", "row 3, field memory: found '>24', expected a number"),
        ("2,3.5", "2,-1", "row 3, field memory: found -1, expected above 0"),
        ("2,3.5", "2,3.3", "row 3, field memory: found 3.3, expected a whole multiple of 1/1024"),
        (
            "vm2",
            "vm0",
            "row 3, field vm id: found 'vm0' again (first in row 1), expected each id on",
        ),
        (",2,3.5", ",2", "row 3: found 10 fields, expected 11 fields, vm id, subscription id, de"),
        ("vm0", '"vm0', "row 1: found a quote that isn't closed on its line"),
    ],
)
def test_a_broken_table_is_told_by_row_and_field(
    azure: Azure, old: str, new: str, said: str
) -> None:
    with pytest.raises(traces.TraceError) as caught:
        azure(VMS.replace(old, new, 1))
    assert said in str(caught.value)


def test_an_empty_table_and_one_with_a_header_are_told(azure: Azure) -> None:
    with pytest.raises(traces.TraceError, match=r"vmtable.csv: found an empty file, expected"):
        azure("")
    with pytest.raises(traces.TraceError, match=r"row 1, field created: found 'vmcreated', exp"):
        azure("id,sub,dep,vmcreated,vmdeleted,a,b,c,cat,cores,memory\n" + VMS)


def test_the_real_table_has_its_known_totals(real_file: RealFile) -> None:
    trace = traces.load("azure_v1", path=real_file("azure_v1/vmtable_dev.csv.gz"))
    assert (trace.task_count, trace.machine_count, trace.span_s) == (259_159, 0, 299_999.0)
    figures = trace.tasks.select(
        jobs=pl.col("job").n_unique(),
        open=pl.col("lifetime").is_null().sum(),
        alive=pl.col("alive_at_start").sum(),
        cores=pl.col("cpu").sum(),
        gib=pl.col("mem").sum(),
    ).collect()
    assert figures.row(0) == (53_109, 14_950, 0, 557_907.0, 1_034_613.75)
    per_core = trace.tasks.select((pl.col("mem") / pl.col("cpu") == 1.75).mean()).collect().item()
    assert per_core == pytest.approx(0.978, abs=0.001)
