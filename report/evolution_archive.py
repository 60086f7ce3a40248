"""The archive's map: the best of each cell of two measures, its score as colour."""

from __future__ import annotations

from typing import Any

from report.evolution import Elite, Search
from report.evolution_charts import cells_chart
from report.fields import Fields
from report.section import Figure

# What a search lays its archive out by: where each measure begins and ends, and what it is.
MEASURES = {
    "emptier": (0.0, 1.0, "share of choices on emptier machines"),
    "balance": (0.0, 0.5, "spread of use over resources"),
    "complexity": (0.0, 320.0, "nodes of the program"),
}


def map_figure(found: Search, name: str) -> Figure | None:
    """The map, of all islands; None where the archive has not two measures that are known."""
    layout = _layout(found)
    if layout is None or not found.archive:
        return None
    measures, counts = layout
    best: dict[tuple[int, ...], Elite] = {}
    for elite in sorted(found.archive, key=lambda one: (-one.score, one.candidate)):
        if all(measure in elite.measures for measure in measures):
            best.setdefault(_cell(elite, measures, counts), elite)
    if not best:
        return None
    scores = sorted(elite.score for elite in best.values())
    floor = max(scores[0], round(scores[-1] - 4 * (scores[-1] - scores[len(scores) * 3 // 4]), 2))
    values = [_square(found, at, elite, measures, counts, floor) for at, elite in best.items()]
    titles = [f"{measure}: {MEASURES[measure][2]}" for measure in measures]
    domains = [MEASURES[measure][:2] for measure in measures]
    total = counts[0] * counts[1]
    caption = "Square: the best program of its behaviour on any island; ringed: the champion's."
    if floor > scores[0]:
        caption += f" Scores below {floor:g} have one colour."
    return Figure(
        f"{name}-archive",
        "The archive: best score of each behaviour",
        f"{len(best)} of {total} cells of {measures[0]} and {measures[1]} are taken, scores from "
        f"{scores[0]:.3f} to {scores[-1]:.3f}",
        caption,
        lambda page: cells_chart(values, titles, domains, page),
        metric="archive",
    )


def _layout(found: Search) -> tuple[tuple[str, str], tuple[int, int]] | None:
    config = found.folder.summary.optional_object("config").values.get("archive")
    if not isinstance(config, dict):
        return None
    fields = Fields(found.folder.summary.file, config, "config.archive")
    measures, cells = fields.texts("measures"), fields.values.get("cells")
    if len(measures) != 2 or any(measure not in MEASURES for measure in measures):
        return None
    if not isinstance(cells, list) or len(cells) != 2 or any(type(c) is not int for c in cells):
        raise fields.error(fields.path("cells"), cells, "two whole numbers")
    if min(cells) < 1:
        raise fields.error(fields.path("cells"), cells, "two whole numbers from 1 on")
    return (measures[0], measures[1]), (cells[0], cells[1])


def _cell(elite: Elite, measures: tuple[str, str], counts: tuple[int, int]) -> tuple[int, ...]:
    at = []
    for measure, count in zip(measures, counts, strict=True):
        low, high, _ = MEASURES[measure]
        part = (elite.measures[measure] - low) / (high - low) * count
        at.append(min(max(int(part), 0), count - 1))
    return tuple(at)


def _square(
    found: Search,
    at: tuple[int, ...],
    elite: Elite,
    measures: tuple[str, str],
    counts: tuple[int, int],
    floor: float,
) -> dict[str, Any]:
    ends: dict[str, Any] = {}
    for axis, place, measure, count in zip("xy", at, measures, counts, strict=True):
        low, high, _ = MEASURES[measure]
        step = (high - low) / count
        ends[axis] = round(low + place * step, 4)
        ends[f"{axis}2"] = round(low + (place + 1) * step, 4)
    number = elite.candidate
    known = number < len(found.journal.candidates)
    return {
        **ends,
        "score": round(elite.score, 4),
        "shade": round(max(elite.score, floor), 4),
        "candidate": number,
        "operator": found.journal.candidates[number].made_by if known else "–",
        "champion": number == found.champion.number,
    }
