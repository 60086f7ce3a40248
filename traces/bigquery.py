"""Tables that BigQuery exported, JSON lines or Parquet: nested fields as columns `outer.inner`.

Integers may be texts (JSON has no 64-bit ones), fields that are zero may be left out, and a nested
field may have been made flat, `outer_inner`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from traces import jsonlines, parquet
from traces.errors import TraceError
from traces.rows import Rows, Rule

SUFFIXES = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet")


@dataclass(frozen=True)
class Table:
    """The fields that are read of a table.

    plain: numbers and texts, `outer.inner` where they are nested. lists: of objects of such fields.
    """

    plain: Sequence[str]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def shape(self) -> jsonlines.Shape:
        """It as objects may hold it, nested or flat."""
        objects: dict[str, list[str]] = {}
        flat = dict.fromkeys(s for name in self.plain for s in (name, name.replace(".", "_")))
        for name in self.plain:
            outer, _, inner = name.partition(".")
            if inner:
                objects.setdefault(outer, []).append(inner)
        return jsonlines.Shape([*flat], objects, self.lists)


def batches(path: Path, table: Table) -> Iterator[Rows]:
    """The rows in runs: a column a field, null where left out, numbers and texts as they stand.

    Raises TraceError, also for a column of Parquet that can be neither.
    """
    if path.suffix == ".parquet":
        runs = parquet.batches(path, least=0)
    else:
        runs = jsonlines.batches(path, table.shape(), least=0)
    for rows in runs:
        plain = [_plain(rows, name) for name in table.plain]
        lists = [_list(rows, name, parts) for name, parts in table.lists.items()]
        yield Rows(rows.file, rows.first, rows.frame.select(*plain, *lists))


def _plain(rows: Rows, name: str) -> pl.Expr:
    """A field wherever the table has it."""
    schema = rows.frame.schema
    outer, _, inner = name.partition(".")
    found = []
    nested = schema.get(outer)
    if inner and isinstance(nested, pl.Struct) and inner in (parts := nested.to_schema()):
        found.append(_leaf(rows, name, pl.col(outer).struct.field(inner), parts[inner]))
    for spelling in dict.fromkeys((name, name.replace(".", "_"))):
        if spelling in schema:
            found.append(_leaf(rows, spelling, pl.col(spelling), schema[spelling]))
    if len(found) > 1:
        found = [source.cast(pl.String) for source in found]
    return pl.coalesce(*found or [pl.lit(None, pl.String)]).alias(name)


def _leaf(rows: Rows, name: str, source: pl.Expr, dtype: Any) -> pl.Expr:
    if dtype.is_integer() or dtype.is_float():
        return source
    if dtype.is_decimal():
        return source.cast(pl.Float64)
    if dtype in (pl.String, pl.Null, pl.Boolean, pl.Categorical, pl.Enum):
        return source.cast(pl.String)
    raise _unfit(rows, name, dtype, "numbers or text")


def _list(rows: Rows, name: str, parts: Sequence[str]) -> pl.Expr:
    """A repeated field as a list of objects of texts; Parquet may hold a list in wrappings."""
    dtype: Any = rows.frame.schema.get(name)
    source = pl.col(name)
    whole = pl.List(pl.Struct(dict.fromkeys(parts, pl.String)))
    if dtype is None or dtype == pl.Null:
        return pl.lit(None, whole).alias(name)
    if isinstance(dtype, pl.Struct) and [*dtype.to_schema()] == ["list"]:
        dtype, source = dtype.to_schema()["list"], source.struct.field("list")
    item, element = getattr(dtype, "inner", None), pl.element()
    if isinstance(item, pl.Struct) and [*item.to_schema()] in (["element"], ["item"]):
        (wrapped,) = item.to_schema()
        item, element = item.to_schema()[wrapped], element.struct.field(wrapped)
    if not isinstance(item, pl.Struct):
        raise _unfit(rows, name, dtype, f"lists of objects with {', '.join(parts)}")
    there = item.to_schema()
    texts = (
        (element.struct.field(part) if part in there else pl.lit(None)).cast(pl.String).alias(part)
        for part in parts
    )
    return source.list.eval(pl.struct(texts)).alias(name)


def _unfit(rows: Rows, name: str, dtype: object, expected: str) -> TraceError:
    return TraceError(
        file=rows.file, field=name, found=f"a column of type {dtype}", expected=expected
    )


def code(column: str, words: Sequence[str]) -> pl.Expr:
    """A text column of words, or of their places from 0, as places; null where it is neither."""
    known = {spelling: i for i, word in enumerate(words) for spelling in (word, f"{i}", f"{i}.0")}
    return (
        pl.col(column)
        .str.to_uppercase()
        .replace_strict(known, default=None, return_dtype=pl.Int8)
        .alias(column)
    )


def code_rule(column: str, words: Sequence[str]) -> Rule:
    """What such a column keeps, where it is not left out."""
    unknown = pl.col(column).is_not_null() & code(column, words).is_null()
    return Rule(column, unknown, f"0 to {len(words) - 1}, or one of {', '.join(words)}")
