"""Comparisons as read from their folders: an entry a heuristic, all against one baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report.events import COUNTERS
from report.fields import Fields, ReportError, clean
from report.folder import Folder
from report.intervals import Estimate, read_interval
from report.readings import decision_us, resources_in_order

if TYPE_CHECKING:
    import polars as pl

POLICIES = ("first", "random", "rounded")
REJECTS, FRESH, FREE = "rejects work", "fresh packing", "contain=off"
VANISHES = "vanishes when shaken"
AT_ONCE = 8  # heuristics that a chart of lines, or a table with a column for each, holds
RECORDED = "recorded"  # what the trace itself did
COUNTS = (
    "placed",
    "rejected",
    "queued",
    *COUNTERS,
    "pending_at_end",
    "queueing_mean_s",
    "queueing_p50_s",
    "queueing_p99_s",
    "empty_machines_pct",
    "used_machines",
    "start_share_pct",
    "recovered_machines",
    "recovered_money",
)


@dataclass(frozen=True)
class Resource:
    """One resource under one heuristic, percent of the fleet's capacity of it."""

    stranded: float
    allocated: float
    lost: float | None
    frag: float | None
    exhausted: float | None
    recovered: Estimate
    bound: float | None


@dataclass(frozen=True)
class Tried:
    """One heuristic under one tie rule, against the baseline under the same."""

    recovered: Estimate
    goodput: Estimate
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One heuristic of a comparison, under its own tie rule `ties`.

    `recovered` and `goodput` are weighted, in points of the fleet's capacity, over pairs;
    `stranded` and `bound` are weighted percentages; `resources` and `spread` go by resource and
    by tie rule; `counts` holds those of COUNTS that the summary has, `shaken` what was
    recovered of the shaken trace, where it was.
    """

    heuristic: str
    ties: str
    recovered: Estimate
    of_stranded: float | None
    of_recoverable: float | None
    goodput: Estimate
    marks: tuple[str, ...]
    stranded: float
    bound: float | None
    resources: Mapping[str, Resource]
    spread: Mapping[str, Tried]
    counts: Mapping[str, float]
    shaken: Estimate | None
    decision_us: float | None

    @property
    def said(self) -> str:
        """Its name in a sentence."""
        return "the recorded placement" if self.heuristic == RECORDED else self.heuristic

    @property
    def doubtful(self) -> bool:
        """Whether a mark says that what was recovered may be no packing."""
        return REJECTS in self.marks or FRESH in self.marks


@dataclass(frozen=True)
class Comparison:
    """One result folder of `compare`.

    `rows` are all entries, most recovered first, the baseline in its place among them; those
    whose marks say that the gain may be no packing stand after the others.
    `weights` are those of `resources` as the configuration resolved them, empty where unstated.
    """

    folder: Folder
    baseline: Entry
    rows: tuple[Entry, ...]
    resources: tuple[str, ...]
    weights: Mapping[str, float]
    load: float | None
    machines: float | None
    hours: float | None
    history_h: float | None
    windows: int
    seeds: int
    pairs: int
    queue: str
    bound_status: str | None

    @property
    def candidates(self) -> tuple[Entry, ...]:
        """All entries but the baseline, in the order of `rows`."""
        return tuple(row for row in self.rows if row is not self.baseline)

    def first(self, count: int) -> tuple[Entry, ...]:
        """The baseline and the first of the others, so many in all, in the order of `rows`."""
        others = self.candidates[: count - 1]
        return tuple(row for row in self.rows if row is self.baseline or row in others)

    @property
    def weighted(self) -> tuple[str, ...]:
        """The resources that the fleet is sold by, all where the weights are unstated."""
        return tuple(r for r in self.resources if self.weights.get(r, 0.0) > 0) or self.resources

    @property
    def policies(self) -> tuple[str, ...]:
        """The tie rules compared, the known ones first; none where none was tried under two."""
        if all(len(row.spread) < 2 for row in self.rows):
            return ()
        found = [policy for row in self.rows for policy in row.spread]
        known = [policy for policy in POLICIES if policy in found]
        return (*known, *dict.fromkeys(policy for policy in found if policy not in POLICIES))

    def pairs_of(self, entry: Entry, resource: str) -> pl.DataFrame:
        """The pairs of an entry under its own tie rule, one resource."""
        import polars as pl

        return self.folder.frames["pairs.parquet"].filter(
            (pl.col("heuristic") == entry.heuristic)
            & (pl.col("policy") == entry.ties)
            & (pl.col("resource") == resource)
        )


def comparison(folder: Folder) -> Comparison:
    """Read a folder of compare.

    Raises ReportError where the summary lacks what the page needs, or does not fit its parquet.
    """
    results = folder.summary.objects("results")
    first = results[0]
    name = first.text("baseline")
    entries = [_entry(folder, result, _pairs(result, "pairs")) for result in results]
    for i, (entry, result) in enumerate(zip(entries, results, strict=True)):
        if entry.heuristic in [other.heuristic for other in entries[:i]]:
            raise result.error(result.path("heuristic"), entry.heuristic, "each heuristic once")
        if result.text("baseline") != name:
            other = result.text("baseline")
            raise result.error(result.path("baseline"), other, f"{name}, as in results[0]")
    baseline = next((entry for entry in entries if entry.heuristic == name), None)
    if baseline is None:
        names = [entry.heuristic for entry in entries]
        raise folder.summary.error("results", names, f"the baseline {name} among the heuristics")
    common = set.intersection(*(set(entry.resources) for entry in entries))
    resources = resources_in_order([r for r in baseline.resources if r in common])
    if not resources:
        raise folder.summary.error("results", [], "a resource common to all in resources")
    entries.sort(
        key=lambda entry: (
            entry.doubtful and entry is not baseline,
            -entry.recovered.mean,
            entry is not baseline,
        )
    )
    found = Comparison(
        folder=folder,
        baseline=baseline,
        rows=tuple(entries),
        resources=resources,
        weights=_weights(folder.summary, resources),
        load=first.optional_number("load"),
        machines=first.optional_number("machines"),
        hours=first.optional_number("hours"),
        history_h=first.optional_number("history_h"),
        windows=_pairs(first, "windows"),
        seeds=_pairs(first, "seeds"),
        pairs=_pairs(first, "pairs"),
        queue=first.optional_text("queue") or "reject",
        bound_status=first.optional_text("bound_status"),
    )
    _check_pairs(found)
    return found


def _pairs(result: Fields, key: str) -> int:
    number = result.number(key)
    if number < 1 or number != int(number):
        raise result.error(result.path(key), number, "a whole number from 1 on")
    return int(number)


def _entry(folder: Folder, result: Fields, pairs: int) -> Entry:
    resources = result.object("resources")
    spread, shaken = result.optional_object("spread"), result.optional_object("shaken")
    counts = {name: result.optional_number(name) for name in COUNTS}
    heuristic = result.text("heuristic")
    return Entry(
        heuristic=heuristic,
        ties=result.text("ties"),
        recovered=_estimate(result, "recovered_pct", "recovered_pct_ci95", pairs),
        of_stranded=result.optional_number("of_stranded_pct"),
        of_recoverable=result.optional_number("of_recoverable_pct"),
        goodput=_estimate(result, "goodput_delta_points", "goodput_delta_ci95", pairs),
        marks=result.texts("marks"),
        stranded=result.number("stranded_pct"),
        bound=result.optional_number("bound_pct"),
        resources={clean(r): _resource(resources.object(r), pairs) for r in resources},
        spread={clean(policy): _tried(spread.object(policy), pairs) for policy in spread},
        shaken=_estimate(shaken, "recovered_pct", "recovered_pct_ci95", pairs)
        if "shaken" in result
        else None,
        counts={name: value for name, value in counts.items() if value is not None},
        decision_us=decision_us(folder, heuristic, result),
    )


def _estimate(fields: Fields, key: str, interval: str, pairs: int) -> Estimate:
    return Estimate(fields.number(key), None, pairs, read_interval(fields, interval))


def _resource(fields: Fields, pairs: int) -> Resource:
    return Resource(
        stranded=fields.number("stranded_pct"),
        allocated=fields.number("allocated_pct"),
        lost=fields.optional_number("lost_pct"),
        frag=fields.optional_number("frag_pct"),
        exhausted=fields.optional_number("exhausted_pct"),
        recovered=_estimate(fields, "recovered_points", "recovered_ci95", pairs),
        bound=fields.optional_number("bound_pct"),
    )


def _tried(fields: Fields, pairs: int) -> Tried:
    return Tried(
        recovered=_estimate(fields, "recovered_pct", "recovered_pct_ci95", pairs),
        goodput=_estimate(fields, "goodput_delta_points", "goodput_delta_ci95", pairs),
        marks=fields.texts("marks"),
    )


def _weights(summary: Fields, resources: Sequence[str]) -> dict[str, float]:
    weights = summary.optional_object("config").optional_object("weights")
    found = {clean(key): weights.optional_number(key) for key in weights}
    return {r: found[r] or 0.0 for r in resources if r in found}


def _check_pairs(found: Comparison) -> None:
    """Every candidate has each window with each seed once a resource, with its numbers."""
    file, pairs = found.folder.parquet, found.pairs
    grid = f"windows × seeds: {found.windows} × {found.seeds}"
    if pairs != found.windows * found.seeds:
        expected = f"{found.windows * found.seeds} ({grid})"
        raise found.folder.summary.error("results[0].pairs", pairs, expected)
    import polars as pl

    checked = ("recovered_pct", "recovered_points", "goodput_delta_points")
    known = pl.col("window").is_not_null() & pl.col("seed").is_not_null()
    counts = (
        found.folder.frames["pairs.parquet"]
        .group_by("heuristic", "policy", "resource")
        .agg(
            pl.len().alias("rows"),
            pl.struct("window", "seed").filter(known).n_unique().alias("pairs"),
            *(
                pl.col(name).filter(known).n_unique().alias(f"{name}s")
                for name in ("window", "seed")
            ),
            *(pl.col(name).null_count().alias(name) for name in checked),
        )
    )
    by_key = {row[:3]: row[3:] for row in counts.iter_rows()}
    for entry in found.candidates:
        for resource in found.resources:
            none = (0,) * (4 + len(checked))
            rows, *rest = by_key.get((entry.heuristic, entry.ties, resource), none)
            sizes, nulls = tuple(rest[:3]), rest[3:]
            if rows != pairs or sizes != (pairs, found.windows, found.seeds):
                raise ReportError(
                    f"{file}: heuristic {entry.heuristic}, policy {entry.ties}, resource "
                    f"{resource}: found {rows} rows of {sizes[0]} pairs, expected one row "
                    f"for each of {pairs} pairs ({grid})"
                )
            for column, count in zip(checked, nulls, strict=True):
                if count:
                    raise ReportError(
                        f"{file}: column {column}, heuristic {entry.heuristic}, resource "
                        f"{resource}: found no number, expected one a pair"
                    )
