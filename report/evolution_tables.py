"""The tables of a search: test, tie rules, validation, what made the candidates."""

from __future__ import annotations

from collections.abc import Sequence

from report.evolution import CHAMPION, Search, Trial
from report.table import Cell, Column, Table, by_columns, seeds

OWN = "its own"
REJECTS = "rejects work"
Columns = list[tuple[Column, Sequence[Cell]]]


def trials_table(found: Search, name: str) -> Table:
    """A row a list of tasks: what each heuristic comes to, and the champion against each."""
    trials = found.trials
    columns: Columns = [
        (Column("Task list", "splits", number=False), [trial.name for trial in trials]),
        *_values(found, trials),
    ]
    if found.recovers:
        for key in (CHAMPION, *found.rivals):
            cells = [trial.goodput.get(key) for trial in trials]
            columns.append((Column(f"{key} goodput, points", "goodput", signed=True), cells))
    count = Column("Pairs", "pairs") if found.recovers else Column("Seeds", "seeds")
    columns += [
        (
            Column("In the search", "splits", number=False),
            [_seen(found, trial) for trial in trials],
        ),
        (count, [_count(found, trial) for trial in trials]),
    ]
    marked = {i: REJECTS for i, trial in enumerate(trials) if trial.rejects(CHAMPION)}
    caption = f"{measured(found)} on {_tested(found)}: mean and 95 % interval in brackets"
    return by_columns(f"{name}-test", caption, columns, marked=marked)


def measured(found: Search) -> str:
    """What was measured, in words."""
    if found.recovers:
        return f"Points of {found.sold} recovered over {found.baseline}"
    return f"{found.sold} allocated"


def value_column(found: Search, key: str) -> Column:
    """The column of what was measured of a heuristic."""
    if found.recovers:
        return Column(f"{key} recovered, points", "recovered_compute", signed=True)
    return Column(f"{key} allocated, %", "allocated")


def _values(found: Search, trials: Sequence[Trial]) -> Columns:
    columns: Columns = [
        (value_column(found, key), [trial.values.get(key) for trial in trials])
        for key in (CHAMPION, *found.rivals)
    ]
    for rival in found.rivals:
        title = f"{CHAMPION} against {rival}, points"
        gains = [trial.minus.get(rival) for trial in trials]
        columns.append((Column(title, "difference", signed=True), gains))
    return columns


def _seen(found: Search, trial: Trial) -> str:
    if not any(t.searched for t in found.trials):
        return "–"
    return "searched, other seeds" if trial.searched else "never seen"


def _tested(found: Search) -> str:
    return "test pairs" if found.recovers else "test seeds"


def _count(found: Search, trial: Trial) -> str:
    n = trial.values[CHAMPION].n
    return "one pair" if found.recovers and n == 1 else seeds(n)


def ties_table(found: Search, name: str) -> Table | None:
    """A row a tie rule, on the list that was searched; None where one was tried."""
    if not found.ties:
        return None
    rules = {OWN: found.trials[0], **found.ties}
    columns: Columns = [
        (Column("Tie rule", "tie_rules", number=False), list(rules)),
        *_values(found, list(rules.values())),
    ]
    if found.baseline is not None:
        cells: list[Cell] = [
            "baseline" if rule == OWN else trial.values.get(found.baseline)
            for rule, trial in rules.items()
        ]
        columns.insert(2, (value_column(found, found.baseline), cells))
    caption = (
        f"{measured(found)} under its own rule, on test pairs of {found.trials[0].name} under each "
        "tie rule: mean and 95 % interval in brackets"
    )
    return by_columns(f"{name}-ties", caption, columns)


def validation_table(found: Search, name: str) -> Table:
    """What the champion was chosen by."""
    value = (
        Column("Recovered, points", "recovered_compute", signed=True)
        if found.recovers
        else Column("Allocated, %", "allocated")
    )
    count = Column("Pairs", "pairs") if found.recovers else Column("Seeds", "seeds")
    return Table(
        f"{name}-validation",
        f"{measured(found)} on validation seeds, on which the champion was chosen (so the "
        "champion's own number is optimistic)",
        (Column("Heuristic", number=False), count, value),
        tuple((key, seeds(value.n), value) for key, value in found.validation.items()),
    )


def operators_table(found: Search, name: str) -> Table:
    """What made the candidates."""
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


def brief_table(found: Search, name: str) -> Table:
    """A row a list and heuristic, for a terminal of 80 columns."""
    rows = [
        (trial, key)
        for trial in found.trials
        for key in (CHAMPION, *found.rivals)
        if key in trial.values
    ]
    value = (
        Column("Recovered,\npoints", "recovered_compute", signed=True)
        if found.recovers
        else Column("Allocated,\n%", "allocated")
    )
    names = [f"{trial.name}: {key}" if len(found.trials) > 1 else key for trial, key in rows]
    marked = {i: REJECTS for i, (trial, key) in enumerate(rows) if trial.rejects(key)}
    gained = [trial.goodput[key].mean if key in trial.goodput else None for trial, key in rows]
    columns: Columns = [
        (Column("Heuristic", number=False), names),
        (value, [trial.values[key] for trial, key in rows]),
        (Column("Goodput\npoints", "goodput", signed=True), gained),
        (
            Column("Champion\nless it", "difference", signed=True),
            [trial.minus.get(key) for trial, key in rows],
        ),
        (
            Column("Mark", "marks", number=False),
            [("R" if i in marked else "") if marked else None for i in range(len(rows))],
        ),
    ]
    caption = f"{measured(found)} on {_tested(found)}"
    if marked:
        caption += f" (marks: R {REJECTS})"
    return by_columns(f"{name}-brief", caption, columns, marked=marked)
