"""Traces by name: what is known, and what is said of the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

import traces


def test_names_and_formats_are_listed() -> None:
    assert traces.names() == ("synthetic", "openb", "bin_packing", "canonical")
    assert traces.formats() == ("openb", "bin_packing", "canonical")


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
