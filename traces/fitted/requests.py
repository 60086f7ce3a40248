"""The kinds of requests of a trace: those that are frequent one by one, the others by a copula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.fitted import copula
from traces.fitted.model import Kind, Remainder

Ints = NDArray[np.int64]

KINDS_MAX = 1000
"""Up to so many are listed; of more, half as many, the most frequent."""
PARTS = 8
LABELS_MAX = 64


@dataclass(frozen=True)
class Requests:
    """kind: of each task, an index into `kinds`, the most frequent first; those of a remainder
    last. left_out: tasks whose constraints are too rare to be kept."""

    kind: Ints
    kinds: tuple[Kind, ...]
    remainder: tuple[Remainder, ...]
    left_out: int


def requests_of(
    frame: pl.DataFrame, resources: Sequence[str], units: Mapping[str, float]
) -> Requests:
    """The kinds of tasks in canonical columns: amounts, constraints, priority, whether a gang."""
    same = [*resources, "models", "max_per_machine", "priority", "gang"]
    key = frame.select(same).with_row_index("first")
    table = (
        key.group_by(same)
        .agg(pl.len().alias("count"), pl.col("first").min())
        .sort(["count", "first"], descending=[True, False])
        .with_row_index("kind")
    )
    kind = (
        key.join(table.select(*same, "kind"), on=same, how="left", nulls_equal=True,
                 maintain_order="left")["kind"]
        .to_numpy()
        .astype(np.int64)
    )  # fmt: skip
    listed = table.height if table.height <= KINDS_MAX else KINDS_MAX // 2
    kinds = [
        Kind(
            amounts=tuple(row[name] for name in resources),
            models=row["models"],
            max_per_machine=row["max_per_machine"],
            priority=row["priority"],
            gang=row["gang"],
        )
        for row in table.head(listed).iter_rows(named=True)
    ]
    if listed == table.height:
        return Requests(kind, tuple(kinds), (), 0)
    rare = np.flatnonzero(kind >= listed)
    part = _parts(frame[rare], resources)
    remainder: list[Remainder] = []
    left_out = 0
    for code in np.unique(part):
        some = rare[part == code]
        kind[some] = len(kinds)
        made, lost = _remainder(frame[some], resources)
        kinds.append(Kind(None, gang=bool(code >= PARTS), remainder=len(remainder)))
        remainder.append(made)
        left_out += lost
    return Requests(kind, tuple(kinds), tuple(remainder), left_out)


def _parts(frame: pl.DataFrame, resources: Sequence[str]) -> Ints:
    """Which remainder each task is of: by its size in eight parts, gangs apart."""
    amounts = frame.select(resources).to_numpy().astype(np.float64)
    mean = amounts.mean(axis=0)
    size = (amounts / np.where(mean > 0, mean, 1.0)).sum(axis=1)
    part = np.minimum((copula.ranks(size) * PARTS).astype(np.int64), PARTS - 1)
    return np.asarray(part + PARTS * frame["gang"].to_numpy(), np.int64)


def _remainder(frame: pl.DataFrame, resources: Sequence[str]) -> tuple[Remainder, int]:
    amounts = frame.select(resources).to_numpy().astype(np.float64)
    labels = (
        frame.group_by("models", "max_per_machine", "priority", maintain_order=True)
        .agg(pl.len().alias("count"))
        .sort("count", descending=True, maintain_order=True)
    )
    kept = labels.head(LABELS_MAX)
    matrix = copula.correlation(amounts)
    made = Remainder(
        tuple(copula.marginal(column) for column in amounts.T),
        tuple(map(tuple, np.round(matrix, 6).tolist())),
        tuple((float(row[3]), row[0], row[1], row[2]) for row in kept.iter_rows()),
    )
    return made, frame.height - sum(int(row[3]) for row in kept.iter_rows())
