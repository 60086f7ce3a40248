"""Journals of searches, written by the journal itself, as a search would and without searching."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evolve.candidate import Candidate, Verdict
from evolve.journal import Journal
from sim.arenas.behaviour import Behaviour

SETTINGS = {
    "problem": {"name": "rehearsal", "trace": {"name": "synthetic"}},
    "archive": {"measures": ["emptier", "complexity"], "cells": [8, 8]},
    "proposer": "embedded",
    "candidates": 50,
    "seed": 1,
}
SOURCE = "def score(required, free):\n    return {weight} * free.cpu\n"


def begin(folder: Path) -> Journal:
    """An open journal of a run that has proposed nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder)
    journal.setting("settings", SETTINGS)
    journal.setting("version", "0.1.0")
    journal.start_clock()
    return journal


def take(journal: Journal, number: int, status: str = "improved", **said: Any) -> None:
    """Propose a candidate, and take it in with what came of it."""
    propose(journal, number, **said)
    score = said.get("score", 90.0 + number if status in ("new", "improved", "beaten") else None)
    journal.judge(
        f"train:{number}",
        Verdict(
            values=() if score is None else (score, score + 1.0),
            goodput=() if score is None else (0.1, 0.2),
            reason="" if status in ("new", "improved", "beaten", "lost") else status,
            message=said.get("message", ""),
            behaviour=Behaviour(number, (number % 10) / 10, 0.25),
            whole=score is not None,
        ),
    )
    journal.note(number, "taken", {"status": status, "score": score})


def propose(journal: Journal, number: int, **said: Any) -> None:
    """Propose a candidate."""
    parents = said.get("parents", (number - 1,) if number else ())
    journal.propose(
        Candidate(
            number=number,
            island=number % 3,
            generation=number,
            parents=parents,
            operator=said.get("operator", "tune" if parents else "best_fit"),
            proposer="embedded" if parents else "shipped",
            source=said.get("source", SOURCE.format(weight=number)),
            identity=str(number),
            size=40 + number,
            note=said.get("note", {}),
        )
    )


def written(folder: Path, count: int = 12, more: Mapping[int, Any] | None = None) -> Path:
    """A run that took so many in, and is closed; `more` says of some what is otherwise."""
    journal = begin(folder)
    for number in range(count):
        statuses = ("improved", "lost", "beaten", "raised")
        take(journal, number, **{"status": statuses[number % 4], **(more or {}).get(number, {})})
    journal.close()
    return folder
