"""A search's folder: it stands from the first proposal on, so that a run can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from unstrand import __version__, configuration, schema, standing, trust
from unstrand.failure import ConfigurationError

JOURNAL = "run.sqlite"
BUDGETS = ("minutes", "candidates", "cpu_minutes")
SAID = ("resume", "workers", "executor", "contain", "json")
"""What the command that goes on says, whatever the run was begun with."""
ITS_OWN = (*SAID, *BUDGETS, "out", "overwrite", "llm")
"""What may be told anew where a run is gone on with; of llm:"""
OF_LLM = (
    *("name", "base_url", "api_key_env", "ensemble", "budget", "concurrent", "per_minute"),
    *("timeout_s", "patience_s", "failures", "replay"),
)
PASSING = ("JournalFailure", "EndpointError", "EndpointFailure", "ProposerError")
"""Errors that say nothing against the run itself."""


@contextmanager
def folder(place: Path, settings: schema.Evolve) -> Iterator[Path]:
    """The folder of a run, begun or gone on with; what stops it says how to go on."""
    overwrite = settings.overwrite and settings.resume is None
    held = standing.folder(place, "evolve", overwrite=overwrite, begun=_has_begun, passes=_passes)
    with held as made:
        yield made


def _passes(error: BaseException) -> bool:
    """Whether a run goes on once what stopped it is over, be it an endpoint or a key."""
    return type(error).__name__ in PASSING or standing.is_from_outside(error)


def about(settings: schema.Evolve, trace: str) -> dict[str, Any]:
    """What a journal is to know of a run. trace: the hash of the data."""
    return {"settings": configuration.outcome(settings), "version": __version__, "trace": trace}


def expect_same_data(place: Path, trace: str) -> None:
    """Raise ConfigurationError where a run is gone on with on other data than it began with."""
    text = _told(place, "trace")
    kept = trace if text is None else str(standing.json_of(place / JOURNAL, text))
    if kept != trace:
        raise ConfigurationError(
            f"{place}: found other data, sha256 {trace[:12]}, than the run began with, expected "
            f"{kept[:12]}"
        )


def resumed(settings: schema.Evolve) -> tuple[Path, schema.Evolve]:
    """The folder and the settings of a run that was begun.

    Raises:
        ConfigurationError: there is no run, or other settings are given than may be told anew.
    """
    said = ", ".join((*BUDGETS, "workers"))
    place = standing.place_of("evolve", settings, JOURNAL, ITS_OWN, said)
    default = configuration.compose("evolve", [], [])
    begun = begun_with(place)
    told = {name: getattr(settings, name) for name in SAID}
    told["llm"] = _llm(settings.llm, default.llm, begun.llm)
    trust.expect_said(replace(begun, **told), settings, default, begun)
    given = {budget: getattr(settings, budget) for budget in BUDGETS}
    if any(value is not None for value in given.values()):
        told |= given
    _expect_enough(place, settings, begun)
    return place, replace(begun, **told)


def begun_with(place: Path) -> schema.Evolve:
    """The settings that a run was begun with. Raises ConfigurationError where it has none."""
    kept = _told(place, "settings")
    made: schema.Evolve = configuration.restored(
        "evolve", standing.settings_of(place / JOURNAL, kept)
    )
    return made


def _llm(given: schema.Llm, default: schema.Llm, begun: schema.Llm) -> schema.Llm:
    """How models are asked from here on: as before, but for what is told anew."""
    anew = {}
    for field in fields(given):
        value = getattr(given, field.name)
        if value == getattr(default, field.name):
            continue
        if field.name not in OF_LLM:
            raise ConfigurationError(
                f"llm.{field.name}: found with resume, where the run's own settings stand; "
                f"expected none of llm but {', '.join(OF_LLM[1:])}"
            )
        if field.name == "budget":  # what is not told anew of it stands
            told = {name: value for name, value in vars(value).items() if value is not None}
            value = replace(begun.budget, **told)
        anew[field.name] = value
    return replace(begun, **anew)


def _expect_enough(place: Path, settings: schema.Evolve, begun: schema.Evolve) -> None:
    """Raise ConfigurationError for a budget that the run has used already, in all its sessions."""
    ((proposed,),) = _rows(place, "SELECT COUNT(*) FROM candidate")
    kept = {row[1] for row in _rows(place, "PRAGMA table_info(session)")}
    if settings.candidates is not None and settings.candidates < proposed:
        raise ConfigurationError(
            f"candidates: found {settings.candidates}, where the run has proposed {proposed} "
            "already; the budget counts from its beginning"
        )
    for budget, column in (("minutes", "seconds"), ("cpu_minutes", "cpu_s")):
        asked = getattr(settings, budget)
        if asked is None or asked == getattr(begun, budget) or column not in kept:
            continue
        ((used,),) = _rows(place, f"SELECT TOTAL({column}) FROM session")
        if 60 * asked < used:
            raise ConfigurationError(
                f"{budget}: found {asked:g}, where the run has used {used / 60:.1f} already; "
                "the budget counts from its beginning"
            )


def _told(place: Path, name: str) -> Any:
    """What a journal keeps of the run by a name, as JSON; None where it keeps nothing."""
    return dict(_rows(place, "SELECT name, value FROM run")).get(name)


def _has_begun(place: Path) -> bool:
    """Whether a candidate was proposed."""
    with suppress(ConfigurationError):
        return bool(_rows(place, "SELECT COUNT(*) FROM candidate")[0][0])
    return False


def _rows(place: Path, query: str) -> list[tuple[Any, ...]]:
    """What a journal answers. Raises ConfigurationError where it is none."""
    import sqlite3

    try:
        with closing(sqlite3.connect(standing.address(place / JOURNAL), uri=True)) as base:
            return base.execute(query).fetchall()
    except sqlite3.Error as error:
        raise ConfigurationError(f"resume: {place / JOURNAL}: {error}") from error
