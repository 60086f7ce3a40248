"""The pages as HTML: what each shows of an index, and the templates that say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from report import journal
from report.fields import clean
from report.live import progress
from report.live.archive import Map, archive
from report.live.charts import Growth, growth
from report.live.index import Index, Told
from report.live.one import ancestors, message_of, one

ROWS = 50  # candidates a page
FEW = 10  # candidates of a table of the first page
LINE = 12  # ancestors of the best there
DOTS = 400
FOLDER = Path(__file__).parent / "templates"
SORTS = {"newest": "newest first", "best": "best first, of those kept"}
ALL = "all"


@dataclass(frozen=True)
class Row:
    """A candidate in a table; gain: over its first parent; message: why it was not kept."""

    told: Told
    gain: float | None
    message: str = ""


def overview(index: Index) -> str:
    """The first page."""
    known = index.known
    best = [number for _, number in known.ranked[:FEW]]
    line = list(ancestors(index, best[0])) if best else []
    drawn = archive(index)
    return _rendered(
        "overview",
        index,
        growths=[chart for chart in (_over_candidates(index), _over_time(index)) if chart],
        archive=drawn if isinstance(drawn, Map) else None,
        no_archive=drawn if isinstance(drawn, str) else "",
        best=_rows(index, best),
        latest=_rows(index, list(reversed(known.taken[-FEW:]))),
        line=_rows(index, [told.candidate.number for told in line[:LINE]]),
        more=max(0, len(line) - LINE),
    )


def candidates(index: Index, outcome: str, sort: str, page: int) -> str:
    """A page of the list of candidates: of one outcome or all, newest or best first."""
    known = index.known
    sort = sort if sort in SORTS else "newest"
    if sort == "best":
        of = known.ranked
        if outcome != ALL:
            of = [
                (score, number)
                for score, number in known.ranked
                if known.candidates[number].candidate.outcome == outcome
            ]
        numbers: Sequence[int] = [number for _, number in of]
    else:
        numbers = known.taken if outcome == ALL else known.by_outcome.get(outcome, [])
    pages = max(1, -(-len(numbers) // ROWS))
    page = min(max(page, 1), pages)
    start = (page - 1) * ROWS
    if sort == "best":
        shown = list(numbers[start : start + ROWS])
    else:  # from the end
        end = len(numbers) - start
        shown = list(reversed(numbers[max(0, end - ROWS) : end]))
    with journal.opened(index.file) as base:
        rows = [_row(index, n, message=message_of(index, base, n)) for n in shown]
    return _rendered(
        "candidates",
        index,
        rows=rows,
        count=len(numbers),
        outcome=outcome,
        outcomes=[count.name for count in progress.progress(index).outcomes],
        sort=sort,
        sorts=SORTS,
        page=page,
        pages=pages,
    )


def candidate(index: Index, number: int) -> str | None:
    """The page of one candidate; None where there is none of that number."""
    found = one(index, number)
    if found is None:
        return None
    gain = None if found.told is None else _gain(index, found.told)
    return _rendered(
        "candidate",
        index,
        one=found,
        gain=gain,
        line=_rows(index, [told.candidate.number for told in found.ancestors]),
        before=number - 1 if number - 1 in index.known.candidates else None,
        after=number + 1 if number + 1 in index.known.candidates else None,
    )


def wrong(index: Index, said: str) -> str:
    """A page of one line, where there is nothing else to show."""
    return _rendered("wrong", index, said=clean(said))


def _over_candidates(index: Index) -> Growth | None:
    known = index.known
    return growth(
        "Best so far, over candidates",
        "candidates taken in",
        [(float(record.taken), record.score) for record in known.records],
        [(float(number + 1), score) for number, score in _thinned(index)],
        float(len(known.taken)),
    )


def _over_time(index: Index) -> Growth | None:
    known = index.known
    last = progress.elapsed_s(known)
    if last is None or any(record.at_s is None for record in known.records):
        return None
    timed = [
        (at_s / 60.0, score)
        for number, score in _thinned(index)
        if (at_s := known.candidates[number].at_s) is not None
    ]
    return growth(
        "Best so far, over time",
        "minutes searched",
        [((record.at_s or 0.0) / 60.0, record.score) for record in known.records],
        timed,
        last / 60.0,
    )


def _thinned(index: Index) -> list[tuple[int, float]]:
    """Candidates that were scored, evenly over the run: their numbers and scores."""
    scored, known = index.known.scored, index.known.candidates
    step = max(1, -(-len(scored) // DOTS))
    return [(n, known[n].candidate.score or 0.0) for n in scored[::step]]


def _rows(index: Index, numbers: Sequence[int]) -> list[Row]:
    return [_row(index, number) for number in numbers]


def _row(index: Index, number: int, message: str = "") -> Row:
    told = index.known.candidates[number]
    return Row(told, _gain(index, told), message)


def _gain(index: Index, told: Told) -> float | None:
    """Its score over its first parent's."""
    one = told.candidate
    parent = index.known.candidates.get(one.parents[0]) if one.parents else None
    if one.score is None or parent is None or parent.candidate.score is None:
        return None
    return one.score - parent.candidate.score


def _rendered(name: str, index: Index, **said: Any) -> str:
    known = index.known
    page: str = (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            here=name,
            run=clean(index.folder.resolve().name),
            place=clean(str(index.folder.resolve())),
            about=progress.about(index),
            progress=progress.progress(index),
            taken=len(known.taken),
            fault=clean(index.fault),
            faults=known.faults,
            **said,
        )
    )
    return page


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["score"] = lambda value: "–" if value is None else f"{value:.3f}"
    made.filters["signed"] = lambda value: "–" if value is None else f"{value:+.3f}"
    made.filters["clock"] = progress.clock
    made.filters["meaning"] = progress.meaning
    return made


def asset(name: str) -> bytes:
    """A file that pages load: the style sheet, the script, the icon."""
    return (FOLDER / name).read_bytes()
