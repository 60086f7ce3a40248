"""What shows itself does so in one line, in a terminal and in a notebook, whatever its names."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces.sheet import Column, Sheet, Shows, shown, span

ROOT = Path(__file__).parents[2]
HOSTILE = '<script>alert("1")</script>\x1b[2J\u202e&\n'


@dataclass(frozen=True, repr=False)
class Named(Shows):
    """Something that is called anything."""

    name: str

    def sheet(self) -> Sheet:
        columns = Column(self.name), Column("Points", signed=True)
        rows = (self.name, 1.0), (self.name, (2.0, (-0.001, 3.0)))
        return Sheet(self.name, columns, rows)


class Tags(HTMLParser):
    """The elements of a piece of HTML, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def terminal(one: Shows) -> str:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=100).print(one)
    return out.getvalue()


@given(st.one_of(st.just(HOSTILE), st.text()))
def test_no_name_is_markup_or_tells_a_terminal_anything(name: str) -> None:
    one = Named(name)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e" for c in repr(one))
    assert "\x1b" not in terminal(one)
    html = Tags(one._repr_html_())
    assert html.tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert not html.open
    if name == HOSTILE:
        assert '<script>alert("1")</script>' in html.said


def test_a_long_name_is_cut() -> None:
    assert len(repr(Named("x" * 10_000_000))) == 200


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (1234, "1,234"),
        (-0.0001, "0.00"),
        (1234.5, "+1,234.50"),
        ((1.0, None), "+1.00"),
        ((None, None), "–"),
        ((1.0, [-0.5, 2.5]), "+1.00 [-0.50, +2.50]"),
    ],
)
def test_cells_are_written_as_the_report_writes_them(cell: object, said: str) -> None:
    assert shown(cell, Column("", signed=True)) == said  # type: ignore[arg-type]


def test_spans_are_said_in_days_hours_or_seconds() -> None:
    assert [span(s) for s in (59.0, 7200.0, 172800.0)] == ["59 s", "2.0 h", "2.0 d"]


def test_a_trace_shows_how_much_there_is() -> None:
    trace = traces.load("synthetic", machines=12, tasks=200)
    assert repr(trace).startswith("Trace synthetic: 12 machines, 200 tasks over ")
    assert "\n" not in repr(trace)
    assert "cpu, mem, gpu" in terminal(trace)
    assert trace.sha256[:12] in trace._repr_html_()
    assert "Dropped" not in terminal(trace)
    assert "3 failed" in terminal(replace(trace, dropped={"failed": 3}))


def test_nothing_of_rich_is_loaded_before_something_is_shown() -> None:
    code = (
        "import sys, traces, sim, heuristics; import sim.comparisons, sim.seeds, sim.compaction;"
        "repr(traces.load('synthetic', machines=2, tasks=9));"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
