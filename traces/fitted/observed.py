"""A trace as a fit sees it: arrays, one entry a task, and its batches.

A batch is what comes at one instant: tasks of one job whose submits are less than a minute apart,
or all tasks of a job where jobs are deployments or gangs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.fitted.requests import Requests, requests_of
from traces.trace import Trace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOGETHER_S = 60.0
TICK_S = 0.001
CLOSED_MIN = 5
"""So many tasks that end at the last instant, where all ends are known, were ended by it."""


@dataclass(frozen=True)
class Batches:
    """Some batches: of which kind (the most frequent, ties the smaller number), how many tasks,
    when the first comes, seconds, and the job's code."""

    kind: Ints
    size: Ints
    submit: Floats
    job: Ints

    def __len__(self) -> int:
        return int(self.kind.size)


@dataclass(frozen=True)
class Tasks:
    """Some tasks of a trace. life_s: infinite where not known; watched_s: how long it was seen."""

    kind: Ints
    batch: Ints
    submit: Floats
    life_s: Floats
    watched_s: Floats
    requested_s: Floats
    batches: Batches

    def __len__(self) -> int:
        return int(self.kind.size)


@dataclass(frozen=True)
class Observed:
    """What is fitted: requests, the tasks that arrive, those alive at the start.

    closed: what still ran when the trace ended is said to end then; its life is not known.
    """

    requests: Requests
    arriving: Tasks
    alive: Tasks
    begin_s: float
    end_s: float
    steps_s: tuple[float, float]
    closed: bool


def observed(trace: Trace) -> Observed:
    """The arrays of a trace; times count from its first arrival."""
    frame = trace.tasks.collect()
    requests = requests_of(frame, trace.resources, trace.units)
    submit = frame["submit"].to_numpy().astype(np.float64)
    life = frame["lifetime"].fill_null(np.inf).to_numpy().astype(np.float64)
    asked = frame["requested"].fill_null(np.nan).to_numpy().astype(np.float64)
    alive = frame["alive_at_start"].to_numpy()
    ends = submit + life
    begin = 0.0 if alive.any() else float(submit.min())
    last = float(submit.max())
    known = np.isfinite(ends)
    end = max(last, float(ends[known].max())) if known.any() else last
    closed = bool(known.all()) and int((ends == end).sum()) >= CLOSED_MIN
    if closed:
        ends, life = (np.where(ends == end, np.inf, of) for of in (ends, life))
    whole = frame["gang"].to_numpy() | trace.advice.together
    job = frame["job"].rank("dense").to_numpy().astype(np.int64) - 1
    step = _step(submit[~alive]), _step(life[np.isfinite(life)])

    def some(chosen: NDArray[np.bool_], *, started: bool) -> Tasks:
        at = submit[chosen] - begin
        # Of what runs at the start only what is left of its life can be told.
        left = ends[chosen] - begin if started else life[chosen]
        watched = end - begin - (0.0 if started else at)
        batch = _batches(job[chosen], at, whole[chosen] | started)
        return Tasks(
            requests.kind[chosen],
            batch,
            at,
            left,
            np.broadcast_to(watched, at.shape).astype(np.float64),
            asked[chosen],
            _gathered(batch, requests.kind[chosen], at, job[chosen]),
        )

    return Observed(
        requests,
        some(~alive, started=False),
        some(alive, started=True),
        begin,
        end - begin,
        step,
        closed,
    )


def _step(seconds: Floats) -> float:
    """The grid that all times lie on, a tick at least and an hour at most."""
    if not seconds.size:
        return TICK_S
    ticks = np.rint(seconds / TICK_S)
    if np.abs(seconds / TICK_S - ticks).max() > 1e-3:
        return TICK_S
    found = int(np.gcd.reduce(ticks.astype(np.int64)))
    return min(found, 3_600_000) * TICK_S if found else 1.0


def _batches(job: Ints, submit: Floats, whole: NDArray[np.bool_]) -> Ints:
    """The batch of each task, numbered from 0 in the order of their first submits."""
    if not job.size:
        return np.zeros(0, np.int64)
    order = np.lexsort((submit, job))
    first = np.r_[True, job[order][1:] != job[order][:-1]]
    apart = np.r_[False, (np.diff(submit[order]) >= TOGETHER_S)] & ~whole[order]
    code = np.empty(job.size, np.int64)
    code[order] = np.cumsum(first | apart) - 1
    begins = np.full(code.max() + 1, np.inf)
    np.minimum.at(begins, code, submit)
    place = np.empty(begins.size, np.int64)
    place[np.argsort(begins, kind="stable")] = np.arange(begins.size)
    return place[code]


def _gathered(batch: Ints, kind: Ints, submit: Floats, job: Ints) -> Batches:
    frame = pl.DataFrame({"batch": batch, "kind": kind, "submit": submit, "job": job})
    main = (
        frame.group_by("batch", "kind")
        .len("many")
        .sort("batch", "many", "kind", descending=[False, True, False])
        .unique("batch", keep="first", maintain_order=True)
    )
    said = (
        frame.group_by("batch")
        .agg(pl.len().alias("size"), pl.col("submit").min(), pl.col("job").first())
        .sort("batch")
    )
    return Batches(
        main["kind"].to_numpy().astype(np.int64),
        said["size"].to_numpy().astype(np.int64),
        said["submit"].to_numpy().astype(np.float64),
        said["job"].to_numpy().astype(np.int64),
    )
