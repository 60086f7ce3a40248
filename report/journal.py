"""A search's journal, read as it was left: what was proposed, and what came of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from report import plain
from report.fields import Fields, ReportError, clean

NAME = "run.sqlite"
VERSIONS = (0, 1)  # of the tables; 0 where none is written down
TABLES: Mapping[str, tuple[str, ...]] = {
    "candidate": ("number", "body"),
    "verdict": ("key", "body"),
    "event": ("number", "kind", "body"),
}
KEPT = ("new", "improved")
SEED = "seed"
A_JOURNAL = "the journal of a search"
MOST_BYTES = 64 << 20  # of one value
BESIDE = ("-wal", "-shm")  # SQLite's log, and the log's index, while a run is under way


@dataclass(frozen=True)
class Candidate:
    """One proposal. outcome: what came of it; score: on train, None where it was not scored."""

    number: int
    generation: int
    parents: tuple[int, ...]
    operator: str
    shipped: bool
    source: str
    outcome: str
    score: float | None

    @property
    def kept(self) -> bool:
        """Whether it took a cell of the archive."""
        return self.outcome in KEPT

    @property
    def made_by(self) -> str:
        """The operator that made it, `seed` for what is shipped."""
        return SEED if self.shipped else self.operator


@dataclass(frozen=True)
class Draws:
    """What was measured of a program in one place, and its goodput, a value a draw."""

    values: tuple[float, ...]
    goodput: tuple[float, ...]


@dataclass(frozen=True)
class Journal:
    """The candidates of a summary in their order; verdicts by the keys that were asked for.

    tried: candidates in all, more than those where the run was gone on with after its summary;
    opened: after how many the test pool was opened, None where the journal does not say.
    """

    candidates: tuple[Candidate, ...]
    verdicts: Mapping[str, Draws]
    tried: int
    opened: int | None


def journal(folder: Path, count: int, keys: Sequence[str] = ()) -> Journal:
    """Read a folder's journal, its first `count` candidates; it is never written to.

    Raises ReportError where there is none, it is of another version, or it holds fewer.
    """
    file = folder / NAME
    with opened(file) as base:
        (tried,) = base.execute("SELECT COUNT(*) FROM event WHERE kind = 'taken'").fetchone()
        if tried < count:
            raise ReportError(
                f"{file}: found {tried} candidates taken in, expected the {count} of the summary"
            )
        opening = base.execute(
            "SELECT body FROM event WHERE number = -1 AND kind = 'opened'"
        ).fetchone()
        return Journal(
            candidates=_candidates(file, base, count),
            verdicts=_verdicts(file, base, keys),
            tried=int(tried),
            opened=None
            if opening is None
            else _whole(body(file, opening[0], "event opened"), "candidates"),
        )


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A journal to be read, while its run is under way too; nothing in its folder is changed.

    Raises ReportError where there is none, it is no plain file of this version, or can't be read.
    """
    _expect_plain(file)
    try:
        with closing(sqlite3.connect(_address(file), uri=True)) as base:
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
            base.text_factory = lambda raw: raw.decode("utf-8", "replace")
            base.execute("PRAGMA trusted_schema = OFF")
            _expect_version(file, base)
            yield base
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter of what SQLite itself says
        raise ReportError(f"{file}: found {clean(str(error))}, expected {A_JOURNAL}") from None


def _expect_plain(file: Path) -> None:
    """Raise ReportError where it, or SQLite's log beside it, is no plain file."""
    plain.expect_plain(file, A_JOURNAL)
    for beside in (file.with_name(f"{NAME}{end}") for end in BESIDE):
        if plain.is_there(beside):
            plain.expect_plain(beside, A_JOURNAL)


def _address(file: Path) -> str:
    """How SQLite is to open it: to read, and with the log where there is one.

    Without a log the file is whole. Its index is not written to either, where there is one.
    """
    log, index = (file.with_name(f"{NAME}{end}").exists() for end in BESIDE)
    how = "" if log else "&immutable=1"
    if log and index:
        how = "&readonly_shm=1"
    return f"{file.absolute().as_uri()}?mode=ro{how}"


