"""What an error says, and which of many it is."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

import traces


def test_the_line_reads_file_row_field_found_expected() -> None:
    error = traces.TraceError(file="f.csv", row=3, field="cpu", found="-1", expected="0 or more")
    assert str(error) == "f.csv: row 3, field cpu: found -1, expected 0 or more"


def test_an_error_survives_the_way_between_processes() -> None:
    error = traces.TraceError(file="f.csv", row=3, field="cpu", found="-1", hint="look")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.row, again.hint) == (str(error), 3, "look")


def test_control_characters_never_reach_the_line() -> None:
    error = traces.TraceError(file="a\nb", found="x\x1b[2J", expected="y")
    assert str(error) == "a\\nb: found x\\x1b[2J, expected y"


def test_a_missing_folder_is_said_with_the_nearest_name(
    canonical: Callable[..., Path],
) -> None:
    folder = canonical()
    with pytest.raises(traces.TraceError, match=r"found no such file, .*did you mean trace\?"):
        traces.read(folder.with_name("trase"))


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_said(
    canonical: Callable[..., Path],
) -> None:
    folder = canonical()
    with pytest.raises(traces.TraceError, match="found a file, expected a folder"):
        traces.read(folder / "tasks.csv")
    (folder / "tasks.csv").unlink()
    (folder / "tasks.csv").mkdir()
    with pytest.raises(traces.TraceError, match="found a folder, expected a CSV file"):
        traces.read(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(canonical: Callable[..., Path]) -> None:
    folder = canonical()
    (folder / "tasks.csv").chmod(0)
    with pytest.raises(traces.TraceError, match="found no permission to read it"):
        traces.read(folder)


def test_the_first_bad_row_is_named_of_many(canonical: Callable[..., Path]) -> None:
    rows = [f"t{i},0,10,{'x' if i in (3, 7) else 1},2,{-1 if i == 5 else 0}" for i in range(9)]
    head = "id,submit,lifetime,cpu,mem,gpu"
    folder = canonical({"tasks.csv": "\n".join((head, *rows))})
    with pytest.raises(traces.TraceError, match="row 5, field cpu: found 'x'"):
        traces.read(folder)
