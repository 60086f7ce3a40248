"""Journals whose rows and bytes were changed by lot: each is shown, or refused in one line."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from report.fields import ReportError
from report.live import pages
from report.live.index import Index
from report.live.screen import screen, summary
from tests import journals

ODD: tuple[Any, ...] = (
    *(None, True, -1, 2**70, 1e308, float("nan"), float("-inf"), "9" * 400),
    *("", "<b>", "\ud800", "\x00\x1b[31m", "\u202e", [], {}, [[]], [{}], {"a": 1}),
)
COLUMNS = {
    "candidate": "body",
    "event": "body",
    "verdict": "body",
    "exchange": "body",
    "run": "value",
}


def mutated(value: Any, luck: random.Random) -> Any:
    """A value with parts of it taken out or replaced."""
    if luck.random() < 0.25:
        return luck.choice(ODD)
    if isinstance(value, dict):
        kept = [(name, said) for name, said in value.items() if luck.random() > 0.1]
        return {n: mutated(said, luck) if luck.random() < 0.3 else said for n, said in kept}
    if isinstance(value, list):
        return [mutated(said, luck) if luck.random() < 0.3 else said for said in value]
    return value


def change(file: Path, luck: random.Random) -> None:
    """Change a third of all rows, and now and then some bytes."""
    with closing(sqlite3.connect(file)) as base, base:
        for table, column in COLUMNS.items():
            rows = base.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
            for row, body in rows:
                if luck.random() < 0.3:
                    other: Any = json.dumps(mutated(json.loads(body), luck))
                    if luck.random() < 0.05:
                        other = luck.choice((b"\xff\x00", 5, 2.5, "", "[", "NaN"))
                    base.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other, row))
    if luck.random() < 0.3:
        raw = bytearray(file.read_bytes())
        for _ in range(luck.randrange(1, 200)):
            raw[luck.randrange(len(raw))] = luck.randrange(256)
        file.write_bytes(raw)


def show(folder: Path) -> None:
    """Show all of a run."""
    from rich.console import Console

    index = Index(folder)
    console = Console(markup=False)
    with console.capture():
        console.print(screen(index))
    json.dumps(summary(index), allow_nan=False)
    shown = [pages.overview(index)]
    for number in range(20):
        with suppress(ReportError):
            shown.append(pages.candidate(index, number) or "")
    with suppress(ReportError):
        shown.append(pages.candidates(index, "all", "newest", 1))
    for page in shown:
        page.encode()
        assert "\x1b" not in page


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    journal = journals.begin(folder)
    for number in range(16):
        journals.take(journal, number, ("new", "lost", "improved", "raised")[number % 4])
        asked = [{"role": "user", "content": "write"}]
        journal.exchange(number, "answer", {"messages": asked, "reply": {"text": "take"}})
    journal.close()
    return folder


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_journal_says_is_shown_or_refused(
    whole: Path, tmp_path: Path, seed: int
) -> None:
    shutil.copytree(whole, tmp_path / "run")
    change(tmp_path / "run/run.sqlite", random.Random(seed))
    said = ""
    try:
        show(tmp_path / "run")
    except ReportError as error:
        said = str(error)
    assert "\n" not in said
