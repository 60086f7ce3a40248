"""Runs of rows that remember where they stand in their file, and rules that they must keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.errors import TraceError, shown


@dataclass(frozen=True)
class Origin:
    """What a canonical column is called in the file, and how many of its units make one of ours."""

    field: str
    factor: float = 1.0


@dataclass(frozen=True)
class Rows:
    """Rows of one file, consecutive ones unless `numbers` says otherwise.

    `first` is the number of the first row as an editor counts it (CSV, header included) or as a
    reader of records does (Parquet, from 1). `text` says that every field is text as it stands in
    the file (CSV). `origins` names canonical columns as the file does. `numbers` holds the number
    of each row, where a reader left some out or sorted them.
    """

    file: str
    first: int
    frame: pl.DataFrame
    text: bool = True
    origins: Mapping[str, Origin] = field(default_factory=dict)
    numbers: NDArray[np.int64] | None = None

    @property
    def header_row(self) -> int | None:
        """Where the column names stand."""
        return 1 if self.text else None

    def number(self, index: int) -> int:
        """Where the row at `index` of this run stands in the file."""
        return self.first + index if self.numbers is None else int(self.numbers[index])

    def error(self, index: int, column: str | None, found: str, expected: str) -> TraceError:
        """The error for the row at `index` of this run."""
        name = self.origins[column].field if column and column in self.origins else column
        return TraceError(
            file=self.file, row=self.number(index), field=name, found=found, expected=expected
        )

    def value(self, index: int, column: str) -> object:
        """The value of a canonical column as the file writes it."""
        value = self.frame[column][index]
        if column in self.origins and isinstance(value, float):
            # Rounded to what survives the way there and back.
            return float(f"{value * self.origins[column].factor:.12g}")
        return value

    def every_number(self) -> NDArray[np.int64]:
        """The number of each row."""
        if self.numbers is not None:
            return self.numbers
        return np.arange(self.first, self.first + self.frame.height, dtype=np.int64)

    def picked(self, rows: pl.Series) -> Rows:
        """The rows at these indices (of integers), in their order."""
        numbers = self.every_number()[rows.to_numpy()]
        return replace(self, frame=self.frame[rows], numbers=numbers)

    def with_frame(self, frame: pl.DataFrame) -> Rows:
        """The same rows with other columns."""
        return replace(self, frame=frame)


@dataclass(frozen=True)
class Rule:
    """Rows on which `bad` is true break the rule; null counts as kept."""

    column: str
    bad: pl.Expr
    expected: str
    found: Callable[[Rows, int], str] | None = None


def enforce(rows: Rows, rules: Sequence[Rule]) -> None:
    """Raises TraceError for the first row that breaks a rule; of its rules, the first."""
    if not rules or rows.frame.is_empty():
        return
    masks = rows.frame.select(
        pl.when(rule.bad.fill_null(False).any())
        .then(rule.bad.fill_null(False).arg_max())
        .alias(str(number))
        for number, rule in enumerate(rules)
    ).row(0)
    broken = [(index, number) for number, index in enumerate(masks) if index is not None]
    if not broken:
        return
    index, number = min(broken)
    rule = rules[number]
    found = rule.found or (lambda rows, index: shown(rows.value(index, rule.column)))
    raise rows.error(index, rule.column, found(rows, index), rule.expected)
