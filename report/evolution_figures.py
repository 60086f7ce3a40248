"""The figures of a search: its growth, its champion beside the others, list by list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from report.charts import intervals_chart, search_chart
from report.evolution import CHAMPION, Search
from report.goodput import MARGIN
from report.intervals import Estimate
from report.palette import COLOURS, DASHES, Palette, Style
from report.phrases import interval_ends, slug
from report.section import Figure

DOTS = 800  # candidates kept on the page
BEST = Style("best so far", COLOURS[0], DASHES[0])
TRIED = Style("one candidate", COLOURS[-1], DASHES[2])
RING = " A ring: it rejects work."


def figures(found: Search, name: str, palette: Palette) -> list[Figure]:
    """All of them, in the page's order."""
    out = []
    growth = _growth(found, name)
    if growth is not None:
        out.append(growth)
    if found.recovers and len(found.trials) > 1:
        out.append(_lists(found, name))
    for rival in found.rivals:
        values = [
            {"label": trial.name, **interval_ends(trial.minus[rival])}
            for trial in found.trials
            if rival in trial.minus
        ]
        if values:
            out.append(_against(found, name, rival, values))
    out.append(_test(found, name, palette))
    if found.trials[0].goodput:
        out.append(_goodput(found, name, palette))
    return out


def _lists(found: Search, name: str) -> Figure:
    values = [
        {
            "label": trial.name,
            "hollow": trial.rejects(CHAMPION),
            **interval_ends(trial.values[CHAMPION]),
        }
        for trial in found.trials
    ]
    axis = f"Recovered over {found.baseline}, points of {found.sold}"
    ring = RING if any(value["hollow"] for value in values) else ""
    return Figure(
        f"{name}-lists",
        f"Champion over {found.baseline}, each task list",
        f"{axis}: " + "; ".join(f"{value['label']} {value['mean']:+.2f}" for value in values),
        "Dot: mean over test pairs, right of zero the champion is better. Bar: 95 % interval."
        + ring,
        lambda page: intervals_chart(values, axis, (), page, zero=True),
        metric="recovered_compute",
    )


def _against(found: Search, name: str, rival: str, values: Sequence[dict[str, object]]) -> Figure:
    axis = f"Champion less {rival}, points of {found.sold}"
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


def _test(found: Search, name: str, palette: Palette) -> Figure:
    trial, zero = found.trials[0], found.recovers
    styles = palette.styles([CHAMPION, *found.rivals])
    values = _values(found, trial.values)
    if not zero:
        return Figure(
            f"{name}-test",
            f"{found.sold} allocated on test seeds of {trial.name}",
            "; ".join(f"{v['label']} {v['mean']:.2f} %" for v in values),
            "Dot: mean over test seeds. Bar: 95 % interval. The axis does not start at zero.",
            lambda page: intervals_chart(values, f"{found.sold} allocated, %", styles, page),
            metric="allocated",
        )
    ring = RING if any(value["hollow"] for value in values) else ""
    axis = f"{found.sold} recovered over {found.baseline}, points"
    return Figure(
        f"{name}-test",
        f"{found.sold} recovered over {found.baseline} on test pairs of {trial.name}",
        "; ".join(f"{v['label']} {v['mean']:+.2f} points" for v in values),
        f"Dot: mean over test pairs. Bar: 95 % interval. {found.baseline} is at zero.{ring}",
        lambda page: intervals_chart(values, axis, styles, page, zero=True),
        metric="recovered_compute",
    )


def _goodput(found: Search, name: str, palette: Palette) -> Figure:
    trial = found.trials[0]
    styles = palette.styles([CHAMPION, *found.rivals])
    values = _values(found, trial.goodput)
    return Figure(
        f"{name}-goodput",
        f"Goodput against {found.baseline} on test pairs of {trial.name}",
        "; ".join(f"{v['label']} {v['mean']:+.2f} points" for v in values),
        "Dot: mean over test pairs. Bar: 95 % interval. A bar that ends left of the red line at "
        f"−{MARGIN:g} rejects work.",
        lambda page: intervals_chart(
            values, "Goodput, points", styles, page, zero=True, limit=-MARGIN
        ),
        metric="goodput",
    )


def _values(found: Search, estimates: Mapping[str, Estimate]) -> list[dict[str, object]]:
    """The rows of a chart, in the order of what was measured."""
    order = found.trials[0].values
    return [
        {"label": key, "hollow": found.trials[0].rejects(key), **interval_ends(estimates[key])}
        for key in sorted(order, key=lambda key: -order[key].mean)
        if key in estimates
    ]


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
    scores_had = [row["y"] for row in tried]
    floor = _late(best, len(scores)) if found.recovers else _floor(scores_had, best[-1]["y"])
    dots = [row for row in tried[::step] if row["y"] >= floor]
    line = [row for row in best if row["y"] >= floor or not found.recovers]
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
        lambda page: search_chart(line, dots, "Candidates", "Score", (BEST, TRIED), page),
        (BEST, TRIED),
        "score",
    )


def _floor(scores: Sequence[float], best: float) -> float:
    """The score below which dots would squeeze the line flat: a tenth lower than the median."""
    middle = sorted(scores)[len(scores) // 2]
    return round(min(middle, best) - max(abs(best) * 0.05, 2 * abs(best - middle)), 2)


def _late(best: Sequence[dict[str, float]], count: int) -> float:
    """A score some way below the best of the first tenth of the candidates.

    What turns work away is worth tens of points less, and would squeeze all growth flat.
    """
    first = max(row["y"] for row in best if row["x"] <= max(5, count // 10) or row is best[0])
    return round(first - 2 * max(best[-1]["y"] - first, 0.5), 2)
