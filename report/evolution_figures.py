"""The figures of a search: its growth, its champion beside the others, list by list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from report.charts import intervals_chart
from report.evolution import CHAMPION, Search
from report.evolution_charts import search_chart
from report.evolution_tables import measured, pools, unit
from report.goodput import MARGIN
from report.intervals import Estimate
from report.journal import KEPT
from report.palette import COLOURS, DASHES, Style
from report.phrases import interval_ends
from report.section import Figure

DOTS = 800  # candidates kept on the page
BEST = Style("best so far", COLOURS[0], DASHES[0])
TRIED = Style("one candidate", COLOURS[-1], DASHES[2])
RING = " A ring: it rejects work."
Rows = list[dict[str, Any]]


def against(found: Search, name: str) -> Figure | None:
    """The champion less each shipped heuristic on the searched list."""
    trial = found.trials[0]
    gains = dict(trial.minus)
    if found.baseline is not None:
        gains[found.baseline] = trial.values[CHAMPION]
    if not gains:
        return None
    order = sorted(gains, key=lambda key: gains[key].mean)
    values = [_row(key, gains[key], trial.rejects(key)) for key in order]
    return _intervals(
        f"{name}-against",
        f"Champion less each shipped heuristic, {trial.name}",
        f"Champion less it, points of {found.sold}",
        "Right of zero the champion is better. Dot: mean difference on test "
        f"{unit(found)}s. Bar: 95 % interval.",
        values,
        "difference",
    )


def goodput(found: Search, name: str) -> Figure | None:
    """Work against the baseline's on the searched list; None where none was to be held."""
    trial = found.trials[0]
    held = {key: trial.goodput[key] for key in trial.values if key in trial.goodput}
    if not held:
        return None
    order = sorted(held, key=lambda key: -trial.values[key].mean)
    values = [_row(key, held[key], trial.rejects(key)) for key in order]
    return _intervals(
        f"{name}-goodput",
        f"Goodput against {found.baseline} on test pairs of {trial.name}",
        "Goodput, points",
        "Dot: mean over test pairs. Bar: 95 % interval. A bar that ends left of the red line at "
        f"−{MARGIN:g} rejects work.",
        values,
        "goodput",
        limit=-MARGIN,
    )


def lists(found: Search, name: str) -> list[Figure]:
    """The champion on each list, over the baseline and over each of the few; none for one list."""
    if len(found.trials) == 1:
        return []
    sets: dict[str, Mapping[str, Estimate]] = {
        rival: {trial.name: trial.minus[rival] for trial in found.trials if rival in trial.minus}
        for rival in found.few
    }
    if found.baseline is not None:
        own = {trial.name: trial.values[CHAMPION] for trial in found.trials}
        sets = {found.baseline: own, **sets}
    rejects = {trial.name: trial.rejects(CHAMPION) for trial in found.trials}
    return [
        _intervals(
            f"{name}-lists-{i + 1}",
            f"Champion less {rival}, each {'set of instances' if found.packs else 'task list'}",
            f"Champion less {rival}, points of {found.sold}",
            f"Right of zero the champion is better. Dot: mean over test {unit(found)}s. Bar: 95 % "
            "interval.",
            [_row(key, gain, rejects[key]) for key, gain in gains.items()],
            "difference",
        )
        for i, (rival, gains) in enumerate(sets.items())
        if gains
    ]


def anew(found: Search, name: str) -> Figure:
    """The champion in the pools that chose it and in those that did not."""
    return _intervals(
        f"{name}-pools",
        "The champion in each pool",
        measured(found) + ("" if found.recovers else ", %"),
        "Train and validation chose it and flatter it; fresh and test had no part in the choice. "
        "Dot: mean. Bar: 95 % interval.",
        [_row(pool, value, False) for pool, value in pools(found).items()],
        "fresh",
        zero=found.recovers,
    )


def _row(label: str, value: Estimate, hollow: bool) -> dict[str, Any]:
    return {"label": label, "hollow": hollow, **interval_ends(value)}


def _intervals(
    name: str,
    title: str,
    axis: str,
    caption: str,
    values: Sequence[Mapping[str, Any]],
    metric: str,
    zero: bool = True,
    limit: float | None = None,
) -> Figure:
    said = "; ".join(
        f"{value['label']} {value['mean']:{'+' if zero else ''}.2f}" for value in values
    )
    ring = RING if any(value["hollow"] for value in values) else ""
    return Figure(
        name,
        title,
        f"{axis}: {said}",
        caption + ring,
        lambda page: intervals_chart(values, axis, (), page, zero=zero, limit=limit),
        metric=metric,
    )


def growth(found: Search, name: str) -> Figure | None:
    """The best score over the candidates, a step where one was better than all before it."""
    tried: Rows = [
        {
            "x": one.number + 1,
            "y": round(one.score, 4),
            "operator": one.made_by,
            "outcome": one.outcome,
        }
        for one in found.journal.candidates
        if one.score is not None
    ]
    best: Rows = []
    for row in tried:
        if row["outcome"] in KEPT and (not best or row["y"] > best[-1]["y"]):
            best.append(row)
    if not best:
        return None
    count, steps = len(found.journal.candidates), len(best)
    step = max(1, -(-len(tried) // DOTS))
    top = best[-1]["y"]
    floor = _late(best, count) if found.recovers else _floor([row["y"] for row in tried], top)
    dots = [row for row in tried[::step] if row["y"] >= floor]
    line = [row for row in best if row["y"] >= floor]
    end = {**best[-1], "x": count}
    caption = "Line: best score so far, a dot on it for each step. Grey dots: candidates scored."
    if step > 1:
        caption += f" One candidate in {step} is drawn."
    if any(row["y"] < floor for row in tried):
        caption += f" Candidates below {floor:g} are left out of the picture."
    return Figure(
        f"{name}-score",
        "Best score over candidates",
        f"The best train score grows from {best[0]['y']:g} to {top:g} in {steps} steps over "
        f"{count} candidates",
        caption,
        lambda page: search_chart(line, end, dots, "Candidates", "Score", (BEST, TRIED), page),
        (BEST, TRIED),
        "score",
    )


def _floor(scores: Sequence[float], best: float) -> float:
    """The score below which dots would squeeze the line flat: a tenth lower than the median."""
    middle = sorted(scores)[len(scores) // 2]
    return round(min(middle, best) - max(abs(best) * 0.05, 2 * abs(best - middle)), 2)


def _late(best: Sequence[Mapping[str, Any]], count: int) -> float:
    """A score some way below the best of the first tenth of the candidates.

    What turns work away is worth tens of points less, and would squeeze all growth flat.
    """
    first = max(row["y"] for row in best if row["x"] <= max(5, count // 10) or row is best[0])
    return round(float(first - 2 * max(best[-1]["y"] - first, 0.5)), 2)
