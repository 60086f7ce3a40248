"""One result folder: its summary and its parquet, checked on entry; journals when they are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from report import plain
from report.fields import Fields, ReportError, clean, shown
from report.journal import NAME

if TYPE_CHECKING:
    import polars as pl

# The parquet of each command, the main one first: names and the columns that the report needs,
# with their kinds.
PARQUET: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "saturate": {
        "curve.parquet": {
            "heuristic": "text",
            "seed": "integer",
            "offered_pct": "number",
            "resource": "text",
            "allocated_pct": "number",
            "frag_pct": "number",
        },
    },
    "replay": {
        "samples.parquet": {
            "heuristic": "text",
            "time_s": "number",
            "running": "number",
            "pending": "number",
            "placed": "number",
            "rejected": "number",
            "resource": "text",
            "allocated_pct": "number",
            "frag_pct": "number",
        },
    },
    "compact": {
        "trials.parquet": {"heuristic": "text", "trial": "integer", "machines": "integer"},
    },
    "compare": {
        "pairs.parquet": {
            "heuristic": "text",
            "policy": "text",
            "window": "integer",
            "seed": "integer",
            "resource": "text",
            "stranded_pct": "number",
            "baseline_stranded_pct": "number",
            "recovered_points": "number",
            "recovered_pct": "number",
            "goodput_delta_points": "number",
        },
        "samples.parquet": {
            "heuristic": "text",
            "window": "integer",
            "seed": "integer",
            "time_s": "number",
            "resource": "text",
            "stranded_pct": "number",
            "allocated_pct": "number",
            "pending": "number",
        },
        "shapes.parquet": {
            "heuristic": "text",
            "shape": "text",
            "weight_pct": "number",
            "unfit_pct": "number",
        },
    },
    "tune": {
        "trials.parquet": {"trial": "integer", "state": "text", "worth": "number"},
    },
    "evolve": {},
}
BESIDE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "compare": {"machines.parquet": {"heuristic": "text", "machine": "text"}},
}
"""What a folder may have besides: one of an earlier version has it not."""

STUDY = "study.sqlite"
Member = TypeVar("Member")

MOST_JSON, MOST_SOURCE = 64 << 20, 1 << 20
"""Bytes of a file that is read; what a search proposes is far smaller."""

MAY_BE_EMPTY = ("shapes.parquet",)


@dataclass(frozen=True)
class Folder:
    """A result folder as read: `summary` at its top, `frames` with the columns of `PARQUET`.

    `overrides` are what a sweep set for it, by key; none where it is no job of one.
    """

    path: Path
    name: str
    command: str
    summary: Fields
    frames: Mapping[str, pl.DataFrame]
    champion: str | None
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def frame(self) -> pl.DataFrame:
        """The command's main parquet."""
        return next(iter(self.frames.values()))

    @property
    def parquet(self) -> Path:
        """Where `frame` came from."""
        return self.path / next(iter(self.frames))


def read(path: Path) -> Folder:
    """Read one result folder.

    Raises ReportError naming the file and what was expected of it.
    """
    path = Path(path)
    if not path.is_dir():
        kind = "a file" if path.exists() else "nothing"
        raise ReportError(f"{path}: found {kind}, expected a result folder with summary.json")
    if (path / NAME).is_file() and not plain.is_there(path / "summary.json"):
        raise ReportError(
            f"{path}: found a search that has not ended, expected its summary.json: "
            f"unstrand evolve resume={path} goes on with it"
        )
    if (path / STUDY).is_file() and not plain.is_there(path / "summary.json"):
        raise ReportError(
            f"{path}: found a tuning that has not ended, expected its summary.json: "
            f"unstrand tune resume={path} goes on with it"
        )
    summary = Fields(path / "summary.json", _json(path / "summary.json"))
    schema = summary.required("schema", "schema 1")
    if schema != 1 or isinstance(schema, bool):
        raise summary.error("schema", schema, "1")
    command = summary.text("command")
    if command not in PARQUET:
        raise summary.error("command", command, "one of " + ", ".join(PARQUET))
    champion = path / "champion.py"
    beside = BESIDE.get(command, {}).items()
    wanted = dict(PARQUET[command]) | {
        name: kinds for name, kinds in beside if plain.is_there(path / name)
    }
    return Folder(
        path=path,
        name=clean(path.resolve().name),
        command=command,
        summary=summary,
        frames={name: _frame(path / name, columns) for name, columns in wanted.items()},
        champion=_champion(champion) if command == "evolve" else None,
        overrides=_overrides(path / "overrides.json"),
    )


