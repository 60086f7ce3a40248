"""A tuning's folder: it stands from the first trial on, so that a study can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
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
        begun=_has_begun,
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


def _has_begun(place: Path) -> bool:
    """Whether a trial was made."""
    return bool(_asked(place, "SELECT COUNT(*) FROM trials", (0,))[0])


def _begun_with(place: Path) -> schema.Tune:
    """The settings that a study was begun with. Raises ConfigurationError where it has none."""
    query = "SELECT value_json FROM study_user_attributes WHERE key = 'settings'"
    (found,) = _asked(place, query)
    made: schema.Tune = configuration.restored("tune", standing.settings_of(place / NAME, found))
    return made


def _asked(place: Path, query: str, otherwise: Any = None) -> Any:
    """The first row that a study answers; `otherwise` where it can't be asked, an error at None."""
    import sqlite3

    try:
        with closing(sqlite3.connect(standing.address(place / NAME), uri=True)) as base:
            return base.execute(query).fetchone() or (None,)
    except sqlite3.Error as error:
        if otherwise is not None:
            return otherwise
        raise ConfigurationError(f"resume: {place / NAME}: {error}") from error
