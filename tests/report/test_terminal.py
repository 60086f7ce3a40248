"""What a terminal shows, and what a pipe gets: all of it, within 80 columns where it can be."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

import report
from report.build import told
from report.folder import read_all
from report.narrow import folded, narrow
from report.table import Column, Table

LONG = "a_rather_long_name_of_a_heuristic_of_ones_own_with_all_its_constants_in_it"


def console(width: int) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)


def printed(console: Console, *paths: Path) -> str:
    report.terminal(paths, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_the_table_is_plain_text(
    saturated: Path, evolved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.terminal([saturated, evolved])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "─" not in text
    summary = json.loads((saturated / "summary.json").read_text())
    line = next(line for line in text.splitlines() if line.startswith("random "))
    mean = summary["results"][0]["alloc_pct_at"]["130"]["gpu"]["mean"]
    assert f"{mean:.2f} [" in line
    assert "Assumed: no departures" in text


def test_on_a_terminal_names_are_no_markup(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(tmp_path / "a", heuristics=("[red]x[/red]\x1b[2J", "best_fit"))
    text = printed(console(220), folder)
    assert "[red]x[/red]" in text
    assert "\x1b[2J" not in text


def test_a_comparison_fits_80_columns_with_its_marks_and_its_provenance(
    comparing: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = comparing.compare(
        tmp_path / "in",
        heuristics=("best_fit", "fgd", "cosine", LONG, "k8s_requested_to_capacity_ratio"),
        resources=("cpu", "mem", "gpu", "disk", "rdma"),
        weights={"cpu": 1.0, "gpu": 1.0},
        gains={"k8s_requested_to_capacity_ratio": (-13.5, 0.0), LONG: (5.0, -10.0)},
        marks={
            "cosine": ("rejects work", "fresh packing"),
            LONG: ("rejects work", "contain=off", "odd"),
        },
    )
    report.terminal([folder])
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    (section,) = told(read_all([folder]))[0]
    flat = " ".join(line.strip() for line in lines)
    assert flat.startswith(f"{section.headline}. ")
    assert "(marks: R rejects work, C contain=off, * odd, F fresh packing):" in flat
    answer = lines[: lines.index("Stranded % of each resource (and points recovered):")]
    ranked, apart = "\n".join(answer).split("Marked, so not ranked:\n")
    assert "fgd" in ranked
    assert "cosine" not in ranked.split("Heuristic")[1]
    cosine, long = (
        next(line for line in apart.splitlines() if line.startswith(name))
        for name in ("cosine", LONG[:12])
    )
    assert cosine.endswith(" RF")
    assert long.endswith(" RC*")
    said = [
        "Replayed: requests, machines; Simulated: arrival times, placement; Assumed:",
        "  lifetimes independent of shape, capped at 7 d",
    ]
    assert [line for line in lines if line][-2:] == said
    for name in ("GPU", "CPU", "Memory", "disk", "rdma"):
        assert name in text
    assert "\x1b" not in text
    assert "…" not in text


def test_without_marks_there_is_no_column_for_them(
    comparing: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.terminal([comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"))])
    text = capsys.readouterr().out
    assert "Mark" not in text
    assert "not ranked" not in text


def test_a_terminal_colours_nothing_that_names_ask_for(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(
        tmp_path / "a", heuristics=("best_fit", "[red]x[/red]\x1b[2J"), seeds=2
    )
    text = printed(console(100), folder)
    assert "[red]x[/red]" in text
    assert "\x1b[2J" not in text


def test_names_fold_at_underscores_and_keep_every_letter() -> None:
    assert folded("k8s_requested_to_capacity_ratio", 20) == [
        "k8s_requested_to_",
        "  capacity_ratio",
    ]
    assert folded("best_fit", 8) == ["best_fit"]
    for width in (8, 9, 13, 20):
        for name in (LONG, "x" * 50, "_" * 30, "a " * 20 + "b", "a/b.c-d > e" * 4):
            lines = folded(name, width)
            assert max(map(len, lines)) <= width
            whole = "".join(lines).replace(" ", "")
            assert whole == name.replace(" ", "")


def test_numbers_are_never_folded_whatever_the_width() -> None:
    table = Table(
        "t",
        "caption",
        (Column("Heuristic", number=False), Column("Two\nlines"), Column("Text", number=False)),
        (("a_longer_name", -1234.5, "R"), ("b", None, "")),
        apart=1,
    )
    assert [line for line, _ in narrow(table, 5)] == [
        "                   Two",
        "Heuristic        lines  Text",
        "a_longer_     -1234.50  R",
        "  name",
        "Marked, so not ranked:",
        "b                    –",
    ]
