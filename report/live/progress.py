"""How far a run is: its state in words, what of its budget is used, its rates, what became of all.

The page and the terminal show the same.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from report.fields import Fields
from report.journal import KEPT
from report.live.begun import words
from report.live.index import MOST_BYTES, Index, Known

SUMMARY = "summary.json"
LATELY = 60  # candidates that a rate of late is taken over
MOST_KINDS = 24  # outcomes or operators that a table tells apart
MEANINGS = {
    "new": "kept, the first of its behaviour",
    "improved": "kept, better than what stood in its place",
    "beaten": "measured whole, what stands in its place is better",
    "lost": "too far behind on the first draws",
    "known": "chooses as an earlier one did",
    "degenerate": "chooses as if it had no opinion",
    "lookup": "knows sizes by heart",
    "nondeterministic": "decided otherwise the second time",
    "order_dependent": "decides otherwise in another order of machines",
    "syntax": "is no Python",
    "too_large": "is too long",
    "compile_timeout": "took too long to compile",
    "timeout": "took too long",
    "memory": "took too much memory",
    "crash": "its process ended",
    "raised": "raised an error",
    "not_a_float": "a score that is no number",
    "not_finite": "a score that is not finite",
    "writes_argument": "writes into what it is shown",
}
FORBIDDEN = "outside of the language of heuristics"


@dataclass(frozen=True)
class Tile:
    """A number of the first screen, with what stands below it."""

    name: str
    value: str
    below: str = ""


@dataclass(frozen=True)
class Count:
    """How many candidates came to an outcome, or from an operator."""

    name: str
    count: int
    share_pct: float
    kept: int
    meaning: str = ""


@dataclass(frozen=True)
class Progress:
    """state: one sentence; done: the share of the budget that is used, None without one.

    champion: the candidate that it was found as, where the summary says so.
    """

    state: str
    goes_on: bool
    done: float | None
    budget: str
    tiles: tuple[Tile, ...]
    outcomes: tuple[Count, ...]
    operators: tuple[Count, ...]
    champion: int | None


def progress(index: Index) -> Progress:
    """How far a run is."""
    known = index.known
    done, budget = _budget(known)
    return Progress(
        state=_state(index),
        goes_on=index.goes_on,
        done=done,
        budget=budget,
        tiles=tuple(_tiles(known)),
        outcomes=_outcomes(known),
        operators=_operators(known),
        champion=_champion(index),
    )


def _champion(index: Index) -> int | None:
    file = index.folder / SUMMARY
    with suppress(OSError, ValueError, RecursionError):
        said = file.lstat()
        if stat.S_ISREG(said.st_mode) and said.st_size <= MOST_BYTES:
            results = Fields(file, json.loads(file.read_bytes())).objects("results")
            number = results[0].number("candidate")
            return int(number) if number in index.known.candidates else None
    return None


def _state(index: Index) -> str:
    known, taken = index.known, len(index.known.taken)
    ended = (index.folder / SUMMARY).is_file()
    if index.goes_on and known.opened and not ended:
        return f"Under way: the test pool is open, {known.judged:,} measured for the verdict"
    if index.goes_on and known.judged and not ended:
        return f"Under way: choosing the champion, {known.judged:,} scored for that"
    if index.goes_on:
        out = len(known.candidates) - taken
        return f"Under way: {out:,} candidates are out to be scored"
    if ended:
        return "Ended: the champion is in champion.py, and unstrand report makes its page"
    return "Not under way: unstrand evolve resume=RUN goes on with it"


def _budget(known: Known) -> tuple[float | None, str]:
    """The share that is used of what was asked for when the run began, and the same in words."""
    asked = known.begun.budget or {}
    found: list[tuple[float, str]] = []
    if "candidates" in asked:
        count = len(known.taken)
        found.append((count / asked["candidates"], f"{count:,} of {asked['candidates']:,.0f}"))
    if "minutes" in asked and (spent := elapsed_s(known)) is not None:
        said = f"{spent / 60:,.1f} of {asked['minutes']:,g} minutes"
        found.append((spent / (60 * asked["minutes"]), said))
    if not found:
        return None, ""
    share, said = max(found)
    return min(share, 1.0), said


def elapsed_s(known: Known) -> float | None:
    """Seconds searched when the last candidate was taken in."""
    return known.candidates[known.taken[-1]].at_s if known.taken else None


def per_minute(known: Known, lately: int | None = None) -> float | None:
    """Candidates a minute, of all or of the last so many."""
    taken = known.taken if lately is None else known.taken[-lately:]
    if len(taken) < 2:
        return None
    first, last = known.candidates[taken[0]].at_s, known.candidates[taken[-1]].at_s
    if first is None or last is None or last <= first:
        return None
    return 60.0 * (len(taken) - 1) / (last - first)


def _tiles(known: Known) -> list[Tile]:
    taken, kept = len(known.taken), sum(known.kept_by.values())
    asked = (known.begun.budget or {}).get("candidates")
    of = f"of {asked:,.0f} asked for" if asked else f"{len(known.candidates):,} proposed"
    tiles = [Tile("Candidates", f"{taken:,}", of)]
    if known.records:
        best = known.records[-1]
        tiles.append(Tile("Best on train", f"{best.score:.3f}", f"candidate {best.number}"))
        since = taken - best.taken
        tiles.append(Tile("Since the last new best", f"{since:,}", "candidates"))
    rate, lately = per_minute(known), per_minute(known, LATELY)
    if rate is not None:
        below = "" if lately is None else f"of late {_rate(lately)}"
        tiles.append(Tile("A minute", _rate(rate), below))
    if taken:
        tiles.append(Tile("Kept", f"{kept:,}", f"{100 * kept / taken:.1f} % took a cell"))
    if (spent := elapsed_s(known)) is not None:
        tiles.append(Tile("Searched", clock(spent), "hours, minutes, seconds"))
    tokens = known.spent["tokens_in"] + known.spent["tokens_out"]
    if tokens:
        usd = known.spent["usd"]
        below = f"{usd:,.2f} US dollars" if usd else f"{known.spent['requests']:,.0f} requests"
        tiles.append(Tile("Tokens", f"{tokens:,.0f}", below))
    return tiles


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def clock(seconds: float | None) -> str:
    """Seconds as hours, minutes and seconds."""
    if seconds is None or not 0 <= seconds < 1e9:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def meaning(outcome: str) -> str:
    """What an outcome says, in a few words."""
    if outcome.startswith("forbidden"):
        return FORBIDDEN
    return MEANINGS.get(outcome, "")


def _outcomes(known: Known) -> tuple[Count, ...]:
    total = max(1, len(known.taken))
    order = sorted(
        known.by_outcome, key=lambda name: (name not in KEPT, -len(known.by_outcome[name]), name)
    )
    return tuple(
        Count(
            name,
            count := len(known.by_outcome[name]),
            100 * count / total,
            count if name in KEPT else 0,
            meaning(name),
        )
        for name in order[:MOST_KINDS]
    )


def _operators(known: Known) -> tuple[Count, ...]:
    total = max(1, len(known.taken))
    order: Sequence[tuple[str, int]] = sorted(
        known.tried_by.items(), key=lambda one: (-known.kept_by[one[0]], -one[1], one[0])
    )
    return tuple(
        Count(name, count, 100 * count / total, known.kept_by[name])
        for name, count in order[:MOST_KINDS]
    )


def about(index: Index) -> str:
    """What the run was begun with, in one line."""
    return words(index.known.begun.facts)