def _expect_version(file: Path, base: sqlite3.Connection) -> None:
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if version not in VERSIONS:
        raise ReportError(
            f"{file}: found a journal of version {version}, expected {VERSIONS[-1]}: report it "
            "with the version of unstrand that wrote it"
        )
    for table, columns in TABLES.items():
        found = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
        (kind,) = base.execute(
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ? AND rootpage > 0",
            (table,),
        ).fetchone()
        if found and not kind:  # a view computes what it says, for as long as it likes
            raise ReportError(f"{file}: {table}: found no table, expected {A_JOURNAL}")
        absent = [column for column in columns if column not in found]
        if absent:
            raise ReportError(
                f"{file}: table {table}: found no {', '.join(absent)}, expected {A_JOURNAL}"
            )


def _candidates(file: Path, base: sqlite3.Connection, count: int) -> tuple[Candidate, ...]:
    rows = base.execute(
        "SELECT candidate.number, candidate.body, event.body FROM candidate JOIN event "
        "ON event.number = candidate.number AND event.kind = 'taken' "
        "WHERE candidate.number < ? ORDER BY candidate.number",
        (count,),
    )
    out = []
    for number, proposed, taken in rows:
        one = proposal(number, body(file, proposed, f"candidate {number}"))
        out.append(taken_in(one, body(file, taken, f"candidate {number}, taken")))
    if [one.number for one in out] != list(range(count)):
        raise ReportError(
            f"{file}: found {len(out)} candidates, expected 0 to {count - 1}, as the summary says"
        )
    return tuple(out)


def proposal(number: int, one: Fields) -> Candidate:
    """A candidate as it was proposed: nothing came of it yet, so its outcome is an empty text."""
    parents = one.values.get("parents")
    if not isinstance(parents, list) or any(p not in range(int(number)) for p in parents):
        raise one.error(one.path("parents"), parents, "numbers of earlier candidates")
    source = one.required("source", "text")
    return Candidate(
        number=int(number),
        generation=_whole(one, "generation"),
        parents=tuple(int(p) for p in parents),
        operator=one.text("operator"),
        shipped=one.text("proposer") == "shipped",
        source=str(source),
        outcome="",
        score=None,
    )


def taken_in(one: Candidate, said: Fields) -> Candidate:
    """The candidate with what came of it."""
    return replace(one, outcome=said.text("status"), score=said.optional_number("score"))


def _verdicts(file: Path, base: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Draws]:
    out = {}
    for key in keys:
        row = base.execute("SELECT body FROM verdict WHERE key = ?", (key,)).fetchone()
        if row is None:
            continue
        out[key] = draws(body(file, row[0], f"verdict {key[:40]}"))
    return out


def draws(verdict: Fields) -> Draws:
    """What a verdict measured."""
    values, held = (_numbers(verdict, name) for name in ("values", "goodput"))
    return Draws(values, held)


def _numbers(fields: Fields, key: str) -> tuple[float, ...]:
    values = fields.required(key, "a list of numbers")
    if not isinstance(values, list):
        raise fields.error(fields.path(key), values, "a list of numbers")
    each = Fields(fields.file, {str(i): v for i, v in enumerate(values)}, fields.path(key))
    return tuple(each.number(name) for name in each)


def _whole(fields: Fields, key: str) -> int:
    return int(fields.number(key))


def body(file: Path, text: object, at: str) -> Fields:
    """The JSON object in a row. Raises ReportError where there is none. at: which row, in words."""
    try:
        found = json.loads(str(text))
    except (RecursionError, ValueError) as error:
        said = clean(" ".join(str(error).split()))
        raise ReportError(f"{file}: {clean(at)}: found {said}, expected JSON") from None
    return Fields(file, found, clean(at))
