"""Traces by name: what is known, and what is said of the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import traces

CONF = Path(__file__).parents[2] / "conf" / "trace"


def test_every_trace_has_a_line_of_configuration_and_all_but_the_synthetic_one_are_formats() -> (
    None
):
    configured = {path.stem: path.read_text("utf-8") for path in CONF.glob("*.yaml")}
    assert {*traces.names()} == {*configured}
    assert all(text == f"name: {name}\n" for name, text in configured.items())
    assert {*traces.names()} - {*traces.formats()} == {"synthetic"}


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(traces.TraceError, match=r"found 'opneb', .*did you mean openb\?"):
        traces.load("opneb")


def test_an_option_that_the_trace_does_not_take_is_told() -> None:
    with pytest.raises(traces.TraceError, match=r"trace.nodes: found it given for trace canonic"):
        traces.load("canonical", path=".", nodes="nodes.csv")


def test_a_trace_without_the_path_that_it_needs_is_told() -> None:
    with pytest.raises(traces.TraceError, match=r"trace.path: found nothing"):
        traces.load("canonical")


def test_importing_traces_does_not_import_polars() -> None:
    code = "import sys, traces; sys.exit('polars' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
