"""A run's journal: one SQLite file that grows, from which a run goes on as it was.

Tables: `run` (what was asked for), `candidate` (a proposal a row), `verdict` (what came of a source
somewhere: never derived again), `event` (what a verdict did to the archive, migrations, when the
test pool was opened), `exchange` (what a model was asked for a proposal, and what it answered),
`session` (how long was searched, and with how much processor time).
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from evolve.candidate import Candidate, Verdict
from evolve.processor import Processor

NAME = "run.sqlite"
VERSION = 1
TABLES = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS candidate (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdict (key TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, number INTEGER, kind TEXT NOT NULL, body TEXT NOT NULL, at_s REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS once ON event (number, kind);
CREATE TABLE IF NOT EXISTS exchange (
    number INTEGER, round TEXT, body TEXT NOT NULL, PRIMARY KEY (number, round)
);
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY, seconds REAL NOT NULL, cpu_s REAL NOT NULL DEFAULT 0
);
"""


RUN = -1  # whose events are no candidate's


class JournalError(RuntimeError):
    """The journal can't be opened, read or written; says which file and why."""


class JournalFailure(JournalError):
    """The disk is full, or takes or gives nothing: once it does, the run goes on."""


class Journal:
    """The journal in a folder, held against other processes as long as it is open.

    Raises:
        JournalError: the folder can't be written, another process holds it, or it is no journal.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.began: float | None = None
        self.processor = Processor()
        self.writing = threading.RLock()
        with ExitStack() as held, self._told():
            hold = os.open(folder, os.O_RDONLY)
            held.callback(os.close, hold)
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JournalError(
                    f"{self.path}: another process works on this run; wait for it, or end it"
                ) from None
            self.base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            held.callback(self.base.close)
            self._read()
            self.held = held.pop_all()

    @property
    def elapsed_s(self) -> float:
        """Seconds searched, earlier sessions counted in."""
        return self.before_s + self._session_s

    @property
    def _session_s(self) -> float:
        return 0.0 if self.began is None else time.monotonic() - self.began

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time searched with, earlier sessions counted in."""
        return self.cpu_before_s + self._session_cpu_s

    @property
    def _session_cpu_s(self) -> float:
        return 0.0 if self.began is None else self.processor.spent_s() - self.cpu_began_s

    def start_clock(self) -> None:
        """From here on this session counts, if it does not already."""
        if self.began is None:
            self.began, self.cpu_began_s = time.monotonic(), self.processor.spent_s()

    def setting(self, name: str, value: Any) -> Any:
        """What the run was begun with: the value given where it begins now."""
        with self._told():
            self.base.execute(
                "INSERT OR IGNORE INTO run VALUES (?, ?)", (name, json.dumps(value, sort_keys=True))
            )
            (kept,) = self.base.execute("SELECT value FROM run WHERE name = ?", (name,)).fetchone()
        return json.loads(kept)

    def propose(self, candidate: Candidate) -> None:
        """Write a proposal down."""
        self.candidates[candidate.number] = candidate
        body = json.dumps(candidate.plain())
        with self._told():
            self.base.execute("INSERT INTO candidate VALUES (?, ?)", (candidate.number, body))

    def judge(self, key: str, verdict: Verdict) -> None:
        """Write a verdict down."""
        self.verdicts[key] = verdict
        body = json.dumps(verdict.plain())
        with self._told():
            self.base.execute("INSERT INTO verdict VALUES (?, ?)", (key, body))

    def note(self, number: int, kind: str, body: Any) -> None:
        """Write an event down, once for each candidate (or `RUN`) and kind."""
        with self._told():
            self.base.execute(
                "INSERT OR IGNORE INTO event (number, kind, body, at_s) VALUES (?, ?, ?, ?)",
                (number, kind, json.dumps(body), round(self.elapsed_s, 3)),
            )
            if number != RUN:  # the verdict is no part of the budget
                self.base.execute(
                    "UPDATE session SET seconds = ?, cpu_s = ? WHERE id = ?",
                    (round(self._session_s, 3), round(self._session_cpu_s, 3), self.session_id),
                )

    def noted(self, number: int, kind: str) -> Any:
        """An event's body, None where it has not been."""
        with self._told():
            row = self.base.execute(
                "SELECT body FROM event WHERE number = ? AND kind = ?", (number, kind)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def exchanged(self, number: int, round: str) -> dict[str, Any] | None:
        """What was asked for a proposal and what was answered, None where nothing was yet."""
        with self._told():
            row = self.base.execute(
                "SELECT body FROM exchange WHERE number = ? AND round = ?", (number, round)
            ).fetchone()
            found = None if row is None else json.loads(row[0])
            if not (found is None or isinstance(found, dict)):
                raise TypeError(f"exchange {number} {round}")
        return found

    def exchange(self, number: int, round: str, body: Any) -> None:
        """Write down what was asked for a proposal, and what was answered."""
        with self._told():
            self.base.execute(
                "INSERT INTO exchange VALUES (?, ?, ?)", (number, round, json.dumps(body))
            )

    def tickets(self) -> list[int]:
        """The numbers of all tickets that were given out."""
        with self._told():
            rows = self.base.execute("SELECT number FROM exchange WHERE round = 'ticket'")
            return sorted(number for (number,) in rows)

    def take_over(self, folder: Path) -> None:
        """All questions and answers of another run that this one does not have, and its models.

        Raises:
            JournalError: the other folder's journal can't be read; nothing of it is changed.
        """
        other = folder / NAME
        try:
            with closing(sqlite3.connect(f"{other.absolute().as_uri()}?mode=ro", uri=True)) as base:
                rows = base.execute("SELECT number, round, body FROM exchange").fetchall()
                models = base.execute("SELECT value FROM run WHERE name = 'models'").fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{other}: {error}") from error
        with self._told():
            self.base.executemany("INSERT OR IGNORE INTO exchange VALUES (?, ?, ?)", rows)
            self.base.executemany("INSERT OR IGNORE INTO run VALUES ('models', ?)", models)

    def close(self) -> None:
        """Fold the log into the file, and let the folder go."""
        try:
            with self._told():
                self.base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.held.close()

    def _read(self) -> None:
        """Set the tables up where there are none, and read what is known."""
        (version,) = self.base.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise JournalError(
                f"{self.path}: found version {version}, expected {VERSION}: go on with the "
                "version of unstrand that began the run"
            )
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.execute("PRAGMA synchronous=NORMAL")
        self.base.executescript(TABLES)
        if "cpu_s" not in {row[1] for row in self.base.execute("PRAGMA table_info(session)")}:
            self.base.execute("ALTER TABLE session ADD COLUMN cpu_s REAL NOT NULL DEFAULT 0")
        self.base.execute(f"PRAGMA user_version = {VERSION}")
        before, cpu = self.base.execute(
            "SELECT TOTAL(seconds), TOTAL(cpu_s) FROM session"
        ).fetchone()
        session = self.base.execute("INSERT INTO session (seconds) VALUES (0)")
        self.session_id = session.lastrowid
        self.before_s, self.cpu_before_s = float(before), float(cpu)
        rows = self.base.execute("SELECT number, body FROM candidate")
        self.candidates = {n: Candidate.of(json.loads(body)) for n, body in rows}
        found = self.base.execute("SELECT key, body FROM verdict")
        self.verdicts = {key: Verdict.of(json.loads(body)) for key, body in found}

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            with self.writing:
                yield
        except sqlite3.OperationalError as error:
            closed = "" if os.access(self.path.parent, os.W_OK) else ", the folder can't be written"
            raise JournalFailure(f"{self.path}: {error}{closed}") from error
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise JournalError(f"{self.path}: found no journal of a run ({error})") from error
        except OSError as error:
            raise JournalFailure(f"{self.path}: {error.strerror}") from error
