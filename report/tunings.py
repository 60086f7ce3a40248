"""Tunings as read from their folders: constants, trials, and what came of them on test pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from report.fields import Fields
from report.folder import Folder
from report.intervals import Estimate, read_interval


@dataclass(frozen=True)
class Constant:
    """One constant: as written, as tuned, and between what it was tried."""

    name: str
    default: float
    tuned: float
    low: float
    high: float


@dataclass(frozen=True)
class Told:
    """Baseline, values as written, or tuned ones, on the test pairs."""

    label: str
    recovered: Estimate
    goodput: Estimate
    marks: tuple[str, ...]
    stranded: float
    train: float | None
    validation: float | None


@dataclass(frozen=True)
class Tuning:
    """One result folder of `tune`. gain, held: tuned less as written; better: that it is shown."""

    folder: Folder
    heuristic: str
    baseline: str
    rows: tuple[Told, ...]
    constants: tuple[Constant, ...]
    kept: bool
    gain: Estimate
    held: Estimate
    better: bool
    tried: dict[str, int]
    pairs: int
    opened: int
    chosen: int | None
    load: float
    machines: int

    @property
    def tuned(self) -> Told:
        """The tuned values' row."""
        return self.rows[-1]


def tuning(folder: Folder) -> Tuning:
    """Read a folder of tune. Raises ReportError where the summary lacks what the page needs."""
    entry = folder.summary.objects("results")[0]
    test, against = entry.object("test"), entry.object("tuned_minus_defaults")
    name, baseline = entry.text("heuristic"), entry.text("baseline")
    pairs = int(test.object("tuned").number("pairs"))
    labels = {"baseline": baseline, "defaults": f"{name}, as written", "tuned": f"{name}, tuned"}
    own = name == baseline
    kinds = [kind for kind in labels if not (own and kind == "baseline")]
    return Tuning(
        folder=folder,
        heuristic=name,
        baseline=baseline,
        rows=tuple(_told(entry, test, kind, labels[kind], pairs) for kind in kinds),
        constants=tuple(_constant(one) for one in entry.objects("constants")),
        kept=entry.required("kept_defaults", "true or false") is True,
        gain=_estimate(against, "recovered_points", "recovered_ci95", pairs),
        held=_estimate(against, "goodput_points", "goodput_ci95", pairs),
        better=against.required("better", "true or false") is True,
        tried={state: int(entry.object("trials").number(state)) for state in STATES},
        pairs=pairs,
        opened=int(entry.optional_number("test_opened") or 1),
        chosen=_chosen(entry),
        load=test.object("tuned").number("load"),
        machines=int(test.object("tuned").number("machines")),
    )


def _chosen(entry: Fields) -> int | None:
    """The trial that validation chose; None where it chose the values as written."""
    best = max(entry.objects("finalists"), key=lambda one: one.number("validation"), default=None)
    number = None if best is None else best.optional_number("trial")
    return None if number is None else int(number)


STATES = ("complete", "pruned", "failed")


def _told(entry: Fields, test: Fields, kind: str, label: str, pairs: int) -> Told:
    row = test.object(kind)
    chosen = kind != "baseline"
    return Told(
        label=label,
        recovered=_estimate(row, "recovered_pct", "recovered_pct_ci95", pairs),
        goodput=_estimate(row, "goodput_delta_points", "goodput_delta_ci95", pairs),
        marks=row.texts("marks"),
        stranded=row.number("stranded_pct"),
        train=entry.object("train").optional_number(kind) if chosen else None,
        validation=entry.object("validation").optional_number(kind) if chosen else None,
    )


def _constant(one: Fields) -> Constant:
    numbers = (one.number(key) for key in ("default", "tuned", "low", "high"))
    return Constant(one.text("name"), *numbers)


def _estimate(fields: Fields, key: str, interval: str, pairs: int) -> Estimate:
    return Estimate(fields.number(key), None, pairs, read_interval(fields, interval))


def best_so_far(folder: Folder) -> Sequence[tuple[int, float]]:
    """The best worth on train after each trial that saw all pairs."""
    import polars as pl

    rows = folder.frame.filter(pl.col("state") == "complete").sort("trial")
    found: list[tuple[int, float]] = []
    for trial, worth in rows.select("trial", "worth").rows():
        if worth is not None:
            found.append((trial, max(worth, found[-1][1]) if found else worth))
    return found
