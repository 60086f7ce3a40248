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
    with pytest.raises(ConfigurationError, match="found 'apiversion: v1' as its first line"):
        recognise(path, TraceChoice())


def test_a_name_that_is_nearly_right_is_helped() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'openb'"):
        recognise("opnb", TraceChoice())
