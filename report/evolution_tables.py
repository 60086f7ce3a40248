"""The tables of a champion: beside what is shipped, list by list, tie rule by tie rule."""

from __future__ import annotations

from collections.abc import Sequence

from report.evolution import CHAMPION, Search, Trial
from report.intervals import Estimate, estimate
from report.table import Cell, Column, Table, by_columns, seeds

OWN = "its own"
REJECTS = "rejects work"
USES = {
    "train": "the search maximised it",
    "validation": "the champion was chosen by it",
    "fresh": "as validation, nothing chosen by it",
    "test": "opened once, after the choice",
}
Columns = list[tuple[Column, Sequence[Cell]]]


def test_table(found: Search, name: str) -> Table:
    """A row a heuristic on the searched list, best first: its value, the champion's lead on it."""
    trial = found.trials[0]
    order = sorted(trial.values, key=lambda key: -trial.values[key].mean)
    caption = f"{measured(found)} on test {unit(found)}s of {trial.name}: mean and 95 % interval"
    return _beside(found, [(trial, key) for key in order], f"{name}-test", caption, ("",))


def lists_table(found: Search, name: str) -> Table | None:
    """The same on every list of tasks; None where there is one."""
    if len(found.trials) == 1:
        return None
    rows = [
        (trial, key)
        for trial in found.trials
        for key in (CHAMPION, *found.few)
        if key in trial.values
    ]
    caption = f"{measured(found)} on test {unit(found)}s, list by list: mean and 95 % interval"
    seen = [_seen(found, trial) for trial, _ in rows]
    return _beside(found, rows, f"{name}-lists", caption, seen)


def _beside(
    found: Search, rows: Sequence[tuple[Trial, str]], name: str, caption: str, seen: Sequence[str]
) -> Table:
    several = len({trial.name for trial, _ in rows}) > 1
    marked = {i: REJECTS for i, (trial, key) in enumerate(rows) if trial.rejects(key)}
    champions = [i for i, (_, key) in enumerate(rows) if key == CHAMPION]
    columns: Columns = [
        (
            Column("Heuristic", number=False),
            [f"{trial.name}: {key}" if several else key for trial, key in rows],
        ),
        (value_column(found), [trial.values[key] for trial, key in rows]),
        (
            Column("Champion less it, points", "difference", signed=True),
            [trial.minus.get(key) for trial, key in rows],
        ),
        (
            Column("Goodput, points", "goodput", signed=True),
            [trial.goodput.get(key) for trial, key in rows],
        ),
        (
            Column("In the search", "splits", number=False),
            list(seen) if several else [None] * len(rows),
        ),
        (count_column(found), [count_text(found, trial.values[key]) for trial, key in rows]),
    ]
    first = champions[0] if len(champions) == 1 else None
    return by_columns(name, caption, columns, first=first, marked=marked)


def measured(found: Search) -> str:
    """What was measured, in words."""
    if found.recovers:
        return f"Points of {found.sold} recovered over {found.baseline}"
    return "Minus the excess over the L1 bound" if found.packs else f"{found.sold} allocated"


def level(found: Search) -> tuple[str, str]:
    """What was measured where nothing is recovered: a column's words, and its definition."""
    return ("minus excess, %", "excess") if found.packs else ("allocated, %", "allocated")


def value_column(found: Search, whose: str = "") -> Column:
    """The column of what was measured, of a heuristic where it is named."""
    if found.recovers:
        title = f"{whose} recovered, points" if whose else "Recovered, points"
        return Column(title, "recovered_compute", signed=True)
    words, metric = level(found)
    return Column(f"{whose} {words}" if whose else words.capitalize(), metric)


def count_column(found: Search) -> Column:
    """The column of how often it was measured."""
    if found.packs:
        return Column("Instances", "excess")
    return Column("Pairs", "pairs") if found.recovers else Column("Seeds", "seeds")


def _seen(found: Search, trial: Trial) -> str:
    if not any(t.searched for t in found.trials):
        return "–"
    other = "instances" if found.packs else "seeds"
    return f"searched, other {other}" if trial.searched else "never seen"


