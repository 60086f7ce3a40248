"""Columns that a file must or may have, and their values cast with an error that names the row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from traces.errors import TraceError, nearest, shown
from traces.rows import Rows, Rule, enforce

Kind = Literal["text", "number", "integer", "truth"]

_TYPES: dict[Kind, tuple[Any, str]] = {
    "text": (pl.String, "text"),
    "number": (pl.Float64, "a number"),
    "integer": (pl.Int64, "a whole number"),
    "truth": (pl.Boolean, "true or false"),
}
_PLURAL: dict[Kind, str] = {
    "text": "text",
    "number": "numbers",
    "integer": "whole numbers",
    "truth": "true and false",
}
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class Column:
    """One column of a file: `optional` ones may be absent, `blank` ones may have empty fields."""

    name: str
    kind: Kind
    optional: bool = False
    blank: bool = False


def require(rows: Rows, columns: Sequence[Column]) -> None:
    """Raises TraceError where a column that must be there isn't."""
    there = rows.frame.columns
    for column in columns:
        if not column.optional and column.name not in there:
            raise TraceError(
                file=rows.file,
                row=rows.header_row,
                field=column.name,
                found=f"no such column among {', '.join(there)}",
                expected=f"a column of {_PLURAL[column.kind]}",
                hint=nearest(column.name, there),
            )


def refuse(rows: Rows, known: Sequence[str]) -> None:
    """Raises TraceError for a column that isn't known."""
    for name in rows.frame.columns:
        if name not in known:
            raise TraceError(
                file=rows.file,
                row=rows.header_row,
                field=name,
                found="an unknown column",
                expected=f"only {', '.join(known)}",
                hint=nearest(name, known),
            )


def typed(rows: Rows, columns: Sequence[Column]) -> Rows:
    """The rows with these columns alone, cast to their kinds; absent optional ones stay absent.

    Raises TraceError for a column that is missing or whose type can't be the kind, else for the
    first row with a field that is blank or doesn't cast.
    """
    require(rows, columns)
    schema = rows.frame.schema
    there = [column for column in columns if column.name in schema]
    if not rows.text:
        for column in there:
            _check_type(rows, column, schema[column.name])
    cast = rows.frame.select(as_kind(column, schema[column.name]) for column in there)
    read = rows.frame.select(pl.col(column.name).alias(_read(column.name)) for column in there)
    both = rows.with_frame(pl.concat([cast, read], how="horizontal"))
    enforce(both, [rule for column in there for rule in _rules(column)])
    return rows.with_frame(cast)


def as_kind(column: Column, dtype: pl.DataType) -> pl.Expr:
    """A column as its kind, null where it doesn't cast."""
    source = pl.col(column.name)
    target = _TYPES[column.kind][0]
    if column.kind == "truth" and dtype == pl.String:
        return source.str.to_lowercase().replace_strict(
            _TRUTHS, default=None, return_dtype=pl.Boolean
        )
    if column.kind == "integer" and dtype.is_float():
        source = pl.when(source == source.round()).then(source)
    return source.cast(target, strict=False)


def _read(name: str) -> str:
    return f"{name} as read"


def _rules(column: Column) -> Iterator[Rule]:
    read, cast = pl.col(_read(column.name)), pl.col(column.name)
    expected = _TYPES[column.kind][1]

    def found(rows: Rows, index: int) -> str:
        return shown(rows.frame[_read(column.name)][index])

    if not column.blank:
        yield Rule(column.name, read.is_null(), expected, found)
    if column.kind != "text":
        yield Rule(column.name, read.is_not_null() & cast.is_null(), expected, found)


def _check_type(rows: Rows, column: Column, dtype: pl.DataType) -> None:
    fits = {
        "text": dtype == pl.String,
        "number": dtype.is_numeric(),
        "integer": dtype.is_numeric(),
        "truth": dtype == pl.Boolean,
    }
    if dtype != pl.Null and not fits[column.kind]:
        raise TraceError(
            file=rows.file,
            field=column.name,
            found=f"a column of type {dtype}",
            expected=f"a column of {_PLURAL[column.kind]}",
        )
