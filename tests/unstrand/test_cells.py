"""Cells by configuration: shipped, inline, or the user's own, on a trace without machines."""

from __future__ import annotations

from pathlib import Path

import pytest

import traces
from unstrand import chosen, configuration, overrides
from unstrand.failure import ConfigurationError

VMS = "vm0,s0,d0,0,553,,,,Unknown,8,14\nvm1,s0,d0,0,900,,,,Unknown,1,0.75\n"


@pytest.fixture
def vms(tmp_path: Path) -> str:
    (tmp_path / "vmtable.csv").write_text(VMS)
    return f"trace.path={tmp_path / 'vmtable.csv'}"


def read(*words: str) -> traces.Trace:
    line = overrides.split(words, positionals=False)
    made = configuration.compose("replay", overrides.prepare("replay", line), line.config_dirs)
    return chosen.trace(made.trace, made.cell)


def test_a_shipped_cell_gives_its_machines(vms: str) -> None:
    trace = read("trace=azure_v1", vms, "cell=azure_mixed")
    assert trace.machine_count == 300
    assert trace.machines.sum().collect().select("cpu", "mem").row(0) == (
        170 * 64 + 95 * 96 + 35 * 40,
        170 * 120 + 95 * 184 + 35 * 248,
    )


def test_a_cell_can_be_written_on_the_line_and_kept_in_a_folder(vms: str, tmp_path: Path) -> None:
    kinds = "[{count: 2, cpu: 64, mem: 120}, {count: 1, cpu: 32, mem: 64}]"
    inline = read("trace=azure_v1", vms, f"cell.machines={kinds}")
    (tmp_path / "cell").mkdir()
    (tmp_path / "cell" / "mine.yaml").write_text(f"machines: {kinds}\n")
    kept = read("trace=azure_v1", vms, "cell=mine", "--config-dir", str(tmp_path))
    assert (inline.machine_count, inline.sha256) == (3, kept.sha256)


def test_a_trace_without_machines_and_a_cell_says_which_cells_there_are(vms: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read("trace=azure_v1", vms)
    said = str(caught.value)
    assert said.startswith("cell: found none, and trace azure_v1 has no machines; expected cell=")
    assert all(f"cell={name}" in said for name in configuration.options("cell"))


def test_a_wrong_kind_is_told_by_its_place(vms: str) -> None:
    with pytest.raises(traces.TraceError, match=r"cell\[0\].cpus: found a resource .*mean cpu"):
        read("trace=azure_v1", vms, "cell.machines=[{count: 2, cpus: 64}]")


def test_a_cell_takes_the_place_of_a_traces_own_machines() -> None:
    trace = read("trace=synthetic", "cell.machines=[{count: 2, cpu: 128, mem: 1024, gpu: 8}]")
    assert (trace.machine_count, trace.models) == (2, ())


@pytest.mark.parametrize("name", configuration.options("cell"))
def test_every_shipped_cell_says_what_it_is(name: str) -> None:
    first = (configuration.folder() / "cell" / f"{name}.yaml").read_text("utf-8").splitlines()[0]
    assert first.startswith("# ")
