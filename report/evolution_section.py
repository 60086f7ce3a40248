"""A search told: who won where it never looked, and how the champion came about."""

from __future__ import annotations

from collections.abc import Sequence

from report import evolution_arms, evolution_figures, evolution_models, evolution_way, goodput
from report.evolution import CHAMPION, Search, search
from report.evolution_archive import map_figure
from report.evolution_tables import (
    brief_table,
    level,
    lists_table,
    measured,
    pools_table,
    test_table,
    ties_table,
    unit,
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
from report.section import NULL_ARM, Brief, Figure, Part, Section, Tile
from report.table import Table, decimal, resource_name

METRICS = (
    "best_shipped",
    "complexity",
    "fresh",
    "interval",
    "marks",
    "outcomes",
    "provenance",
    "score",
    "splits",
    "tie_rules",
)
RECOVERY = ("baseline", "goodput", "load", "pairs", "recovered_compute", "weights")


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each search, null arms behind the search that they belong to."""
    out: list[Section] = []
    for group in evolution_arms.groups([search(folder) for folder in folders]):
        for i, found in enumerate(group):
            name = f"evolve-{len(out) + 1}" if out else "evolve"
            out.append(_section(found, name, [] if i else group))
    return out


def _section(found: Search, name: str, group: Sequence[Search]) -> Section:
    arms = evolution_arms.said(group) if group else []
    said, facts = [*details(found), *arms], _facts(found)
    arm = f"Null arm {found.null}: search" if found.null else "Search"
    null_arms = evolution_arms.compared(group) if group else False
    return Section(
        name=name,
        kind=NULL_ARM if found.null else "search",
        title=f"{arm} {found.folder.name}",
        headline=headline(found),
        details=tuple(said),
        facts=(*facts, *facts_of_runs([found.folder])),
        provenance=provenance([found.folder]),
        tables=(),
        figures=(),
        parts=tuple(_parts(found, name, group)),
        configs=((found.folder.name, configuration(found.folder)),),
        sources=evolution_way.sources(found),
        metrics=(
            *METRICS,
            *(RECOVERY if found.recovers else ("excess",) * found.packs),
            *(("null_arm",) if null_arms or found.null else ()),
            *evolution_models.metrics(found),
        ),
        warning=warning(found),
        tiles=tuple(_tiles(found)),
        brief=Brief(
            (brief_table(found, name),), (*said, *(f"{term}: {text}" for term, text in facts))
        ),
    )


def _parts(found: Search, name: str, group: Sequence[Search]) -> list[Part]:
    """What there is to show, question by question."""
    draw, way, models = evolution_figures, evolution_way, evolution_models
    asked: list[tuple[str, list[Table | None], list[Figure | None]]] = [
        (
            "Against every shipped heuristic, on the test pool",
            [test_table(found, name)],
            [draw.against(found, name), draw.goodput(found, name)],
        ),
        (
            "Against null arms of the same budget",
            [evolution_arms.arms_table(group, name) if group else None],
            [],
        ),
        (
            "On other lists, under other tie rules, on fresh seeds",
            [lists_table(found, name), ties_table(found, name), pools_table(found, name)],
            [*draw.lists(found, name), draw.anew(found, name)],
        ),
        (
            "How it was found",
            [way.ancestry_table(found, name), way.ablation_table(found, name)],
            [draw.growth(found, name), map_figure(found, name)],
        ),
        (
            "What was tried",
            [way.outcomes_table(found, name), way.operators_table(found, name)],
            [],
        ),
        (
            "What models were asked, and what they cost",
            [models.models_table(found, name), models.instructions_table(found, name)],
            [],
        ),
        ("Held against written rules", [models.constitution_table(found, name)], []),
    ]
    parts = [
        Part(title, tuple(t for t in tables if t), tuple(f for f in figures if f))
        for title, tables, figures in asked
    ]
    return [part for part in parts if part.tables or part.figures]


def _facts(found: Search) -> list[tuple[str, str]]:
    counts = sorted({e.n for t in found.trials for e in t.values.values() if e.n is not None})
    told = f"one {unit(found)}, so no intervals" if counts == [1] else ", ".join(map(str, counts))
    facts = [("Data", trace_fact(found.folder))]
    if found.baseline is not None:
        names = joined([resource_name(resource) for resource in found.resources])
        facts += [("Baseline", found.baseline), ("Sold by", names), *_cells(found)]
    if counts:
        facts.append((f"Test {unit(found)}s", told))
    champion = found.champion
    made = "shipped " if champion.shipped else ""
    facts.append(
        (
            "Champion",
            f"candidate {champion.number} of {len(found.journal.candidates)}, generation "
            f"{champion.generation}, made by {made}{champion.operator}",
        )
    )
    nodes, cost = found.result.optional_object("nodes"), found.result.optional_number("operations")
    sizes = [nodes.optional_number(key) for key in ("found", "kept")]
    if None not in sizes:
        said = f"{sizes[0]:g} nodes as found, {sizes[1]:g} cut down"
        facts.append(("Size", said if cost is None else f"{said}; {cost:g} operations a machine"))
    return [*facts, *evolution_models.facts(found)]


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
    """The lead over the best shipped, the gain over the baseline, goodput, what it cost to find."""
    trial, out = found.trials[0], []
    value = trial.values[CHAMPION]
    if found.lead is not None and found.best != found.baseline:
        text = f"{decimal(found.lead.mean, 2, True)}"
        said = f"points, {ends_text(found.lead)}"
        out.append(Tile(f"Over {found.best}, best shipped", text, said, "best_shipped"))
    share = f"{decimal(value.mean, 2, found.recovers)}\N{NO-BREAK SPACE}%"
    if found.recovers:
        title = f"Recovered {found.sold} over {found.baseline}"
        out.append(Tile(title, share, ends_text(value), "recovered_compute"))
    else:
        half = "" if value.half is None else f"± {decimal(value.half, 2)}"
        out.append(Tile(measured(found), share, half or "no interval", level(found)[1]))
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
    count = len(found.journal.candidates)
    kept = sum(one.kept for one in found.journal.candidates)
    out.append(Tile("Candidates", str(count), f"{kept} kept", "outcomes"))
    return out
