"""JSON lines, plain or gzipped: an object a line, its fields as text with the line's number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from traces import csvfile
from traces.errors import TraceError, shown
from traces.rows import Rows

# A line is one field to the CSV reader: a control character is never a part of JSON as it stands.
_LINES = csvfile.Form(separator="\x01", quotes=False)


@dataclass(frozen=True)
class Shape:
    """The fields that are read of an object; all others are passed over.

    plain: text or numbers, kept as text. objects: objects of such fields. lists: lists of them.
    """

    plain: Sequence[str] = ()
    objects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def dtype(self) -> pl.Struct:
        """It as a type of polars, every leaf a text."""
        fields: dict[str, Any] = dict.fromkeys(self.plain, pl.String)
        fields |= {name: _texts(inner) for name, inner in self.objects.items()}
        fields |= {name: pl.List(_texts(inner)) for name, inner in self.lists.items()}
        return pl.Struct(fields)

    def misfit(self, value: Mapping[str, Any]) -> tuple[str, object, str] | None:
        """The first field that is not as it should be, what it holds and what it should."""
        for name in self.plain:
            if not _is_plain(value.get(name)):
                return name, value[name], _PLAIN
        for name, inner in self.objects.items():
            if not isinstance(value.get(name), (dict, type(None))):
                return name, value[name], f"an object with {', '.join(inner)}"
            for part in inner:
                if not _is_plain(found := (value.get(name) or {}).get(part)):
                    return f"{name}.{part}", found, _PLAIN
        for name, inner in self.lists.items():
            found = value.get(name)
            items = found if isinstance(found, list) else []
            good = all(
                isinstance(item, dict) and all(_is_plain(item.get(part)) for part in inner)
                for item in items
                if item is not None
            )
            if not good or not isinstance(found, (list, type(None))):
                return name, found, f"a list of objects with {', '.join(inner)}"
        return None


_PLAIN = "text or a number"


def _is_plain(value: object) -> bool:
    return not isinstance(value, (dict, list))


def _texts(names: Sequence[str]) -> pl.Struct:
    return pl.Struct(dict.fromkeys(names, pl.String))


def batches(path: Path, shape: Shape, *, least: int = 1) -> Iterator[Rows]:
    """The objects in runs, a column a field, null where a field is null or not there.

    least: how few there may be. Raises TraceError.
    """
    dtype = shape.dtype()
    for rows in csvfile.batches(path, columns=("line",), least=least, form=_LINES):
        lines = rows.frame["line"].str.strip_chars()
        whole = lines.str.starts_with("{") & lines.str.ends_with("}")
        if not whole.fill_null(False).all():
            raise _wrong(rows, int((~whole.fill_null(False)).arg_max() or 0), shape)
        objects = _decoded(lines, dtype)
        if objects is None or objects.len() != lines.len():
            raise _wrong(rows, _first_wrong(lines, dtype), shape)
        yield Rows(rows.file, rows.first, objects.struct.unnest())


def _decoded(lines: pl.Series, dtype: pl.Struct) -> pl.Series | None:
    """The lines as objects, None where one is none."""
    try:
        return lines.str.json_decode(dtype)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None


def _first_wrong(lines: pl.Series, dtype: pl.Struct) -> int:
    """The index of the first line that is no object of the type; some line is none."""
    for start in range(0, lines.len(), 1024):
        part = lines[start : start + 1024]
        objects = _decoded(part, dtype)
        if objects is not None and objects.len() == part.len():
            continue
        for index in range(part.len()):
            alone = _decoded(part[index : index + 1], dtype)
            if alone is None or alone.len() != 1:
                return start + index
    return 0


def _wrong(rows: Rows, index: int, shape: Shape) -> TraceError:
    """The error for a line that is no object of the shape."""
    line, expected = rows.frame["line"][index], "a JSON object a line"
    if line is None or not line.strip():
        return rows.error(index, None, "a blank line", expected)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return rows.error(index, None, f"{shown(line.strip())}, no JSON: {error}", expected)
    if not isinstance(value, dict):
        return rows.error(index, None, shown(value), expected)
    misfit = shape.misfit(value)
    if misfit is None:
        return rows.error(index, None, shown(line.strip()), expected)
    return rows.error(index, misfit[0], shown(misfit[1]), misfit[2])
