"""Tunings told: whether tuned values beat those as written, by what, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from report.charts import lines_chart
from report.comparisons import REJECTS
from report.folder import Folder
from report.palette import Palette
from report.phrases import (
    configuration,
    facts_of_runs,
    joined,
    points_text,
    provenance,
    trace_fact,
    trace_title,
)
from report.section import Brief, Figure, Section
from report.table import Cell, Column, Table, by_columns, decimal
from report.tunings import Told, Tuning, best_so_far, tuning

METRICS = ("baseline", "goodput", "load", "marks", "nested_interval", "pairs", "provenance")


def sections(folders: Sequence[Folder], palette: Palette) -> list[Section]:
    """One section for each tuning."""
    return [
        _section(tuning(folder), f"tune-{i + 1}" if i else "tune", palette)
        for i, folder in enumerate(folders)
    ]


def _section(found: Tuning, name: str, palette: Palette) -> Section:
    folder = found.folder
    tried = ", ".join(f"{count} {state}" for state, count in found.tried.items() if count)
    facts = [
        ("Data", trace_fact(folder)),
        ("Cell", f"{found.machines:,} machines at load {found.load:.3g}"),
        ("Trials", f"{sum(found.tried.values())}: {tried}"),
        *facts_of_runs([folder]),
    ]
    answer = _answer(found, name)
    return Section(
        name=name,
        kind="tuning",
        title=f"{found.heuristic} tuned on {trace_title(folder)}",
        headline=headline(found),
        details=tuple(_details(found)),
        facts=tuple(facts),
        provenance=provenance([folder]),
        tables=(answer, _constants(found, name)),
        figures=_figures(found, name, palette),
        configs=((folder.name, configuration(folder)),),
        metrics=METRICS,
        brief=Brief((_brief(found, name), _constants(found, name)), tuple(_details(found))),
    )


def headline(found: Tuning) -> str:
    """Whether tuning helped, on pairs by which nothing was chosen."""
    name, gain = found.heuristic, points_text(found.gain, True)
    if found.kept:
        return f"Not shown that tuning helps {name}: validation keeps its values as written"
    if all(REJECTS in row.marks for row in found.rows[-2:]):
        return f"Not shown that tuning helps {name}: as written and tuned it turns work away"
    if found.better:
        return f"Tuned values beat {name}'s as written on test windows, by {gain}"
    if found.gain.ci95 is not None and found.gain.ci95[1] < 0:
        return f"{name}'s values as written beat tuned ones on test windows: {gain}"
    if found.gain.excludes_zero and found.gain.mean > 0:
        why = f"are marked {joined(found.tuned.marks)}" if found.tuned.marks else "turn work away"
        return f"Not shown that tuned values beat {name}'s: {gain} on test windows, but they {why}"
    return f"Not shown that tuned values beat {name}'s as written on test windows: {gain}"


def _details(found: Tuning) -> list[str]:
    tuned, written = found.rows[-1], found.rows[-2]
    out = [
        f"Against {found.baseline}: as written {points_text(written.recovered, True)}, tuned "
        f"{points_text(tuned.recovered, True)} recovered, over {found.pairs} pairs."
        if found.heuristic != found.baseline
        else f"As written it is the baseline; {found.pairs} pairs."
    ]
    out.append(f"Goodput, tuned less as written: {points_text(found.held, True)}.")
    if not found.kept and None not in (tuned.validation, written.validation):
        out.append(
            f"On validation, which chose between them: worth {_worth(written)} as written, "
            f"{_worth(tuned)} tuned, which is flattered by that."
        )
    if found.opened > 1:
        out.append(
            f"The test split was opened {found.opened} times: who went on after a look at it may "
            "have chosen by it."
        )
    return out


def _worth(row: Told) -> str:
    return decimal(row.validation or 0.0, 2, True)


def _answer(found: Tuning, name: str) -> Table:
    rows = found.rows
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Values", number=False), [row.label for row in rows]),
        (
            Column("Recovered compute, %", "recovered_compute", signed=True),
            _against([row.recovered for row in rows]),
        ),
        (
            Column("Goodput, points", "goodput", signed=True),
            _against([row.goodput for row in rows]),
        ),
        (Column("Stranded, %", "stranded"), [row.stranded for row in rows]),
        (Column("Worth on train", signed=True), [row.train for row in rows]),
        (Column("On validation", signed=True), [row.validation for row in rows]),
    ]
    caption = (
        f"{found.heuristic} on {trace_title(found.folder)}, test split, against {found.baseline}: "
        "95 % interval in brackets"
    )
    first = len(rows) - 1 if found.better else None
    marked = {i: joined(row.marks) for i, row in enumerate(rows) if row.marks}
    return by_columns(name, caption, columns, first, marked)


def _brief(found: Tuning, name: str) -> Table:
    """The same within the columns of a terminal."""
    rows = found.rows
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Values", number=False), [row.label for row in rows]),
        (Column("Recovered, %", signed=True), _against([row.recovered for row in rows])),
        (Column("Goodput, points", signed=True), _against([row.goodput for row in rows])),
        (
            Column("Marks", "marks", number=False),
            [joined(row.marks) if row.marks else None for row in rows],
        ),
    ]
    return by_columns(name, f"On test, against {found.baseline}", columns)


def _against(cells: Sequence[Cell]) -> list[Cell]:
    return ["baseline", *cells[1:]]


def _constants(found: Tuning, name: str) -> Table:
    rows = found.constants
    columns: list[tuple[Column, Sequence[Cell]]] = [
        (Column("Constant", number=False), [row.name for row in rows]),
        (Column("As written", digits=4), [row.default for row in rows]),
        (Column("Tuned", digits=4), [row.tuned for row in rows]),
        (Column("From", digits=4), [row.low for row in rows]),
        (Column("To", digits=4), [row.high for row in rows]),
    ]
    return by_columns(f"{name}-constants", f"{found.heuristic}: its constants", columns)


def _figures(found: Tuning, name: str, palette: Palette) -> tuple[Figure, ...]:
    way = best_so_far(found.folder)
    if len(way) < 2:
        return ()
    label = "best so far"
    ends = [way[0], *(end for (_, y), one in pairwise(way) for end in ((one[0], y), one))]
    values = [{"label": label, "run": "1", "x": x, "y": round(y, 4)} for x, y in ends]
    which = "those as written" if found.chosen is None else f"those of trial {found.chosen}"
    styles = palette.styles([label])
    return (
        Figure(
            f"{name}-way",
            "The best worth on train over trials",
            f"From {decimal(way[0][1], 2)} to {decimal(way[-1][1], 2)} after {way[-1][0]} trials",
            "Points recovered on train, less what goodput misses; trials that saw all pairs. "
            f"Validation chose {which}.",
            lambda page: lines_chart(values, "Trial", "Worth on train", styles, page, whole=True),
            metric="recovered_compute",
        ),
    )
