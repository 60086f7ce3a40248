"""A search's folder: it stands from the first proposal on, so that a run can be gone on with."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from unstrand import __version__, configuration, schema
from unstrand.failure import ConfigurationError

JOURNAL = "run.sqlite"
ITS_OWN = ("resume", "minutes", "candidates", "workers", "json", "out", "overwrite")
"""What may be told anew where a run is gone on with."""


@contextmanager
def folder(place: Path, settings: schema.Evolve, trace: str) -> Iterator[Path]:
    """The folder of a run, begun or gone on with; what stops it says how to go on.

    trace: the hash of the data, which must be the same as before.

    Raises:
        ConfigurationError: the data are other than those that the run began with.
    """
    new = not (place / JOURNAL).exists()
    if settings.overwrite and not settings.resume and place.is_dir():
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    try:
        _begin(place, settings, trace)
        yield place
    except BaseException as error:
        if new and not _has_begun(place):
            shutil.rmtree(place, ignore_errors=True)
        elif isinstance(error, KeyboardInterrupt | SystemExit):
            print(f"stopped; unstrand evolve resume={place} goes on from here", file=sys.stderr)
        raise


def resumed(settings: schema.Evolve) -> tuple[Path, schema.Evolve]:
    """The folder and the settings of a run that was begun.

    Raises:
        ConfigurationError: there is no run, or other settings are given than may be told anew.
    """
    place = Path(str(settings.resume))
    if not (place / JOURNAL).is_file():
        raise ConfigurationError(f"resume: found no {JOURNAL} in {place}, expected a run's folder")
    default = configuration.compose("evolve", [], [])
    for field in fields(settings):
        if field.name not in ITS_OWN and getattr(settings, field.name) != getattr(
            default, field.name
        ):
            raise ConfigurationError(
                f"{field.name}: found with resume, where the run's own settings stand; expected "
                f"none but {', '.join(ITS_OWN[1:4])}"
            )
    kept = _told(place).get("settings")
    if kept is None:
        raise ConfigurationError(f"resume: found no settings in {place / JOURNAL}")
    begun = configuration.restored("evolve", kept)
    told = {name: getattr(settings, name) for name in ("resume", "workers", "json")}
    for budget in ("minutes", "candidates"):
        if getattr(settings, budget) is not None:
            told |= {"minutes": None, "candidates": None, budget: getattr(settings, budget)}
    return place, replace(begun, **told)


def _begin(place: Path, settings: schema.Evolve, trace: str) -> None:
    """Write down what the run is, or see that it is the same."""
    import evolve.journal

    journal = evolve.journal.Journal(place)
    try:
        journal.setting("settings", configuration.outcome(settings))
        journal.setting("version", __version__)
        if journal.setting("trace", trace) != trace:
            raise ConfigurationError(
                f"{place}: found other data than the run began with, expected sha256 "
                f"{journal.setting('trace', trace)[:12]}"
            )
    finally:
        journal.close()


def _told(place: Path) -> dict[str, Any]:
    """The journal's table of what was asked for."""
    import sqlite3

    try:
        base = sqlite3.connect(f"file:{place / JOURNAL}?mode=ro", uri=True)
        try:
            return {n: json.loads(v) for n, v in base.execute("SELECT name, value FROM run")}
        finally:
            base.close()
    except sqlite3.Error as error:
        raise ConfigurationError(f"resume: {place / JOURNAL}: {error}") from error


def _has_begun(place: Path) -> bool:
    """Whether a candidate was proposed."""
    import sqlite3

    with suppress(sqlite3.Error):
        base = sqlite3.connect(place / JOURNAL)
        try:
            return bool(base.execute("SELECT COUNT(*) FROM candidate").fetchone()[0])
        finally:
            base.close()
    return False
