"""A hash of content: the same for the same rows in the same order, whatever file held them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import polars as pl

from traces.schema import LATER, whole_units

_NULL = 0xFFFFFFFF


class Digest:
    """SHA-256 of a frame fed in runs of rows; where the runs are cut makes no difference.

    Each column has a hash of its own for values and for which are null. Amounts enter as whole
    numbers of units, so that their floats' last bits don't.
    """

    def __init__(self, resources: Sequence[str], units: Mapping[str, float]) -> None:
        self._units = {name: units[name] for name in resources}
        self._hashes: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}
        self._said: set[str] = set()

    def update(self, frame: pl.DataFrame) -> None:
        """Takes the next rows, in canonical columns and types."""
        counts = [whole_units(name, unit).cast(pl.Int64) for name, unit in self._units.items()]
        for column in frame.with_columns(counts):
            values, nulls = self._hashes.setdefault(
                column.name, (hashlib.sha256(), hashlib.sha256())
            )
            if column.name in LATER and _says(column):
                self._said.add(column.name)
            if column.dtype == pl.String:
                lengths = column.str.len_bytes().fill_null(_NULL).to_numpy()
                nulls.update(lengths.astype("<u4").tobytes())
                values.update(_joined(column).encode())
            else:
                kind = "<f8" if column.dtype.is_float() else "<i8"
                nulls.update(column.is_null().to_numpy().astype("u1").tobytes())
                plain = column.cast(pl.Float64 if kind == "<f8" else pl.Int64).fill_null(0)
                values.update((plain.to_numpy() + 0).astype(kind).tobytes())

    def columns(self) -> dict[str, list[str]]:
        """Each column's hashes, of its values and of its nulls or lengths."""
        return {
            name: [values.hexdigest(), nulls.hexdigest()]
            for name, (values, nulls) in self._hashes.items()
            if name not in LATER or name in self._said
        }


def content_hash(
    tasks: Digest,
    machines: Digest,
    units: Mapping[str, float],
    ordered: bool,
    events: Digest | None = None,
) -> str:
    """The hash of a trace: its tables, units, and whether their order is part of it."""
    content = {
        "schema": 1,
        "units": dict(units),
        "ordered": ordered,
        "tasks": tasks.columns(),
        "machines": machines.columns(),
    }
    if events:
        content["events"] = events.columns()
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _says(column: pl.Series) -> bool:
    """Whether a row has anything but the column's default."""
    return bool(column.any()) if column.dtype == pl.Boolean else column.count() > 0


def _joined(column: pl.Series) -> str:
    joined = column.str.join("").item()
    return joined if isinstance(joined, str) else ""
