"""The journal: held by one process, sound whatever stops it, and plain about what is wrong."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from evolve.candidate import Candidate, Verdict
from evolve.journal import NAME, RUN, VERSION, Journal, JournalError
from sim.arenas.behaviour import Behaviour

MANY = 1000
REPOSITORY = Path(__file__).resolve().parents[2]
OPEN = """
import sys
from pathlib import Path
from evolve.journal import Journal, JournalError
try:
    Journal(Path(sys.argv[1])).close()
except JournalError as error:
    sys.exit(str(error))
"""


def candidate(number: int, source: str = "def score(free):\n    return free.cpu\n") -> Candidate:
    return Candidate(
        number, 0, 1, (0, 2), "tune", "embedded", source, "f00", 4, costs={"s": 0.25}, note={"t": 1}
    )


VERDICTS = {
    "whole": Verdict((1.5, 0.1), (0.0, -2.0), behaviour=Behaviour(-7, 0.5, 0.1), whole=True),
    "rejected": Verdict(reason="timeout", message="timeout at line 3"),
}


def opened_elsewhere(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OPEN, str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        journal.propose(candidate(0))
        for key, verdict in VERDICTS.items():
            journal.judge(key, verdict)
        journal.note(0, "taken", {"status": "new"})
        journal.note(0, "taken", {"status": "another"})
    with closing(Journal(tmp_path)) as journal:
        assert journal.candidates == {0: candidate(0)}
        assert journal.verdicts == VERDICTS
        assert journal.noted(0, "taken") == {"status": "new"}
        assert journal.noted(1, "taken") is None
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_setting_stays_as_the_run_began(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        assert journal.setting("seed", 3) == 3
    with closing(Journal(tmp_path)) as journal:
        assert journal.setting("seed", 4) == 3


def test_time_worked_is_that_of_all_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    for session in range(2):
        with closing(Journal(tmp_path)) as journal:
            assert journal.elapsed_s == 7.0 * session
            now[0] += 20.0  # until the first verdict no time is counted
            journal.start_clock()
            now[0] += 7.0
            journal.start_clock()
            journal.note(session, "taken", {})
        now[0] += 50.0


def test_a_second_process_is_refused_as_long_as_the_first_works(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        done = opened_elsewhere(tmp_path)
        assert done.returncode == 1
        assert done.stderr == (
            f"{tmp_path / NAME}: another process works on this run; wait for it, or end it\n"
        )
        journal.propose(candidate(0))
    assert opened_elsewhere(tmp_path).returncode == 0


def expect_one_line(caught: pytest.ExceptionInfo[JournalError], path: Path) -> None:
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_that_nobody_may_write_to_is_said_so() -> None:
    folder = Path("/proc/self")  # root may write to any folder of a disk
    files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(JournalError, match="unable to open") as caught:
        Journal(folder)
    expect_one_line(caught, folder / NAME)
    assert len(os.listdir("/proc/self/fd")) == files


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file") as caught:
        Journal(tmp_path / "none")
    expect_one_line(caught, tmp_path / "none" / NAME)


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(journal: Journal) -> None:
    for number in range(MANY):
        journal.propose(candidate(number, "x" * 3000))


def test_a_full_disk_is_said_so_and_leaves_the_journal_sound(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        with pytest.raises(JournalError) as caught, no_file_above(240_000):
            fill(journal)
        expect_one_line(caught, tmp_path / NAME)
    with closing(Journal(tmp_path)) as journal:
        written = len(journal.candidates)
        assert 10 < written < MANY
        assert sorted(journal.candidates) == list(range(written))
        journal.propose(candidate(written))


BROKEN = {
    "other bytes": b"no database at all, and long enough to have been one" * 100,
    "half a file": None,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_said_so(tmp_path: Path, what: str) -> None:
    with closing(Journal(tmp_path)) as journal:
        for number in range(50):
            journal.propose(candidate(number, "x" * 3000))
    path = tmp_path / NAME
    whole = path.read_bytes()
    path.write_bytes(BROKEN[what] or whole[: len(whole) // 2])
    files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(JournalError, match=r"not a database|malformed") as caught:
        Journal(tmp_path)
    expect_one_line(caught, path)
    assert len(os.listdir("/proc/self/fd")) == files


@pytest.mark.parametrize("body", ["{", "{}", '{"parents": 3}', "[]"])
def test_rows_that_no_search_wrote_are_said_so(tmp_path: Path, body: str) -> None:
    Journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as base:
        base.execute("INSERT INTO candidate VALUES (0, ?)", (body,))
    with pytest.raises(JournalError, match="no journal of a run") as caught:
        Journal(tmp_path)
    expect_one_line(caught, tmp_path / NAME)


def test_a_journal_of_another_version_is_left_as_it_is(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / NAME)) as base:
        base.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match=f"found version {VERSION + 1}, expected {VERSION}"):
        Journal(tmp_path)
    with closing(sqlite3.connect(tmp_path / NAME)) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_a_verdict_is_no_part_of_the_time_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", count().__next__)
    with closing(Journal(tmp_path)) as journal:
        journal.start_clock()
        journal.note(0, "taken", {})
        taken = journal.base.execute("SELECT seconds FROM session").fetchone()
        journal.note(RUN, "opened", {})
        assert journal.base.execute("SELECT seconds FROM session").fetchone() == taken
        journal.note(1, "taken", {})
        assert journal.base.execute("SELECT seconds FROM session").fetchone() > taken
