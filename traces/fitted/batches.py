"""The batches of a synthetic trace: kinds, sizes, lots, jobs, times; one entry a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traces.fitted import lots
from traces.fitted.lots import Floats, Ints
from traces.fitted.model import Cell, Model, Sizes

Whole = NDArray[np.integer]
RARE = 1e-12
JOBS_A_BATCH = 16
"""No more jobs of a kind are told apart for each of its batches."""


@dataclass(frozen=True)
class Batches:
    """Batches in order. lot: where their median life stands in its law; profile: another lot,
    for how lives differ within; mixed: the share of their tasks that are of other kinds."""

    kind: Whole
    size: Whole
    law: Whole
    lot: Floats
    profile: Floats
    mixed: NDArray[np.floating]

    def __len__(self) -> int:
        return int(self.kind.size)

    def narrow(self) -> Batches:
        """The same in less memory."""
        return Batches(
            self.kind.astype(np.int32),
            self.size.astype(np.int32),
            self.law.astype(np.int16),
            self.lot,
            self.profile,
            self.mixed.astype(np.float32),
        )

    def take(self, index: Ints | slice) -> Batches:
        """Some of them."""
        return Batches(
            self.kind[index],
            self.size[index],
            self.law[index],
            self.lot[index],
            self.profile[index],
            self.mixed[index],
        )


def draw(model: Model, tasks: int, random: np.random.Generator, *, start: bool = False) -> Batches:
    """Batches of exactly so many tasks in all, in random order."""
    kinds = [kind.start if start else kind.arrivals for kind in model.kinds]
    sizes = model.start_sizes if start else model.sizes
    cells = [(number, cell) for number, some in enumerate(kinds) for cell in some]
    weight = np.array([cell.batches for _, cell in cells], np.float64)
    runs: list[Batches] = []
    missing = tasks
    while missing > 0:
        count = max(1, round(missing / _mean(cells, weight, sizes)))
        run = _some(cells, weight, sizes, count, random)
        runs.append(run)
        missing -= int(run.size.sum())
    if not runs:
        return Batches(*(np.zeros(0, np.int64),) * 3, *(np.zeros(0),) * 3)
    every = joined(runs)
    every = every.take(random.permutation(len(every)))
    ends = np.cumsum(every.size)
    last = int(np.searchsorted(ends, tasks))
    every = every.take(slice(0, last + 1))
    every.size[-1] -= int(ends[last]) - tasks
    return every


def _mean(cells: Sequence[tuple[int, Cell]], weight: Floats, sizes: Sequence[Sizes]) -> float:
    """Tasks a batch."""
    mean = {
        one.size: float(np.average([n for n, _ in one.counts], weights=[c for _, c in one.counts]))
        for one in sizes
    }
    return float(np.average([mean[cell.size] for _, cell in cells], weights=weight))


def joined(runs: Sequence[Batches]) -> Batches:
    if len(runs) == 1:
        return runs[0]
    names = ("kind", "size", "law", "lot", "profile", "mixed")
    return Batches(*(np.concatenate([getattr(run, name) for run in runs]) for name in names))


def _some(
    cells: Sequence[tuple[int, Cell]],
    weight: Floats,
    sizes: Sequence[Sizes],
    count: int,
    random: np.random.Generator,
) -> Batches:
    """So many batches, by kind and size."""
    index, within = lots.chosen(weight, count, random)
    # Where cells hold one batch each, all would have the same place in their sizes.
    within = (within + random.random(len(cells))[index]) % 1.0
    lower = np.array([cell.size for _, cell in cells])[index]
    size, share, away = lower.copy(), np.zeros(count), np.zeros(count)
    for table in sizes:
        some = np.flatnonzero(lower == table.size)
        values, number = np.array(table.counts).T
        upto = np.cumsum(number) / number.sum()
        size[some] = values[np.minimum(np.searchsorted(upto, within[some]), values.size - 1)]
        share[some], away[some] = table.mixed, table.away
    law = np.array([cell.law for _, cell in cells])[index]
    mixed = np.where(lots.even(count, 2, random) < share, away, 0.0)
    kind = np.array([number for number, _ in cells])[index]
    lot, profile = lots.even(count, 0, random), lots.even(count, 1, random)
    return Batches(kind, size, law, lot, profile, mixed)


def jobs(model: Model, runs: Sequence[Batches], scale: float, random: np.random.Generator) -> Ints:
    """The job of each batch of all runs, numbered as they first come; services have several.

    Which service of its kind a batch is of is drawn by how many batches services have.
    """
    kind = np.concatenate([run.kind for run in runs])
    code = np.arange(kind.size) + 1_000_000_000  # a job of its own
    many, at = np.array(model.services or (1.0,)), 0
    for number, one in enumerate(model.kinds):
        if not one.jobs:
            continue
        some = np.flatnonzero(kind == number)
        there = max(1, min(round(one.jobs * scale), JOBS_A_BATCH * some.size))
        shares = (np.arange(there) + 0.5) / there * many.size
        weight = np.maximum(many[np.minimum(shares.astype(np.int64), many.size - 1)], RARE)
        upto = np.cumsum(weight) / weight.sum()
        code[some] = at + np.searchsorted(upto, random.random(some.size)).clip(max=there - 1)
        at += there
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank[place.reshape(-1)]
