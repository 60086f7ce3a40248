"""The published log: JSON, a list of jobs with their attempts and the GPUs that each had.

Times are local, None or blank where they were not recorded. The trace's own notebook takes the
first attempt's GPUs, and the time from the first start to the last end, as here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from traces import instants
from traces.errors import TraceError, shown
from traces.kubernetes.dump_json import objects
from traces.philly.jobs import Jobs
from traces.philly.runs import RUNS, runs
from traces.rows import Origin, Rows

EXPECTED = "the jobs of Philly, a JSON list of objects with jobid, submitted_time and attempts"
CHUNK_JOBS = 20_000
_UNKNOWN = ("", "None")
_TIME = "a time such as 2017-10-07 01:12:09, or None"
_ORIGINS = {"id": Origin("jobid"), "submit": Origin("submitted_time")}
_ATTEMPTS = {
    "number": pl.Int64,
    "place": pl.Int64,
    "start_time": pl.String,
    "end_time": pl.String,
    "gpus": pl.Int64,
    "ip": pl.String,
}


def read(log: Path) -> Jobs:
    """The jobs, an object at a time; those that never ran are dropped. Raises TraceError."""
    frames: list[pl.DataFrame] = []
    used: dict[str, int] = {}
    chunk = _Chunk(log, used)
    count = 0
    for item, value in objects(log, EXPECTED):
        chunk.take(count + 1, item, value)
        count += 1
        if chunk.full:
            frames.append(chunk.runs())
            chunk = _Chunk(log, used)
    if not count:
        raise TraceError(file=log, found="no job", expected=EXPECTED)
    frames.append(chunk.runs())
    made = runs(log, pl.concat(frames))
    numbers = made.frame["number"].to_numpy()
    frame = made.frame.select("id", "submit", "lifetime", "gpus", "machine")
    rows = Rows(str(log), 1, frame, text=False, origins=_ORIGINS, numbers=numbers)
    return Jobs(rows, count, made.dropped, made.assumed, used)


class _Chunk:
    """Some jobs and their attempts, as columns; their times are still text."""

    def __init__(self, log: Path, used: dict[str, int]) -> None:
        self._log, self._used = log, used
        self._jobs: list[tuple[int, str, str | None]] = []
        self._attempts: list[tuple[Any, ...]] = []
        self._items: list[str] = []
        self._item = ""

    @property
    def full(self) -> bool:
        """Whether it holds enough."""
        return len(self._jobs) >= CHUNK_JOBS

    def take(self, number: int, item: str, job: object) -> None:
        """Take the job that is the log's `number`th. Raises TraceError."""
        self._item = item
        if not isinstance(job, dict):
            self._wrong(None, job, "an object with jobid, submitted_time and attempts")
        name = self._text(job, "jobid", "")
        if name is None:
            self._wrong("jobid", job.get("jobid"), "a text")
        self._item = f"{item} {name[:60]}".strip()
        self._items.append(self._item)
        self._jobs.append((number, name, self._text(job, "submitted_time", "")))
        for place, attempt in enumerate(self._objects(job, "attempts", "")):
            where = f"attempts[{place}]."
            gpus, ip = self._detail(attempt, where)
            times = (self._text(attempt, end, where) for end in ("start_time", "end_time"))
            self._attempts.append((number, place, *times, gpus, ip))

    def _detail(self, attempt: dict[str, Any], where: str) -> tuple[int, str | None]:
        """How many GPUs an attempt had, and the machine if it was one."""
        total, machines = 0, set()
        for place, part in enumerate(self._objects(attempt, "detail", where)):
            inside = f"{where}detail[{place}]."
            listed = self._list(part, "gpus", inside)
            if not listed:
                continue
            ip = self._text(part, "ip", inside)
            machines.add(ip)
            total += len(listed)
            if ip is not None:
                self._used[ip] = max(self._used.get(ip, 0), len(listed))
        return total, machines.pop() if len(machines) == 1 else None

    def _list(self, owner: dict[str, Any], key: str, where: str) -> list[Any]:
        """A list that must be there, null for none."""
        found = owner.get(key) if key in owner else _MISSING
        if found is None:
            return []
        if not isinstance(found, list):
            self._wrong(where + key, found, "a list")
        return found

    def _objects(self, owner: dict[str, Any], key: str, where: str) -> Iterator[dict[str, Any]]:
        for place, value in enumerate(self._list(owner, key, where)):
            if not isinstance(value, dict):
                self._wrong(f"{where}{key}[{place}]", value, "an object")
            yield value

    def _text(self, owner: dict[str, Any], key: str, where: str) -> str | None:
        """A text, None where it is not there, null, blank or `None`."""
        found = owner.get(key)
        if found is not None and not isinstance(found, str):
            self._wrong(where + key, found, "a text, or null")
        return None if found in _UNKNOWN else found

    def _wrong(self, field: str | None, found: object, expected: str) -> NoReturn:
        what = "nothing" if found is _MISSING else shown(found)
        raise TraceError(
            file=self._log,
            item=self._item,
            field=field,
            found="null" if found is None else what,
            expected=expected,
        )

    def runs(self) -> pl.DataFrame:
        """One row a job, as `runs.runs` takes them. Raises TraceError for text that is no time."""
        jobs = pl.DataFrame(
            self._jobs,
            schema={"number": pl.Int64, "id": pl.String, "submitted_time": pl.String},
            orient="row",
        )
        attempts = pl.DataFrame(self._attempts, schema=_ATTEMPTS, orient="row")
        jobs = self._timed(jobs, "submitted_time")
        for end in ("start_time", "end_time"):
            attempts = self._timed(attempts, end)
        listed = pl.col("gpus").filter(pl.col("gpus") > 0)
        where = pl.col("ip").filter(pl.col("gpus") > 0)
        by_job = attempts.group_by("number", maintain_order=True).agg(
            pl.len().cast(pl.Int64).alias("attempts"),
            pl.col("start_time").first().alias("first"),
            pl.col("start_time").drop_nulls().first().alias("begin"),
            pl.col("end_time").last().alias("end"),
            listed.first().alias("gpus"),
            (listed.n_unique() > 1).alias("varied"),
            pl.when((where.n_unique() == 1) & (where.null_count() == 0))
            .then(where.first())
            .alias("machine"),
        )
        joined = jobs.join(by_job, on="number", how="left", maintain_order="left")
        return joined.rename({"submitted_time": "submit"}).select(RUNS)

    def _timed(self, frame: pl.DataFrame, column: str) -> pl.DataFrame:
        """The frame with a column of text as seconds since 1970."""
        seconds = frame.select(instants.seconds(column, pl.String()).alias(column)).to_series()
        wrong = (frame[column].is_not_null() & seconds.is_null()).arg_true()
        if wrong.len():
            index = wrong[0]
            inside = f"attempts[{frame['place'][index]}]." if "place" in frame.columns else ""
            first = self._jobs[0][0]
            self._item = self._items[frame["number"][index] - first]
            self._wrong(inside + column, frame[column][index], _TIME)
        return frame.with_columns(seconds)


_MISSING = object()
