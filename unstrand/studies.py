"""A tuning's folder: it stands from the first trial on, so that a study can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from unstrand import __version__, configuration, schema, standing
from unstrand.failure import ConfigurationError

NAME = "study.sqlite"
SAID = ("resume", "workers", "executor", "json")
"""What the command that goes on says, whatever the study was begun with."""
ITS_OWN = (*SAID, "trials", "minutes", "contain", "out", "overwrite")
"""What may be told anew where a study is gone on with."""


@contextmanager
def folder(place: Path, settings: schema.Tune) -> Iterator[Path]:
    """The folder of a study, begun or gone on with; what stops it says how to go on."""
    with standing.folder(
        place,
        "tune",
        overwrite=settings.overwrite and settings.resume is None,
        begun=lambda at: (at / NAME).exists(),
        passes=standing.is_from_outside,
    ) as made:
        yield made


def about(settings: schema.Tune, trace: str) -> dict[str, Any]:
    """What a study is to know of itself. trace: the hash of the data."""
    return {"settings": configuration.outcome(settings), "version": __version__, "trace": trace}


def resumed(settings: schema.Tune) -> tuple[Path, schema.Tune]:
    """The folder and the settings of a study that was begun.

    Raises:
        ConfigurationError: there is none, it has ended with as many trials, or other settings are
            given than may be told anew.
    """
    place = standing.place_of("tune", settings, NAME, ITS_OWN, "trials, minutes, workers")
    begun = _begun_with(place)
    standing.expect_contained(begun.contain, settings.contain)
    told: dict[str, Any] = {name: getattr(settings, name) for name in SAID}
    default = configuration.compose("tune", [], [])
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
