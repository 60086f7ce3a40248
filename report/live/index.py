"""What a journal holds, kept as it grows: each row is read once, whatever is shown of it.

Sources, prompts and verdicts stay in the file, and are read where one candidate is looked at
(`report.live.one`).
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from report import journal
from report.fields import Fields, ReportError, clean, finite
from report.journal import Candidate
from report.live import text
from report.live.begun import Begun, begun
from report.live.running import is_held

MOST_BYTES = 4 << 20  # of a row that is looked into
MOST_FAULTS = 100
MOST_PARENTS = 16  # of a candidate
LARGEST = 1 << 53  # number of a candidate
RUN = -1  # whose events are no candidate's
OUT = ""  # the outcome of what is out to be scored
OF_A_CHOICE = ("emptier", "balance")


@dataclass(slots=True)
class Told:
    """A candidate without its source, and when it was taken in, in seconds searched."""

    candidate: Candidate
    island: int | None
    size: int | None
    at_s: float | None = None


@dataclass(frozen=True)
class Record:
    """A candidate that was the best so far."""

    number: int
    taken: int  # after so many
    at_s: float | None
    score: float


@dataclass
class Known:
    """All that was read of a journal. ranked: what was kept, best first, as (-score, number)."""

    begun: Begun = field(default_factory=Begun)
    candidates: dict[int, Told] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=dict)
    taken: list[int] = field(default_factory=list)
    by_outcome: dict[str, list[int]] = field(default_factory=dict)
    ranked: list[tuple[float, int]] = field(default_factory=list)
    scored: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    cells: dict[tuple[int, ...], tuple[float, int]] = field(default_factory=dict)
    tried_by: Counter[str] = field(default_factory=Counter)
    kept_by: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    judged: int = 0  # verdicts apart from the search's own
    opened: bool = False
    faults: list[str] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)  # the last row of each table


class Index:
    """The journal of one run. `turn` is to be held while it is read or shown.

    Raises ReportError where the folder holds no journal that can be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / journal.NAME
        self.turn = RLock()
        self.known, self.fault = Known(), ""
        self._stamp: tuple[Any, ...] = ()
        self._inode = 0
        self.goes_on = False
        self._read()

    def read(self) -> bool:
        """Read what is new; whether anything is. What then can't be read is told by `fault`."""
        with self.turn:
            before = (self.fault, self.goes_on, len(self.known.taken), self.known.judged)
            out = len(self.known.candidates)
            try:
                self._read()
                self.fault = ""
            except ReportError as error:
                self.fault = str(error)
            after = (self.fault, self.goes_on, len(self.known.taken), self.known.judged)
            return before != after or out != len(self.known.candidates)

    def _read(self) -> None:
        self.goes_on = is_held(self.file)
        stamp = _stamp(self.file)
        if stamp and stamp == self._stamp and not self.fault:
            return
        with journal.opened(self.file) as base:
            base.execute("BEGIN")  # one state of all tables
            self._expect_the_same(base)
            self._candidates(base)
            self._events(base)
            self._verdicts(base)
        self._stamp = stamp

    def _expect_the_same(self, base: sqlite3.Connection) -> None:
        """Forget all where another run stands in this one's place."""
        inode = self.file.stat().st_ino
        (count,) = base.execute("SELECT MAX(rowid) FROM event").fetchone()
        if inode != self._inode or (count or 0) < self.known.last.get("event", 0):
            self.known = Known()
        if not self.known.candidates:
            self.known.begun = begun(base)
        self._inode = inode

    def _rows(self, base: sqlite3.Connection, table: str, columns: str) -> Iterator[Any]:
        """The rows of a table that were not read before."""
        last = self.known.last
        for row in base.execute(
            f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid",
            (last.get(table, -LARGEST),),
        ):
            last[table] = int(row[0])
            yield row

    @contextmanager
    def _telling(self, at: str) -> Iterator[None]:
        """What is wrong with one row is kept beside what is known, and the others are read on."""
        try:
            yield
        except (ReportError, TypeError, OverflowError, ValueError) as error:
            said = str(error)
            if not isinstance(error, ReportError):
                said = f"{self.file}: {at}: found {clean(said)[:80]}, expected a candidate's JSON"
            if len(self.known.faults) < MOST_FAULTS:
                self.known.faults.append(said)

    def _candidates(self, base: sqlite3.Connection) -> None:
        for _, number, body, size in self._rows(base, "candidate", bounded("number")):
            with self._telling(f"candidate {number!r:.20}"):
                self._proposed(number, body, size)

    def _proposed(self, number: Any, body: Any, size: int) -> None:
        known = self.known
        if type(number) is not int or not 0 <= number <= LARGEST:
            raise ReportError(f"{self.file}: candidate {number!r:.20}: expected a number from 0 on")
        if body is None:
            raise ReportError(
                f"{self.file}: candidate {number}: found {size:,} bytes, expected at most "
                f"{MOST_BYTES:,}"
            )
        fields = journal.body(self.file, body, f"candidate {number}")
        one = journal.proposal(number, fields)
        operator, parents = text.line(one.operator, 60), one.parents[:MOST_PARENTS]
        one = replace(one, source="", operator=operator, parents=parents)
        known.candidates[number] = Told(one, _whole(fields, "island"), _whole(fields, "size"))
        for parent in dict.fromkeys(one.parents):
            known.children.setdefault(parent, []).append(number)
        costs = fields.values.get("costs")
        for name, value in (costs if isinstance(costs, dict) else {}).items():
            if name in ("requests", "tokens_in", "tokens_out", "usd") and _is_number(value):
                known.spent[name] += value

    def _events(self, base: sqlite3.Connection) -> None:
        named = {row[1] for row in base.execute("PRAGMA table_info(event)")}
        at = "at_s" if "at_s" in named else "NULL"
        for _, number, body, _size, kind, at_s in self._rows(
            base, "event", f"{bounded('number')}, kind, {at}"
        ):
            if kind == "taken":
                with self._telling(f"candidate {number!r:.20}, taken"):
                    self._taken(base, number, body, at_s)
            elif kind == "opened":
                self.known.opened = True

    def _taken(self, base: sqlite3.Connection, number: Any, body: Any, at_s: Any) -> None:
        known = self.known
        told = known.candidates.get(number) if type(number) is int else None
        if told is None or told.candidate.outcome != OUT:
            return  # of a row that could not be read, which was said there
        one = journal.taken_in(
            told.candidate, journal.body(self.file, body, f"candidate {number}, taken")
        )
        one = replace(one, outcome=text.line(one.outcome, 40) or "no outcome")
        told.candidate, told.at_s = one, float(at_s) if _is_number(at_s) else None
        known.taken.append(number)
        known.by_outcome.setdefault(one.outcome, []).append(number)
        known.tried_by[one.made_by] += 1
        if one.score is not None:
            known.scored.append(number)
        if not one.kept or one.score is None:
            return
        known.kept_by[one.made_by] += 1
        insort(known.ranked, (-one.score, number))
        if not known.records or one.score > known.records[-1].score:
            known.records.append(Record(number, len(known.taken), told.at_s, one.score))
        self._map(base, told, one.score)

    def _map(self, base: sqlite3.Connection, told: Told, score: float) -> None:
        """Where it stands in the archive, of all islands; their migrations change nothing there."""
        layout, number = self.known.begun.layout, told.candidate.number
        if layout is None:
            return
        seen = verdict_in(self.file, base, number)
        choices = seen.values.get("behaviour") if seen else None
        measured: dict[str, Any] = {"complexity": told.size}
        if isinstance(choices, dict):
            measured |= {name: choices.get(name) for name in OF_A_CHOICE}
        if not all(_is_number(measured.get(name)) for name in layout.measures):
            return
        cell = layout.cell(measured)
        best = self.known.cells.get(cell)
        if best is None or score > best[0]:
            self.known.cells[cell] = (score, number)

    def _verdicts(self, base: sqlite3.Connection) -> None:
        for _, own in self._rows(base, "verdict", "substr(key, 1, 6) = 'train:'"):
            self.known.judged += not own


def verdict_in(file: Path, base: sqlite3.Connection, number: int) -> Fields | None:
    """A candidate's verdict on train, None where there is none, or one too long to look into."""
    found = base.execute(
        f"SELECT {bounded('key')} FROM verdict WHERE key = ?", (f"train:{number}",)
    ).fetchone()
    if found is None or found[1] is None:
        return None
    return journal.body(file, found[1], f"verdict train:{number}")


def bounded(key: str) -> str:
    """Columns of a row: its key, its body where that is not too long, and how long it is."""
    size = "length(CAST(body AS BLOB))"
    return f"{key}, CASE WHEN {size} <= {MOST_BYTES} THEN body END, {size}"


def _whole(fields: Fields, name: str) -> int | None:
    value = fields.values.get(name)
    return value if type(value) is int else None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and finite(value)


def _stamp(file: Path) -> tuple[Any, ...]:
    """What changes where something is written."""
    found: list[Any] = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            said = path.stat()
        except OSError:
            continue
        found += [said.st_ino, said.st_size, said.st_mtime_ns]
    return tuple(found)
