"""Whatever stands in a file, a reader gives a trace or one line: never another exception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import traces
from tests.shares import share
from tests.traces.test_azure_v1 import VMS
from tests.traces.test_dlrm2025 import HEAD, ROWS
from tests.traces.test_mapping import DISTINCT, MACHINES, MAP, NODES, TABLE

MORE = "keep: {status: [done, failed]}\nsort: submit\nsplit: {gpu: 8}\nstart: 2024-03-01 00:05:00\n"
PIECES = (
    *("", ",", "\n", '"', "-1", "1e400", "nan", "inf", "0.1", "9" * 30, "\x00", "é", "\r", "|"),
    *(": ", "{", "}", "[", "]", "- ", "&a ", "*a", "!!int ", "null", "yes", "~", "1" * 400),
    *("unit", "datetime", "column", "value", ">24", "2024-02-30", "0x10", "  ", "\t", "#"),
)


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    """A text with some of its pieces replaced, left out or put in."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    return text


def survives(read: Callable[[], traces.Trace]) -> None:
    said = "one line"
    try:
        traces.check(read())
    except traces.TraceError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 2000


@settings(max_examples=share(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mapping=spoilt(MAP + DISTINCT + MORE + MACHINES), table=st.just(TABLE) | spoilt(TABLE))
def test_a_spoilt_mapping_or_table(
    mapping: str, table: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "jobs.csv").write_bytes(table.encode())
    (folder / "map.yaml").write_bytes(mapping.encode())
    (folder / "nodes.csv").write_text(NODES)
    survives(lambda: traces.load("mapping", path=folder / "jobs.csv", mapping=folder / "map.yaml"))


@settings(max_examples=share(50), deadline=None)
@given(table=spoilt(VMS))
def test_a_spoilt_table_of_vms(table: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path(tmp_path_factory.mktemp("spoilt")) / "vmtable.csv"
    path.write_bytes(table.encode())
    survives(lambda: traces.load("azure_v1", path=path))


@settings(max_examples=share(50), deadline=None)
@given(table=spoilt(HEAD + ROWS), role=st.sampled_from([None, "CN", "HN"]))
def test_a_spoilt_table_of_instances(
    table: str, role: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = Path(tmp_path_factory.mktemp("spoilt")) / "dlrm.csv"
    path.write_bytes(table.encode())
    survives(lambda: traces.load("dlrm2025", path=path, role=role))
