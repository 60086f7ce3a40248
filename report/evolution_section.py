"""A search told: how the best score grew, and what its champion is worth where it never looked."""

from __future__ import annotations

from collections.abc import Sequence

from report.charts import intervals_chart, search_chart
from report.evolution import CHAMPION, Search, Trial, search
from report.folder import Folder
from report.intervals import Estimate
from report.palette import COLOURS, DASHES, Palette, Style
from report.phrases import (
    configuration,
    facts_of_runs,
    interval_ends,
    mean_text,
    points_text,
    provenance,
    slug,
    trace_fact,
)
from report.section import Figure, Section
from report.table import Cell, Column, Table, by_columns, decimal, resource_name, seeds

DOTS = 800  # candidates kept on the page
BEST = Style("best so far", COLOURS[0], DASHES[0])
TRIED = Style("one candidate", COLOURS[-1], DASHES[2])


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each search."""
    return [
        _section(search(folder), f"evolve-{i + 1}" if i else "evolve", palette)
        for i, folder in enumerate(folders)
    ]


def _section(found: Search, name: str, palette: Palette) -> Section:
    counts = sorted({e.n for t in found.trials for e in t.allocated.values() if e.n is not None})
    told = "one seed, so no intervals" if counts == [1] else ", ".join(map(str, counts))
    scored = found.candidates["score"].drop_nulls().len()
    facts = [
        ("Data", trace_fact(found.folder)),
        ("Candidates", f"{found.candidates.height} tried, {scored} scored"),
        *([("Test seeds", told)] if counts else []),
        *facts_of_runs([found.folder]),
    ]
    tables = [_test_table(found, name)]
    if found.validation:
        tables.append(_validation_table(found, name))
    tables.append(_operators(found, name))
    return Section(
        name=name,
        kind="search",
        title=f"Search {found.folder.name}",
        headline=_headline(found),
        details=tuple(_details(found)),
        facts=tuple(facts),
        provenance=provenance([found.folder]),
        tables=tuple(tables),
        figures=tuple(_figures(found, name, palette)),
        configs=((found.folder.name, configuration(found.folder)),),
        source=found.source,
        metrics=("interval", "provenance", "splits", "score"),
    )


def _headline(found: Search) -> str:
    trial = found.trials[0]
    resource = resource_name(found.resource)
    for rival in found.rivals:
        if rival in trial.minus:
            gain = trial.minus[rival]
            word = "more" if gain.mean >= 0 else "less"
            return (
                f"The champion allocates {decimal(abs(gain.mean), 2)} points {word} {resource} "
                f"than {rival} on test seeds"
            )
    return f"The champion allocates {decimal(trial.allocated[CHAMPION].mean, 2)} % of {resource}"


def _details(found: Search) -> list[str]:
    trial = found.trials[0]
    beside = "".join(
        f", {rival} {mean_text(trial.allocated[rival])}"
        for rival in found.rivals
        if rival in trial.allocated
    )
    out = [
        f"On test seeds of {trial.name} the champion allocates "
        f"{mean_text(trial.allocated[CHAMPION])} of the fleet's {resource_name(found.resource)}"
        f"{beside}."
    ]
    for rival, gain in trial.minus.items():
        line = f"Champion less {rival}: {points_text(gain, signed=True)}."
        if gain.ci95 is not None and not gain.excludes_zero:
            line += " The interval includes zero: these seeds do not tell them apart."
        out.append(line)
    unseen = [t for t in found.trials if not t.searched]
    for rival in found.rivals:
        gains = [t.minus[rival] for t in unseen if rival in t.minus]
        if gains:
            out.append(
                f"On {len(gains)} task lists that it never saw, against {rival}: {_tally(gains)}."
            )
    return out


def _tally(gains: Sequence[Estimate]) -> str:
    ahead = sum(g.excludes_zero and g.mean > 0 for g in gains)
    behind = sum(g.excludes_zero and g.mean < 0 for g in gains)
    return f"ahead on {ahead}, behind on {behind}, not told apart on {len(gains) - ahead - behind}"


def _seen(found: Search, trial: Trial) -> str:
    if not any(t.searched for t in found.trials):
        return "–"
    return "searched, other seeds" if trial.searched else "never seen"


def _test_table(found: Search, name: str) -> Table:
    trials = found.trials
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Task list", "splits", number=False), [trial.name for trial in trials])
    ]
    for key in (CHAMPION, *found.rivals):
        title = f"{key} allocated, %"
        columns.append((Column(title, "allocated"), [t.allocated.get(key) for t in trials]))
    for rival in found.rivals:
        title = f"{CHAMPION} against {rival}, points"
        gains = [trial.minus.get(rival) for trial in trials]
        columns.append((Column(title, "difference", signed=True), gains))
    columns += [
        (
            Column("In the search", "splits", number=False),
            [_seen(found, trial) for trial in trials],
        ),
        (Column("Seeds", "seeds"), [seeds(trial.allocated[CHAMPION].n) for trial in trials]),
    ]
    caption = (
        f"{resource_name(found.resource)} allocated on test seeds: mean and 95 % interval in "
        "brackets"
    )
    return by_columns(f"{name}-test", caption, columns)


def _validation_table(found: Search, name: str) -> Table:
    return Table(
        f"{name}-validation",
        f"{resource_name(found.resource)} allocated on validation seeds, on which the champion "
        "was chosen (so the champion's own number is optimistic)",
        (
            Column("Heuristic", number=False),
            Column("Seeds", "seeds"),
            Column("Allocated, %", "allocated"),
        ),
        tuple((key, seeds(value.n), value) for key, value in found.validation.items()),
    )


def _operators(found: Search, name: str) -> Table:
    import polars as pl

    stats = (
        found.candidates.group_by("operator", maintain_order=True)
        .agg(
            pl.len().alias("tried"),
            pl.col("score").count().alias("scored"),
            pl.col("score").max().alias("best"),
        )
        .sort("best", descending=True, nulls_last=True, maintain_order=True)
    )
    return Table(
        f"{name}-operators",
        "What made the candidates, and the best train score that each reached",
        (
            Column("Operator", number=False),
            Column("Candidates", digits=0),
            Column("Scored", "score", digits=0),
            Column("Best score", "score", digits=3),
        ),
        tuple((row[0] or "–", *row[1:]) for row in stats.rows()),
    )


def _figures(found: Search, name: str, palette: Palette) -> list[Figure]:
    out = []
    growth = _growth(found, name)
    if growth is not None:
        out.append(growth)
    for rival in found.rivals:
        values = [
            {"label": trial.name, **interval_ends(trial.minus[rival])}
            for trial in found.trials
            if rival in trial.minus
        ]
        if values:
            out.append(_against(found, name, rival, values))
    styles = palette.styles([CHAMPION, *found.rivals])
    values = [
        {"label": key, **interval_ends(value)}
        for key, value in sorted(found.trials[0].allocated.items(), key=lambda item: -item[1].mean)
    ]
    resource = resource_name(found.resource)
    out.append(
        Figure(
            f"{name}-test",
            f"{resource} allocated on test seeds of {found.trials[0].name}",
            "; ".join(f"{v['label']} {v['mean']:.2f} %" for v in values),
            "Dot: mean over test seeds. Bar: 95 % interval. The axis does not start at zero.",
            lambda page: intervals_chart(values, f"{resource} allocated, %", styles, page),
            metric="allocated",
        )
    )
    return out


def _against(found: Search, name: str, rival: str, values: Sequence[dict[str, object]]) -> Figure:
    axis = f"Champion less {rival}, points of {resource_name(found.resource)}"
    said = "; ".join(f"{value['label']} {value['mean']:+.2f}" for value in values)
    return Figure(
        f"{name}-against-{slug(rival)}",
        f"Champion against {rival}, each task list",
        f"{axis}: {said}",
        "Dot: mean difference over test seeds, right of zero the champion is better. Bar: 95 % "
        "interval.",
        lambda page: intervals_chart(values, axis, (), page, zero=True),
        metric="difference",
    )


def _growth(found: Search, name: str) -> Figure | None:
    scores = found.candidates["score"].to_list()
    operators = found.candidates["operator"].to_list()
    tried = [
        {"x": i + 1, "y": round(score, 4), "operator": operator or "–"}
        for i, (score, operator) in enumerate(zip(scores, operators, strict=True))
        if score is not None
    ]
    if not tried:
        return None
    best: list[dict[str, float]] = []
    for row in tried:
        if not best or row["y"] > best[-1]["y"]:
            best.append({"x": row["x"], "y": row["y"]})
    best.append({"x": len(scores), "y": best[-1]["y"]})
    step = max(1, -(-len(tried) // DOTS))
    floor = _floor([row["y"] for row in tried], best[-1]["y"])
    dots = [row for row in tried[::step] if row["y"] >= floor]
    caption = "Line: best score so far. Dots: candidates."
    if step > 1:
        caption += f" One candidate in {step} is drawn."
    if any(row["y"] < floor for row in tried):
        caption += f" Candidates below {floor:g} are left out of the picture."
    return Figure(
        f"{name}-score",
        "Best score over candidates",
        f"The best train score grows from {best[0]['y']:g} to {best[-1]['y']:g} over "
        f"{len(scores)} candidates",
        caption,
        lambda page: search_chart(best, dots, "Candidates", "Score", (BEST, TRIED), page),
        (BEST, TRIED),
        "score",
    )


def _floor(scores: Sequence[float], best: float) -> float:
    """The score below which dots would squeeze the line flat: a tenth lower than the median."""
    middle = sorted(scores)[len(scores) // 2]
    return round(min(middle, best) - max(abs(best) * 0.05, 2 * abs(best - middle)), 2)