def unit(found: Search) -> str:
    """One draw, in a word."""
    return "pair" if found.recovers else "instance" if found.packs else "seed"


def count_text(found: Search, value: Estimate) -> str:
    """How often a value was measured."""
    return f"one {unit(found)}" if value.n == 1 else seeds(value.n)


def ties_table(found: Search, name: str) -> Table | None:
    """A row a tie rule, on the list that was searched; None where one was tried."""
    if not found.ties:
        return None
    rules = {OWN: found.trials[0], **found.ties}
    keys = [CHAMPION, *found.few]
    columns: Columns = [(Column("Tie rule", "tie_rules", number=False), list(rules))]
    for key in keys:
        cells = [trial.values.get(key) for trial in rules.values()]
        columns.append((value_column(found, key), cells))
    for key in found.few:
        column = Column(f"{CHAMPION} less {key}, points", "difference", signed=True)
        columns.append((column, [trial.minus.get(key) for trial in rules.values()]))
    if found.baseline is not None:
        cells_of: list[Cell] = [
            "baseline" if rule == OWN else trial.values.get(found.baseline)
            for rule, trial in rules.items()
        ]
        columns.insert(2, (value_column(found, found.baseline), cells_of))
    under = " under its own rule" if found.recovers else ""
    caption = (
        f"{measured(found)}{under}, on test {unit(found)}s of {found.trials[0].name} under each "
        "tie rule: mean and 95 % interval"
    )
    return by_columns(f"{name}-ties", caption, columns)


def pools_table(found: Search, name: str) -> Table:
    """A row a pool: what it was for, and what the champion came to there."""
    values = pools(found)
    fresh = found.fresh
    columns: Columns = [
        (Column("Pool", "fresh", number=False), list(values)),
        (Column("What it was for", "splits", number=False), [USES[pool] for pool in values]),
        (
            Column("Score", "score", signed=found.recovers),
            [found.scores.get(pool) for pool in values],
        ),
        (value_column(found), list(values.values())),
        (Column("Goodput, points", "goodput", signed=True), [_held(found, p) for p in values]),
    ]
    for rival in found.few:
        cells = [
            fresh.minus.get(rival)
            if pool == "fresh" and fresh is not None
            else found.trials[0].minus.get(rival)
            if pool == "test"
            else None
            for pool in values
        ]
        columns.append((Column(f"Champion less {rival}, points", "difference", signed=True), cells))
    columns.append((count_column(found), [count_text(found, value) for value in values.values()]))
    caption = (
        "The champion in each pool (on train as it was found, elsewhere cut down): what chose it "
        "flatters it, what it is worth stands in the last two rows"
    )
    return by_columns(f"{name}-pools", caption, columns)


def pools(found: Search) -> dict[str, Estimate]:
    """What the champion came to in each pool that the journal or the summary has."""
    out = {}
    for pool in USES:
        if pool == "test":
            out[pool] = found.trials[0].values[CHAMPION]
        elif pool == "fresh" and found.fresh is not None:
            out[pool] = found.fresh.values[CHAMPION]
        elif pool in found.draws:
            out[pool] = estimate(found.draws[pool].values)
    return out


def _held(found: Search, pool: str) -> Estimate | None:
    draws = found.draws.get(pool)
    if not found.recovers or draws is None:
        return found.trials[0].goodput.get(CHAMPION) if pool == "test" else None
    return estimate(draws.goodput)


def brief_table(found: Search, name: str) -> Table:
    """The champion and the few, for a terminal of 80 columns."""
    rows = [
        (trial, key)
        for trial in found.trials
        for key in (CHAMPION, *found.few)
        if key in trial.values
    ]
    value = (
        Column("Recovered,\npoints", "recovered_compute", signed=True)
        if found.recovers
        else Column(level(found)[0].capitalize().replace(", ", ",\n"), level(found)[1])
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
    caption = f"{measured(found)} on test {unit(found)}s"
    if marked:
        caption += f" (marks: R {REJECTS})"
    return by_columns(f"{name}-brief", caption, columns, marked=marked)
