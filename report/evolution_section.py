"""A search told: how the best score grew, and what its champion is worth where it never looked."""

from __future__ import annotations

from collections.abc import Sequence

from report import goodput
from report.evolution import CHAMPION, Search, search
from report.evolution_figures import figures
from report.evolution_tables import (
    brief_table,
    operators_table,
    ties_table,
    trials_table,
    validation_table,
)
from report.evolution_words import details, headline, warning
from report.fields import Fields
from report.folder import Folder
from report.palette import Palette
from report.phrases import (
    configuration,
    ends_text,
    facts_of_runs,
    joined,
    provenance,
    trace_fact,
)
from report.section import Brief, Section, Tile
from report.table import Table, decimal, resource_name

METRICS = ("interval", "provenance", "splits", "score")
RECOVERY = (
    "baseline",
    "goodput",
    "load",
    "marks",
    "pairs",
    "recovered_compute",
    "tie_rules",
    "weights",
)


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each search."""
    return [
        _section(search(folder), f"evolve-{i + 1}" if i else "evolve", palette)
        for i, folder in enumerate(folders)
    ]


def _section(found: Search, name: str, palette: Palette) -> Section:
    said = details(found)
    facts = _facts(found)
    return Section(
        name=name,
        kind="search",
        title=f"Search {found.folder.name}",
        headline=headline(found),
        details=tuple(said),
        facts=(*facts, *facts_of_runs([found.folder])),
        provenance=provenance([found.folder]),
        tables=tuple(_tables(found, name)),
        figures=tuple(figures(found, name, palette)),
        configs=((found.folder.name, configuration(found.folder)),),
        source=found.source,
        metrics=(*METRICS, *(RECOVERY if found.recovers else ())),
        warning=warning(found),
        tiles=tuple(_tiles(found)),
        brief=Brief(
            (brief_table(found, name),), (*said, *(f"{term}: {text}" for term, text in facts))
        ),
    )


def _tables(found: Search, name: str) -> list[Table]:
    tables = [
        trials_table(found, name),
        ties_table(found, name),
        validation_table(found, name) if found.validation else None,
        operators_table(found, name),
    ]
    return [table for table in tables if table is not None]


def _facts(found: Search) -> list[tuple[str, str]]:
    counts = sorted({e.n for t in found.trials for e in t.values.values() if e.n is not None})
    unit = "pair" if found.recovers else "seed"
    told = f"one {unit}, so no intervals" if counts == [1] else ", ".join(map(str, counts))
    scored = found.candidates["score"].drop_nulls().len()
    facts = [("Data", trace_fact(found.folder))]
    if found.baseline is not None:
        names = joined([resource_name(resource) for resource in found.resources])
        facts += [("Baseline", found.baseline), ("Sold by", names), *_cells(found)]
    facts.append(("Candidates", f"{found.candidates.height} tried, {scored} scored"))
    if counts:
        facts.append((f"Test {unit}s", told))
    return facts


def _cells(found: Search) -> list[tuple[str, str]]:
    """The cell and load of each split, where the configuration says so."""
    problem = found.folder.summary.optional_object("config").values.get("problem")
    if not isinstance(problem, dict):
        return []
    fields = Fields(found.folder.summary.file, problem, "config.problem")
    said = []
    for split in ("train", "validation", "test"):
        scene = fields.optional_object(split)
        machines, load = scene.optional_number("machines"), scene.optional_number("load")
        if machines is None:
            rows = scene.optional_object("cell").values.get("machines")
            counts = [row.get("count") for row in rows] if isinstance(rows, list) else []
            if counts and all(isinstance(count, int) for count in counts):
                machines = float(sum(counts))
        parts = [] if machines is None else [f"{machines:g} machines"]
        parts += [] if load is None else [f"load {load:.3g}"]
        if parts:
            said.append(f"{split} {' at '.join(parts)}")
    return [("Cells", "; ".join(said))] if said else []


def _tiles(found: Search) -> list[Tile]:
    """The champion's gain and goodput on the searched list, where a baseline was to be beaten."""
    if not found.recovers:
        return []
    trial = found.trials[0]
    gain = trial.values[CHAMPION]
    share = f"{decimal(gain.mean, 2, True)}\N{NO-BREAK SPACE}%"
    out = [Tile(f"Recovered {found.sold}", share, ends_text(gain), "recovered_compute")]
    if CHAMPION in trial.goodput:
        delta, rejects = trial.goodput[CHAMPION], trial.rejects(CHAMPION)
        out.append(
            Tile(
                f"Goodput {goodput.held(delta, rejects)}",
                decimal(delta.mean, 2, True),
                f"points, {ends_text(delta)}",
                "goodput",
                warns=rejects,
            )
        )
    return out
