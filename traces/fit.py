"""Requests that no machine could take even when empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.errors import TraceError, shown
from traces.rows import Rows
from traces.schema import amounts


class Fleet:
    """The machines' sizes, as far as the question needs them: the largest, a set of models."""

    def __init__(self, machines: pl.DataFrame, resources: Sequence[str]) -> None:
        self._types = machines.select("model", *resources).unique(maintain_order=True)
        self._resources = tuple(resources)
        self._largest: dict[str | None, NDArray[np.float64]] = {}

    def largest(self, models: str | None) -> NDArray[np.float64]:
        """Sizes (types x resources) of the models allowed ('A|B', None: all) that none exceeds."""
        if models not in self._largest:
            types = self._types
            if models is not None:
                types = types.filter(pl.col("model").is_in(models.split("|")))
            self._largest[models] = _frontier(types.select(self._resources).to_numpy())
        return self._largest[models]

    def check(self, rows: Rows, *, oversized: bool = False) -> NDArray[np.int64]:
        """Which tasks, in canonical columns, no machine of a model that they may use can take.

        Raises TraceError for the first that no machine at all can take, unless oversized ones are
        counted too.
        """
        requests = rows.frame.select(self._resources).to_numpy()
        outsized = self._left(requests, np.arange(len(requests)), None)
        if outsized.size and not oversized:
            raise self.error(rows, int(outsized[0]), None)
        codes, models = _groups(rows.frame["models"])
        left = [
            self._left(requests, np.flatnonzero(codes == code), allowed)
            for code, allowed in enumerate(models)
            if allowed is not None
        ]
        return np.unique(np.concatenate([outsized, *left]))

    def _left(
        self, requests: NDArray[np.float64], left: NDArray[np.int64], models: str | None
    ) -> NDArray[np.int64]:
        for size in self.largest(models):
            if not left.size:
                break
            left = left[(requests[left] > size).any(axis=1)]
        return left

    def error(self, rows: Rows, index: int, models: str | None) -> TraceError:
        """The error for a task that no machine of these models can take."""
        whose = "machines" if models is None else f"machines of model {models}"
        most = self.largest(models).max(axis=0)
        for resource, largest in zip(self._resources, most, strict=True):
            if rows.frame[resource][index] > largest:
                limit = rows.with_frame(pl.DataFrame({resource: [float(largest)]}))
                return rows.error(
                    index,
                    resource,
                    shown(rows.value(index, resource)),
                    f"at most {shown(limit.value(0, resource))}, the largest that {whose} have",
                )
        return rows.error(
            index,
            None,
            f"a request of {amounts(rows, index, self._resources)}",
            "one that a machine can hold when it is empty",
        )


def _groups(models: pl.Series) -> tuple[NDArray[np.uint32], list[str | None]]:
    """Each task's code, 0 where any model will do, and the models that a code stands for."""
    codes = models.rank("dense").fill_null(0).to_numpy()
    return codes, [None, *models.drop_nulls().unique().sort().to_list()]


def _frontier(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows that no other row is at least as large as in every resource, largest first."""
    scale = np.maximum(sizes.max(axis=0, initial=0.0), 1e-300)
    left = sizes[np.argsort(-(sizes / scale).sum(axis=1), kind="stable")]
    kept = []
    while left.size:
        kept.append(left[0])
        left = left[(left > left[0]).any(axis=1)]
    return np.array(kept).reshape(len(kept), sizes.shape[1])
