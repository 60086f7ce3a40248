"""A search as read from its folder: its candidates, and its champion on seeds it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report.fields import Fields, ReportError, clean
from report.folder import Folder
from report.intervals import Estimate, read_estimate

if TYPE_CHECKING:
    import polars as pl

CHAMPION = "champion"
SEARCHED = "default"


@dataclass(frozen=True)
class Trial:
    """One list of tasks on test seeds: estimates by heuristic, and the champion's differences.

    `minus` maps a heuristic to the champion's allocation less its own, in points.
    """

    name: str
    searched: bool
    allocated: Mapping[str, Estimate]
    minus: Mapping[str, Estimate]


@dataclass(frozen=True)
class Search:
    """One run of evolve; `candidates` in the order in which they were scored."""

    folder: Folder
    resource: str
    candidates: pl.DataFrame
    validation: Mapping[str, Estimate]
    trials: tuple[Trial, ...]
    source: str | None

    @property
    def rivals(self) -> tuple[str, ...]:
        """The heuristics that the champion was measured beside, fgd and best_fit first."""
        names = [name for trial in self.trials for name in trial.allocated if name != CHAMPION]
        known = [name for name in ("fgd", "best_fit") if name in names]
        return tuple(dict.fromkeys([*known, *names]))


def search(folder: Folder) -> Search:
    """Read a folder of evolve.

    Raises ReportError where the champion was not measured on test seeds.
    """
    result = folder.summary.objects("results")[0]
    test = result.object("test")
    names = sorted(test, key=lambda name: (name != SEARCHED, name))
    if not names:
        raise result.error(result.path("test"), {}, "at least one list of tasks")
    known = SEARCHED in names
    trials = tuple(_trial(test.object(name), name, known and name == SEARCHED) for name in names)
    source = folder.champion
    if source is None and "source" in result:
        source = str(result.required("source", "text"))
    return Search(
        folder=folder,
        resource=result.optional_text("resource") or "gpu",
        candidates=folder.frame,
        validation=_validation(result.optional_object("validation")),
        trials=trials,
        source=None if source is None else clean(source.expandtabs(4), keep="\n"),
    )


def _trial(fields: Fields, name: str, searched: bool) -> Trial:
    allocated, minus = {}, {}
    prefix = f"{CHAMPION}_minus_"
    for key in fields:
        if not isinstance(fields.values[key], dict):
            continue
        if key.startswith(prefix):
            minus[clean(key[len(prefix) :])] = read_estimate(fields.object(key))
        else:
            allocated[clean(key)] = read_estimate(fields.object(key))
    if CHAMPION not in allocated:
        raise ReportError(
            f"{fields.file}: {fields.path(CHAMPION)}: found nothing, expected its mean there"
        )
    return Trial(clean(name), searched, allocated, minus)


def _validation(fields: Fields) -> dict[str, Estimate]:
    """Estimates by heuristic; a lone estimate is the champion's; other fields are passed over."""
    if isinstance(fields.values.get("mean"), int | float):
        return {CHAMPION: read_estimate(fields)}
    return {
        clean(key): read_estimate(fields.object(key))
        for key, value in fields.values.items()
        if isinstance(value, dict) and "mean" in value
    }
