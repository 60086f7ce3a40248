"""How a champion came about: its ancestors, its terms, and what else was tried."""

from __future__ import annotations

from collections import Counter

from report.evolution import Search, readable
from report.journal import Candidate
from report.table import Column, Table

LISTED = 60  # ancestors that the page lists


def ancestors(found: Search) -> list[Candidate]:
    """The champion and all that it comes from, youngest first."""
    told: dict[int, Candidate] = {}
    left = [found.champion.number]
    while left:
        number = left.pop()
        if number not in told:
            told[number] = found.journal.candidates[number]
            left += told[number].parents
    return [told[number] for number in sorted(told, reverse=True)]


def ancestry_table(found: Search, name: str) -> Table:
    """A row an ancestor, the champion first: what made it of what, and its score."""
    line = ancestors(found)
    caption = "The champion as it was found, and all that it comes from, youngest first"
    if len(line) > LISTED:
        caption += f"; the youngest {LISTED} of {len(line)}"
    return Table(
        f"{name}-ancestry",
        caption,
        (
            Column("Candidate", number=False),
            Column("Made by", "operators", number=False),
            Column("Of", "ancestry", number=False),
            Column("Generation", "ancestry", digits=0),
            Column("Score", "score", digits=3, signed=found.recovers),
            Column("Over its first parent", "score", digits=3, signed=True),
        ),
        tuple(
            (
                str(one.number),
                f"shipped: {one.operator}" if one.shipped else one.operator,
                ", ".join(map(str, one.parents)) or "–",
                float(one.generation),
                one.score,
                _gain(found, one),
            )
            for one in line[:LISTED]
        ),
        first=0,
    )


def _gain(found: Search, one: Candidate) -> float | None:
    before = found.journal.candidates[one.parents[0]].score if one.parents else None
    return None if one.score is None or before is None else one.score - before


def sources(found: Search) -> tuple[tuple[str, str], ...]:
    """The champion's source, beside that of its first parent, or what it was cut down from."""
    champion = found.champion
    cut = "The champion, cut down" if champion.source != found.program else "The champion"
    if champion.parents:
        parent = found.journal.candidates[champion.parents[0]]
        made = f"shipped: {parent.operator}" if parent.shipped else parent.operator
        beside = (f"Its first parent, candidate {parent.number} ({made})", parent.source)
    elif champion.source != found.program:
        made = f"{champion.operator} as shipped" if champion.shipped else "As it was found"
        beside = (made, champion.source)
    else:
        return ((cut, found.source),)
    return ((cut, found.source), (beside[0], readable(beside[1])))


def ablation_table(found: Search, name: str) -> Table | None:
    """What each term's removal costs; None where the champion has not two terms."""
    if not found.ablation:
        return None
    return Table(
        f"{name}-ablation",
        "What the removal of a term costs, points of score on validation (a dash: nothing that "
        "can be scored is left)",
        (Column("Term", number=False), Column("Costs, points", "ablation", digits=3, signed=True)),
        tuple(found.ablation),
    )


def outcomes_table(found: Search, name: str) -> Table:
    """Candidates by what came of them, those kept first."""
    tried = found.journal.candidates
    counts = Counter(one.outcome for one in tried)
    kept = {one.outcome for one in tried if one.kept}
    order = sorted(counts, key=lambda outcome: (outcome not in kept, -counts[outcome], outcome))
    return Table(
        f"{name}-outcomes",
        "What came of the candidates",
        (
            Column("Outcome", "outcomes", number=False),
            Column("Candidates", "outcomes", digits=0),
            Column("Share, %", "outcomes", digits=1),
            Column("Kept", "outcomes", number=False),
        ),
        tuple(
            (
                outcome,
                float(counts[outcome]),
                100 * counts[outcome] / len(tried),
                "kept" if outcome in kept else "rejected",
            )
            for outcome in order
        ),
    )


def operators_table(found: Search, name: str) -> Table:
    """What made the candidates: how often it was tried, how often it took a cell."""
    made: dict[str, list[Candidate]] = {}
    for one in found.journal.candidates:
        made.setdefault(one.made_by, []).append(one)
    rows = []
    for operator, ones in made.items():
        scores = [one.score for one in ones if one.kept and one.score is not None]
        kept = float(sum(one.kept for one in ones))
        share = 100 * kept / len(ones)
        rows.append((operator, float(len(ones)), kept, share, max(scores, default=None)))
    rows.sort(key=lambda row: (-row[2], row[0]))
    return Table(
        f"{name}-operators",
        "What made the candidates, how many of them took a cell, and the best score of these",
        (
            Column("Operator", "operators", number=False),
            Column("Tried", "operators", digits=0),
            Column("Kept", "outcomes", digits=0),
            Column("Kept, %", "outcomes", digits=1),
            Column("Best score", "score", digits=3, signed=found.recovers),
        ),
        tuple(rows),
    )
