"""Result folders: written beside their place under another name, and renamed when complete."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unstrand import __version__
from unstrand.failure import ConfigurationError

SCHEMA = 1
MARKS = (
    "summary.json",
    "report.html",
    "tasks.parquet",
    "multirun.yaml",
    "run.sqlite",
    "study.sqlite",
)


@dataclass
class Clock:
    """When a command started, and what its parts took."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    timings_s: dict[str, Any] = field(default_factory=dict)
    _begun: float = field(default_factory=time.perf_counter)

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Time a part of the work, by its name, in seconds."""
        begun = time.perf_counter()
        yield
        self.timings_s[part] = round(time.perf_counter() - begun, 3)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return round(time.perf_counter() - self._begun, 3)


@contextmanager
def folder(
    command: str, out: str | None, *, overwrite: bool = False
) -> Iterator[tuple[Path, Path]]:
    """The folder that a command writes into, and the place where it will stand when complete.

    The first is a hidden sibling of the second: renamed on success, removed on any error or
    interruption, together with parents made for it. Raises ConfigurationError where something
    stands at ``out`` already and ``overwrite`` is not given.
    """
    place = Path(out) if out else free_place(command)
    expect_free(place, overwrite=overwrite)
    full = Path(os.path.realpath(place))
    home = full.parent
    missing = [parent for parent in (home, *home.parents) if not parent.exists()]
    try:
        home.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ConfigurationError(
            f"out: found {place}, which lies below a file, expected a folder to put it in"
        ) from None
    partial = home / f".{full.name}.{os.getpid()}.partial"
    partial.mkdir()
    try:
        yield partial, place
        expect_free(place, overwrite=overwrite)
        _put(partial, full)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        raise


def summary(
    command: str,
    clock: Clock,
    config: dict[str, Any],
    *,
    trace: Any,
    seeds: Sequence[int],
    replayed: Sequence[str],
    simulated: Sequence[str],
    assumed: Sequence[str],
    results: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """What ``summary.json`` holds, in its fixed order; plain values only.

    ``trace`` is a ``traces.Trace``; ``seeds`` are those that were run. Everything but ``started``,
    ``elapsed_s`` and ``timings_s`` is the same for the same settings.
    """
    config = plain(config)
    return {
        "schema": SCHEMA,
        "command": command,
        "version": __version__,
        "config": config,
        "config_sha256": sha256(config),
        "trace": {
            "name": trace.name,
            "sha256": trace.sha256,
            "tasks": trace.task_count,
            "machines": trace.machine_count,
            "span_s": plain(trace.span_s),
        },
        "provenance": {
            "replayed": list(replayed),
            "simulated": list(simulated),
            "assumed": list(assumed),
        },
        "seeds": [int(seed) for seed in seeds],
        "started": clock.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "elapsed_s": clock.elapsed_s,
        "timings_s": plain(clock.timings_s),
        "results": plain(list(results)),
    }


def write(made: dict[str, Any], partial: Path) -> None:
    """Write a summary as ``summary.json`` into a folder."""
    text = json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False)
    put(partial / "summary.json", text + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    own = path.with_name(f".{path.name}.partial")
    own.write_text(text, encoding="utf-8")
    own.replace(path)


def line(made: Any) -> str:
    """Anything plain as one line of JSON."""
    return json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def sha256(config: Any) -> str:
    """The hash of a configuration, the same whatever the order of its keys."""
    text = json.dumps(config, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """A value in JSON's types: numpy scalars and arrays unwrapped, what is not finite as null."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in (sorted(value) if isinstance(value, set) else value)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value


def table(columns: dict[str, Any], path: Path) -> None:
    """Write columns of equal length as a Parquet file."""
    import polars as pl

    pl.DataFrame(columns, nan_to_null=True).write_parquet(path)


def tables(parts: Sequence[tuple[str, dict[str, Any]]], path: Path) -> None:
    """Write (heuristic, columns of equal length) as one Parquet file with a column heuristic.

    What some heuristics have no column of is null.
    """
    import polars as pl

    stacked = pl.concat(
        (
            pl.DataFrame(columns, nan_to_null=True).select(
                pl.lit(name).alias("heuristic"), pl.all()
            )
            for name, columns in parts
        ),
        how="diagonal",
    )
    stacked.write_parquet(path)


def free_place(command: str) -> Path:
    """A folder of results that does not stand yet, named by the command and the time."""
    stem = f"{command}-{datetime.now().strftime('%Y%m%d-%H%M%S')}"
    place, count = Path("results") / stem, 1
    while place.exists():
        count += 1
        place = Path("results") / f"{stem}-{count}"
    return place


def is_held(folder: Path) -> bool:
    """Whether a process works on a folder: a search holds its own as long as it goes on."""
    import fcntl

    hold = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(hold)
    return False


def expect_free(place: Path, *, overwrite: bool) -> None:
    """Raise ConfigurationError unless a result folder may be put here.

    It may where nothing stands, on an empty folder, and with ``overwrite`` on an earlier result:
    nothing else is ever replaced, so that a mistyped ``out`` can't cost anyone a folder.
    """
    full = Path(os.path.realpath(place))
    if full == Path.cwd() or full in Path.cwd().parents:
        raise ConfigurationError(f"out: found {place}, expected a folder of its own for the result")
    if not full.exists():
        return
    if full.is_dir() and not any(full.iterdir()):
        return
    if not overwrite:
        raise ConfigurationError(
            f"out: found {place} standing already, expected a new or empty folder "
            "(overwrite=true replaces an earlier result)"
        )
    if not any((full / mark).is_file() for mark in MARKS):
        raise ConfigurationError(
            f"out: found {place}, which overwrite=true leaves alone: it holds no earlier result "
            f"({', '.join(MARKS)})"
        )
    if is_held(full):
        raise ConfigurationError(f"out: found {place}, a search that another process works on")


def _put(partial: Path, place: Path) -> None:
    """Rename a complete folder to its place; what stood there goes only after that."""
    old = place.parent / f".{place.name}.{os.getpid()}.old"
    stood = place.exists()
    if stood:
        place.rename(old)
    try:
        partial.rename(place)
    except BaseException:
        if stood:
            old.rename(place)
        raise
    if stood:
        shutil.rmtree(old, ignore_errors=True)
