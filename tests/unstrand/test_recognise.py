"""A path's format is told by the names and first lines of its files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from unstrand.failure import ConfigurationError
from unstrand.recognise import recognise
from unstrand.schema import TraceChoice

PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
NODES = "sn,cpu_milli,memory_mib,gpu,model\n"


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_name_is_a_named_trace() -> None:
    assert recognise("openb", TraceChoice(nodes="n")) == TraceChoice(name="openb", nodes="n")


def test_a_folder_with_tasks_is_canonical_and_so_is_its_table(tmp_path: Path) -> None:
    table = written(tmp_path / "tasks.csv", "id,submit,cpu\n")
    expected = TraceChoice(name="canonical", path=str(tmp_path))
    assert recognise(str(tmp_path), TraceChoice()) == expected
    assert recognise(table, TraceChoice()) == expected


def test_openb_is_told_by_its_lists(tmp_path: Path) -> None:
    pods = written(tmp_path / "openb_pod_list_default.csv", PODS)
    nodes = written(tmp_path / "mine.csv", NODES)
    folder = str(tmp_path)
    assert recognise(folder, TraceChoice()) == TraceChoice(name="openb", path=folder)
    assert recognise(pods, TraceChoice(nodes=nodes)) == TraceChoice(
        name="openb", path=folder, tasks=pods, nodes=nodes
    )
    assert recognise(nodes, TraceChoice()) == TraceChoice(name="openb", path=folder, nodes=nodes)


def test_a_list_of_spot_nodes_stands_for_the_jobs_beside_it(tmp_path: Path) -> None:
    nodes = written(tmp_path / "mine.csv", "gpu_model,gpu_capacity_num,cpu_num,node_name\n")
    expected = TraceChoice(name="spot2026", path=str(tmp_path), nodes=nodes)
    assert recognise(nodes, TraceChoice()) == expected


def test_bin_packing_is_told_by_its_columns_compressed_too(tmp_path: Path) -> None:
    path = tmp_path / "items.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("instance,capacity,position,size\n")
    found = recognise(str(path), TraceChoice(instance="u1"))
    assert found == TraceChoice(name="bin_packing", path=str(path), instance="u1")


@pytest.mark.parametrize(("name", "said"), [("missing", "no file or folder"), ("", "found no")])
def test_what_is_not_there_is_said(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        recognise(str(tmp_path / name), TraceChoice())


def test_what_is_not_known_is_said_with_its_first_line(tmp_path: Path) -> None:
    path = written(tmp_path / "nodes.yaml", "apiVersion: v1\n")
    with pytest.raises(ConfigurationError, match="found 'apiVersion: v1' as its first line"):
        recognise(path, TraceChoice())
    path = written(tmp_path / "jobs.csv", "job,cores\n")
    with pytest.raises(ConfigurationError, match=r"by a mapping: trace.mapping=MAP.yaml"):
        recognise(path, TraceChoice())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("azure_v1", "vm0,s0,d0,0,553,,,,Unknown,8,14\n"),
        ("azure_v1", "vm0,s0,d0,0,553,9.5,1.2,3.1,Unknown,>24,>64\n"),
        ("dlrm2025", "instance_sn,role,app_name,max_instance_per_node\n"),
        ("google2011", "0,2,3418309,0,4155527081,1,user=,3,9,0.125,0.07446,0.0004244,0\n"),
        ("google2011", "0,,3418309,0,,0,user=,3,9,,,,\n"),
        ("google2019", '{"time":"0","type":"3","collection_id":"1","resource_request":{}}\n'),
        ("kubernetes", '{"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Node"'),
        ("kubernetes", '{\n    "apiVersion": "v1",\n    "kind": "PodList",\n    "items": []}'),
        ("kubernetes", "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n"),
        ("kubernetes", "apiVersion: v1\nkind: List\n"),
        ("swf", "; Version: 2.2\n; Computer: c\n; MaxProcs: 100\n"),
        ("swf", "    1        0 30  9   3  -1 -1  56 21  -1  1   1   1  -1 -1 -1 -1 -1\n"),
        ("philly", "timestamp,duration,num_gpus,gpu_time,cluster\n"),
        ("philly", '[\n {\n  "status": "Pass",\n  "jobid": "a",\n  "attempts": []}]'),
        ("helios", "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time\n"),
        ("azure_packing", "SQLite format 3\0\x10\0\x01\x01\0@  \0\0"),
        ("huawei", "vmid,cpu,memory,time,type\n"),
        ("spot2026", "job_name,organization,gpu_model,cpu_request,gpu_request,worker_num\n"),
        ("pai2020", "j,tensorflow,1.0,Terminated,1739162.0,1739200.0,600.0,29.3,50.0,MISC\n"),
        ("alibaba2018", "M1,2,j_1,1,Terminated,157297,157325,100.0,0.49\n"),
        ("alibaba2018", "c_1,m_2556,0,app_5052,started,400,400,1.56\n"),
        ("alibaba2018", "m_1932,0,1,27,96,100,USING\n"),
        ("slurm", "JobID|JobName|Submit|Start|End|State\n1|a|2024-01-01T00:00:00|||\n"),
        ("slurm", "NodeName=n1 Arch=x86_64 CPUTot=64\n"),
    ],
)
def test_formats_are_told_by_how_they_begin_compressed_too(
    tmp_path: Path, name: str, text: str
) -> None:
    plain = written(tmp_path / "a file", text)
    assert recognise(plain, TraceChoice()) == TraceChoice(name=name, path=plain)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(text.encode()))
    assert recognise(str(packed), TraceChoice()).name == name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("azure_v1", "vmtable.csv.gz"),
        ("dlrm2025", "disaggregated_DLRM_trace.csv"),
        ("azure_packing", "packing_trace_zone_a_v1.sqlite"),
        ("huawei", "Huawei-East-1.csv"),
        ("spot2026", "job_info_df.csv.gz"),
        ("pai2020", "pai_task_table.csv"),
        ("alibaba2018", "machine_meta.csv"),
        ("swf", "KTH-SP2-1996-2.swf.gz"),
        ("philly", "cluster_job_log"),
        ("philly", "philly.csv"),
        ("helios", "cluster_log.csv"),
    ],
)
def test_folders_of_published_traces_are_told_by_their_files(
    tmp_path: Path, name: str, file: str
) -> None:
    written(tmp_path / file, "")
    written(tmp_path / "README.md", "")
    assert recognise(str(tmp_path), TraceChoice()) == TraceChoice(name=name, path=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("google2011", "task_events/part-00000-of-00500.csv.gz"),
        ("google2019", "instance_events/part.parquet"),
        ("google2019", "instance_events-000000000000.json.gz"),
    ],
)
def test_folders_of_sharded_tables_are_told_by_their_events(
    tmp_path: Path, name: str, file: str
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    written(tmp_path / file, "")
    assert recognise(str(tmp_path), TraceChoice()) == TraceChoice(name=name, path=str(tmp_path))


def test_a_mapping_given_reads_whatever_the_file_looks_like(tmp_path: Path) -> None:
    path = written(tmp_path / "openb.csv", PODS)
    found = recognise(path, TraceChoice(mapping="map.yaml"))
    assert found == TraceChoice(name="mapping", path=path, mapping="map.yaml")


def test_binary_files_are_said_without_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "jobs.parquet").write_bytes(b"PAR1\x15\x04\x15")
    with pytest.raises(ConfigurationError, match=r"found 'PAR1\?\?\?' as its first line"):
        recognise(str(tmp_path / "jobs.parquet"), TraceChoice())


def test_a_name_that_is_nearly_right_is_helped() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'openb'"):
        recognise("opnb", TraceChoice())
