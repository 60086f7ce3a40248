"""A tuning's folder: it stands from the first trial on, so that a study can be gone on with."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from unstrand import __version__, configuration, schema
from unstrand.failure import ConfigurationError

NAME = "study.sqlite"
ITS_OWN = ("resume", "trials", "minutes", "workers", "contain", "json", "out", "overwrite")
"""What may be told anew where a study is gone on with."""


@contextmanager
def folder(place: Path, settings: schema.Tune) -> Iterator[Path]:
    """The folder of a study, begun or gone on with; what stops it says how to go on.

    An earlier result that is overwritten is put back where no study came to stand.
    """
    old = None
    if settings.overwrite and settings.resume is None and place.is_dir():
        old = place.rename(place.with_name(f".{place.name}.{os.getpid()}.old"))
    missing = [parent for parent in place.absolute().parents if not parent.exists()]
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    except BaseException as error:
        if not (place / NAME).exists():
            shutil.rmtree(place, ignore_errors=True)
            _remove(missing)
            if old:
                old.rename(place)
        elif isinstance(error, KeyboardInterrupt | SystemExit | OSError):
            print(f"stopped; unstrand tune resume={place} goes on from here", file=sys.stderr)
        raise
    finally:
        if old and old.exists():
            shutil.rmtree(old, ignore_errors=True)


def about(settings: schema.Tune, trace: str) -> dict[str, Any]:
    """What a study is to know of itself. trace: the hash of the data."""
    return {"settings": configuration.outcome(settings), "version": __version__, "trace": trace}


def resumed(settings: schema.Tune) -> tuple[Path, schema.Tune]:
    """The folder and the settings of a study that was begun.

    Raises:
        ConfigurationError: there is none, it has ended with as many trials, or other settings are
            given than may be told anew.
    """
    place = Path(str(settings.resume))
    if settings.out is not None or settings.overwrite:
        raise ConfigurationError("out, overwrite: a study that is gone on with stays where it is")
    if not (place / NAME).is_file():
        raise ConfigurationError(f"resume: found no {NAME} in {place}, expected a study's folder")
    default = configuration.compose("tune", [], [])
    for field in fields(settings):
        if field.name not in ITS_OWN and getattr(settings, field.name) != getattr(
            default, field.name
        ):
            raise ConfigurationError(
                f"{field.name}: found with resume, where the study's own settings stand; expected "
                "none but trials, minutes, workers"
            )
    begun = _begun_with(place)
    if begun.contain != settings.contain:  # its folder may be someone else's
        raise ConfigurationError(
            f"contain: found {settings.contain}, where the study was begun with {begun.contain}; "
            f"expected contain={begun.contain} beside resume, where that is meant"
        )
    told: dict[str, Any] = {name: getattr(settings, name) for name in ("resume", "workers", "json")}
    if settings.trials != default.trials:
        told["trials"] = settings.trials
    return place, replace(begun, **told, minutes=settings.minutes)


def _begun_with(place: Path) -> schema.Tune:
    """The settings that a study was begun with. Raises ConfigurationError where it has none."""
    import json
    import sqlite3
    from contextlib import closing

    query = "SELECT value_json FROM study_user_attributes WHERE key = 'settings'"
    try:
        with closing(sqlite3.connect(f"file:{place / NAME}?mode=ro", uri=True)) as base:
            found = base.execute(query).fetchone()
    except sqlite3.Error as error:
        raise ConfigurationError(f"resume: {place / NAME}: {error}") from error
    if found is None:
        raise ConfigurationError(f"resume: found no settings in {place / NAME}")
    made: schema.Tune = configuration.restored("tune", json.loads(found[0]))
    return made


def _remove(folders: list[Path]) -> None:
    for one in folders:
        try:
            one.rmdir()
        except OSError:
            return