def read_all(paths: Sequence[Path]) -> tuple[Folder, ...]:
    """Read folders in the order given, each once.

    Raises ReportError where there is none or one can't be read.
    """
    distinct = {Path(path).resolve(): Path(path) for path in reversed(paths)}
    if not distinct:
        raise ReportError("report: found no folder, expected at least one result folder")
    return tuple(read(path) for path in reversed(distinct.values()))


def varied(folders: Sequence[Folder]) -> tuple[str, ...]:
    """The keys that a sweep set differently among its jobs, in order."""
    keys = dict.fromkeys(key for folder in folders for key in folder.overrides)
    return tuple(key for key in keys if len({folder.overrides.get(key) for folder in folders}) > 1)


def _overrides(file: Path) -> dict[str, str]:
    """What a sweep set for a job, by key. Raises ReportError where that is no list of texts."""
    if not plain.is_there(file):
        return {}
    words = _json(file)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ReportError(f"{file}: found {shown(words)}, expected a list of texts")
    parts = [clean(word).lstrip("+").partition("=") for word in words]
    return {key: value for key, _, value in parts}


def grouped(
    members: Sequence[Member], key: Callable[[Member], object]
) -> tuple[tuple[Member, ...], ...]:
    """What shares a key, groups and members in order of first appearance."""
    groups: dict[object, list[Member]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return tuple(tuple(group) for group in groups.values())


def _champion(file: Path) -> str | None:
    """A champion's source, where there is one."""
    return _text(file, MOST_SOURCE) if plain.is_there(file) else None


def _text(file: Path, most: int = MOST_JSON) -> str:
    plain.expect_plain(file, "the file of a result folder", most)
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(f"{file}: found bytes that are no UTF-8 ({error.reason})") from None
    except OSError as error:
        raise ReportError(f"{file}: found {error.strerror}, expected a readable file") from None


def _json(file: Path) -> object:
    text = _text(file)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReportError(f"{file}: {where}: found {error.msg}, expected JSON") from None
    except (RecursionError, ValueError) as error:
        found = " ".join(str(error).split())
        raise ReportError(f"{file}: found {found}, expected the JSON of a summary") from None


def _frame(file: Path, columns: Mapping[str, str]) -> pl.DataFrame:
    import polars as pl

    plain.expect_plain(file, f"{', '.join(columns)} in Parquet")
    try:
        frame = pl.read_parquet(file, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        found = clean(" ".join(str(error).split()))[:120] or type(error).__name__
        raise ReportError(f"{file}: found {found}, expected Parquet") from None
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        found = clean(", ".join(frame.columns))[:200]
        raise ReportError(f"{file}: found columns {found}, expected also " + ", ".join(absent))
    casts = []
    for column, kind in columns.items():
        dtype = frame.schema[column]
        fits = dtype.is_numeric() or dtype == pl.Null
        if kind == "text":
            fits = dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum)
        elif kind == "integer":
            fits = dtype.is_integer()
        if not fits:
            raise ReportError(f"{file}: column {column}: found {dtype}, expected {kind}s")
        if kind == "integer":
            continue
        if kind == "text":
            casts.append(pl.col(column).cast(pl.String).map_elements(clean, pl.String))
        else:
            value = pl.col(column).cast(pl.Float64)
            casts.append(pl.when(value.is_finite()).then(value).alias(column))
    if frame.height == 0 and file.name not in MAY_BE_EMPTY:
        raise ReportError(f"{file}: found no rows, expected at least one")
    return frame.with_columns(casts)
