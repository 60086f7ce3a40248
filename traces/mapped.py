"""A run of a file's rows as a mapping reads them: our columns, in natural amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from traces import instants
from traces.columns import Column, typed
from traces.errors import TraceError, nearest, shown
from traces.mapping_plan import Source, Table
from traces.rows import Origin, Rows, Rule, enforce

# Of these a blank says something: no end known, any model, no limit, no machine, no rack.
_MAY_BE_BLANK = (
    "lifetime",
    "end",
    "models",
    "model",
    "max_per_machine",
    "machine",
    "requested",
    "rack",
)
_TYPES = {"text": pl.String, "number": pl.Float64, "integer": pl.Int64, "truth": pl.Boolean}


def columns(rows: Rows, table: Table, units: Mapping[str, float]) -> Rows:
    """The rows under canonical names, with ids where the file has none. Raises TraceError."""
    read = {name: source for name, source in table.sources.items() if source.column is not None}
    for name, source in read.items():
        require(rows, str(source.column), f"{name} of the mapping")
    origins = {
        name: Origin(str(source.column), float(1 / source.measure.natural))
        for name, source in read.items()
    }
    schema = rows.frame.schema
    raw = rows.frame.select(
        _raw(source, schema[str(source.column)]).alias(name) for name, source in read.items()
    )
    named = Rows(rows.file, rows.first, raw, rows.text, origins, rows.numbers)
    plain = [
        Column(name, source.kind, blank=source.default is not None or name in _MAY_BE_BLANK)
        for name, source in read.items()
        if not source.instants
    ]
    series = typed(named, plain).frame.get_columns() if plain else []
    series += [_moments(named, name) for name, source in read.items() if source.instants]
    numbers = rows.every_number()
    frame = pl.DataFrame(series).with_columns(
        *(
            pl.lit(source.value, _TYPES[source.kind]).alias(name)
            for name, source in table.sources.items()
            if source.column is None
        ),
        *(
            ("row-" + pl.Series(numbers).cast(pl.String)).alias(name)
            for name in ("id",)
            if name not in table.sources
        ),
    )
    frame = frame.with_columns(
        _natural(source, units.get(name))
        for name, source in table.sources.items()
        if source.kind == "number" and not source.instants
    )
    return Rows(rows.file, rows.first, frame, rows.text, origins, numbers)


def require(rows: Rows, column: str, whose: str) -> None:
    """Raises TraceError where the file has no such column."""
    there = rows.frame.columns
    if column not in there:
        raise TraceError(
            file=rows.file,
            row=rows.header_row,
            field=column,
            found=f"no such column among {', '.join(there)}",
            expected=f"the column for {whose}",
            hint=nearest(column, there),
        )


def among(series: pl.Series, values: Sequence[str | float]) -> pl.Series:
    """Which rows hold one of the values: numbers in numbers, in text as they are written."""
    if series.dtype.is_numeric():
        numbers = [v for v in values if isinstance(v, float)]
        if series.dtype.is_integer():
            whole = [int(v) for v in numbers if v.is_integer() and abs(v) < 2**63]
            as_whole = series.cast(pl.Int64, strict=False)
            return as_whole.is_in(pl.Series(whole, dtype=pl.Int64).implode()).fill_null(False)
        of_any = series.cast(pl.Float64)
        return of_any.is_in(pl.Series(numbers, dtype=pl.Float64).implode()).fill_null(False)
    texts = [v if isinstance(v, str) else f"{v:.15g}" for v in values]
    return series.cast(pl.String).is_in(texts).fill_null(False)


def _raw(source: Source, dtype: pl.DataType) -> pl.Expr:
    """The file's column as it stands, what stands for a blank made one, numbers as names."""
    column = pl.col(str(source.column))
    if source.blank:
        column = pl.when(~column.map_batches(lambda s: among(s, source.blank), pl.Boolean)).then(
            column
        )
    if source.kind == "text" and dtype.is_integer():
        column = column.cast(pl.String)
    return column


def _moments(rows: Rows, name: str) -> pl.Series:
    """Times as text, as seconds since 1970. Raises TraceError."""
    dtype = rows.frame.schema[name]
    if not (dtype == pl.String or dtype.is_temporal()):
        raise TraceError(
            file=rows.file,
            field=rows.origins[name].field,
            found=f"a column of type {dtype}",
            expected="times as text, or a unit of numbers in the mapping",
        )
    read = rows.frame[name]
    seconds = rows.frame.select(instants.seconds(name, dtype).alias("s")).to_series()
    wrong = seconds.is_null() & (read.is_not_null() if name == "end" else True)
    both = rows.with_frame(pl.DataFrame({name: read, "wrong": wrong}))
    enforce(
        both,
        [
            Rule(
                name,
                pl.col("wrong"),
                "a time such as 2017-10-09 07:01:55",
                lambda rows, index: shown(rows.frame[name][index]),
            )
        ],
    )
    return seconds.alias(name)


def _natural(source: Source, unit: float | None) -> pl.Expr:
    """A column in natural amounts or seconds; unit is the resource's, None for a time."""
    natural = source.measure.natural
    amount = pl.col(source.name) * float(natural.numerator) / float(natural.denominator)
    if source.default is not None:
        amount = amount.fill_null(source.default)
    if source.up and unit is not None:
        amount = (amount / unit - 1e-6).ceil() * unit
    return amount.alias(source.name)
