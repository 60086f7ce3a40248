"""A journal as it grows, and what of it is shown: read once, never written to, harmless."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from report.fields import ReportError
from report.live import pages
from report.live.index import Index
from report.live.screen import screen, summary
from tests import journals

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b]0;owned\x07\u202e"


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """What a write to a folder would change."""
    return {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in (folder, *folder.iterdir())}


def changed(folder: Path, query: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "run.sqlite")) as base, base:
        base.execute(query, values)


def drawn(index: Index) -> str:
    from rich.console import Console

    console = Console(width=100, highlight=False, markup=False)
    with console.capture() as said:
        console.print(screen(index))
    return said.get()


def every_page(index: Index) -> list[str]:
    ones = [pages.candidate(index, number) or "" for number in index.known.candidates]
    return [pages.overview(index), pages.candidates(index, "all", "newest", 1), *ones]


def test_an_index_reads_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = journals.begin(tmp_path)
    for number in range(5):
        journals.take(journal, number)
    index = Index(tmp_path)
    assert index.known.taken == [0, 1, 2, 3, 4]
    assert not index.read()
    rows: list[int] = []
    proposed = index._proposed
    monkeypatch.setattr(
        index, "_proposed", lambda number, *said: (rows.append(number), proposed(number, *said))
    )
    journals.take(journal, 5)
    journals.propose(journal, 6)
    assert index.read()
    assert rows == [5, 6]
    assert index.known.taken == [0, 1, 2, 3, 4, 5]
    assert index.known.records[-1].number == 5
    assert index.known.candidates[6].candidate.outcome == ""
    journal.close()
    assert not index.read() or index.known.taken[-1] == 5


def test_nothing_of_a_run_is_written_to(tmp_path: Path) -> None:
    journal = journals.begin(tmp_path)
    journals.take(journal, 0)
    before = states(tmp_path)
    assert "run.sqlite-wal" in before
    index = Index(tmp_path)
    every_page(index)
    assert states(tmp_path) == before
    journal.close()
    before = states(tmp_path)
    index.read()
    every_page(index)
    assert states(tmp_path) == before


def test_another_run_in_its_place_is_read_anew(tmp_path: Path) -> None:
    journals.written(tmp_path, 6)
    index = Index(tmp_path)
    assert len(index.known.taken) == 6
    (tmp_path / "run.sqlite").unlink()
    journals.written(tmp_path, 2)
    assert index.read()
    assert index.known.taken == [0, 1]


def test_the_first_page_says_how_far_a_run_is(tmp_path: Path) -> None:
    page = pages.overview(Index(journals.written(tmp_path)))
    assert "12 of 50" in page
    assert "Best on train</dt><dd><strong>98.000" in page
    assert 'aria-label="candidate 8, score 98.000, emptier 0.75 to 0.875' in page
    assert '<a href="/candidates?outcome=raised">raised</a>' in page
    assert page.count('class="chart"') == 2


@pytest.mark.parametrize("number", ["8", "99", "NaN", "[]", '"<b>"'])
def test_a_summary_names_the_champion_where_it_is_one(tmp_path: Path, number: str) -> None:
    journals.written(tmp_path)
    (tmp_path / "summary.json").write_text(f'{{"results": [{{"candidate": {number}}}]}}')
    page = pages.overview(Index(tmp_path))
    assert "Ended: the champion is in champion.py" in page
    assert ('found as candidate <a href="/candidate/8">' in page) == (number == "8")


def test_a_candidate_shows_source_difference_scores_and_reason(tmp_path: Path) -> None:
    said = {"message": "ZeroDivisionError at line 2"}
    index = Index(journals.written(tmp_path, 4, {3: said}))
    page = unescape(re.sub(r"<[^>]+>", "", pages.candidate(index, 2) or ""))
    assert "return 2 * free.cpu" in page
    assert "−     return 1 * free.cpu" in page
    assert "+     return 2 * free.cpu" in page
    assert "93.000" in page
    assert "a proposer without a model made it" in page
    assert "ZeroDivisionError at line 2" in (pages.candidate(index, 3) or "")
    assert pages.candidate(index, 4) is None


def test_a_prompt_and_its_answer_are_shown_as_text(tmp_path: Path) -> None:
    journal = journals.begin(tmp_path)
    journals.take(journal, 0)
    asked = [{"role": "user", "content": f"write {HOSTILE}"}, ["no message"]]
    journal.exchange(0, "answer", {"messages": asked, "reply": {"text": f"take {HOSTILE}"}})
    journal.exchange(0, "repair", "no object")
    journal.close()
    page = pages.candidate(Index(tmp_path), 0) or ""
    assert "write &lt;script&gt;" in page
    assert "take &lt;script&gt;" in page
    assert "<script>alert" not in page


def test_what_candidates_and_models_wrote_is_text_alone(tmp_path: Path) -> None:
    journals.written(
        tmp_path,
        3,
        {
            1: {"operator": HOSTILE, "source": f'"""{HOSTILE}"""', "message": HOSTILE},
            2: {"status": HOSTILE, "note": {"model": HOSTILE, "answer": HOSTILE, "ticket": "x"}},
        },
    )
    index = Index(tmp_path)
    for page in every_page(index):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert not {"\x1b", "\x07", "\u202e"} & {*page}
        assert re.findall(r"<script[^>]*>", page) == ['<script src="/live.js" defer>']
        assert not re.findall(r"\s(?:on\w+|style)=", re.sub(r"&lt;.*?&gt;", "", page))
    said = drawn(index)
    assert "<script>alert" in said  # as it stands
    assert not {"\x07", "\u202e"} & {*said}
    assert "\x1b]" not in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"number": 3, "parents": [NaN]}', "parents"),
        ('{"number": 3, "parents": [7], "generation": 0, "source": ""}', "earlier candidates"),
        ("[1]", "a JSON object"),
        ("[" * 100_000, "JSON"),
        ("no JSON", "JSON"),
        (b"\xff\xfe", "JSON"),
    ],
)
def test_a_row_of_another_shape_is_named_and_the_others_are_shown(
    tmp_path: Path, body: Any, said: str
) -> None:
    journals.written(tmp_path, 3)
    changed(tmp_path, "INSERT INTO candidate VALUES (3, ?)", body)
    changed(tmp_path, "INSERT INTO event (number, kind, body) VALUES (3, 'taken', '{}')")
    index = Index(tmp_path)
    assert index.known.taken == [0, 1, 2]
    (fault,) = index.known.faults
    assert said in fault
    assert "\n" not in fault
    assert "1 rows of the journal are not shown" in pages.overview(index)
    assert said in unescape(pages.candidate(index, 3) or "")


@pytest.mark.parametrize("score", ["NaN", "Infinity", "1e999", '"text"', "[]", "true"])
def test_a_score_that_is_no_finite_number_is_named(tmp_path: Path, score: str) -> None:
    journals.written(tmp_path, 3)
    journal = journals.begin(tmp_path)
    journals.propose(journal, 3)
    journal.close()
    changed(
        tmp_path,
        "INSERT INTO event (number, kind, body) VALUES (3, 'taken', ?)",
        f'{{"status": "improved", "score": {score}}}',
    )
    index = Index(tmp_path)
    assert "a finite number" in index.known.faults[0]
    assert index.known.records[-1].number == 0
    every_page(index)
    drawn(index)


def test_numbers_that_no_search_measures_do_no_harm(tmp_path: Path) -> None:
    scores = {0: 1e308, 1: -1e308, 2: 1.7e308}
    journals.written(tmp_path, 3, {n: {"status": "new", "score": s} for n, s in scores.items()})
    every_page(Index(tmp_path))


def test_ten_megabytes_of_source_are_refused_in_one_line(tmp_path: Path) -> None:
    journals.written(tmp_path, 2, {1: {"source": "x = 1\n" * 1_700_000}})
    index = Index(tmp_path)
    assert index.known.taken == [0]
    page = pages.candidate(index, 1) or ""
    assert re.search(r"candidate 1: found 1\d,\d{3},\d{3} bytes, expected at most", page)
    assert len(page) < 10_000


def test_a_long_source_is_cut_and_says_so(tmp_path: Path) -> None:
    journals.written(tmp_path, 2, {1: {"source": "y = 2\n" * 100_000}})
    page = pages.candidate(Index(tmp_path), 1) or ""
    assert "536,000 more characters are not shown" in page
    assert "too long to be compared" in page
    assert len(page) < 200_000


def refused(folder: Path) -> str:
    with pytest.raises(ReportError) as error:
        Index(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_link_a_pipe_and_a_folder_are_no_journal(tmp_path: Path) -> None:
    there = journals.written(tmp_path / "there", 2)
    for name in ("link", "log", "pipe", "folder"):
        (tmp_path / name).mkdir()
    (tmp_path / "link/run.sqlite").symlink_to(there / "run.sqlite")
    assert "found a symbolic link" in refused(tmp_path / "link")
    (tmp_path / "log/run.sqlite").write_bytes((there / "run.sqlite").read_bytes())
    (tmp_path / "log/run.sqlite-wal").symlink_to("/etc/passwd")
    assert "run.sqlite-wal: found a symbolic link" in refused(tmp_path / "log")
    os.mkfifo(tmp_path / "pipe/run.sqlite")
    assert "found no plain file" in refused(tmp_path / "pipe")
    (tmp_path / "folder/run.sqlite").mkdir()
    assert "found no plain file" in refused(tmp_path / "folder")
    assert "found nothing" in refused(tmp_path / "nowhere")


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    journals.written(tmp_path, 40)
    file = tmp_path / "run.sqlite"
    whole = file.read_bytes()
    file.write_bytes(b"not a database, but as long as one " * 40)
    assert "file is not a database" in refused(tmp_path)
    file.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
    assert "expected the journal of a search" in refused(tmp_path)
    file.write_bytes(b"")
    assert "found no number" in refused(tmp_path)


def test_what_breaks_while_it_is_watched_is_said_and_what_was_read_stays(tmp_path: Path) -> None:
    journals.written(tmp_path, 8)
    index = Index(tmp_path)
    whole = (tmp_path / "run.sqlite").read_bytes()
    (tmp_path / "run.sqlite").write_bytes(b"gone" * 5000)
    assert index.read()
    page = pages.overview(index)
    assert "What is shown is no longer new" in page
    assert "Best on train" in page
    (tmp_path / "run.sqlite").write_bytes(whole)
    assert index.read()
    assert not index.fault


def test_a_view_that_never_ends_is_no_table(tmp_path: Path) -> None:
    journals.written(tmp_path, 2)
    changed(tmp_path, "DROP TABLE candidate")
    changed(
        tmp_path,
        "CREATE VIEW candidate AS WITH RECURSIVE n(number, body) AS "
        "(SELECT 0, '' UNION ALL SELECT number + 1, '' FROM n) SELECT number, body FROM n",
    )
    assert "candidate: found no table" in refused(tmp_path)


def test_a_journal_that_says_nothing_of_its_archive_has_no_map(tmp_path: Path) -> None:
    journals.written(tmp_path, 2)
    for settings in ("[]", "{}", '{"archive": {"measures": ["x"], "cells": [NaN]}}', "no JSON"):
        changed(tmp_path, "UPDATE run SET value = ? WHERE name = 'settings'", settings)
        assert "does not say how the archive is laid out" in pages.overview(Index(tmp_path))


def test_lists_are_paged(tmp_path: Path) -> None:
    index = Index(journals.written(tmp_path, 120))
    first = pages.candidates(index, "all", "newest", 1)
    last = pages.candidates(index, "all", "newest", 10**9)
    assert "50 of 120, page 1 of 3" in first
    assert "20 of 120, page 3 of 3" in last
    assert 'href="/candidate/119"' in first
    assert 'href="/candidate/0"' in last
    best = pages.candidates(index, "improved", "best", 1)
    assert best.index("/candidate/116") < best.index("/candidate/112")
    assert "0 of 0, page 1 of 1" in pages.candidates(index, "<b>", "<b>", 3)


def test_programs_are_told_the_same(tmp_path: Path) -> None:
    told = json.loads(json.dumps(summary(Index(journals.written(tmp_path)))))
    assert told["taken_in"] == 12
    assert told["best"] == {"candidate": 8, "score": 98.0}
    assert told["outcomes"] == {"improved": 3, "beaten": 3, "lost": 3, "raised": 3}
