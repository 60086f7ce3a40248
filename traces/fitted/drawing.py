"""A synthetic trace drawn from a model, a run of whole batches at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from traces.fit import Fleet
from traces.fitted import arrivals, batches, lives, mixture, remainder
from traces.fitted.batches import Batches
from traces.fitted.lots import Floats, Ints
from traces.fitted.model import Model
from traces.schema import MACHINE_FIXED, task_columns

RUN_TASKS = 1 << 16
_TYPES: dict[str, Any] = {
    "text": pl.String,
    "number": pl.Float64,
    "integer": pl.Int64,
    "truth": pl.Boolean,
}
_LABELS = ("models", "max_per_machine", "priority", "gang")


@dataclass(frozen=True)
class Drawing:
    """A trace to be drawn: how many tasks, at how many times the model's rate, by which seed."""

    model: Model
    tasks: int
    scale: float
    seed: int

    @property
    def start_tasks(self) -> int:
        """How many of the tasks run at the start."""
        if self.model.tasks == self.model.start_tasks:
            return self.tasks
        return min(round(self.model.start_tasks * self.scale), self.tasks)

    @cached_property
    def longer(self) -> float:
        """How many times the model's time the arrivals take, at its rate."""
        rate = (self.model.tasks - self.model.start_tasks) * self.scale
        return (self.tasks - self.start_tasks) / rate if rate else 1.0

    @cached_property
    def end_s(self) -> float:
        """When the trace ends, seconds: what lives longer is not known to end."""
        return self.model.end_s + self.model.arrivals.span_s * (self.longer - 1.0)

    def machines(self) -> pl.DataFrame:
        """The machines, as many of each kind as the scale says, one at least."""
        kinds = self.model.machines
        counts = np.array([max(1, round(kind.count * self.scale)) for kind in kinds], np.int64)
        of = np.repeat(np.arange(counts.size), counts)
        columns = [c.name for c in MACHINE_FIXED if c.name != "rack"]
        schema = {
            "model": pl.String,
            **dict.fromkeys(self.model.resources, pl.Float64),
        }
        rows = [(kind.model, *kind.amounts) for kind in kinds]
        frame = pl.DataFrame(rows, schema=schema, orient="row")[of]
        ids = _named("m", np.arange(of.size), of.size)
        return frame.with_columns(ids.alias("id")).select(columns[0], *schema)

    def runs(self) -> Iterator[pl.DataFrame]:
        """The tasks in order, whole batches of about 65,000 tasks at a time."""
        every, job, at = self._plan
        ends = np.cumsum(every.size)
        first, number = 0, 0
        while first < len(every):
            before = int(ends[first - 1]) if first else 0
            last = max(int(np.searchsorted(ends, before + RUN_TASKS, side="right")), first + 1)
            some = slice(first, last)
            yield self._rows(every.take(some), job[some], at[some], before, number)
            first, number = last, number + 1

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Columns and types of the rows."""
        return {c.name: _TYPES[c.kind] for c in task_columns(self.model.resources)}

    def _random(self, *part: int) -> np.random.Generator:
        return np.random.default_rng([0xF177ED, self.seed, *part])

    @cached_property
    def _plan(self) -> tuple[Batches, Ints, Floats]:
        """All batches, those of the start first, with the job and the time of each (NaN: start)."""
        random, model, alive = self._random(0), self.model, self.start_tasks
        start = batches.draw(model, alive, random, start=True)
        coming = batches.draw(model, self.tasks - alive, random)
        span, step = model.arrivals.span_s * self.longer, model.steps_s[0]
        times = self._times(coming, span)
        order = np.argsort(times, kind="stable")
        coming, times = coming.take(order), arrivals.on_grid(times[order], span, step)
        job = batches.jobs(model, (start, coming), self.scale, random)
        at = np.concatenate([np.full(len(start), np.nan), times])
        every = batches.joined((start, coming))
        del start, coming, times, order  # tens of millions are kept below as small as they can be
        return every.narrow(), job.astype(np.int32), at

    def _times(self, coming: Batches, span: float) -> Floats:
        """When batches come, each as the component of its law does, seconds."""
        group = np.empty(len(coming), np.int64)
        drift: list[tuple[float, ...]] = []
        for number, law in enumerate(self.model.laws):
            some = np.flatnonzero(coming.law == number)
            group[some] = len(drift) + mixture.drawn(law.components, coming.lot[some])[1]
            drift += [one.drift for one in law.components]
        step = self.model.steps_s[0]
        return arrivals.draw(self.model.arrivals, group, drift, span, step, self._random(1))

    @cached_property
    def _amounts(self) -> Floats:
        """(kinds, R) natural; 0 for those of a remainder."""
        none = (0.0,) * len(self.model.resources)
        return np.array([kind.amounts or none for kind in self.model.kinds])

    @cached_property
    def _labels(self) -> pl.DataFrame:
        """One row a kind, then one for each label of each remainder."""
        model = self.model
        rows = [(k.models, k.max_per_machine, k.priority, k.gang) for k in model.kinds]
        gangs = {kind.remainder: kind.gang for kind in model.kinds}
        for number, rest in enumerate(model.remainder):
            rows += [(*label[1:], gangs.get(number, False)) for label in rest.labels]
        types = (pl.String, pl.Int64, pl.Int64, pl.Boolean)
        return pl.DataFrame(rows, schema=dict(zip(_LABELS, types, strict=True)), orient="row")

    @cached_property
    def _fleet(self) -> Fleet | None:
        if self.model.unplaceable or not self.model.machines:
            return None
        return Fleet(self.machines(), self.model.resources)

    def _rows(self, some: Batches, job: Ints, at: Floats, before: int, number: int) -> pl.DataFrame:
        random, model = self._random(2, number), self.model
        of = np.repeat(np.arange(len(some)), some.size)
        kind = self._kinds(some, of, random)
        amounts, label = self._requests(kind, of, random)
        left, asked = lives.draw(model, some, self.end_s, random)
        alive = np.isnan(at)[of]
        age = np.where(alive, self._ages(len(some), random)[of], 0.0)
        begin = np.where(alive, 0.0, at[of])
        if model.closed:
            left = np.minimum(left, np.maximum(self.end_s - begin, 0.0))
        ended = (begin + left <= self.end_s) & (not model.snapshot)
        frame = pl.DataFrame(
            {
                "id": _named("t", np.arange(before, before + of.size), self.tasks),
                "job": _named("j", job, self.tasks)[of],
                "submit": begin - age,
                "lifetime": np.where(ended, left + age, np.nan),
                **dict(zip(model.resources, amounts.T, strict=True)),
                "alive_at_start": alive,
                "machine": pl.Series([None], dtype=pl.String).new_from_index(0, of.size),
                "requested": asked[of],
            }
        ).with_columns(pl.col("lifetime", "requested").fill_nan(None))
        rows = frame.hstack(self._labels[label])
        return rows.select(pl.col(name).cast(kept) for name, kept in self.schema.items())

    def _kinds(self, some: Batches, of: Ints, random: np.random.Generator) -> Ints:
        """The kind of each task: its batch's, or another one where it is of several."""
        kind = some.kind[of]
        apart = np.flatnonzero(random.random(of.size) < some.mixed[of])
        beside = np.array([one.beside for one in self.model.kinds], np.float64)
        if apart.size and beside.any():
            kind[apart] = random.choice(beside.size, size=apart.size, p=beside / beside.sum())
        return kind

    def _requests(self, kind: Ints, of: Ints, random: np.random.Generator) -> tuple[Floats, Ints]:
        """Amounts (N, R) and the row of labels of each task; a batch draws a remainder once."""
        amounts, label = self._amounts[kind], kind.copy()
        at = len(self.model.kinds)
        rest = np.array([one.remainder for one in self.model.kinds])[kind]
        for number, one in enumerate(self.model.remainder):
            some = np.flatnonzero(rest == number)
            if some.size:
                batch, place = np.unique(of[some], return_inverse=True)
                drawn, chosen = remainder.draw(one, batch.size, self._fleet, random)
                amounts[some], label[some] = drawn[place], at + chosen[place]
            at += len(one.labels)
        return amounts, label

    def _ages(self, count: int, random: np.random.Generator) -> Floats:
        """How long each batch has run at the start, seconds."""
        if not self.model.ages:
            return np.zeros(count)
        step = self.model.steps_s[0]
        ages, _ = mixture.drawn(self.model.ages, random.random(count))
        return np.asarray(np.rint(ages / step) * step)


def _named(letter: str, numbers: Ints, count: int) -> pl.Series:
    width = len(str(max(count - 1, 0)))
    return (letter + pl.Series(numbers).cast(pl.String).str.zfill(width)).alias(letter)
