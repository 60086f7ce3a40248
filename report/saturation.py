"""Saturation experiments as read from their folders: rows a heuristic, curves over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from report.fields import Fields, ReportError, clean
from report.folder import Folder, grouped
from report.intervals import Estimate, difference, read_estimate
from report.readings import decision_us, labels, resources_in_order, seeds_of

if TYPE_CHECKING:
    import polars as pl

BASELINE = "best_fit"


@dataclass(frozen=True)
class Row:
    """One heuristic at the largest offered ratio, and on the way there.

    `allocated` and `frag` map a resource to its estimate in percent; `way` maps an offered ratio
    to the same as `allocated`; `per_seed` maps a resource to one allocated percentage a seed.
    """

    label: str
    heuristic: str
    ties: str
    allocated: Mapping[str, Estimate]
    frag: Mapping[str, Estimate]
    way: Mapping[float, Mapping[str, Estimate]]
    per_seed: Mapping[str, Mapping[int, float]]
    placed: float | None
    rejected: float | None
    used_machines: float | None
    empty_machines_pct: float | None
    decision_us: float | None

    @property
    def seeds(self) -> int:
        """The number of seeds."""
        return len(next(iter(self.per_seed.values())))


@dataclass(frozen=True)
class Experiment:
    """Folders of one trace and one offered ratio: rows from the most allocated down.

    `curve` has the columns label, seed, offered_pct, resource, allocated_pct, frag_pct.
    """

    folders: tuple[Folder, ...]
    offered: float
    resources: tuple[str, ...]
    rows: tuple[Row, ...]
    curve: pl.DataFrame

    @property
    def resource(self) -> str:
        """The resource that decides: gpu where it is there, else the first."""
        return self.resources[0]

    @property
    def baseline(self) -> Row | None:
        """What the first row is compared with: best_fit, else the runner-up, None alone."""
        others = self.rows[1:]
        return next((row for row in others if row.heuristic == BASELINE), None) or (
            others[0] if others else None
        )

    def against(self, row: Row, baseline: Row, resource: str) -> tuple[Estimate, bool]:
        """The row's allocation less the baseline's, in points, and whether it is paired."""
        return difference(row.per_seed[resource], baseline.per_seed[resource])


def experiments(folders: Sequence[Folder]) -> tuple[Experiment, ...]:
    """Saturation folders, grouped by trace content and offered ratio.

    Raises ReportError where a summary or a curve lacks what the page needs.
    """
    groups = grouped(
        folders, lambda f: (f.summary.object("trace").text("sha256"), _offered(f.summary))
    )
    return tuple(_experiment(group) for group in groups)


def _offered(summary: Fields) -> float:
    ratios = {max(_ratios(result)) for result in summary.objects("results")}
    if len(ratios) > 1:
        raise summary.error("results", sorted(ratios), "one largest offered ratio in one folder")
    return ratios.pop()


def _ratios(result: Fields) -> dict[float, str]:
    at = result.object("alloc_pct_at")
    ratios = {}
    for key in at:
        try:
            ratios[float(key)] = key
        except ValueError:
            raise result.error(result.path("alloc_pct_at"), key, "offered ratios as keys") from None
    if not ratios:
        raise result.error(result.path("alloc_pct_at"), {}, "at least one offered ratio")
    return ratios


def _experiment(folders: tuple[Folder, ...]) -> Experiment:
    import polars as pl

    read = [(folder, result) for folder in folders for result in folder.summary.objects("results")]
    names = labels(
        [(result.text("heuristic"), result.text("ties"), folder.name) for folder, result in read]
    )
    offered = _offered(folders[0].summary)
    rows, curves = [], []
    for (folder, result), label in zip(read, names, strict=True):
        row, curve = _row(folder, result, label, offered)
        rows.append(row)
        curves.append(curve)
    common = set.intersection(*(set(row.allocated) for row in rows))
    resources = resources_in_order([name for name in rows[0].allocated if name in common])
    if not resources:
        raise ReportError(
            f"{folders[0].summary.file}: results: found no resource common to all heuristics, "
            "expected at least one in alloc_pct_at"
        )
    rows.sort(key=lambda row: -row.allocated[resources[0]].mean)
    return Experiment(folders, offered, resources, tuple(rows), pl.concat(curves))


def _row(folder: Folder, result: Fields, label: str, offered: float) -> tuple[Row, pl.DataFrame]:
    import polars as pl

    heuristic = result.text("heuristic")
    at = result.object("alloc_pct_at")
    ratios = _ratios(result)
    way = {ratio: _estimates(at.object(ratios[ratio])) for ratio in sorted(ratios)}
    frag_at = result.optional_object("frag_pct_at")
    frag = _estimates(frag_at.optional_object(ratios[offered]))
    curve = folder.frame.filter(pl.col("heuristic") == heuristic)
    per_seed = {
        resource: _per_seed(folder, curve, heuristic, resource, offered)
        for resource in way[offered]
    }
    row = Row(
        label=label,
        heuristic=heuristic,
        ties=result.text("ties"),
        allocated=way[offered],
        frag=frag,
        way=way,
        per_seed=per_seed,
        placed=result.optional_number("placed"),
        rejected=result.optional_number("rejected"),
        used_machines=result.optional_number("used_machines"),
        empty_machines_pct=result.optional_number("empty_machines_pct"),
        decision_us=decision_us(folder, heuristic, result),
    )
    columns = ["seed", "offered_pct", "resource", "allocated_pct", "frag_pct"]
    return row, curve.select(pl.lit(label).alias("label"), *columns)


def _estimates(fields: Fields) -> dict[str, Estimate]:
    return {clean(resource): read_estimate(fields.object(resource)) for resource in fields}


def _per_seed(
    folder: Folder, curve: pl.DataFrame, heuristic: str, resource: str, offered: float
) -> dict[int, float]:
    import polars as pl

    last = curve.filter(
        (pl.col("resource") == resource)
        & ((pl.col("offered_pct") - offered).abs() < 1e-6)
        & pl.col("allocated_pct").is_not_null()
        & pl.col("seed").is_not_null()
    )
    found = {int(seed): value for seed, value in last.select("seed", "allocated_pct").rows()}
    expected = seeds_of(folder)
    if sorted(found) != sorted(expected) or last.height != len(expected):
        raise ReportError(
            f"{folder.parquet}: heuristic {heuristic}, resource {resource}, offered "
            f"{offered:g} %: found {last.height} rows with seeds {sorted(found)}, expected one "
            f"a seed of {sorted(expected)}"
        )
    return found


def bands(curve: pl.DataFrame, resource: str, value: str) -> pl.DataFrame:
    """Mean and 95 % interval over seeds at each offered ratio, one resource.

    Columns label, offered_pct, mean, low, high (both the mean where there is one seed), sorted;
    empty where `value` (allocated_pct or frag_pct) was not computed for the resource.
    """
    import polars as pl

    from report.intervals import t_975

    known = curve.filter((pl.col("resource") == resource) & pl.col(value).is_not_null())
    stats = (
        known.sort("label", "offered_pct", "seed")
        .group_by("label", "offered_pct", maintain_order=True)
        .agg(pl.col(value).mean().alias("mean"), pl.col(value).std().alias("sd"), pl.len())
    )
    half = [
        0.0 if n < 2 or sd is None else t_975(n - 1) * sd / n**0.5
        for sd, n in stats.select("sd", "len").rows()
    ]
    error = pl.Series("half", half, dtype=pl.Float64)
    return stats.select(
        "label",
        "offered_pct",
        "mean",
        (pl.col("mean") - error).alias("low"),
        (pl.col("mean") + error).alias("high"),
    )
