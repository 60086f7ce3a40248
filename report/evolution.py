"""A search as read from its folder: its champion where it never looked, and the way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from report import goodput
from report.fields import Fields, ReportError, clean
from report.folder import Folder
from report.intervals import Estimate, read_estimate
from report.journal import Candidate, Draws, Journal, journal
from report.table import resource_name

CHAMPION = "champion"
SEARCHED = "default"
ALLOCATED, RECOVERED, PACKED = "allocated_pct", "recovered_pct", "minus_excess_pct"
POOLS = ("train", "validation", "fresh", "test")


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
class Elite:
    """What the archive holds: a candidate with its score on train and its measures by name."""

    candidate: int
    score: float
    measures: Mapping[str, float]


@dataclass(frozen=True)
class Search:
    """One run of evolve.

    Either allocation at saturation was measured, per cent of `resources[0]`; or, where there is a
    `baseline`, what is recovered over it, points of what the fleet is sold by, `resources`; or,
    where it `packs`, bins used over the L1 bound, with a minus, per cent of the bound.
    `null`: the arm that stood in the loop's place. `scores`: what was maximised, of the champion,
    on the pools that chose it; `draws`: what it came to in each pool, as far as the journal knows.
    `fresh`: its lead on fresh seeds; `ties`: the searched list under the other tie rules.
    `ablation`: points of score that the removal of a term costs, None where nothing is left then.
    """

    folder: Folder
    resources: tuple[str, ...]
    baseline: str | None
    null: str | None
    journal: Journal
    champion: Candidate
    program: str
    source: str
    scores: Mapping[str, Estimate]
    draws: Mapping[str, Draws]
    trials: tuple[Trial, ...]
    fresh: Trial | None
    ties: Mapping[str, Trial]
    ablation: tuple[tuple[str, float | None], ...]
    archive: tuple[Elite, ...]
    packs: bool

    @property
    def recovers(self) -> bool:
        """Whether recovered compute was measured."""
        return self.baseline is not None

    @property
    def result(self) -> Fields:
        """The summary's entry."""
        return self.folder.summary.objects("results")[0]

    @cached_property
    def rivals(self) -> tuple[str, ...]:
        """The heuristics that the champion was measured beside, in the order of the summary."""
        names = [name for trial in self.trials for name in trial.values if name != CHAMPION]
        return tuple(dict.fromkeys(names))

    @cached_property
    def best(self) -> str | None:
        """The best shipped heuristic on the searched list, of those that turn no work away."""
        trial = self.trials[0]
        fair = {
            name: value.mean
            for name, value in trial.values.items()
            if name in trial.minus and not trial.rejects(name)
        }
        if self.baseline is not None:
            fair[self.baseline] = 0.0
        return max(fair, key=lambda name: fair[name], default=None)

    @property
    def lead(self) -> Estimate | None:
        """The champion less the best shipped heuristic on the searched list."""
        trial = self.trials[0]
        if self.best == self.baseline:
            return trial.values[CHAMPION] if self.recovers else None
        return trial.minus[str(self.best)]

    @cached_property
    def few(self) -> tuple[str, ...]:
        """The rivals of every list and tie rule, and the best: those that a sentence names."""
        told = [name for trial in self.ties.values() for name in trial.minus]
        told += [name for trial in self.trials[1:] for name in trial.minus]
        wanted = {*(told or self.rivals[:2]), self.best}
        return tuple(name for name in self.rivals if name in wanted)

    @property
    def sold(self) -> str:
        """What was measured of, in a word."""
        if self.packs:
            return "the bound"
        return resource_name(self.resources[0]) if len(self.resources) == 1 else "compute"


def search(folder: Folder) -> Search:
    """Read a folder of evolve.

    Raises ReportError where the champion was not measured on test seeds, or the journal is not
    that of the summary.
    """
    result = folder.summary.objects("results")[0]
    measured = result.optional_text("measured") or ALLOCATED
    known_measures = (ALLOCATED, RECOVERED, PACKED)
    if measured not in known_measures:
        raise result.error(result.path("measured"), measured, f"one of {', '.join(known_measures)}")
    baseline = result.text("baseline") if measured == RECOVERED else None
    test, held = result.object("test"), result.optional_object("goodput_delta_points")
    names = sorted(test, key=lambda name: (name != SEARCHED, name))
    if not names:
        raise result.error(result.path("test"), {}, "at least one list of tasks")
    known = SEARCHED in names
    nothing = Fields(result.file, {}, result.path("fresh"))
    fresh = result.optional_object("fresh")
    program, count = str(result.required("source", "text")), int(result.number("candidates"))
    number = int(result.number("candidate"))
    if number not in range(count):
        raise result.error(result.path("candidate"), number, f"one of {count} candidates")
    keys = {pool: f"{pool}:None:False:{program}" for pool in POOLS} | {"train": f"train:{number}"}
    read = journal(folder.path, count, tuple(keys.values()))
    sold = [clean(name) for name in (result.optional_text("resource") or "gpu").split(", ")]
    return Search(
        folder=folder,
        resources=tuple(sold),
        baseline=baseline,
        null=result.optional_text("null"),
        journal=read,
        champion=read.candidates[number],
        program=program,
        source=readable(program if folder.champion is None else folder.champion),
        scores={
            pool: read_estimate(result.object(pool))
            for pool in ("train", "validation")
            if pool in result
        },
        draws={
            pool: _counted(result, pool, read.verdicts[key])
            for pool, key in keys.items()
            if key in read.verdicts
        },
        trials=tuple(
            _trial(test.object(name), held.optional_object(name), name, known, baseline)
            for name in names
        ),
        fresh=_trial(fresh, nothing, "fresh", False, baseline) if CHAMPION in fresh else None,
        ties=_ties(result),
        ablation=tuple(
            (one.text("term"), one.optional_number("costs"))
            for one in (result.objects("ablation") if result.values.get("ablation") else ())
        ),
        archive=tuple(
            _elite(one)
            for one in (result.objects("archive") if result.values.get("archive") else ())
        ),
        packs=measured == PACKED,
    )


def readable(source: str) -> str:
    """A program as a page shows it."""
    return clean(source.expandtabs(4), keep="\n")


def _counted(result: Fields, pool: str, draws: Draws) -> Draws:
    """The draws that a score counts: of train those of its last stage."""
    seeds = result.optional_object(pool).values.get("seeds")
    count = len(seeds) if isinstance(seeds, list) and seeds else len(draws.values)
    return Draws(draws.values[-count:], draws.goodput[-count:])


def _elite(fields: Fields) -> Elite:
    return Elite(
        candidate=int(fields.number("candidate")),
        score=fields.number("score"),
        measures={
            clean(key): fields.number(key)
            for key in fields
            if key not in ("candidate", "island", "score")
        },
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
