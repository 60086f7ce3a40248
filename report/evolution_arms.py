"""Null arms beside a search: the same problem and budget without the loop's cleverness."""

from __future__ import annotations

import json
from collections.abc import Sequence

from report.evolution import CHAMPION, Search
from report.evolution_tables import REJECTS, Columns, count_column, count_text, value_column
from report.folder import grouped
from report.intervals import Estimate, estimate
from report.phrases import points_text
from report.table import Column, Table, by_columns

SEARCH = "the search"
NEW, OF_NOTHING = "new", "random"  # the operators that begin with no program


def groups(searches: Sequence[Search]) -> list[list[Search]]:
    """Searches of one problem, budget and data together, null arms after the others."""
    found = grouped(searches, _sameness)
    return [sorted(group, key=lambda one: one.null is not None) for group in found]


def _sameness(found: Search) -> str:
    """What arms must share to be compared: data, problem, budget, test seeds."""
    summary = found.folder.summary
    config = summary.optional_object("config").values
    budget = [config.get(name) for name in ("problem", "candidates", "minutes")]
    measured = [found.resources, found.baseline, found.result.values.get("test_seeds")]
    return json.dumps([summary.object("trace").text("sha256"), budget, measured], sort_keys=True)


def label(found: Search, group: Sequence[Search]) -> str:
    """An arm's name, with its folder where another of the group has the same."""
    said = found.null or SEARCH
    same = [one for one in group if (one.null or SEARCH) == said]
    return said if len(same) == 1 else f"{said} ({found.folder.name})"


def ahead(first: Search, other: Search) -> Estimate | None:
    """The first champion's value less the other's, paired on test; None where it can't be."""
    ours, theirs = first.draws.get("test"), other.draws.get("test")
    if ours is None or theirs is None or len(ours.values) != len(theirs.values):
        return None
    return estimate([a - b for a, b in zip(ours.values, theirs.values, strict=True)])


def arms_table(group: Sequence[Search], name: str) -> Table | None:
    """A row an arm, the search first; None where there is no other, or none is a null arm."""
    if not compared(group):
        return None
    first = group[0]
    marked = {i: REJECTS for i, one in enumerate(group) if one.trials[0].rejects(CHAMPION)}
    tried = [one.journal.candidates for one in group]
    values = [one.trials[0].values[CHAMPION] for one in group]
    signed = first.recovers
    columns: Columns = [
        (Column("Arm", "null_arm", number=False), [label(one, group) for one in group]),
        (value_column(first), values),
        (
            Column(f"{_opened(label(first, group))} less it, points", "null_arm", signed=True),
            [None, *(ahead(first, one) for one in group[1:])],
        ),
        (
            Column("Over the best shipped, points", "best_shipped", signed=True),
            [one.lead for one in group],
        ),
        (
            Column("Goodput, points", "goodput", signed=True),
            [one.trials[0].goodput.get(CHAMPION) for one in group],
        ),
        (
            Column("Score on train", "score", digits=3, signed=signed),
            [one.scores.get("train") for one in group],
        ),
        (
            Column("Score on validation", "score", signed=signed),
            [one.scores.get("validation") for one in group],
        ),
        (Column("Candidates", "outcomes", digits=0), [float(len(ones)) for ones in tried]),
        (
            Column("Out of nothing", "operators", digits=0),
            [float(out_of_nothing(one)) for one in group],
        ),
        (
            Column("Kept", "outcomes", digits=0),
            [float(sum(c.kept for c in ones)) for ones in tried],
        ),
        (count_column(first), [count_text(first, value) for value in values]),
    ]
    caption = (
        "The champion of each arm on the same test draws, same problem and budget: mean and 95 % "
        "interval"
    )
    return by_columns(f"{name}-arms", caption, columns, first=0, marked=marked)


def compared(group: Sequence[Search]) -> bool:
    """Whether a search stands beside a null arm."""
    return group[0].null is None and any(one.null is not None for one in group)


def said(group: Sequence[Search]) -> list[str]:
    """What the search has over the best of its null arms; nothing where there is none."""
    arms = [one for one in group if one.null is not None]
    if not compared(group):
        return []
    strayed = [
        f"{label(one, group)} made {nothing} of its {made} proposals out of nothing, so it is "
        "hardly the arm that its name says."
        for one in arms
        if one.null != OF_NOTHING and 2 * (nothing := out_of_nothing(one)) > (made := proposed(one))
    ]
    best = max(arms, key=lambda one: one.trials[0].values[CHAMPION].mean)
    gain = ahead(group[0], best)
    if gain is None:
        return strayed
    line = (
        f"Of {len(arms)} null arms of the same budget the best is {label(best, group)}: the "
        f"search's champion less that one's is {points_text(gain, True)}."
    )
    if gain.ci95 is None:
        line += " Without an interval, chance is not ruled out."
    elif not gain.excludes_zero:
        line += " What the search does beyond it is not shown to pay."
    elif gain.mean < 0:
        line += " The simpler arm found the better champion."
    return [line, *strayed]


def proposed(found: Search) -> int:
    """Candidates that are not shipped."""
    return sum(not one.shipped for one in found.journal.candidates)


def out_of_nothing(found: Search) -> int:
    """Candidates that were made of no other program."""
    return sum(one.made_by in (NEW, OF_NOTHING) for one in found.journal.candidates)


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]
