"""A search as read from its folder: its candidates, and its champion on seeds it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report import goodput
from report.fields import Fields, ReportError, clean
from report.folder import Folder
from report.intervals import Estimate, read_estimate
from report.table import resource_name

if TYPE_CHECKING:
    import polars as pl

CHAMPION = "champion"
SEARCHED = "default"
ALLOCATED, RECOVERED = "allocated_pct", "recovered_pct"


@dataclass(frozen=True)
class Trial:
    """One list of tasks on test seeds: estimates by heuristic, and the champion's differences.

    `values` are what was measured (see `Search.recovers`), the baseline's left out under its own
    tie rule, since it is zero; `minus` maps a heuristic to the champion's value less its own, in
    points; `goodput` is points of work over the baseline's, empty where nothing was to be held.
    """

    name: str
    searched: bool
    values: Mapping[str, Estimate]
    minus: Mapping[str, Estimate]
    goodput: Mapping[str, Estimate]

    def rejects(self, heuristic: str) -> bool:
        """Whether a heuristic is shown to turn work away here."""
        return heuristic in self.goodput and goodput.lost(self.goodput[heuristic])


@dataclass(frozen=True)
class Search:
    """One run of evolve; `candidates` in the order in which they were scored.

    Either allocation at saturation was measured, per cent of `resources[0]`, or, where there is a
    `baseline`, what is recovered over it, points of what the fleet is sold by, `resources`.
    `ties` are the searched list under the other tie rules.
    """

    folder: Folder
    resources: tuple[str, ...]
    baseline: str | None
    candidates: pl.DataFrame
    validation: Mapping[str, Estimate]
    trials: tuple[Trial, ...]
    ties: Mapping[str, Trial]
    source: str | None

    @property
    def recovers(self) -> bool:
        """Whether recovered compute was measured, not allocation."""
        return self.baseline is not None

    @property
    def rivals(self) -> tuple[str, ...]:
        """The heuristics that the champion was measured beside, fgd and best_fit first."""
        names = [name for trial in self.trials for name in trial.values if name != CHAMPION]
        known = [name for name in ("fgd", "best_fit") if name in names]
        return tuple(dict.fromkeys([*known, *names]))

    @property
    def sold(self) -> str:
        """What was measured of, in a word."""
        return resource_name(self.resources[0]) if len(self.resources) == 1 else "compute"


def search(folder: Folder) -> Search:
    """Read a folder of evolve.

    Raises ReportError where the champion was not measured on test seeds.
    """
    result = folder.summary.objects("results")[0]
    measured = result.optional_text("measured") or ALLOCATED
    if measured not in (ALLOCATED, RECOVERED):
        raise result.error(result.path("measured"), measured, f"{ALLOCATED} or {RECOVERED}")
    baseline = result.text("baseline") if measured == RECOVERED else None
    test, held = result.object("test"), result.optional_object("goodput_delta_points")
    names = sorted(test, key=lambda name: (name != SEARCHED, name))
    if not names:
        raise result.error(result.path("test"), {}, "at least one list of tasks")
    known = SEARCHED in names
    trials = tuple(
        _trial(test.object(name), held.optional_object(name), name, known, baseline)
        for name in names
    )
    source = folder.champion
    if source is None and "source" in result:
        source = str(result.required("source", "text"))
    sold = [clean(name) for name in (result.optional_text("resource") or "gpu").split(", ")]
    return Search(
        folder=folder,
        resources=tuple(sold),
        baseline=baseline,
        candidates=folder.frame,
        validation=_validation(result.optional_object("validation")),
        trials=trials,
        ties=_ties(result) if baseline is not None else {},
        source=None if source is None else clean(source.expandtabs(4), keep="\n"),
    )


def _trial(fields: Fields, held: Fields, name: str, known: bool, baseline: str | None) -> Trial:
    values, minus = {}, {}
    prefix = f"{CHAMPION}_minus_"
    for key in fields:
        if not isinstance(fields.values[key], dict):
            continue
        if key.startswith(prefix):
            minus[clean(key[len(prefix) :])] = read_estimate(fields.object(key))
        else:
            values[clean(key)] = read_estimate(fields.object(key))
    if CHAMPION not in values:
        raise ReportError(
            f"{fields.file}: {fields.path(CHAMPION)}: found nothing, expected its mean there"
        )
    if baseline is not None:
        values.pop(baseline, None)
        minus.pop(baseline, None)
    gained = {clean(key): read_estimate(held.object(key)) for key in held if key != baseline}
    return Trial(clean(name), known and name == SEARCHED, values, minus, gained)


def _ties(result: Fields) -> dict[str, Trial]:
    """The searched list under the other tie rules, the baseline of the gains under its own."""
    found = {}
    for rule in ("random", "rounded"):
        lists = result.optional_object(f"test_ties_{rule}")
        if SEARCHED in lists:
            nothing = Fields(result.file, {}, lists.at)
            found[rule] = _trial(lists.object(SEARCHED), nothing, SEARCHED, True, None)
    return found


def _validation(fields: Fields) -> dict[str, Estimate]:
    """Estimates by heuristic; a lone estimate is the champion's; other fields are passed over."""
    if isinstance(fields.values.get("mean"), int | float):
        return {CHAMPION: read_estimate(fields)}
    return {
        clean(key): read_estimate(fields.object(key))
        for key, value in fields.values.items()
        if isinstance(value, dict) and "mean" in value
    }
